"""What a file layout is to tipoff: how it is recognised by content and turned into table rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

import polars as pl

from tipoff.tables.table import Table

BOX_SECONDS = {"game_id": pl.String, "player_id": pl.String, "seconds_played": pl.Int32}


class Stage(IntEnum):
    """The order in which the files of one command are parsed: later stages need earlier ones."""

    SCHEDULE = 0
    BOX_WITH_IDS = 1
    BOX_WITH_NAMES = 2
    EVENTS = 3
    LINES = 4


@dataclass(frozen=True)
class Content:
    """A file opened as tables, whatever its container (csv, csv.gz, zip, parquet, sqlite, xlsx).

    ``columns`` gives the column names of each inner table, cheaply; ``read`` loads one whole.
    A container of one table calls it ``""``.
    """

    path: Path
    columns: Mapping[str, tuple[str, ...]]
    read: Callable[[str], pl.DataFrame]

    def only(self) -> tuple[str, ...]:
        """The columns of the only inner table; empty where there are several."""
        return next(iter(self.columns.values())) if len(self.columns) == 1 else ()


@dataclass(frozen=True)
class Reference:
    """What parsers may look up.

    Attributes:
        games: one row per known game: ``game_id, nba_game_id, game_date, season, season_type,
            home_team, away_team, tip_off_at`` (``tip_off_at`` null where no source states it).
        players: one row per (season, team, player_id, name_key) that an id-carrying box score
            has shown.
        boxes: ``game_id, player_id, seconds_played`` of stored box scores; may be empty.
    """

    games: pl.DataFrame
    players: pl.DataFrame
    boxes: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=BOX_SECONDS))


@dataclass(frozen=True)
class Parsed:
    """Rows of one table that a file gave, and how many of its rows were refused and why.

    ``notes`` counts what was changed in rows that were kept, such as a price set to null.
    """

    table: Table
    frame: pl.DataFrame
    rejected: Mapping[str, int] = field(default_factory=dict)
    notes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Format:
    """One layout.

    Attributes:
        name: names the layout; also the ``source`` of its rows.
        about: one line for the reference page.
        stage: when it is parsed.
        recognises: decides from the column names and, if need be, the first rows.
        parse: pure; gives the rows of one or more tables.
    """

    name: str
    about: str
    stage: Stage
    recognises: Callable[[Content], bool]
    parse: Callable[[Content, Reference], list[Parsed]]
