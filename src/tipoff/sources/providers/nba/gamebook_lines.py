"""The lines of a scorer's report: who played, who did not, and who was inactive."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

# Columns of the report after the minutes.
COUNTS = (
    "field_goals_made", "field_goals_attempted", "threes_made", "threes_attempted",
    "free_throws_made", "free_throws_attempted", "offensive_rebounds", "defensive_rebounds",
    "rebounds", "assists", "fouls", "steals", "turnovers", "blocks", "plus_minus", "points",
)  # fmt: skip
_NUMBERS = r"((?: [+-]?\d+){16})$"
_PLAYED = re.compile(r"^(?:\d{1,2} )?(.+?)(?: ([FGC]))? (\d{1,2}:\d{2})" + _NUMBERS)
_TEAM = re.compile(r"^(\d{3}:\d{2})" + _NUMBERS)
_ABSENT = re.compile(r"^(?:\d{1,2} )?(.+?) ((?:DNP|DND|NWT)\b.*)$")
_MINUTES = re.compile(r"\b\d{1,3}:\d{2}\b")
_SIDE = re.compile(r"^(VISITOR|HOME): *(.+?) *(?:\([\d-]+\))?$", re.IGNORECASE)
_DAY = re.compile(r"[A-Z][a-z]+day, ([A-Z][a-z]+ \d{1,2}, \d{4})")
_INACTIVE = re.compile(r"^Inactive: *(.+?) - *(.*)$")
_ENTRY = re.compile(r"^(.*?) *(?:\((.*)\))?$", re.DOTALL)
_NOBODY = ("", "none", "n/a")
_BEGINS_AS_PLAYER = re.compile(r"^\d{1,2} [^\W\d]")
_END = (
    "SCORE BY PERIOD",
    "Inactive:",
    "Points in the Paint",
    "Technical fouls",
    "MEMO",
    "Copyright",
)


@dataclass
class Book:
    """What a scorer's report states, as text."""

    day: str = ""
    sides: dict[str, str] = field(default_factory=dict)
    played: list[dict[str, str]] = field(default_factory=list)
    absent: list[dict[str, str]] = field(default_factory=list)
    inactive: list[dict[str, str]] = field(default_factory=list)
    totals: list[dict[str, str]] = field(default_factory=list)
    broken: int = 0


def read(lines: Sequence[str]) -> Book:
    """Read the final box; the boxes of single periods that follow in a long book are left out."""
    book = Book()
    side = ""
    for number, line in enumerate(lines):
        if not book.day and (day := _DAY.search(line)):
            book.day = day[1]
        if begins := _SIDE.match(line):
            side = begins[1].upper()
            if side in book.sides:
                break
            book.sides[side] = begins[2]
        elif inactive := _INACTIVE.match(line):
            book.inactive += _inactive(inactive[1], inactive[2], lines[number + 1 :])
        elif line.startswith(_END):
            side = ""
        elif side:
            _line(book, book.sides[side], line)
    return book


def _line(book: Book, own: str, line: str) -> None:
    """Add one line of a team's box."""
    if played := _PLAYED.match(line):
        name, position, minutes, numbers = played.groups()
        counts = dict(zip(COUNTS, numbers.split(), strict=True))
        starter = str(position is not None).lower()
        book.played.append(
            {"team": own, "player": name, "starter": starter, "minutes": minutes, **counts}
        )
    elif total := _TEAM.match(line):
        counts = dict(zip(COUNTS, total[2].split(), strict=True))
        book.totals.append({"team": own, "minutes": total[1], **counts})
    elif absent := _ABSENT.match(line):
        book.absent.append({"team": own, "player": absent[1], "reason": absent[2]})
    elif _MINUTES.search(line) or _BEGINS_AS_PLAYER.match(line):
        book.broken += 1


def _inactive(own: str, first: str, following: Sequence[str]) -> list[dict[str, str]]:
    """Read the inactive players of a team; the list may go on over several lines."""
    text = first
    for line in following:
        ends = line.startswith(_END) or _SIDE.match(line)
        if ends or (text.count("(") == text.count(")") and not text.endswith(",")):
            break
        text += " " + line
    entries = (_ENTRY.match(entry.strip()) for entry in _split(text))
    return [
        {"team": own, "player": e[1], "reason": _why(e[2]), "inactive": "true"}
        for e in entries
        if e and e[1].lower() not in _NOBODY
    ]


def _split(text: str) -> list[str]:
    """Divide a list at the commas that stand outside of brackets."""
    parts, depth = [""], 0
    for character in text:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth <= 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _why(words: str | None) -> str:
    return f"Inactive - {words}" if words else "Inactive"
