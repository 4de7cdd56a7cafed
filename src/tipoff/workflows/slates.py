"""Keep slates: append-only, hashed, and only where something new is said."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from tipoff.backtest.current import current_predictions
from tipoff.domain.seasons import season_of
from tipoff.store.content import content_hash
from tipoff.store.lake import Lake, appended_on_top, scan, validated
from tipoff.tables.predictions import PREDICTIONS

_KEY = ("game_id", "player_id")
# When and from what it was made is no part of what is said.
_OF_THE_SLATE = frozenset(
    {
        "slate",
        "slate_hash",
        "made_at",
        "asked_at",
        "as_of",
        "serving",
        "lake_version",
        "code_fingerprint",
        # Its place among the slate's picks changes with the games that have begun meanwhile; the
        # pick itself is told by ``is_pick``, and subsets by its side, its edge and its place.
        "rank",
        "subsets",
    }
)


@dataclass(frozen=True)
class Slate:
    """Whose slate it is: a model's, of games of one date."""

    game_date: date
    market: str
    model_id: str
    games: tuple[str, ...]

    def rows(self, stored: pl.LazyFrame) -> pl.LazyFrame:
        """Return the model's rows of the date."""
        return stored.filter(
            pl.col("season") == season_of(self.game_date),
            pl.col("game_date") == self.game_date,
            pl.col("market") == self.market,
            pl.col("model_id") == self.model_id,
        )


@dataclass(frozen=True)
class Kept:
    """A slate's number, whether it is new, and its rows."""

    number: int
    is_new: bool
    rows: pl.DataFrame


def keep(
    lake: Lake, slate: Slate, decide: Callable[[int], pl.DataFrame], about: Mapping[str, Any]
) -> Kept:
    """Keep what a model says, unless it says the same as before of every game.

    Args:
        lake: the lake.
        slate: whose slate it is.
        decide: gives the rows (of ``picked``) by how many picks the model has in other games of
            the date. It is asked again where another slate came in between: caps are of the day.
        about: what all rows share: who predicted, when and from what.
    """

    def decided(stored: pl.LazyFrame) -> tuple[pl.DataFrame, Kept]:
        counting = current_predictions(slate.rows(stored).collect())
        rows = decide(_elsewhere(counting, slate))
        before = counting.filter(pl.col("game_id").is_in(slate.games))
        shaped = _shaped(rows, {**about, "slate": 1, "slate_hash": "0" * 64})
        if before.height and _is_same(before, shaped):
            number = int(before["slate"].max())  # type: ignore[arg-type]
            return PREDICTIONS.empty(), Kept(number, False, rows)
        most = stored.select(pl.col("slate").max()).collect().item()
        number = int(most or 0) + 1
        numbered = shaped.with_columns(slate=pl.lit(number, pl.Int64))
        kept = numbered.with_columns(slate_hash=pl.lit(slate_hash(numbered)))
        return kept, Kept(number, True, rows)

    return appended_on_top(lake, PREDICTIONS, decided)


def missed(lake: Lake, slate: Slate, tips: Mapping[str, datetime], lead: timedelta) -> list[str]:
    """Return the games that began without a slate as of their decision.

    Args:
        lake: the lake.
        slate: whose; its games are not looked at.
        tips: tip-off (UTC) by game.
        lead: before tip-off, the decision.
    """
    rows = current_predictions(slate.rows(scan(lake, PREDICTIONS)).collect())
    last = dict(rows.group_by("game_id").agg(pl.col("as_of").max()).iter_rows())
    return sorted(
        game for game, tip in tips.items() if last.get(game) is None or last[game] < tip - lead
    )


def _elsewhere(rows: pl.DataFrame, slate: Slate) -> int:
    return rows.filter(~pl.col("game_id").is_in(slate.games), pl.col("is_pick")).height


def slate_hash(rows: pl.DataFrame) -> str:
    """Return the SHA-256 of a slate's rows, its number included."""
    return content_hash(rows.drop("slate_hash"), _KEY)


def changed_slates(lake: Lake, season: str) -> list[int]:
    """Return the numbers of a season's slates that are not what their hash says."""
    rows = scan(lake, PREDICTIONS).filter(pl.col("season") == season).collect()
    parts = rows.partition_by("slate", as_dict=True)
    return sorted(
        int(number)
        for (number,), part in parts.items()
        if part["slate_hash"].n_unique() != 1 or slate_hash(part) != part["slate_hash"][0]
    )


def _shaped(rows: pl.DataFrame, about: Mapping[str, Any]) -> pl.DataFrame:
    types = PREDICTIONS.columns
    said = rows.with_columns(
        pl.lit(value, types[name]).alias(name) for name, value in about.items()
    )
    return validated(PREDICTIONS, said.select(list(types))).sort(_KEY)


def _is_same(before: pl.DataFrame, now: pl.DataFrame) -> bool:
    own, other = (frame.drop(_OF_THE_SLATE).sort(_KEY) for frame in (before, now))
    return own.equals(other)
