"""Say where a printed number comes from, and compute it again."""

import json
from collections.abc import Mapping
from typing import Any

import polars as pl

from tipoff.backtest.measures import measures
from tipoff.backtest.numbers import ALL, NumberId, number_id, numbers, rows_of
from tipoff.backtest.statistics import RESAMPLES, SEED
from tipoff.domain.market import Market, market_named
from tipoff.errors import InputError
from tipoff.store.lake import Lake, scan
from tipoff.tables.experiments import EXPERIMENTS, FINISHED
from tipoff.workflows.graded import kept
from tipoff.workflows.versions import listed

SHOWN = 5
_LEAST_PREFIX = 6
_COLUMNS = (
    "game_date",
    "player_name",
    "team",
    "opponent",
    "book",
    "line",
    "over_price",
    "under_price",
    "prediction",
    "side",
    "actual",
    "outcome",
)


def why_number(lake: Lake, text: str) -> dict[str, Any]:
    """Explain a number of a run and compute it again from the rows that it was computed from.

    Args:
        lake: the lake with the run's ledger entry.
        text: the number's id, ``RUN/SEGMENT/MEASURE``; the run may be cut to six characters.

    Returns:
        ``id``, ``what`` (in words), ``unit``, ``stated`` and ``again`` (value, n, low, high),
        ``agrees``, ``query`` (rows and expression), ``run`` (name, market, spec, windows or plan,
        line source, plant, when), ``versions`` (of the lake and its tables), ``code``, ``seed`` and
        ``resamples`` of the interval, ``rows`` (how many, and some).

    Raises:
        InputError: no such run, segment or measure, or its rows are not what they were.
    """
    asked = number_id(text)
    run = _run(lake, asked.run_id)
    report, market = run["report"], market_named(run["report"]["market"])
    known = measures(market)
    if asked.measure not in known:
        raise InputError(f"Expected a measure out of {', '.join(known)}; got {asked.measure!r}.")
    stored = kept(lake, report["rows_hash"])
    rows = rows_of(stored, asked.segment, market)
    again = numbers(rows, market, wanted=[asked.measure]).get(f"{ALL}/{asked.measure}")
    stated = report["numbers"].get(f"{asked.segment}/{asked.measure}")
    if again is None:
        raise InputError(
            f"Expected rows that {asked.measure} can be computed from in {asked.segment}; of its "
            f"{rows.height} rows none has a part in it."
        )
    own = NumberId(run["run_id"], asked.segment, asked.measure)
    return {
        "id": str(own),
        "what": known[asked.measure].doc,
        "unit": known[asked.measure].unit,
        "stated": stated,
        "again": again,
        "agrees": None if stated is None else stated == again,
        "query": _query(own, report["rows_hash"], market),
        "run": _about(run),
        "versions": _versions(lake, report),
        "code": report["code"],
        "fingerprint": report["fingerprint"],
        "seed": SEED,
        "resamples": RESAMPLES,
        "rows": {"n": rows.height, "some": _some(rows)},
    }


def _run(lake: Lake, named: str) -> dict[str, Any]:
    """The last attempt of the finished run of an id, or of its beginning."""
    if len(named) < _LEAST_PREFIX:
        raise InputError(f"Expected at least {_LEAST_PREFIX} characters of a run's id: {named!r}.")
    found = (
        scan(lake, EXPERIMENTS)
        .filter(pl.col("event") == FINISHED, pl.col("run_id").str.starts_with(named))
        .sort("at")
        .unique("run_id", keep="last", maintain_order=True)
        .collect()
        .to_dicts()
    )
    if len(found) != 1:
        seen = "none" if not found else ", ".join(run["run_id"] for run in found[:5])
        raise InputError(
            f"Expected one finished run in the experiment ledger by {named!r}, found {seen}."
        )
    run = found[0]
    report = json.loads(run["report"])
    if "rows_hash" not in report:
        raise InputError(
            f"Expected run {run['run_id']} to say which rows it graded; it is older than that. "
            "Run it again with --force."
        )
    return {**run, "spec": json.loads(run["spec"]), "report": report}


def _query(own: NumberId, found: str, market: Market) -> dict[str, str]:
    measure = measures(market)[own.measure]
    value = f"sum({measure.value}) / count"
    if measure.minus is not None:
        value += f" - ({measures(market)[measure.minus].value}) / count"
    return {"table": "graded_rows", "rows_hash": found, "segment": own.segment, "value": value}


def _about(run: Mapping[str, Any]) -> dict[str, Any]:
    return {**{name: run[name] for name in ("run_id", "name", "plant", "at")}, **run["spec"]}


def _versions(lake: Lake, report: Mapping[str, Any]) -> dict[str, Any]:
    number = report["lake_version"]
    tables = {row["number"]: row["tables"] for row in listed(lake)["versions"]}
    return {"lake": number, "tables": tables.get(number)}


def _some(rows: pl.DataFrame) -> list[dict[str, Any]]:
    return rows.sort("game_date", "game_id", "player_id").head(SHOWN).select(_COLUMNS).to_dicts()
