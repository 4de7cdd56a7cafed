"""Calibrate the thermometer on the finished runs of a lake, and on its quotes."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl

from tipoff.backtest.ceilings import CEILINGS
from tipoff.backtest.heat_calibration import LAST_QUOTE, Window, markets_of, reading, readings
from tipoff.backtest.lines import UNTAKEABLE
from tipoff.domain.seasons import season_of
from tipoff.errors import InputError
from tipoff.store.games import with_canonical_ids
from tipoff.store.lake import Lake, read, scan
from tipoff.tables.experiments import EXPERIMENTS, FINISHED
from tipoff.tables.raw import GAMES, PROP_QUOTES
from tipoff.workflows.dataset import dataset
from tipoff.workflows.graded import kept

_CONTROL = "inclusive-date"
Step = Callable[[str, int, int], None]


def calibration(lake: Lake, step: Step = lambda *_: None) -> dict[str, Any]:
    """Read every finished run's rows, the rules on the same rows, and the books' last quotes.

    Args:
        lake: a lake with finished runs, such as those of ``multiseason --market all``, clean and
            with the planted fault.
        step: called with what is being done and how far it is.

    Returns:
        ``rows`` (the readings), ``markets`` (see ``markets_of``), ``ceilings`` (in use) and
        ``is_within``: no honest reading is quarantined and every one of the positive control
        (the inclusive date) is.

    Raises:
        InputError: no run was finished in the lake.
    """
    runs = _finished(lake)
    if not runs:
        raise InputError(
            "Expected finished runs in the lake, found none. Run 'tipoff multiseason --market all' "
            "and the same with --plant inclusive-date first."
        )
    rows = []
    for number, run in enumerate(runs):
        step(f"reading {run['name']}", number, len(runs))
        # Other faults are not what the thermometer is for: most leave it cold.
        if run["plant"] not in ("", _CONTROL):
            continue
        report = json.loads(run["report"])
        if "rows_hash" in report:
            rows += _of_run(lake, run, report)
    rows += _of_quotes(lake, _windows(rows), step)
    rows = _once(rows)
    markets = markets_of(rows)
    lacking = [own["market"] for own in markets if not own["planted"]["readings"]]
    if not markets or lacking:
        raise InputError(
            f"Expected readings of runs with and without --plant {_CONTROL}, found none with it of "
            f"{', '.join(lacking) or 'any market'}. Run 'tipoff multiseason' with both first."
        )
    return {
        "rows": rows,
        "markets": markets,
        "ceilings": {name: own.share for name, own in CEILINGS.items()},
        "is_within": not any(market["above"] or market["missed"] for market in markets),
    }


def _finished(lake: Lake) -> list[dict[str, Any]]:
    """The last attempt of every run that ended, in an order that does not depend on when."""
    return (
        scan(lake, EXPERIMENTS)
        .filter(pl.col("event") == FINISHED)
        .sort("at")
        .unique("run_id", keep="last", maintain_order=True)
        .sort("plant", "run_id")
        .collect()
        .to_dicts()
    )


def _of_run(lake: Lake, run: Mapping[str, Any], report: Mapping[str, Any]) -> list[dict[str, Any]]:
    asked = json.loads(run["spec"])
    own = kept(lake, report["rows_hash"])
    if own.is_empty():
        return []
    spec = asked["spec"]
    return readings(
        own,
        Window(
            market=spec["market"],
            season=season_of(own["game_date"].max()),  # type: ignore[arg-type]
            lines=asked["line_source"],
            dates=_dates(own),
            recipe=_recipe(asked),
        ),
        plant=run["plant"],
    )


def _dates(rows: pl.DataFrame) -> str:
    days = rows["game_date"].unique().sort()
    return f"{days[0]} to {days[-1]}"


def _recipe(asked: Mapping[str, Any]) -> str:
    spec = asked["spec"]
    walked = "walked " if "plan" in asked else ""
    prior = ", line as prior" if spec.get("prior", "none") != "none" else ""
    return f"{walked}{spec['learner']} {spec['loss']}{prior}"


def _once(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rules were read once for every loss of a window: the same rows, the same reading."""
    names = ("market", "season", "lines", "window", "kind", "recipe", "n", "low")
    return list({tuple(row[name] for name in names): row for row in rows}.values())


def _windows(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Seasons that were graded, by market."""
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row["market"], set()).add(row["season"])
    return {market: sorted(seasons) for market, seasons in sorted(found.items())}


def _of_quotes(
    lake: Lake, seasons: Mapping[str, Sequence[str]], step: Step
) -> list[dict[str, Any]]:
    """What a book's last quote knew of what its first one of the same player-game did not."""
    found = []
    for market, own in seasons.items():
        for number, season in enumerate(own):
            step(f"quotes of {season} on {market}", number, len(own))
            quotes = _quotes(lake, season, market)
            if not quotes.is_empty():
                happened = dataset(lake, [season], market=market).rows
                found += _by_source(first_and_last(quotes, happened), market, season)
    return found


def _quotes(lake: Lake, season: str, market: str) -> pl.DataFrame:
    """Takeable quotes of a season, those that were replaced later too."""
    told = scan(lake, PROP_QUOTES).filter(
        pl.col("season") == season,
        pl.col("market") == market,
        pl.col("player_id").is_not_null(),
        ~pl.any_horizontal(UNTAKEABLE),
    )
    return with_canonical_ids(told.collect(), read(lake, GAMES, seasons=[season]))


def _by_source(moved: pl.DataFrame, market: str, season: str) -> list[dict[str, Any]]:
    found = []
    for (source,), rows in sorted(moved.partition_by("source", as_dict=True).items()):
        window = Window(market, season, str(source), _dates(rows))
        found.append(reading(rows, window, LAST_QUOTE))
    return [own for own in found if own is not None]


def first_and_last(quotes: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Return each book's first and last line of a player-game that it quoted twice or more.

    Args:
        quotes: takeable quotes, ``game_id, player_id, source, book, observed_at, line``.
        rows: results, as of ``Dataset.rows``.

    Returns:
        ``game_date, game_id, player_id, source, book, line`` (first), ``prediction`` (last),
        ``actual``.
    """
    key = ["game_id", "player_id"]
    both = (
        quotes.sort("observed_at", "line")
        .group_by([*key, "source", "book"], maintain_order=True)
        .agg(
            line=pl.col("line").first(),
            prediction=pl.col("line").last(),
            moments=pl.col("observed_at").n_unique(),
        )
        .filter(pl.col("moments") > 1)
    )
    known = rows.select("game_date", *key, "actual").drop_nulls()
    return both.join(known, on=key).sort("game_date", *key, "source", "book").drop("moments")
