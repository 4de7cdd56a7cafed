"""A season that is lived: rows come in as they become known, and dates are served before they do.

What may go wrong in between is planted here; each plant says what an audit must call it.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
from tests.faults.crash_laboratory import LITTLE

from tipoff.sources.league import generate
from tipoff.store.games import merged_games
from tipoff.store.lake import Lake, append, open_lake, read, replace
from tipoff.store.spine import game_spine
from tipoff.tables.raw import AVAILABILITY, GAMES, PLAYER_BOXES, PROP_QUOTES, SOURCE_TABLES
from tipoff.tables.table import Table
from tipoff.workflows.backfill import Request, backfill
from tipoff.workflows.decisions import SERVED, Decision
from tipoff.workflows.identities import resolve_pending
from tipoff.workflows.parsed_rows import lake_reference
from tipoff.workflows.serve_features import Asked, serve

MOMENT = pl.Datetime("us", "UTC")


@dataclass(frozen=True)
class Live:
    """A lake from which some dates were served, and what is still to come in.

    Attributes:
        lake: the lake; the rows of later are not in it.
        frames: all rows of the season.
        days: the served dates; the last of them is the one that things happen to.
        instant: when the last date is decided.
        unknown: name key of a quoted player of that date of whom nobody knew who he is.
    """

    lake: Lake
    frames: dict[str, pl.DataFrame]
    days: list[date]
    instant: datetime
    unknown: str

    @property
    def day(self) -> date:
        return self.days[-1]


def lived(folder: Path) -> Live:
    """Let a season go on until the last decision of a date; serve it and the one before."""
    frames = dict(generate(LITTLE).frames)
    games = merged_games(frames["games"])
    listed = games["game_date"].unique().sort().to_list()
    days = listed[len(listed) // 3 :][:2]
    quotes = frames[PROP_QUOTES.name]
    unknown = quotes.filter(pl.col("game_date") == days[-1]).sort("name_key")["name_key"][0]
    is_unknown = (pl.col("name_key") == unknown) & (pl.col("game_date") == days[-1])
    frames[PROP_QUOTES.name] = quotes.with_columns(
        player_id=pl.when(is_unknown).then(None).otherwise("player_id")
    )
    lake = open_lake(str(folder / "lake"))
    for day in days:
        instant = decided(games, day)
        come_in(lake, frames, instant)
        assert serve(lake, Asked(Decision(day)), now=instant)["kept"]
    return Live(lake, frames, days, instant, unknown)


def decided(games: pl.DataFrame, day: date) -> datetime:
    """The last decision instant of a date."""
    last = game_spine(games, [day], 30)["as_of"].max()
    assert isinstance(last, datetime)
    return last


def come_in(lake: Lake, frames: dict[str, pl.DataFrame], until: datetime | None = None) -> None:
    """Store what is known by an instant; the schedule is known."""
    for name, table in SOURCE_TABLES.items():
        rows = frames[name]
        if until is not None:
            rows = rows.filter(pl.col("observed_at") <= until)
        append(lake, table, rows)


def copied(live: Live, folder: Path) -> Live:
    """The same with a lake of its own."""
    shutil.copytree(live.lake.url, folder / "lake")
    return Live(open_lake(str(folder / "lake")), live.frames, live.days, live.instant, live.unknown)


def backfilled(live: Live) -> None:
    """Build what was served, or what of it is stale."""
    report = backfill(live.lake, Request(live.days[0], live.days[-1]), lambda *_: None)
    assert not report["failures"]


def before(live: Live, table: Table) -> pl.DataFrame:
    """Rows of a table about earlier dates, the newest first."""
    rows = read(live.lake, table).filter(pl.col("game_date") < live.day)
    return rows.sort("game_date", *table.key, descending=True)


def served(live: Live) -> pl.DataFrame:
    """What was served for the date."""
    return read(live.lake, SERVED).filter(pl.col("game_date") == live.day)


def in_time(live: Live, row: pl.DataFrame) -> pl.Expr:
    """A minute before a player's own game is decided."""
    own = served(live).filter(pl.col("player_id") == row["player_id"].item())
    return pl.lit(own["as_of"][0] - timedelta(minutes=1)).cast(MOMENT)


def regular(live: Live) -> pl.DataFrame:
    """The last box score of one who plays much for a team that plays on the date."""
    rows = before(live, PLAYER_BOXES).join(served(live), on="player_id", how="semi")
    newest = rows.unique("player_id", keep="first", maintain_order=True)
    return newest.sort("seconds_played", "player_id", descending=True).head(1)


def quoted(live: Live) -> pl.DataFrame:
    """The last quote on somebody for the date, of the book that comes first."""
    rows = read(live.lake, PROP_QUOTES).filter(
        pl.col("game_date") == live.day,
        pl.col("market") == "points",
        pl.col("book") == "draftkings",
        pl.col("player_id").is_not_null(),
        pl.col("observed_at") < live.instant - timedelta(hours=9),
    )
    return rows.sort("name_key", "observed_at").head(1)


def late_quote(live: Live) -> None:
    """A quote that was seen in time is stored after the serving."""
    row = quoted(live)
    newer = row.with_columns(line=pl.col("line") + 3, observed_at=in_time(live, row))
    assert append(live.lake, PROP_QUOTES, newer).added == 1


def corrected_box(live: Live) -> None:
    """A box score was corrected in time, and the correction is stored after the serving."""
    row = regular(live)
    newer = row.with_columns(
        points=pl.col("points") + 4,
        turnovers=pl.col("turnovers") + 3,
        observed_at=in_time(live, row),
    )
    assert append(live.lake, PLAYER_BOXES, newer).added == 1


def deleted_box(live: Live) -> None:
    """A box score was taken back in time, and that is stored after the serving."""
    row = regular(live)
    gone = row.with_columns(is_deleted=pl.lit(value=True), observed_at=in_time(live, row))
    assert append(live.lake, PLAYER_BOXES, gone).added == 1


def vanished_box(live: Live) -> None:
    """Somebody removes a stored row."""
    rows = read(live.lake, PLAYER_BOXES)
    kept = rows.join(regular(live), on=PLAYER_BOXES.key, how="anti")
    replace(live.lake, PLAYER_BOXES, kept, "true")


def rewritten_box(live: Live) -> None:
    """Somebody edits a stored row."""
    rows, row = read(live.lake, PLAYER_BOXES), regular(live)
    edited = row.with_columns(points=pl.col("points") + 4)
    others = rows.join(row, on=PLAYER_BOXES.key, how="anti")
    replace(live.lake, PLAYER_BOXES, pl.concat([others, edited]), "true")


def moved_tip_off(live: Live) -> None:
    """A game of the date starts two hours earlier than was said."""
    games = read(live.lake, GAMES).filter(pl.col("game_date") == live.day)
    row = games.sort("tip_off_at").tail(1)
    earlier = row.with_columns(
        tip_off_at=pl.col("tip_off_at") - timedelta(hours=2),
        observed_at=pl.col("tip_off_at") - timedelta(hours=6),
    )
    assert append(live.lake, GAMES, earlier).added == 1


def postponed(live: Live) -> None:
    """All games of the date are called off."""
    games = read(live.lake, GAMES).filter(pl.col("game_date") == live.day)
    gone = games.with_columns(
        is_deleted=pl.lit(value=True), observed_at=pl.col("tip_off_at") - timedelta(hours=6)
    )
    assert append(live.lake, GAMES, gone).added == games.height


def known_player(live: Live) -> None:
    """Who a quoted name is becomes known."""
    assert resolve_pending(live.lake, lake_reference(live.lake).players) > 0


def late_trade(live: Live) -> None:
    """A box score tells, late, that he plays for another team by now."""
    row = regular(live)
    games = read(live.lake, GAMES).filter(pl.col("game_date") < live.day)
    team = row["team"].item()
    others = games.filter(pl.col("home_team") != team, pl.col("away_team") != team)
    game = others.sort("game_date", "game_id").tail(1).row(0, named=True)
    told = row.with_columns(
        game_id=pl.lit(game["game_id"]),
        game_date=pl.lit(game["game_date"]),
        team=pl.lit(game["home_team"]),
        opponent=pl.lit(game["away_team"]),
        observed_at=in_time(live, row),
    )
    assert append(live.lake, PLAYER_BOXES, told).added == 1


def late_report(live: Live) -> None:
    """That the regular is out was told in time, on no list, and is stored after the serving."""
    row = regular(live)
    own = served(live).join(row.select("player_id"), on="player_id", how="semi")
    like = read(live.lake, AVAILABILITY).head(1).drop("game_id", "game_date", "team")
    who = row.select("team", "name_key", "player_name", "player_id")
    told = like.drop(who.columns, strict=False).with_columns(
        game_id=pl.lit(own["game_id"].item()),
        game_date=pl.lit(live.day),
        status=pl.lit("out"),
        observed_at=in_time(live, row),
        report_at=pl.lit(None, MOMENT),
        is_deleted=pl.lit(value=False),
    )
    told = told.join(who, how="cross")
    assert append(live.lake, AVAILABILITY, told).added == 1


PLANTS: dict[str, tuple[Callable[[Live], None], str, str]] = {
    "late quote": (late_quote, "prop_quotes: late rows", "explained"),
    "correction": (corrected_box, "player_boxes: correction", "explained"),
    "deletion": (deleted_box, "player_boxes: deletion", "explained"),
    "vanished row": (vanished_box, "player_boxes: deletion", "explained"),
    "moved tip-off": (moved_tip_off, "games: schedule moved", "explained"),
    "postponed date": (postponed, "games: schedule moved", "explained"),
    "identity": (known_player, "prop_quotes: identity", "explained"),
    "late trade": (late_trade, "player_boxes: late rows", "explained"),
    "rewritten row": (
        rewritten_box,
        "unexplained: a stored row of player_boxes reads otherwise",
        "unexplained",
    ),
}
