"""The configuration of the seasons x losses table, and rows for seasons that it does not name."""

import tomllib
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tipoff.backtest.lines import line_choice
from tipoff.domain.seasons import season_of
from tipoff.errors import InputError
from tipoff.models.spec import ModelSpec, Windows, sentence_of

_NAME = "multiseason.toml"
# Without lines in February: the last four weeks of lines, and as many days as November to January.
_EVAL_DAYS = 28
_TRAIN_DAYS = 92


class Row(BaseModel):
    """One row of the table: windows and the lines it is graded on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = Field(min_length=1)
    train_start: date
    train_end: date
    eval_start: date
    eval_end: date
    line_source: str

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
    """The table: rows x losses, and the recipe that all share."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    losses: tuple[str, ...] = Field(min_length=1)
    auto: bool = True
    auto_line_source: str = "median"
    model: dict[str, Any] = Field(default_factory=dict)
    row: tuple[Row, ...] = ()

    def spec(self, name: str, loss: str) -> ModelSpec:
        """The recipe with one loss."""
        return ModelSpec(name=name, loss=loss, **self.model)


def default_text() -> str:
    """Return the shipped configuration: configs/multiseason.toml."""
    packaged = files("tipoff").joinpath("configs", _NAME)
    if packaged.is_file():
        return packaged.read_text(encoding="utf-8")
    return (Path(__file__).parents[3] / "configs" / _NAME).read_text(encoding="utf-8")


def read_config(path: Path | None) -> TableConfig:
    """Read a configuration, or the shipped one.

    Raises:
        InputError: it can not be read, or something in it is wrong.
    """
    if path is not None and not path.is_file():
        raise InputError(f"Expected a configuration at {path}, found none.")
    try:
        text = default_text() if path is None else path.read_text(encoding="utf-8")
        config = TableConfig.model_validate(tomllib.loads(text))
        for row in config.row:
            row.windows()
            line_choice(row.line_source)
        for loss in config.losses:
            config.spec("check", loss)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"Expected TOML in {path or _NAME}: {error}.") from None
    except ValidationError as error:
        raise InputError(f"In {path or _NAME}: {sentence_of(error)}") from None
    except TypeError as error:
        raise InputError(f"In {path or _NAME}, [model] is wrong: {error}.") from None
    return config


def automatic_rows(config: TableConfig, lined: pl.DataFrame) -> list[Row]:
    """Return rows for seasons with lines that the configuration has no row for.

    Args:
        config: the configuration.
        lined: ``season, game_date`` of game dates with lines on the market.
    """
    if not config.auto:
        return []
    covered = {row.season for row in config.row}
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
