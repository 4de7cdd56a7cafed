"""``python -m tests.book docs/tour.md``: show in a page what its commands print now.

Only what no longer fits is written again, so that ellipses stay where they are; look at what
changed.
"""

import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.book.pages import FENCE, Block, Reader, blocks, commands, front, matches


def rewritten(text: str, reader: Reader) -> str:
    """Return the page with outputs as they are now."""
    parts, end, printed = [], 0, ""
    for found, block in zip(FENCE.finditer(text), blocks(text), strict=True):
        body = found["body"]
        if block.caption:
            reader.file(block)
        elif block.language == "console":
            body = _console(block, reader)
        elif block.language == "python":
            printed = reader.python(block.text)
        elif block.language == "text" and block.follows and matches(block.text, printed):
            body = printed
        parts += [text[end : found.start("body")], body]
        end = found.end("body")
    return "".join([*parts, text[end:]])


def _console(block: Block, reader: Reader) -> str:
    lines = []
    for part in re.split(r"^(?=\$ )", block.text, flags=re.MULTILINE)[1:]:
        ((command, shown),) = commands(part)
        asked = part[: len(part) - len(shown)]
        said = f"{reader.code}\n" if command == "echo $?" else reader.run_command(command)
        plain = "".join(f"{line.rstrip()}\n" for line in said.splitlines() if line.strip())
        fits = not shown.strip() or matches(shown, said, about=block.is_about) is None
        lines.append(asked + (shown if fits else plain))
    return "".join(lines)


def main(page: Path) -> None:
    """Rewrite a page."""
    text = page.read_text("utf-8")
    with TemporaryDirectory() as folder:
        reader = Reader(Path(folder), is_copy=front(text).get("package") == "copy")
        page.write_text(rewritten(text, reader), "utf-8")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        main(Path(name))
