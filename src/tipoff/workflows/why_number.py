"""Say where a printed number comes from, and compute it again."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from tipoff.backtest.edges import LARGE, SMALL, USUAL
from tipoff.backtest.findings import FINDINGS, figure
from tipoff.backtest.measures import measures
from tipoff.backtest.numbers import ALL, NumberId, number_id, numbers, rows_of
from tipoff.domain.guard import planted
from tipoff.domain.market import Market, market_named
from tipoff.errors import InputError, not_among
from tipoff.store.lake import Lake
from tipoff.workflows.documents import PLANTED, pool_rows
from tipoff.workflows.experiments import finished
from tipoff.workflows.families import FIGURES, PREFIX, family, judged_again
from tipoff.workflows.graded import kept
from tipoff.workflows.paired import VERSUS, paired
from tipoff.workflows.versions import listed
from tipoff.workflows.why_quotes import BOOK_BIASES, book_biases_again

SHOWN = 5
_LEAST_PREFIX = 6
_OF_PAIR = {"value": "difference", "n": "n", "low": "low", "high": "high"}
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
        text: the number's id, ``RUN/SEGMENT/MEASURE``; the run may be cut to six characters. The
            segment ``vs=OTHER`` is the difference from another run on the rows of both.

    Returns:
        ``id``, ``what`` (in words), ``unit``, ``stated`` and ``again`` (value, n, low, high),
        ``agrees``, ``query`` (rows and expression), ``run`` (name, market, spec, windows or plan,
        line source, plant, when), ``versions`` (of the lake and its tables), ``code``, ``seed`` of
        the model, ``rows`` (how many, and some).

    Raises:
        InputError: no such run, segment or measure, or its rows are not what they were.
    """
    asked = number_id(text)
    if asked.run_id.startswith("pool-"):
        return _of_pool(lake, asked)
    if asked.run_id.startswith(PREFIX):
        return _of_family(lake, asked)
    run = _run(lake, asked.run_id)
    with planted(run["plant"]):
        return _of_run(lake, run, asked)


def _of_run(lake: Lake, run: Mapping[str, Any], asked: NumberId) -> dict[str, Any]:
    """A number of one run, computed with the edges that it was judged at."""
    report = run["report"]
    edges = report["lines"]["edges"]
    market = replace(
        market_named(report["market"]),
        edges=(float(edges[SMALL]), float(edges[USUAL]), float(edges[LARGE])),
    )
    stored = kept(lake, report["rows_hash"])
    own = NumberId(run["run_id"], asked.segment, asked.measure)
    stated: dict[str, Any] | None
    if own.segment == BOOK_BIASES:
        stated = _point(_figure(report[BOOK_BIASES], own.measure))
        found = _of_quotes(lake, run, own, market)
    elif own.segment.startswith(VERSUS):
        stated, found = None, _of_pair(lake, run, own, market)
    elif own.segment in FINDINGS:
        # Weeks are stated only where they were asked for.
        of = report.get(own.segment)
        stated = None if of is None else _point(_figure(of, own.measure))
        found = _found(stored, own, market)
    else:
        stated = report["numbers"].get(f"{asked.segment}/{asked.measure}")
        found = _computed(stored, own, market)
    return {
        **found,
        "stated": stated,
        "agrees": None if stated is None else stated == found["again"],
        "query": _query(own, report["rows_hash"], market),
        "run": _about(run),
        "versions": _versions(lake, report),
        "code": report["code"],
        "fingerprint": report["fingerprint"],
        "seed": report["spec"]["seed"],
    }


def _of_pool(lake: Lake, own: NumberId) -> dict[str, Any]:
    """A number of several runs' rows: computed when it was printed, and now again."""
    name, market_name, stored = pool_rows(lake, own.run_id)
    market = market_named(market_name)
    with planted(name.partition(PLANTED)[2]):
        computed = _computed(stored, own, market)
    return {
        **computed,
        "stated": None,
        "agrees": None,
        "query": _query(own, own.run_id, market),
        **_of_several(own.run_id, name, name.partition(PLANTED)[2]),
    }


def _of_family(lake: Lake, own: NumberId) -> dict[str, Any]:
    """What a document said of one run among others: ``FAMILY/RUN/holm``."""
    stored = family(lake, own.run_id)
    if own.segment not in stored.stated or own.measure not in FIGURES:
        raise InputError(
            f"Expected one of {', '.join(FIGURES)} of a run out of {', '.join(stored.stated)}; "
            f"got {own.segment}/{own.measure}."
        )
    stated = _point(stored.stated[own.segment][own.measure])
    again = _point(judged_again(lake, stored)[own.segment][own.measure])
    return {
        "id": str(own),
        "what": f"{own.measure.replace('_', ' ')} of run {own.segment} among {len(stored.stated)}",
        "unit": "as named",
        "again": again,
        "rows": {"n": len(stored.stated), "some": []},
        "stated": stated,
        "agrees": stated == again,
        "query": {
            "table": "experiments",
            "rows_hash": own.run_id,
            "segment": ", ".join(stored.stated),
            "value": f"tipoff.backtest.family over the runs' p-values, {own.measure}",
        },
        **_of_several(own.run_id, f"runs on {stored.market}"),
    }


def _of_several(group: str, name: str, plant: str = "") -> dict[str, Any]:
    """What is to be said of a number of several runs, each of which says more of itself."""
    return {
        "run": {"run_id": group, "name": name, "plant": plant, "at": None, "line_source": ""},
        "versions": {"lake": None, "tables": None},
        "code": None,
        "fingerprint": None,
        "seed": None,
    }


def _of_quotes(lake: Lake, run: Mapping[str, Any], own: NumberId, market: Market) -> dict[str, Any]:
    """A figure of the books' biases, from the quotes of the lake's version of the run."""
    again, quotes = book_biases_again(lake, run, market)
    return {
        "id": str(own),
        "what": f"{own.measure.replace('_', ' ')} of the books against each other",
        "unit": market.unit,
        "again": _point(_figure(again, own.measure)),
        "rows": {"n": quotes.height, "some": []},
    }


def _of_pair(lake: Lake, run: Mapping[str, Any], own: NumberId, market: Market) -> dict[str, Any]:
    """A difference from another run on the rows that both graded."""
    other = _run(lake, own.segment.removeprefix(VERSUS))
    if other["report"]["market"] != market.name:
        raise InputError(
            f"Expected two runs of one market, got {market.name} and {other['report']['market']}."
        )
    rows = {row["measure"]: row for row in paired(lake, run["report"], other["report"])}
    if own.measure not in rows:
        raise not_among("a measure of both runs", rows, own.measure)
    found = rows[own.measure]
    return {
        "id": str(own),
        "what": f"{own.measure.replace('_', ' ')} of the run minus that of run {other['run_id']}",
        "unit": found["unit"],
        "again": {n: found[k] for n, k in _OF_PAIR.items()},
        "rows": {"n": found["n"], "some": []},
    }


def _computed(stored: pl.DataFrame, own: NumberId, market: Market) -> dict[str, Any]:
    known = measures(market)
    if own.measure not in known:
        raise not_among("a measure", known, own.measure)
    rows = rows_of(stored, own.segment, market)
    again = numbers(rows, market, wanted=[own.measure]).get(f"{ALL}/{own.measure}")
    if again is None:
        raise InputError(
            f"Expected rows that {own.measure} can be computed from in {own.segment}; of its "
            f"{rows.height} rows none has a part in it."
        )
    return {
        "id": str(own),
        "what": known[own.measure].doc,
        "unit": known[own.measure].unit,
        "again": again,
        "rows": {"n": rows.height, "some": _some(rows)},
    }


def _found(stored: pl.DataFrame, own: NumberId, market: Market) -> dict[str, Any]:
    """A figure of a finding, found again in the rows as the ledger would write it."""
    again = json.loads(json.dumps(FINDINGS[own.segment](stored, market), default=str))
    return {
        "id": str(own),
        "what": f"{own.measure.replace('_', ' ')} of the run's {own.segment.replace('_', ' ')}",
        "unit": "as named",
        "again": _point(_figure(again, own.measure)),
        "rows": {"n": stored.height, "some": _some(stored)},
    }


def _figure(found: Any, path: str) -> Any:
    value = figure(found, path)
    return round(value, 10) if isinstance(value, float) else value


def _point(value: Any) -> dict[str, Any]:
    return {"value": value, "n": None, "low": None, "high": None}


def _run(lake: Lake, named: str) -> dict[str, Any]:
    """The last attempt of the finished run of an id, or of its beginning."""
    if len(named) < _LEAST_PREFIX:
        raise InputError(f"Expected at least {_LEAST_PREFIX} characters of a run's id: {named!r}.")
    run = finished(lake, named)
    report = json.loads(run["report"])
    if "rows_hash" not in report:
        raise InputError(
            f"Expected run {run['run_id']} to say which rows it graded; it is older than that. "
            "Run it again with --force."
        )
    return {**run, "spec": json.loads(run["spec"]), "report": report}


def _query(own: NumberId, found: str, market: Market) -> dict[str, str]:
    if own.segment == BOOK_BIASES:
        value = f"tipoff.backtest.book_bias.book_biases at {own.measure}"
        return {"table": "prop_quotes", "rows_hash": found, "segment": ALL, "value": value}
    if own.segment.startswith(VERSUS):
        value = f"tipoff.workflows.paired.paired, difference of {own.measure}"
        return {"table": "graded_rows", "rows_hash": found, "segment": own.segment, "value": value}
    if own.segment in FINDINGS:
        value = f"tipoff.backtest.findings.FINDINGS[{own.segment!r}] at {own.measure}"
        return {"table": "graded_rows", "rows_hash": found, "segment": ALL, "value": value}
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
