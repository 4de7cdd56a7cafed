"""Keep grades and accounts: a grade is never changed, a correction is a newer version."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from tipoff.backtest.account import OWNER
from tipoff.backtest.current import current_grades
from tipoff.store.lake import Lake, appended_on_top, validated
from tipoff.tables.predictions import COVERAGE, GRADES

_ROW = ["slate", "game_id", "player_id"]
# What a grade says; when it was said is no part of it.
_SAID = [
    name
    for name in GRADES.columns
    if name not in {*_ROW, "version", "graded_at", "result_known_at", "change", "season"}
]


@dataclass(frozen=True)
class Kept:
    """New grades, and what was corrected, each a sentence."""

    new: int
    corrections: list[str]


def keep_grades(lake: Lake, rows: pl.DataFrame, at: datetime) -> Kept:
    """Append the grades that say something new.

    Args:
        lake: the lake.
        rows: of ``with_grades``.
        at: when they are graded.
    """
    if rows.is_empty():
        return Kept(0, [])
    seasons = rows["season"].unique().to_list()

    def decided(stored: pl.LazyFrame) -> tuple[pl.DataFrame, Kept]:
        slates = rows["slate"].unique().to_list()
        held = current_grades(
            stored.filter(pl.col("season").is_in(seasons), pl.col("slate").is_in(slates)).collect()
        )
        changed = _changed(_shaped(rows, at), held)
        return changed, Kept(0, []) if changed.is_empty() else _told(changed)

    return appended_on_top(lake, GRADES, decided)


def _shaped(rows: pl.DataFrame, at: datetime) -> pl.DataFrame:
    named = rows.with_columns(
        void_reason=pl.when(pl.col("state") == "void").then("state_reason"),
        version=pl.lit(1, pl.Int64),
        graded_at=pl.lit(at),
        change=pl.lit(None, pl.String),
    )
    return validated(GRADES, named)


def _changed(rows: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    """Grades that are new, or say something else than the version before."""
    if held.is_empty():
        return rows
    before = held.select(
        *_ROW, *[pl.col(c).alias(f"_{c}") for c in (*_SAID, "version", "graded_at")]
    )
    both = rows.join(before, on=_ROW, how="left", maintain_order="left")
    differs = pl.any_horizontal(pl.col(c).ne_missing(pl.col(f"_{c}")) for c in _SAID)
    is_new = pl.col("_version").is_null()
    # What was graded at a later moment knew more: a clock that was set back corrects nothing.
    news = both.filter(is_new | (differs & (pl.col("_graded_at") <= pl.col("graded_at"))))
    parts = [
        pl.when(pl.col(c).ne_missing(pl.col(f"_{c}"))).then(
            pl.format(
                f"{c} {{}} → {{}}",
                pl.col(f"_{c}").cast(pl.String).fill_null("none"),
                pl.col(c).cast(pl.String).fill_null("none"),
            )
        )
        for c in _SAID
    ]
    change = pl.concat_str(parts, separator="; ", ignore_nulls=True)
    return news.with_columns(
        version=pl.col("_version").fill_null(0) + 1,
        change=pl.when(pl.col("_version").is_not_null()).then(change),
    ).select(list(GRADES.columns))


def _told(changed: pl.DataFrame) -> Kept:
    corrected = changed.filter(pl.col("version") > 1).sort(*_ROW)
    sentences = [_sentence(row) for row in corrected.iter_rows(named=True)]
    return Kept(changed.height - corrected.height, sentences)


def _sentence(row: dict[str, Any]) -> str:
    return (
        f"{row['game_id']} {row['player_id']} ({row['market']}, slate {row['slate']}): "
        f"{row['change']}; version {row['version']}."
    )


def keep_account(lake: Lake, counted: pl.DataFrame, at: datetime) -> int:
    """Append the accounts that are not the newest ones already; return how many rows were new."""
    if counted.is_empty():
        return 0

    def decided(stored: pl.LazyFrame) -> tuple[pl.DataFrame, int]:
        days = counted["game_date"].unique().to_list()
        held = newest_account(stored.filter(pl.col("game_date").is_in(days)).collect())
        same = held.select(*OWNER, "step", "reason", "n")
        key = [*OWNER, "step", "reason"]
        news = counted.join(same, on=[*key, "n"], how="anti")
        gone = same.join(counted, on=[*key, "n"], how="anti")
        owners = pl.concat([news.select(OWNER), gone.select(OWNER)]).unique()
        rows = counted.join(owners, on=OWNER, how="semi").with_columns(
            counted_at=pl.lit(_after(held, at))
        )
        return validated(COVERAGE, rows), rows.height

    return appended_on_top(lake, COVERAGE, decided)


def _after(held: pl.DataFrame, at: datetime) -> datetime:
    """A moment after all that was counted before, by a clock that was set back since, too."""
    newest: datetime | None = held["counted_at"].max()  # type: ignore[assignment]
    return at if newest is None else max(at, newest + timedelta(microseconds=1))


def newest_account(rows: pl.DataFrame) -> pl.DataFrame:
    """Keep the newest account of each date, market and model.

    Args:
        rows: of ``coverage``.
    """
    return rows.filter(pl.col("counted_at") == pl.col("counted_at").max().over(OWNER))
