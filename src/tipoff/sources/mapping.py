"""``--map``: files of a layout that tipoff has never seen become formats like the built-in ones.

A mapping says which files it is for, which table they fill and what their columns mean; what
follows (games, clocks, marks, refusals) is what every built-in layout goes through.
"""

from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

import polars as pl

from tipoff.sources.format import Content, Format, Parsed, Reference, Stage
from tipoff.sources.game_lines import game_lines
from tipoff.sources.line_rows import closing_known, daily_known, eastern_day
from tipoff.sources.mapped_games import NO_TEAM_GAME, with_teams
from tipoff.sources.mapped_rows import mapped_rows
from tipoff.sources.mapping_columns import stated_rows
from tipoff.sources.mapping_spec import FileMapping, read
from tipoff.sources.prop_lines_odds_api import Paired, pair_sides
from tipoff.sources.prop_quotes import prop_quotes

_STAGES = {
    "games": Stage.SCHEDULE,
    "player_boxes": Stage.BOX_WITH_NAMES,
    "team_boxes": Stage.BOX_WITH_NAMES,
    "shots": Stage.EVENTS,
    "availability": Stage.EVENTS,
    "game_lines": Stage.LINES,
    "prop_quotes": Stage.LINES,
}


def load(path: Path) -> tuple[Format, ...]:
    """Return one format per ``[[file]]`` of a mapping file, in its order.

    Raises:
        InputError: the mapping can not be read or a key in it is wrong.
    """
    return tuple(_format(spec) for spec in read(path).file)


def _format(spec: FileMapping) -> Format:
    has_ids = spec.table == "player_boxes" and "player_id" in spec.stated()
    return Format(
        name=spec.source,
        about=f"Mapped to {spec.table}: {spec.match}.",
        stage=Stage.BOX_WITH_IDS if has_ids else _STAGES[spec.table],
        recognises=lambda content: _matches(spec, content),
        parse=lambda content, reference: _parse(spec, content, reference),
    )


def _matches(spec: FileMapping, content: Content) -> bool:
    """A glob looks at the file's name, a list of columns at what is inside."""
    if isinstance(spec.match, str):
        return fnmatchcase(content.path.name, spec.match)
    return set(spec.match) <= set(content.columns.get(spec.inner, ()))


def _parse(spec: FileMapping, content: Content, reference: Reference) -> list[Parsed]:
    rows = _dated(stated_rows(spec, content))
    sides = Paired(rows, {}, 0)
    if spec.sides == "rows":
        sides = pair_sides(rows, [c for c in rows.columns if c not in ("side", "price")])
    placed = with_teams(sides.rows, reference)
    if spec.table not in ("prop_quotes", "game_lines"):
        return mapped_rows(spec, placed, reference)
    # A game that only the schedule could have told is refused here; the rest by the tables' own.
    known = placed.filter(pl.col("home_team").is_not_null() | ~pl.col("by_team_alone"))
    if lost := placed.height - known.height:
        sides = replace(sides, refused={**sides.refused, NO_TEAM_GAME: lost})
    stated = known.rename({"home_team": "home", "away_team": "away", "game_date": "stated_date"})
    assumed = closing_known() if spec.clock == "closing" else daily_known()
    if spec.table == "prop_quotes":
        parsed = prop_quotes(stated, reference, spec.source, assumed)
    else:
        parsed = game_lines(_home_side(spec, stated), reference, spec.source, assumed)
    return [sides.counted(parsed)]


def _dated(rows: pl.DataFrame) -> pl.DataFrame:
    """Give rows without a date the Eastern date of their start."""
    if "game_date" in rows.columns:
        return rows
    start = "commence_at" if "commence_at" in rows.columns else "tip_off_at"
    return rows.with_columns(game_date=eastern_day(start))


def _home_side(spec: FileMapping, rows: pl.DataFrame) -> pl.DataFrame:
    """A spread that the file states for the away side is the home side's with the other sign."""
    if spec.units.get("line") != "away_side":
        return rows
    is_spread = pl.col("market").str.to_lowercase().str.starts_with("spread")
    return rows.with_columns(line=pl.when(is_spread).then(-pl.col("line")).otherwise("line"))
