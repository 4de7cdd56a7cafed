"""The official scorer's report of a game (PDF): lines, who did not play, and who was inactive."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import polars as pl

from tipoff.errors import InputError
from tipoff.sources.answer import Answer, Endpoint
from tipoff.sources.format import Parsed, Reference, Stage
from tipoff.sources.game_rows import (
    NO_DATE,
    NO_PLAYER,
    NO_TEAM,
    POINTS_DO_NOT_ADD_UP,
    count,
    in_game,
    parsed,
)
from tipoff.sources.line_rows import refuse, team, with_name_key
from tipoff.sources.nba_logs import points_add_up
from tipoff.sources.providers.nba.box_rows import absences, seconds
from tipoff.sources.providers.nba.fields import (
    ABSENT,
    NOT_OVER,
    after_game,
    came_too_soon,
    counted,
    lawful,
)
from tipoff.sources.providers.nba.injury_report import is_report
from tipoff.sources.providers.nba.pdf import is_pdf, lines_of
from tipoff.tables.raw import AVAILABILITY, PLAYER_BOXES, TEAM_BOXES

# Columns of the report after the minutes.
_COUNTS = (
    "field_goals_made", "field_goals_attempted", "threes_made", "threes_attempted",
    "free_throws_made", "free_throws_attempted", "offensive_rebounds", "defensive_rebounds",
    "rebounds", "assists", "fouls", "steals", "turnovers", "blocks", "plus_minus", "points",
)  # fmt: skip
LAST_NAME_ONLY = "inactive players known by their last name, whom no roster tells apart"
BROKEN_LINE = "a player's line that can not be read"
_NUMBERS = r"((?: [+-]?\d+){16})$"
_PLAYED = re.compile(r"^(?:\d{1,2} )?(.+?)(?: ([FGC]))? (\d{1,2}:\d{2})" + _NUMBERS)
_TEAM = re.compile(r"^(\d{3}:\d{2})" + _NUMBERS)
_ABSENT = re.compile(r"^(?:\d{1,2} )?(.+?) ((?:DNP|DND|NWT)\b.*)$")
_MINUTES = re.compile(r"\b\d{1,3}:\d{2}\b")
_SIDE = re.compile(r"^(VISITOR|HOME): *(.+?) *(?:\([\d-]+\))?$", re.IGNORECASE)
_DAY = re.compile(r"[A-Z][a-z]+day, ([A-Z][a-z]+ \d{1,2}, \d{4})")
_INACTIVE = re.compile(r"^Inactive: *(.+?) - *(.*)$")
_ENTRY = re.compile(r"([^(),]+?) *\(([^()]*(?:\([^()]*\)[^()]*)*)\)")
_END = (
    "SCORE BY PERIOD",
    "Inactive:",
    "Points in the Paint",
    "Technical fouls",
    "MEMO",
    "Copyright",
)


@dataclass
class _Book:
    """What a scorer's report states, as text."""

    day: str = ""
    sides: dict[str, str] = field(default_factory=dict)
    played: list[dict[str, str]] = field(default_factory=list)
    absent: list[dict[str, str]] = field(default_factory=list)
    inactive: list[dict[str, str]] = field(default_factory=list)
    totals: list[dict[str, str]] = field(default_factory=list)
    broken: int = 0


def _parse(answer: Answer, reference: Reference) -> list[Parsed]:
    """One row per player and team of the final box, and one per absence."""
    book = _read([line.text for line in lines_of(answer)])
    if len(book.sides) < 2:
        raise InputError(
            f"Expected the lines VISITOR and HOME in the PDF of {answer.provider} "
            f"{answer.endpoint}, found none; the provider may have changed its format."
        )
    broken = {BROKEN_LINE: book.broken} if book.broken else {}
    source = f"{answer.provider}_{answer.endpoint}"
    reasons = {
        NO_DATE: pl.col("game_date").is_null(),
        NO_TEAM: pl.any_horizontal(pl.col("home_team", "away_team", "team").is_null()),
    }
    placed = {
        name: _placed(rows, book, reference, reasons)
        for name, rows in (("played", book.played), ("absent", book.absent + book.inactive))
    }
    totals, no_totals = _placed(book.totals, book, reference, reasons)
    adds_up = {NOT_OVER: came_too_soon(answer), POINTS_DO_NOT_ADD_UP: ~points_add_up()}
    played, refused = placed["played"]
    lines, odd = refuse(played, adds_up)
    clock = after_game(answer)
    absent, nobody = placed["absent"]
    away, untold = _told(absent, reference)
    sums, odd_sums = refuse(totals, adds_up)
    told = absences(away, answer, nobody)
    return [
        lawful(
            parsed(PLAYER_BOXES, lines, source, rejected=counted(broken, refused, odd), **clock)
        ),
        Parsed(AVAILABILITY, told.frame, told.rejected, untold),
        lawful(parsed(TEAM_BOXES, sums, source, rejected=counted(no_totals, odd_sums), **clock)),
    ]


def _read(lines: Sequence[str]) -> _Book:
    """Read the final box; the boxes of single periods that follow in a long book are left out."""
    book = _Book()
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


def _line(book: _Book, own: str, line: str) -> None:
    """Add one line of a team's box."""
    if played := _PLAYED.match(line):
        name, position, minutes, numbers = played.groups()
        counts = dict(zip(_COUNTS, numbers.split(), strict=True))
        starter = str(position is not None).lower()
        book.played.append(
            {"team": own, "player": name, "starter": starter, "minutes": minutes, **counts}
        )
    elif total := _TEAM.match(line):
        counts = dict(zip(_COUNTS, total[2].split(), strict=True))
        book.totals.append({"team": own, "minutes": total[1], **counts})
    elif absent := _ABSENT.match(line):
        book.absent.append({"team": own, "player": absent[1], "reason": absent[2]})
    elif _MINUTES.search(line):
        book.broken += 1


def _inactive(own: str, first: str, following: Sequence[str]) -> list[dict[str, str]]:
    """Read the inactive players of a team; the list may go on over several lines."""
    text = first
    for line in following:
        if line.startswith(_END) or _SIDE.match(line) or text.count("(") == text.count(")"):
            break
        text += " " + line
    return [
        {"team": own, "player": name.strip(), "reason": f"Inactive - {why}", "inactive": "true"}
        for name, why in _ENTRY.findall(text)
    ]


def _placed(
    rows: Sequence[dict[str, str]],
    book: _Book,
    reference: Reference,
    reasons: dict[str, pl.Expr],
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Bring lines to the names of the tables and place them in their game."""
    names = ("team", "player", "starter", "minutes", "reason", "inactive", *_COUNTS)
    frame = pl.DataFrame(
        [
            pl.Series(
                n,
                [r.get(n, "").encode("utf-8", "replace").decode() or None for r in rows],
                pl.String,
            )
            for n in names
        ]
    )
    stated = with_name_key(
        frame.with_columns(
            team=team("team"),
            player_name=pl.col("player"),
            away_team=team(pl.lit(book.sides["VISITOR"].encode("utf-8", "replace").decode())),
            home_team=team(pl.lit(book.sides["HOME"].encode("utf-8", "replace").decode())),
            game_date=pl.lit(_date(book.day), pl.Date),
            is_starter=pl.col("starter") == "true",
            seconds_played=seconds("minutes"),
            **{name: count(name) for name in _COUNTS},
        )
    )
    is_home = pl.col("team") == pl.col("home_team")
    sided = stated.with_columns(
        is_home=is_home, opponent=pl.when(is_home).then("away_team").otherwise("home_team")
    )
    no_name = {NO_PLAYER: pl.col("player").is_not_null() & (pl.col("name_key") == "")}
    kept, refused = refuse(sided, {**reasons, **no_name})
    return in_game(kept, reference.games), refused


def _date(text: str) -> date | None:
    try:
        return datetime.strptime(f"{text} +0000", "%B %d, %Y %z").date()
    except ValueError:
        return None


def _told(absent: pl.DataFrame, reference: Reference) -> tuple[pl.DataFrame, dict[str, int]]:
    """Give inactive players, whom the report calls by their last name, their ids.

    The roster is who is known to have played for the team in the season; a last name that more
    than one of them has, or none, stays unresolved.
    """
    by_name = pl.col("inactive") == "true"
    if reference.players.is_empty():
        found = absent.with_columns(player_id=pl.lit(None, pl.String))
    else:
        last = reference.players.select(
            "season", "team", "player_id", _last=pl.col("name_key").str.extract(r" (.+)$", 1)
        )
        only = (
            last.drop_nulls("_last")
            .group_by("season", "team", "_last")
            .agg(_ids=pl.col("player_id").unique())
            .filter(pl.col("_ids").list.len() == 1)
            .select("season", "team", "_last", _id=pl.col("_ids").list.first())
        )
        found = absent.join(
            only,
            left_on=["season", "team", "name_key"],
            right_on=["season", "team", "_last"],
            how="left",
            maintain_order="left",
        ).with_columns(player_id=pl.when(by_name).then("_id"))
    unknown = found.filter(by_name & pl.col("player_id").is_null()).height
    return found, {LAST_NAME_ONLY: unknown} if unknown else {}


GAMEBOOK = Endpoint(
    name="gamebook",
    about="Final box, did-not-plays and inactives of one game, from `day` (20240410) and `teams` "
    "(MEMCLE: visitor, home).",
    stage=Stage.BOX_WITH_NAMES,
    path="https://statsdmz.nba.com/pdfs/{day}/{day}_{teams}.pdf",
    recognises=lambda body: is_pdf(body) and not is_report(body),
    parse=_parse,
    good_for=None,
    absent=ABSENT,
)
