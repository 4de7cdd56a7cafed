"""The official scorer's report of a game (PDF): lines, who did not play, and who was inactive."""

from collections.abc import Mapping, Sequence
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
from tipoff.sources.providers.nba.gamebook_lines import COUNTS, Book, read
from tipoff.sources.providers.nba.injury_report import is_report
from tipoff.sources.providers.nba.pdf import is_pdf, lines_of
from tipoff.tables.raw import AVAILABILITY, PLAYER_BOXES, TEAM_BOXES

LAST_NAME_ONLY = "inactive players known by their last name, whom no roster tells apart"
BROKEN_LINE = "a player's line that can not be read"


def _parse(answer: Answer, reference: Reference) -> list[Parsed]:
    """One row per player and team of the final box, and one per absence."""
    book = read([line.text for line in lines_of(answer)])
    if len(book.sides) < 2:
        raise InputError(
            f"Expected the lines VISITOR and HOME in the PDF of {answer.provider} "
            f"{answer.endpoint}, found none; the provider may have changed its format."
        )
    source = f"{answer.provider}_{answer.endpoint}"
    clock = after_game(answer)
    broken = {BROKEN_LINE: book.broken} if book.broken else {}
    boxes = []
    for table, rows, refused in (
        (PLAYER_BOXES, book.played, broken),
        (TEAM_BOXES, book.totals, {}),
    ):
        placed, unplaced = _placed(rows, book, reference)
        reasons = {NOT_OVER: came_too_soon(answer), POINTS_DO_NOT_ADD_UP: ~points_add_up()}
        kept, odd = refuse(placed, reasons)
        boxes.append(
            lawful(parsed(table, kept, source, rejected=counted(refused, unplaced, odd), **clock))
        )
    absent, unplaced = _placed(book.absent + book.inactive, book, reference)
    away, untold = _told(absent, reference)
    told = absences(away, answer, unplaced)
    return [boxes[0], Parsed(AVAILABILITY, told.frame, told.rejected, untold), boxes[1]]


def _placed(
    rows: Sequence[Mapping[str, str]],
    book: Book,
    reference: Reference,
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Bring lines to the names of the tables and place them in their game."""
    names = ("team", "player", "starter", "minutes", "reason", "inactive", *COUNTS)
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
            **{name: count(name) for name in COUNTS},
        )
    )
    is_home = pl.col("team") == pl.col("home_team")
    sided = stated.with_columns(
        is_home=is_home, opponent=pl.when(is_home).then("away_team").otherwise("home_team")
    )
    reasons = {
        NO_DATE: pl.col("game_date").is_null(),
        NO_TEAM: pl.any_horizontal(pl.col("home_team", "away_team", "team").is_null()),
        NO_PLAYER: pl.col("player").is_not_null() & (pl.col("name_key") == ""),
    }
    kept, refused = refuse(sided, reasons)
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
