"""BigDataBall's folder of play-by-play files on Google Drive: what is in it, and the files.

The files are as good when they are copied by hand: ``ingest files`` reads them too.
"""

import csv
import io
import re

import polars as pl

from tipoff.errors import InputError
from tipoff.sources.answer import Answer, Endpoint, Provider, document, holds_keys
from tipoff.sources.answer_rows import at, listed, refused, text
from tipoff.sources.bigdataball import COLUMNS, parse_rows
from tipoff.sources.format import Parsed, Reference, Stage
from tipoff.tables.raw import SHOTS

NAME = "bigdataball"
NO_FILE = "a note on a search for files; it holds no rows"
A_FILE = "a file to ask for; its rows are in it"
_FILE = re.compile(r"^\[\d{4}-\d{2}-\d{2}\]-\d{10}-[A-Z]{3}@[A-Z]{3}\.csv$")


def play_by_play_files(answer: Answer) -> dict[str, str]:
    """Return the play-by-play files that a folder's list names: id by name.

    Raises:
        InputError: the answer is no JSON.
    """
    files = listed(document(answer), "files")
    named = {text(at(file, "name")): text(at(file, "id")) for file in files}
    return {name: id_ for name, id_ in named.items() if name and id_ and _FILE.match(name)}


def _files(answer: Answer, _: Reference) -> list[Parsed]:
    found = document(answer)
    files = listed(found, "files")
    return refused(SHOTS, A_FILE, len(files)) if files else refused(SHOTS, NO_FILE, 1)


def _play_by_play(answer: Answer, reference: Reference) -> list[Parsed]:
    """One row per event."""
    content = answer.body.decode("utf-8", errors="replace").removeprefix("\ufeff")
    try:
        header, *rows = csv.reader(io.StringIO(content.replace("\0", ""), newline=""))
    except (ValueError, csv.Error):
        header, rows = [], []
    missing = sorted(COLUMNS - set(header))
    if missing or len(set(header)) < len(header):
        raise InputError(
            f"Expected the columns of a play-by-play file, got none called {', '.join(missing)}; "
            "the provider may have changed its format."
        )
    whole = [row for row in rows if len(row) == len(header)]
    columns = {name: [row[place] or None for row in whole] for place, name in enumerate(header)}
    table = pl.DataFrame(columns, schema=dict.fromkeys(header, pl.String))
    found = parse_rows(table, reference, answer.fetched_at)
    if not (short := len(rows) - len(whole)):
        return found
    first = found[0]
    counts = {**first.rejected, "a line with too few or too many fields": short}
    return [Parsed(first.table, first.frame, counts, first.notes), *found[1:]]


def _is_play_by_play(body: bytes) -> bool:
    head = body[:2048].partition(b"\n")[0].decode("utf-8", errors="replace")
    return set(head.strip().split(",")) >= COLUMNS


_ENDPOINTS = (
    Endpoint(
        "files",
        "Files of the folder; q says of which date.",
        Stage.EVENTS,
        "files",
        lambda body: holds_keys(body, "discovery") or holds_keys(body, "kind", "files"),
        _files,
    ),
    Endpoint(
        "play_by_play",
        "Play-by-play of one game; with alt=media.",
        Stage.EVENTS,
        "files/{id}",
        _is_play_by_play,
        _play_by_play,
    ),
)

PROVIDER = Provider(
    name=NAME,
    about="BigDataBall's play-by-play files, in a Google Drive folder that a subscriber can read.",
    address="https://www.googleapis.com/drive/v3",
    endpoints={endpoint.name: endpoint for endpoint in _ENDPOINTS},
    secret="BIGDATABALL_TOKEN",
    key_header="Authorization",
    per_minute=60.0,
)
