"""Answers that come at a time are looked at by several threads; PDFs among them, too."""

import subprocess
import sys

# In a process of its own: where it fails there is no exception, the process is gone.
_READ = """
import sys
from concurrent.futures import ThreadPoolExecutor
from tests.sources.providers.pdf_writer import Text, written
from tipoff.sources.answer import Answer
from tipoff.sources.providers.nba.pdf import first_text, lines_of

sys.setswitchinterval(1e-5)
bodies = [
    written([[Text(20, 20 + 5 * n, f"Injury Report {chr(97 + k)} {n}") for n in range(40 + k)]])
    for k in range(20)
]

def read(number):
    answer = Answer("nba", "injury_report", {}, bodies[number % 20])
    return first_text(answer.body) if number % 3 else lines_of(answer)[0].text

with ThreadPoolExecutor(4) as pool:
    found = list(pool.map(read, range(900)))
assert all("Injury Report" in text for text in found)
"""


def test_threads_read_pdfs_one_at_a_time() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _READ], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr[-500:]
