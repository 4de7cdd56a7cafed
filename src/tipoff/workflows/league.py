"""A league with known truth in a lake: put it there, read its truth, and hold that against it."""

import inspect
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from typing import Any

import polars as pl

from tipoff.backtest.known_truth import calibration, integrals, merged
from tipoff.errors import InputError, not_among
from tipoff.sources.league import (
    BOUNDS,
    WORLDS,
    League,
    LeagueSettings,
    Replays,
    append_to,
    generate,
)
from tipoff.store.fingerprint import digest
from tipoff.store.lake import Lake, log, read, scan
from tipoff.store.lake import replace as replace_rows
from tipoff.tables.league import (
    DECISION,
    EARLY,
    LEAGUE_DISTRIBUTIONS,
    LEAGUE_SETTINGS,
    LEAGUE_TRUTH,
)
from tipoff.tables.raw import GAMES, PLAYER_BOXES, PROP_QUOTES
from tipoff.tables.table import Table
from tipoff.workflows.versions import mark

Step = Callable[[str, int, int], None]

PLAYER_GAME = ["game_id", "team", "player_id"]
_QUOTE = [*(c for c in PROP_QUOTES.key if c != "quote_number"), "over_price", "under_price"]
# Where chance alone would do as badly this rarely, the truth is not the truth.
LEVEL = 0.001


def settings_of(knobs: Sequence[str], world: str | None = None) -> LeagueSettings:
    """Read knobs as they are written on a command line.

    Args:
        knobs: ``NAME=VALUE`` each; ``books`` are separated by commas.
        world: name of a world whose knobs come first.

    Raises:
        InputError: there is no such world or knob, or a value is none of its own.
    """
    if world is not None and world not in WORLDS:
        raise not_among("a world", WORLDS, world)
    base = WORLDS[world] if world else LeagueSettings()
    usual = asdict(base)
    given = {}
    for knob in knobs:
        name, equals, text = knob.partition("=")
        if not equals or name not in usual:
            raise not_among("--knob NAME=VALUE with a name", usual, name)
        given[name] = _value(name, text.strip(), usual[name])
    return replace(base, **given)


def _value(name: str, text: str, usual: Any) -> Any:
    """Read a knob's value as the type that it has."""
    if isinstance(usual, tuple):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if isinstance(usual, bool):
        if text.lower() not in ("true", "false"):
            raise InputError(f"Expected true or false for {name}, got {text!r}.")
        return text.lower() == "true"
    try:
        return type(usual)(text)
    except ValueError:
        kind = "a whole number" if isinstance(usual, int) else "a number"
        raise InputError(f"Expected {kind} for {name}, got {text!r}.") from None


def put(
    lake: Lake, settings: LeagueSettings, *, truth_games: int, step: Step = lambda *_: None
) -> dict[str, Any]:
    """Generate a league and put it, with its truth, into a lake; twice is once.

    Args:
        lake: an empty lake, or one that holds this very league.
        settings: the knobs.
        truth_games: how often each game is played over for the true distributions; 0 for none.
        step: called with what is being done and how far it is.

    Returns:
        ``league`` (rows by raw table), ``truth`` (rows by table), ``settings`` and ``seconds``.

    Raises:
        InputError: the lake holds other games, or other quotes on these.
    """
    began = time.perf_counter()
    step("generating the league", 0, 2)
    league = generate(settings, Replays(truth_games) if truth_games else None)
    refuse_mixture(lake, league)
    step("storing it", 1, 2)
    stored = append_to(lake, league)
    _keep_truth(lake, league, truth_games)
    mark(lake, "league generate")
    return {
        "league": {name: rows.added + rows.known for name, rows in stored.items()},
        "truth": {
            LEAGUE_TRUTH.name: league.truth.height,
            LEAGUE_DISTRIBUTIONS.name: league.distributions.height,
        },
        "settings": asdict(settings),
        "seconds": round(time.perf_counter() - began, 2),
    }


def refuse_mixture(lake: Lake, league: League) -> None:
    """Made-up games never join others: neither real ones nor those of another league.

    Raises:
        InputError: the lake holds other games, or other quotes on these.
    """
    for table, columns, what in (
        (GAMES, ["source", "game_id", "tip_off_at"], "games"),
        (PROP_QUOTES, _QUOTE, "quotes"),
    ):
        stored = scan(lake, table).select(columns).collect()
        own = league.frames[table.name].select(columns)
        others = stored.join(own, on=columns, how="anti", nulls_equal=True)
        if not others.is_empty():
            raise InputError(
                f"Expected an empty lake for the built-in league, but {lake.url} holds "
                f"{others.height:,} other {what} (such as of "
                f"{others.sort('game_id')['game_id'].item(0)}); choose another place."
            )


def _keep_truth(lake: Lake, league: League, truth_games: int) -> None:
    _put_seasons(lake, LEAGUE_TRUTH, league.truth)
    _put_seasons(lake, LEAGUE_DISTRIBUTIONS, league.distributions)
    text = json.dumps(asdict(league.settings), sort_keys=True)
    row = [(digest([text]), datetime.now(UTC), text, truth_games)]
    log(lake, LEAGUE_SETTINGS, pl.DataFrame(row, schema=LEAGUE_SETTINGS.columns, orient="row"))


def _put_seasons(lake: Lake, table: Table, rows: pl.DataFrame) -> None:
    if not rows.is_empty():
        named = ", ".join(f"'{season}'" for season in rows["season"].unique().sort())
        replace_rows(lake, table, rows, f"season IN ({named})")


def stored_settings(lake: Lake) -> LeagueSettings:
    """Return the knobs of the league in a lake.

    Raises:
        InputError: it holds no league with known truth.
    """
    rows = read(lake, LEAGUE_SETTINGS).sort("at")
    if rows.is_empty():
        raise InputError(
            f"Expected a league with known truth in {lake.url}, found none. Put one into an empty "
            "lake with 'tipoff league generate'."
        )
    found = json.loads(rows["settings"][-1])
    return LeagueSettings(**{**found, "books": tuple(found["books"])})


def truth_report(lake: Lake) -> dict[str, Any]:
    """Hold what happened in a league against its true distributions.

    Returns:
        ``settings`` (the knobs that are not as usual), ``rows`` (player-games with a distribution)
        and ``calibration``: per state of knowledge what ``calibration`` gives.

    Raises:
        InputError: the lake holds no true distributions.
    """
    settings = stored_settings(lake)
    drawn = read(lake, LEAGUE_DISTRIBUTIONS)
    if drawn.is_empty():
        raise InputError(
            f"Expected true distributions in {lake.url}, found none. Make them with "
            "'tipoff league generate --truth-games 400'."
        )
    boxes = read(lake, PLAYER_BOXES, seasons=drawn["season"].unique().to_list())
    actuals = actual_points(boxes).join(drawn, on=PLAYER_GAME, how="semi")
    if actuals.is_empty():
        raise InputError(
            f"Expected results of the league's games in {lake.url}, found no box score of these "
            "games. Put the league into an empty lake with 'tipoff league generate'."
        )
    return {
        "settings": changed(settings),
        "rows": drawn.select(PLAYER_GAME).unique().height,
        "calibration": {
            knowledge: calibration(integrals(actuals, merged(drawn, knowledge)))
            for knowledge in (EARLY, DECISION)
        },
    }


def actual_points(boxes: pl.DataFrame) -> pl.DataFrame:
    """Return ``actual`` points of those who played, with the key of a player-game."""
    played = boxes.filter(pl.col("seconds_played") > 0)
    return played.select("game_date", *PLAYER_GAME, actual="points")


def changed(settings: LeagueSettings) -> dict[str, Any]:
    """Return the knobs that are not as usual."""
    usual = LeagueSettings()
    own = {f.name: getattr(settings, f.name) for f in fields(settings)}
    return {name: value for name, value in own.items() if value != getattr(usual, name)}


def knobs() -> dict[str, Any]:
    """Return the knobs: ``name, usual, low, high`` (null where not bounded) and ``doc``."""
    docs = _documented()
    rows = []
    for field in fields(LeagueSettings):
        low, high = BOUNDS.get(field.name, (None, None))
        rows.append(
            {
                "name": field.name,
                "usual": field.default,
                "low": low,
                "high": high,
                "doc": docs[field.name],
            }
        )
    return {"knobs": rows}


def _documented() -> dict[str, str]:
    """What the settings' docstring says of each attribute."""
    text = inspect.getdoc(LeagueSettings) or ""
    attributes = text.partition("Attributes:\n")[2]
    told: dict[str, str] = {}
    name = ""
    for line in attributes.splitlines():
        is_new = line.startswith("    ") and not line.startswith("     ")
        if is_new:
            name, _, line = line.strip().partition(": ")  # noqa: PLW2901
        told[name] = f"{told.get(name, '')} {line.strip()}".strip()
    return told


def worlds() -> dict[str, Any]:
    """Return the worlds: ``name`` and the ``knobs`` that are not as usual."""
    return {"worlds": [{"name": n, "knobs": changed(own)} for n, own in WORLDS.items()]}
