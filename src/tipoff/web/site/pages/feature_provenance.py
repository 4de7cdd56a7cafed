"""Where one value of a feature comes from: the rows behind it, and what came too late to count."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from tipoff.domain.market import Market
from tipoff.store.lake import Lake
from tipoff.web.site.blocks import Block, Column, Grid
from tipoff.workflows.why import why

_VALUE = {
    "player": Column("player", link=lambda row: f"/players?player={row['player_id']}"),
    "game": Column("game"),
    "as_of": Column("decided", "moment", "What was known by then counts, and nothing else."),
    "value": Column("value", "number", "As the lake's rows give it now, in its unit.", 3),
    "unit": Column("unit"),
    "state": Column("state", "state", "Known, stale or missing."),
    "age_days": Column("days old", "number", "From the newest row of its oldest input.", 1),
    "why_missing": Column("why it is missing"),
    "stored": Column("stored", "number", "As the feature store has it, in its unit.", 3),
    "agrees": Column("stored and now agree", "yes"),
}
_ROW = {
    "input": Column("input"),
    "game_id": Column("game", "code"),
    "known_at": Column("known at", "moment", "When the row could first be known."),
    "basis": Column("that moment is", doc="Recorded, or assumed by the table's stated policy."),
    "sources": Column("sources"),
    "said": Column("what it says", "sentence"),
}
_FROM = {
    **_ROW,
    "without": Column("value without it", "number", "What the value would be, in its unit.", 3),
}
_LATE = {**_ROW, "is_this_game": Column("this very game", "yes")}
_APART = frozenset({
    "input", "game_id", "known_at", "game_date", "sources", "is_time_recorded", "is_this_game",
    "without", "superseded_at",
})  # fmt: skip
_MOST_SAID = 8


def provenance(lake: Lake, name: str, player: str, day: date, market: Market) -> list[Block]:
    """Return a value, the rows that it comes from, and those that came too late.

    Raises:
        InputError: as ``workflows.why.why``.
    """
    report = why(lake, name, player, day, market=market.name)
    (own,) = report["features"]
    who, game = report["player"], report["game"]
    command = f"tipoff features why {name} --player {who['id']} --date {day} --market {market.name}"
    value = {
        "player": who["name"], "player_id": who["id"], "as_of": report["as_of"],
        "game": f"{who['team']} against {game['opponent']}, {game['game_date']}",
        **{n: own[n] for n in _VALUE if n in own},
    }  # fmt: skip
    used = sum(part["used"] for part in report["inputs"].values())
    late = sum(part["came_later"] for part in report["inputs"].values())
    return [
        Grid("provenance", "Where one value comes from", pl.DataFrame([value]), own["doc"],
             command, columns=_VALUE, is_card=True),
        Grid(
            "rows", "The rows that it comes from", _told(own["rows"] or [], ("without",)),
            f"{used} rows of its inputs were known; these are the ones that move it, found by "
            "trying without each.",
            command, columns=_FROM,
            empty="No row of an input moves it: it comes from the game's own place in the "
            "schedule, or there is no value.",
        ),
        Grid(
            "late", "What came too late to count",
            _told([{"input": i, **row} for i, part in report["inputs"].items()
                   for row in part["not_used"]], ("is_this_game",)),
            f"{late} rows of its inputs became known after the decision; the nearest of them.",
            command, columns=_LATE, most=20,
            empty="Nothing of its inputs came after the decision.",
        ),
    ]  # fmt: skip


_SCHEMA: dict[str, Any] = {
    **dict.fromkeys(_ROW, pl.String),
    "known_at": pl.Datetime("us", "UTC"),
    "without": pl.Float64,
    "is_this_game": pl.Boolean,
}


def _told(rows: list[dict[str, Any]], more: tuple[str, ...]) -> pl.DataFrame:
    """Rows of several inputs under the same columns; what each says as words."""
    shown = [*_ROW, *more]
    told = [
        {
            **{name: row.get(name) for name in shown},
            "basis": {True: "recorded", False: "assumed"}.get(row["is_time_recorded"], "not known"),
            "said": _said(row),
        }
        for row in rows
    ]
    return pl.DataFrame(told, schema={name: _SCHEMA[name] for name in shown})


def _said(row: Mapping[str, Any]) -> str:
    values = [
        f"{name.replace('_', ' ')} {value:.4g}" if isinstance(value, float)
        else f"{name.replace('_', ' ')} {value}"
        for name, value in row.items()
        if name not in _APART and value is not None and value is not False
    ]  # fmt: skip
    more = "" if len(values) <= _MOST_SAID else f" and {len(values) - _MOST_SAID} more"
    return ", ".join(values[:_MOST_SAID]) + more
