"""The table of an injury report: from words with places to one row per listed player or team.

Dates, times, matchups and teams stand once and hold until the next. A player, his status and his
reason stand at the middle of their row, so a reason of several lines begins above the player.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from tipoff.errors import InputError
from tipoff.sources.answer import Answer
from tipoff.sources.providers.nba.pdf import Line, Word

COLUMNS = ("Game Date", "Game Time", "Matchup", "Team", "Player Name", "Current Status", "Reason")
_SPREAD = ("Game Date", "Matchup", "Team")
_OWN = ("Player Name", "Current Status", "Reason")
_PAGE = re.compile(r"^Page \d+ of \d+$")
_TITLE = re.compile(r"^Injury Report:")
# Cells of one row lie less than this apart in height, and begin at most this left of the heading.
_NEAR = 4.0
# Lines of one cell are closer than this many heights of the font; rows are farther apart.
_LINE_GAP = 1.5


@dataclass(frozen=True)
class Listed:
    """One row of a report; what the report leaves out is empty."""

    date: str
    matchup: str
    team: str
    player: str
    status: str
    reason: str


@dataclass(frozen=True)
class _Block:
    """The text of one cell and its middle."""

    page: int
    middle: float
    text: str


def listed(answer: Answer, lines: Sequence[Line]) -> list[Listed]:
    """Return the rows of a report in order.

    Raises:
        InputError: the headings of the table are not there.
    """
    lefts = _lefts(answer, lines)
    inside = [line for line in lines if not _is_outside(line)]
    words: dict[str, list[Word]] = {name: [] for name in COLUMNS}
    for line in inside:
        for word in line.words:
            words[_column(word, lefts)].append(word)
    blocks = {name: list(_blocks(words[name])) for name in COLUMNS}
    rows = _continued(_rows({name: blocks[name] for name in _OWN}))
    return [_with_spread(row, {name: blocks[name] for name in _SPREAD}) for row in rows]


def _is_outside(line: Line) -> bool:
    text = line.text
    return bool(_PAGE.match(text) or _TITLE.match(text)) or _is_heading(text)


def _is_heading(text: str) -> bool:
    """Whether a line is the headings; reports with other columns are not guessed at."""
    return text == " ".join(COLUMNS)


def _lefts(answer: Answer, lines: Sequence[Line]) -> dict[str, float]:
    """Return where each column begins, by the first heading."""
    heading = next((line for line in lines if _is_heading(line.text)), None)
    if heading is None:
        raise InputError(
            f"Expected the headings {', '.join(COLUMNS)} in the PDF of {answer.provider} "
            f"{answer.endpoint}, found none; the provider may have changed its format."
        )
    words = iter(heading.words)
    lefts: dict[str, float] = {}
    for name in COLUMNS:
        first = name.split()[0]
        lefts[name] = next((word.left for word in words if word.text == first), float("inf"))
        for rest in name.split()[1:]:
            next((word for word in words if word.text == rest), None)
    return lefts


def _column(word: Word, lefts: dict[str, float]) -> str:
    begun = [name for name in COLUMNS if lefts[name] <= word.left + _NEAR]
    return begun[-1] if begun else COLUMNS[0]


def _blocks(words: Sequence[Word]) -> Iterator[_Block]:
    """Join words, which come in order of lines, to cells."""
    cell: list[Word] = []
    for word in words:
        if cell and (
            word.page != cell[-1].page
            or word.middle - cell[-1].middle > _LINE_GAP * max(word.height, 1.0)
        ):
            yield _block(cell)
            cell = []
        cell.append(word)
    if cell:
        yield _block(cell)


def _block(cell: list[Word]) -> _Block:
    middles = sorted({round(word.middle, 1) for word in cell})
    return _Block(cell[0].page, fmean((middles[0], middles[-1])), " ".join(w.text for w in cell))


@dataclass
class _Row:
    page: int
    middle: float
    cells: dict[str, str]


def _rows(blocks: dict[str, list[_Block]]) -> list[_Row]:
    """Put the cells of players, statuses and reasons that stand at one height into one row."""
    every = sorted(
        ((block.page, block.middle, name, block.text) for name in _OWN for block in blocks[name]),
        key=lambda cell: cell[:2],
    )
    rows: list[_Row] = []
    for page, middle, name, text in every:
        last = rows[-1] if rows else None
        joins = last and last.page == page and middle - last.middle < _NEAR
        if last and joins and name not in last.cells:
            last.cells[name] = text
        else:
            rows.append(_Row(page, middle, {name: text}))
    return rows


def _continued(rows: list[_Row]) -> list[_Row]:
    """Give what is left of a reason at the top of a page to the last row of the page before."""
    whole: list[_Row] = []
    for row in rows:
        is_rest = set(row.cells) == {"Reason"} and not row.cells["Reason"].startswith("NOT YET")
        if is_rest and whole and whole[-1].page == row.page - 1 and "Reason" in whole[-1].cells:
            whole[-1].cells["Reason"] += " " + row.cells["Reason"]
            whole[-1].page = row.page
        else:
            whole.append(row)
    return whole


def _with_spread(row: _Row, blocks: dict[str, list[_Block]]) -> Listed:
    """Add the date, matchup and team that hold at a row."""
    here = (row.page, row.middle + _NEAR)
    held = {
        name: next((b.text for b in reversed(found) if (b.page, b.middle) <= here), "")
        for name, found in blocks.items()
    }
    return Listed(
        date=held["Game Date"],
        matchup=held["Matchup"],
        team=held["Team"],
        player=row.cells.get("Player Name", ""),
        status=row.cells.get("Current Status", ""),
        reason=row.cells.get("Reason", ""),
    )
