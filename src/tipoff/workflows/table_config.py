"""The configuration of the seasons x losses table, and rows for seasons that it does not name."""

from datetime import date, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, field_validator

from tipoff.backtest.lines import line_choice
from tipoff.domain.market import Market, feature_markets
from tipoff.domain.seasons import season_of
from tipoff.models.spec import ModelSpec, Windows
from tipoff.workflows.shipped import read_toml

_NAME = "multiseason.toml"
# Without lines in February: the last four weeks of lines, and as many days as November to January.
_EVAL_DAYS = 28
_TRAIN_DAYS = 92


class Row(BaseModel):
    """One row of the table: windows and the lines it is graded on.

    Attributes:
        markets: the markets that it is run for; that of ``[model]`` where it names none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = Field(min_length=1)
    train_start: date
    train_end: date
    eval_start: date
    eval_end: date
    line_source: str
    markets: tuple[str, ...] = ()

    @field_validator("markets")
    @classmethod
    def _with_features(cls, markets: tuple[str, ...]) -> tuple[str, ...]:
        return _named(markets)

    def windows(self) -> Windows:
        """The row's dates."""
        return Windows(
            train_start=self.train_start,
            train_end=self.train_end,
            eval_start=self.eval_start,
            eval_end=self.eval_end,
        )

    @property
    def season(self) -> str:
        """The season that is evaluated."""
        return season_of(self.eval_start)


class TableConfig(BaseModel):
    """The table: rows x losses, and the recipe that all share.

    Attributes:
        losses: of every market that ``losses_of`` does not name.
        losses_of: losses of a market, by its name: a threshold in points fits points only.
        markets: the markets that are run where none is asked for; all that rows name if empty.
        auto: make rows for seasons that have lines but no row.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    losses: tuple[str, ...] = Field(min_length=1)
    losses_of: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    markets: tuple[str, ...] = ()
    auto: bool = True
    auto_line_source: str = "median"
    model: dict[str, Any] = Field(default_factory=dict)
    row: tuple[Row, ...] = ()

    @field_validator("markets")
    @classmethod
    def _with_features(cls, markets: tuple[str, ...]) -> tuple[str, ...]:
        return _named(markets)

    @field_validator("losses_of")
    @classmethod
    def _by_name(cls, losses: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        empty = [market for market, own in losses.items() if not own]
        if empty:
            raise ValueError(f"expected at least one loss of {empty[0]}")
        return {_named((market,))[0]: own for market, own in losses.items()}

    def spec(self, name: str, loss: str, market: str | None = None) -> ModelSpec:
        """The recipe with one loss, for one market."""
        stated = {"market": market} if market else {}
        return ModelSpec(name=name, loss=loss, **{**self.model, **stated})

    def losses_for(self, market: str) -> tuple[str, ...]:
        """The losses that a market is run with."""
        return self.losses_of.get(market, self.losses)

    def markets_of(self, row: Row) -> tuple[str, ...]:
        """The markets that a row is run for."""
        return row.markets or _named((str(self.model.get("market", "points")),))

    def default_markets(self) -> tuple[str, ...]:
        """The markets that are run where none is asked for."""
        named = tuple(dict.fromkeys(market for row in self.row for market in self.markets_of(row)))
        return self.markets or named or _named((str(self.model.get("market", "points")),))


def _named(markets: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of markets that features are built for."""
    return tuple(market.name for market in feature_markets(",".join(markets))) if markets else ()


def read_config(path: Path | None) -> TableConfig:
    """Read a configuration, or the shipped one.

    Raises:
        InputError: it can not be read, or something in it is wrong.
    """
    return read_toml(path, _NAME, "configuration", _tried)


def _tried(read: dict[str, Any]) -> TableConfig:
    config = TableConfig.model_validate(read)
    for row in config.row:
        row.windows()
        line_choice(row.line_source)
    for loss in {*config.losses, *chain.from_iterable(config.losses_of.values())}:
        config.spec("check", loss)
    return config


def planned_rows(
    config: TableConfig, lined: pl.DataFrame, asked: str | None = None
) -> list[tuple[Market, Row]]:
    """Return what the table runs: market by market, the stated rows and the automatic ones.

    Args:
        config: the configuration.
        lined: ``market, season, game_date`` of game dates with lines.
        asked: markets, comma-separated, or ``all``; those of the configuration if None.
    """
    markets = feature_markets(asked or ",".join(config.default_markets()))
    rows = []
    for market in dict.fromkeys(markets):
        stated = [row for row in config.row if market.name in config.markets_of(row)]
        dates = lined.filter(pl.col("market") == market.name).select("season", "game_date")
        covered = {row.season for row in stated}
        rows += [(market, row) for row in [*stated, *automatic_rows(config, dates, covered)]]
    return rows


def automatic_rows(config: TableConfig, lined: pl.DataFrame, covered: set[str]) -> list[Row]:
    """Return rows for seasons with lines that the configuration has no row for.

    Args:
        config: the configuration.
        lined: ``season, game_date`` of game dates with lines on the market.
        covered: seasons that have a row of their own.
    """
    if not config.auto:
        return []
    rows = []
    for (season,), dates in sorted(lined.partition_by("season", as_dict=True).items()):
        if season in covered:
            continue
        days: list[date] = sorted(dates["game_date"].to_list())
        rows.append(_automatic(str(season), days, config.auto_line_source))
    return rows


def _automatic(season: str, days: list[date], line_source: str) -> Row:
    year = int(season[:4])
    february = [d for d in days if (d.year, d.month) == (year + 1, 2)]
    if february and days[0] <= date(year, 12, 1):
        train_end = date(year + 1, 1, 31)
        train_start, eval_start = date(year, 11, 1), date(year + 1, 2, 1)
        eval_end = date(year + 1, 3, 1) - timedelta(days=1)
    else:
        eval_end = days[-1]
        eval_start = eval_end - timedelta(days=_EVAL_DAYS - 1)
        train_end = eval_start - timedelta(days=1)
        train_start = train_end - timedelta(days=_TRAIN_DAYS - 1)
    return Row(
        title=f"{season}, {line_source}",
        train_start=train_start,
        train_end=train_end,
        eval_start=eval_start,
        eval_end=eval_end,
        line_source=line_source,
    )
