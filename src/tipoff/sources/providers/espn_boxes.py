"""Box-score lines as ESPN writes them: values in the order of their labels, shots as "5-9"."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from tipoff.sources.answer import Answer
from tipoff.sources.answer_rows import NOT_PLAYED, boxes, frame, stated_moment, text
from tipoff.sources.format import Parsed, Reference
from tipoff.sources.game_rows import (
    NO_PLAYER,
    POINTS_DO_NOT_ADD_UP,
    count,
    refuse_unplaced,
    sides,
)
from tipoff.sources.line_rows import eastern_day, team, with_name_key
from tipoff.sources.nba_logs import points_add_up

# ESPN's numbers for the parts of a season.
_SEASON_TYPES = {"1": "preseason", "2": "regular", "3": "playoffs", "5": "play_in"}
NO_COLUMNS = "values that do not fit the names of the columns"
_COUNTS = {
    "offensive_rebounds": "OREB",
    "defensive_rebounds": "DREB",
    "rebounds": "REB",
    "assists": "AST",
    "steals": "STL",
    "blocks": "BLK",
    "turnovers": "TO",
    "fouls": "PF",
    "plus_minus": "+/-",
    "points": "PTS",
}
_SHOTS = {"field_goals": "FG", "threes": "3PT", "free_throws": "FT"}
_LABELS = ("MIN", *_SHOTS.values(), *_COUNTS.values())
_COLUMNS = ("player_name", "team", "is_starter", "is_absent", "fits", *_LABELS)


@dataclass(frozen=True)
class Game:
    """What a box score says of its game: start, sides and part of the season, as ESPN writes."""

    starts: object
    home: object
    away: object
    kind: object


def season_type(column: str) -> pl.Expr:
    """Return the season type of ESPN's number for it."""
    return pl.col(column).replace_strict(_SEASON_TYPES, default=None, return_dtype=pl.String)


def box_lines(
    lines: Sequence[Mapping[str, object]],
    game: Game,
    reference: Reference,
    answer: Answer,
) -> list[Parsed]:
    """Return the box-score lines of one game.

    Args:
        lines: per player ``player_name, team, is_starter, labels, stats, is_absent``.
        game: which game they are of.
    """
    same = {"starts": game.starts, "home": game.home, "away": game.away, "kind": game.kind}
    columns = (*_COLUMNS, *same)
    stated = frame([{**_values(line), **same} for line in lines], columns)
    own, home, away = team("team"), team("home"), team("away")
    other = pl.when(own == home).then(away).when(own == away).then(home)
    rows = stated.with_columns(_at=stated_moment("starts")).select(
        "player_name",
        "is_absent",
        "fits",
        *[_part(column, place) for column in _SHOTS for place in (1, 2)],
        *[count(label).alias(name) for name, label in _COUNTS.items()],
        commence_at="_at",
        game_date=eastern_day("_at"),
        season_type=season_type("kind"),
        seconds_played=_seconds(),
        is_starter=pl.when(pl.col("is_starter").is_not_null()).then(pl.col("is_starter") == "true"),
        **sides(own, other, own == home),
    )
    kept, rejected = refuse_unplaced(
        with_name_key(rows),
        {
            NO_PLAYER: pl.col("name_key").fill_null("") == "",
            NOT_PLAYED: pl.col("is_absent") == "true",
            NO_COLUMNS: (pl.col("fits") != "true")
            | pl.any_horizontal(pl.col("seconds_played", "points").is_null()),
            POINTS_DO_NOT_ADD_UP: ~points_add_up(),
        },
    )
    return boxes(kept, reference, answer, rejected)


def _values(line: Mapping[str, object]) -> dict[str, object]:
    """Give a line's values by label; a line without any is of a player who did not play."""
    labels, stats = line["labels"], line["stats"]
    named = isinstance(labels, list) and isinstance(stats, list) and len(labels) == len(stats)
    pairs = zip(labels, stats, strict=True) if named else ()  # type: ignore[call-overload]
    by_label = {label: value for label, value in pairs if isinstance(label, str)}
    return {
        **{name: line[name] for name in ("player_name", "team", "is_starter")},
        "is_absent": line["is_absent"] or stats == [],
        "fits": named,
        **{label: text(by_label.get(label)) for label in _LABELS},
    }


def _part(column: str, place: int) -> pl.Expr:
    """Return what was made (1) or attempted (2) of "5-9"."""
    made = pl.col(_SHOTS[column]).str.extract(r"^\s*(\d+)-(\d+)\s*$", place)
    name = f"{column}_{('made', 'attempted')[place - 1]}"
    return made.cast(pl.Int32, strict=False).alias(name)


def _seconds() -> pl.Expr:
    """Return "31" (whole minutes) or "31:12" as seconds."""
    minutes = pl.col("MIN").str.extract(r"^\s*(\d{1,3})(?::\d{2})?\s*$", 1).cast(pl.Int32)
    rest = pl.col("MIN").str.extract(r":(\d{2})\s*$", 1).cast(pl.Int32).fill_null(0)
    return minutes * 60 + rest
