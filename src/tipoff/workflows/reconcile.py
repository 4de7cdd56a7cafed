"""Hold what was predicted and graded against what should have been. Nothing is repaired."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from tipoff.domain.seasons import previous_season, season_of
from tipoff.monitoring.missing import (
    EXPECTED,
    duplicates,
    late_predictions,
    missing_grades,
    missing_predictions,
    orphan_grades,
    uneven_accounts,
    unsettled_picks,
)
from tipoff.processors.availability import counting, last_words, words
from tipoff.settings import DEFAULT_LEAD_MINUTES
from tipoff.store.door import World
from tipoff.store.facts import quoted_players
from tipoff.store.games import merged_games, turned_ids, with_canonical_ids
from tipoff.store.lake import Lake, scan
from tipoff.store.quotes import main_quotes
from tipoff.store.spine import game_spine, player_spine, team_spine
from tipoff.store.versions import KNOWN_AT, counts_at, with_withdrawals
from tipoff.tables.raw import (
    AVAILABILITY,
    AVAILABILITY_REPORTS,
    PLAYER_BOXES,
    PROP_QUOTES,
)
from tipoff.tables.table import Table
from tipoff.workflows.freshness import stated_games
from tipoff.workflows.standing import coverage_of, grades_of, live_models, predictions_of
from tipoff.workflows.world import told_games

# Grades of so many days up to the date are looked at.
GRADED_DAYS = 7
PROBLEMS = (
    "missing_models",
    "missing_predictions",
    "missing_grades",
    "unsettled_picks",
    "duplicates",
    "orphan_grades",
    "late_predictions",
    "uneven_accounts",
)
_PLAYER = ["game_id", "player_id"]


@dataclass(frozen=True)
class Asked:
    """Who should be predicted, and who was quoted without being known to play.

    Attributes:
        expected: ``monitoring.missing.EXPECTED``, of games whose decision has come.
        unlisted: ``game_id, market, player_name, player_id, why`` of quotes on nobody's row.
        missing_models: ``game_date, why`` where games are decided and no model is live.
    """

    expected: pl.DataFrame
    unlisted: pl.DataFrame
    missing_models: pl.DataFrame


def reconcile(lake: Lake, day: date, now: datetime) -> dict[str, Any]:
    """Name everything of a date that is missing or should not be there, at an instant.

    Predictions are held against the players of games whose decision has come; grades, accounts and
    duplicates are looked at over the last 7 days as well.

    Args:
        lake: the lake; nothing is written.
        day: the game date.
        now: the instant; what came later is not known.

    Returns:
        ``game_date, at, is_even, expected`` (player-games by model), ``counts`` by problem, the
        rows of each of ``PROBLEMS``, and ``unlisted``: names that were quoted and stand in no row,
        which is no fault of a slate.

    Raises:
        InputError: the lake holds no games.
    """
    start = day - timedelta(days=GRADED_DAYS)
    predictions = predictions_of(lake, start, day, now)
    grades = grades_of(lake, start, day, now)
    asked = asked_for(lake, day, now)
    own = predictions.filter(pl.col("game_date") == day)
    found: dict[str, pl.DataFrame] = {
        "missing_models": asked.missing_models,
        "missing_predictions": missing_predictions(asked.expected, own),
        "missing_grades": missing_grades(predictions, grades, now),
        "unsettled_picks": unsettled_picks(predictions, grades),
        "duplicates": duplicates(predictions, grades),
        "orphan_grades": orphan_grades(predictions, grades),
        "late_predictions": late_predictions(predictions),
        "uneven_accounts": uneven_accounts(coverage_of(lake, start, day, now)),
    }
    counts = {name: found[name].height for name in PROBLEMS}
    return {
        "game_date": day,
        "at": now,
        "is_even": not any(counts.values()),
        "expected": asked.expected.filter("has_line").height,
        "counts": counts,
        **{name: found[name].to_dicts() for name in PROBLEMS},
        "unlisted": asked.unlisted.to_dicts(),
    }


def uneven(report: Mapping[str, Any]) -> str | None:
    """Return the sentence of a report that found something, or None."""
    if report["is_even"]:
        return None
    said = [f"{n:,} {name.replace('_', ' ')}" for name, n in report["counts"].items() if n]
    return f"Not reconciled for {report['game_date']}: {', '.join(said)}."


def asked_for(lake: Lake, day: date, now: datetime) -> Asked:
    """Return whom the live models should have predicted of a date by an instant."""
    season = season_of(day)
    both = [previous_season(season), season]
    stated = stated_games(lake, day).filter(pl.col("observed_at") <= now)
    games = merged_games(stated)
    own = game_spine(games, [day], 0)
    last = own["tip_off_at"].max()
    live = live_models(lake, min(now, last) if isinstance(last, datetime) else now)
    if live.is_empty() or own.is_empty():
        decided = own.filter(pl.col("tip_off_at") - timedelta(minutes=DEFAULT_LEAD_MINUTES) <= now)
        why = f"no model is live, and {decided.height} games are decided"
        lack = pl.DataFrame({"game_date": [day], "why": [why]})
        nobody = pl.DataFrame(schema=EXPECTED)
        return Asked(nobody, _unlisted(_QUOTES, nobody), lack if decided.height else _NO_MODELS)
    turned = turned_ids(stated)
    boxes = _known(lake, PLAYER_BOXES, now, turned, both)
    quotes = _known(lake, PROP_QUOTES, now, turned, [season], day)
    told = {
        table.name: with_withdrawals(_known(lake, table, now, turned, [season], day), table.entity)
        for table in (AVAILABILITY, AVAILABILITY_REPORTS)
    }
    facts = told_games(boxes, stated)
    quoted = quoted_players(quotes.lazy()).collect()
    said = main_quotes(with_withdrawals(quotes, PROP_QUOTES.entity))
    parts, seen = [], []
    for (lead,), models in live.group_by("lead_minutes", maintain_order=True):
        teams = team_spine(games, [day], int(str(lead))).filter(pl.col("as_of") <= now)
        spine = player_spine(teams, facts, quoted)
        moments = teams.select("game_id", "as_of").unique()
        known = said.join(moments, on="game_id").filter(counts_at(pl.col("as_of")))
        mine = models.rename({"name": "model_name"}).drop("lead_minutes")
        rows = _with_status(spine, teams, World(told, {})).join(mine, how="cross")
        lined = known.select(*_PLAYER, "market", has_line=pl.lit(value=True)).unique()
        parts.append(rows.join(lined, on=[*_PLAYER, "market"], how="left"))
        seen.append(known.join(mine.select("market").unique(), on="market", how="semi"))
    expected = pl.concat(parts).with_columns(pl.col("has_line").fill_null(value=False))
    expected = expected.select(list(EXPECTED))
    return Asked(expected, _unlisted(pl.concat(seen), expected), _NO_MODELS)


_NO_MODELS = pl.DataFrame(schema={"game_date": pl.Date, "why": pl.String})
_QUOTES = PROP_QUOTES.empty().rename({"observed_at": KNOWN_AT})


def _known(
    lake: Lake,
    table: Table,
    now: datetime,
    turned: Mapping[str, str],
    seasons: Sequence[str],
    day: date | None = None,
) -> pl.DataFrame:
    """Rows of a raw table of some seasons, or of a date of them, known by an instant."""
    rows = scan(lake, table).filter(
        pl.col("season").is_in(list(seasons)), pl.col("observed_at") <= now
    )
    if day is not None:
        rows = rows.filter(pl.col("game_date") == day)
    return with_canonical_ids(rows.drop("row_hash").collect(), turned)


def _with_status(spine: pl.DataFrame, teams: pl.DataFrame, world: World) -> pl.DataFrame:
    """Say what the last list before the decision says of each; null where it says nothing."""
    lists, said = words(teams, world)
    status = last_words(counting(said, lists))
    return spine.join(status, on=["game_id", "team", "player_id"], how="left").select(
        "game_date", *_PLAYER, "player_name", "as_of", "status"
    )


def _unlisted(quotes: pl.DataFrame, expected: pl.DataFrame) -> pl.DataFrame:
    """Names that were quoted and are in no row: nobody knows who, or that he may play."""
    lost = quotes.join(expected, on=["game_id", "player_id", "market"], how="anti")
    why = (
        pl.when(pl.col("player_id").is_null())
        .then(pl.lit("nobody knows who that is"))
        .otherwise(pl.lit("he is not known to play for either team"))
    )
    return (
        lost.select("game_id", "market", "player_name", "player_id", why=why)
        .unique()
        .sort("game_id", "market", "player_name")
    )
