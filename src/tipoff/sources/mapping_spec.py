"""What a mapping file may say: its keys, checked, with errors that name the offending key."""

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from tipoff.errors import InputError
from tipoff.sources.game_lines import STATED as GAME_LINE_STATED
from tipoff.sources.prop_quotes import STATED as PROP_STATED
from tipoff.tables.raw import RAW_TABLES

TableName = Literal[
    "games", "player_boxes", "team_boxes", "shots", "availability", "game_lines", "prop_quotes"
]
Text = Annotated[str, Field(min_length=1)]
LINE_TABLES = ("prop_quotes", "game_lines")
PRICES = ("price", "over_price", "under_price", "home_or_over_price", "away_or_under_price")
_BOOKKEEPING = {
    "season", "source", "observed_basis", "is_deleted", "row_hash", "game_id", "name_key",
    "shot_number", "quote_number", "home_team", "away_team", "report_at",
}  # fmt: skip
_GAME = {"game_date", "home", "away", "game", "team", "opponent", "is_home", "matchup"}

UNITS: dict[str, tuple[str, ...]] = {
    "seconds_played": ("seconds", "minutes", "mm:ss"),
    "seconds_left": ("seconds", "minutes", "mm:ss"),
    "x_feet": ("feet", "tenths_of_feet", "inches", "metres"),
    "y_feet": ("feet", "tenths_of_feet", "inches", "metres"),
    "distance_feet": ("feet", "tenths_of_feet", "inches", "metres"),
    "line": ("home_side", "away_side"),
    "prices": ("american", "decimal"),
    **dict.fromkeys(PRICES, ("american", "decimal")),
}


def targets(table: TableName) -> set[str]:
    """Return the names that a mapping of this table may give values to."""
    if table == "prop_quotes":
        stated = {*PROP_STATED, "side", "price"}
    elif table == "game_lines":
        stated = set(GAME_LINE_STATED)
    else:
        stated = set(RAW_TABLES[table].columns) - _BOOKKEEPING
    return (stated - {"stated_date"}) | _GAME


REQUIRED: dict[TableName, tuple[str, ...]] = {
    "games": (),
    "player_boxes": ("player_name",),
    "team_boxes": ("team",),
    "shots": ("team", "player_name", "period", "seconds_left", "zone", "is_three", "is_made"),
    "availability": ("team", "player_name", "status"),
    "game_lines": ("market",),
    "prop_quotes": ("player_name", "market", "line"),
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Melt(_Strict):
    """One market of a wide layout: its name and the columns that hold it."""

    market: Text
    line: Text | None = None
    over_price: Text | None = None
    under_price: Text | None = None
    home_or_over_price: Text | None = None
    away_or_under_price: Text | None = None

    def columns(self) -> dict[str, str]:
        """Return target -> source column."""
        stated = self.model_dump(exclude={"market"})
        return {target: column for target, column in stated.items() if column is not None}


class Join(_Strict):
    """Another inner table whose row each row names by a key."""

    inner: Text
    left: Text | list[Text]
    right: Text | list[Text]
    prefix: Text

    def keys(self) -> tuple[list[str], list[str]]:
        """Return the key's columns in the rows so far, and in the other table."""
        left, right = (
            [named] if isinstance(named, str) else named for named in (self.left, self.right)
        )
        return left, right

    @model_validator(mode="after")
    def _same_length(self) -> Self:
        left, right = self.keys()
        if len(left) != len(right) or not left:
            raise ValueError("join.left and join.right name as many columns each, one at least")
        return self


class FileMapping(_Strict):
    """How the files that ``match`` become rows of a table; docs/mapping.md explains each key."""

    match: Text | list[Text]
    table: TableName
    source: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    inner: str = ""
    join: list[Join] = Field(default_factory=list)
    sides: Literal["rows", "columns"] = "columns"
    clock: Literal["daily", "closing"] = "daily"
    time_zone: str | None = None
    date_format: str | None = None
    time_format: str | None = None
    columns: dict[str, Text | list[Text]] = Field(default_factory=dict)
    constants: dict[str, str | int | float | bool] = Field(default_factory=dict)
    units: dict[str, str] = Field(default_factory=dict)
    values: dict[str, dict[str, str | int | float | bool]] = Field(default_factory=dict)
    melt: list[Melt] = Field(default_factory=list)

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, zone: str | None) -> str | None:
        try:
            return zone if zone is None else ZoneInfo(zone).key
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError("expected a time zone such as America/New_York") from None

    @field_validator("units")
    @classmethod
    def _known_units(cls, units: dict[str, str]) -> dict[str, str]:
        for name, unit in units.items():
            if name not in UNITS:
                raise ValueError(f"{name!r} has no units; expected one of {_listed(UNITS)}")
            if unit not in UNITS[name]:
                raise ValueError(f"{name!r} expects one of {_listed(UNITS[name])}, not {unit!r}")
        return units

    @model_validator(mode="after")
    def _fits_table(self) -> Self:
        known = targets(self.table)
        for part in ("columns", "constants", "values"):
            for name in getattr(self, part):
                if name not in known:
                    raise ValueError(
                        f"{part}.{name} is no column of {self.table}; expected one of "
                        f"{_listed(known)}"
                    )
        if self.melt and self.table not in LINE_TABLES:
            raise ValueError(f"melt is for {_listed(LINE_TABLES)}, not for {self.table}")
        if self.sides == "rows" and (self.table != "prop_quotes" or self.melt):
            raise ValueError('sides = "rows" is for prop_quotes without melt')
        if self.time_format and "%z" not in self.time_format and self.time_zone is None:
            raise ValueError("time_format without %z needs time_zone, the zone of local times")
        self._has_required()
        return self

    def stated(self) -> set[str]:
        """Return the targets that get a value."""
        melted = {"market", *(t for entry in self.melt for t in entry.columns())}
        return {*self.columns, *self.constants, *(melted if self.melt else ())}

    def _has_required(self) -> None:
        stated = self.stated()
        needed = [*REQUIRED[self.table]]
        if self.sides == "rows":
            needed += ["side", "price"]
        if missing := [name for name in needed if name not in stated]:
            raise ValueError(
                f"{self.table} needs {_listed(missing)} under columns, constants or melt"
            )
        moments = {"commence_at", "tip_off_at"} & stated
        if "game_date" not in stated and not moments:
            raise ValueError("columns.game_date is missing, and no start time tells the date")
        if not ({"home", "away"} <= stated or {"game", "matchup", "team"} & stated):
            raise ValueError(
                "the game is not told: columns home and away, or game, or matchup, or team"
            )


class Mapping(_Strict):
    """A mapping file: one or more ``[[file]]`` tables."""

    file: Annotated[list[FileMapping], Field(min_length=1)]


def _listed(names: Any) -> str:
    return ", ".join(sorted(names))


def read(path: Path) -> Mapping:
    """Read and check a mapping file.

    Raises:
        InputError: the file is missing, is no TOML, or a key is wrong; the sentence names it.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"Expected a mapping file at {path}, but it can not be read: {error}."
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"Expected TOML in the mapping file {path.name}: {error}.") from None
    try:
        return Mapping.model_validate(content)
    except ValidationError as error:
        raise InputError(_sentence(path, error)) from None


def _sentence(path: Path, error: ValidationError) -> str:
    first = error.errors()[0]
    where = ""
    for part in first["loc"]:
        where += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if where else str(part)
    said = str(first["msg"]).removeprefix("Value error, ")
    got = first["input"]
    shown = f" (got {got!r})" if isinstance(got, (str, int, float, bool)) else ""
    return (
        f"Expected a valid mapping in {path.name}, but key {where or 'file'!r} is wrong: "
        f"{said}{shown}. docs/mapping.md lists the keys."
    )
