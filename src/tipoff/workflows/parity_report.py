"""The report of a comparison of served and backfilled values, and its verdict."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from tipoff.store.fingerprint import digest
from tipoff.store.lake import Lake, log, scan
from tipoff.tables.served import PARITY_AUDITS
from tipoff.workflows.parity_causes import LEAK, UNEXPLAINED, UNREADABLE
from tipoff.workflows.parity_cells import CELL, ROW
from tipoff.workflows.parity_request import Asked

EQUAL, EXPLAINED = "equal", "explained"
# Verdicts that fail, the worst first.
NEGATIVE = (LEAK, UNEXPLAINED, UNREADABLE)
_EXAMPLES = 5
_STATES = {"equal": "equal", "differing": "differs"}


def report(
    asked: Asked,
    served: pl.DataFrame,
    values: pl.DataFrame,
    causes: Sequence[pl.DataFrame],
    dates: pl.Series,
) -> dict[str, Any]:
    """Sum up a comparison.

    Args:
        asked: what was compared.
        served: the served rows.
        values: what ``parity_cells.compared`` gave.
        causes: of every differing cell of a serving, its ``causes``.
        dates: the game dates of the span.

    Returns:
        ``servings``, ``values`` (``compared, equal, differing``: cells of rows that both have),
        ``rows`` (``compared, equal, differing, missing_in_backfill, not_served``), ``features``
        (of each ``values, equal, differing, largest_difference, causes``), ``causes`` (``cause,
        values, share, rows, features, examples``), ``dates_not_served``, ``verdict``, ``passed``
        and ``sentences``. A value with two causes counts for both.
    """
    differing = values.filter(pl.col("status") != "equal")
    told = _joined(differing, causes, served)
    found = _causes(told, differing.height)
    verdict = _verdict([cause["cause"] for cause in found])
    allowed = asked.allow_unreadable and verdict == UNREADABLE
    counts = _values(values)
    rows = _rows(values)
    return {
        "start_date": asked.start,
        "end_date": asked.end,
        "market": asked.market.name,
        "tolerance": asked.tolerance,
        "plant": asked.plant.name if asked.plant else None,
        "servings": _servings(served, values),
        "values": counts,
        "rows": rows,
        "features": _features(values, told),
        "causes": found,
        "dates_not_served": sorted(set(dates.to_list()) - set(served["game_date"].to_list())),
        "verdict": verdict,
        "passed": verdict not in NEGATIVE or allowed,
        "sentences": _sentences(counts, rows, found, verdict, allowed=allowed),
    }


def _joined(
    differing: pl.DataFrame, causes: Sequence[pl.DataFrame], served: pl.DataFrame
) -> pl.DataFrame:
    if not causes:
        return differing.with_columns(causes=pl.lit(None, pl.List(pl.String)))
    days = served.select("serving", "game_date").unique()
    return differing.join(pl.concat(causes), on=["serving", *CELL], how="left").join(
        days, on="serving", how="left"
    )


def _values(values: pl.DataFrame) -> dict[str, int]:
    own = values.filter(pl.col("column") != ROW, pl.col("status").is_in(list(_STATES.values())))
    return {
        "compared": own.height,
        **{name: own.filter(pl.col("status") == state).height for name, state in _STATES.items()},
    }


def _rows(values: pl.DataFrame) -> dict[str, int]:
    """Count rows; one is equal where all of its values are."""
    states = values.group_by("serving", "game_id", "player_id").agg(
        is_equal=(pl.col("status") == "equal").all(),
        status=pl.col("status").filter(pl.col("column") == ROW).first(),
    )
    both = states.filter(pl.col("status") == "equal")
    counts = states.group_by("status").len().rows()
    lacking = {str(status).replace(" ", "_"): n for status, n in counts if status != "equal"}
    return {
        "compared": both.height,
        "equal": int(both["is_equal"].sum()),
        "differing": int((~both["is_equal"]).sum()),
        "missing_in_backfill": lacking.get("missing_in_backfill", 0),
        "not_served": lacking.get("not_served", 0),
    }


def _servings(served: pl.DataFrame, values: pl.DataFrame) -> list[dict[str, Any]]:
    about = served.group_by("serving").agg(
        pl.col("game_date", "served_at", "asked_at", "lead_minutes", "lake_version").first(),
        rows=pl.len(),
    )
    counts = values.group_by("serving").agg(
        values=(pl.col("column") != ROW).sum(), differing=(pl.col("status") != "equal").sum()
    )
    return about.join(counts, on="serving").sort("serving").to_dicts()


def _features(values: pl.DataFrame, told: pl.DataFrame) -> list[dict[str, Any]]:
    """Sum up by column, those that differ most first."""
    apart = (pl.col("number_served") - pl.col("number_backfilled")).abs()
    stats = values.group_by("column").agg(
        values=pl.len(),
        equal=(pl.col("status") == "equal").sum(),
        differing=(pl.col("status") != "equal").sum(),
        largest_difference=apart.filter(pl.col("status") != "equal").max(),
    )
    by_cause: dict[str, dict[str, int]] = {}
    counted = told.explode("causes").drop_nulls("causes").group_by("column", "causes").len()
    for column, cause, n in counted.sort("column", "causes").iter_rows():
        by_cause.setdefault(column, {})[cause] = n
    rows = stats.sort("differing", "column", descending=[True, False]).rename({"column": "feature"})
    return [{**row, "causes": by_cause.get(row["feature"], {})} for row in rows.to_dicts()]


def _causes(told: pl.DataFrame, differing: int) -> list[dict[str, Any]]:
    """Sum up by cause, the most frequent first."""
    single = told.explode("causes").drop_nulls("causes")
    found = []
    for (cause,), own in single.group_by("causes", maintain_order=True):
        rows = own.unique(["serving", "game_id", "player_id"]).height
        found.append(
            {
                "cause": cause,
                "values": own.height,
                "share": own.height / differing,
                "rows": rows,
                "features": own["column"].value_counts(sort=True)["column"].to_list(),
                "examples": _examples(own),
            }
        )
    return sorted(found, key=lambda one: (-int(one["values"]), str(one["cause"])))


def _examples(own: pl.DataFrame) -> list[dict[str, Any]]:
    order = ["game_date", "game_id", "player_id", "column", "serving"]
    return [
        {
            **{name: row[name] for name in order},
            "served": _value(row, "served"),
            "backfilled": _value(row, "backfilled"),
        }
        for row in own.sort(order).head(_EXAMPLES).to_dicts()
    ]


def _value(row: Mapping[str, Any], side: str) -> float | str | None:
    number: float | None = row[f"number_{side}"]
    text: str | None = row[f"text_{side}"]
    return text if number is None else number


def _verdict(causes: Sequence[str]) -> str:
    for word in NEGATIVE:
        if any(cause.startswith(word) for cause in causes):
            return word
    return EXPLAINED if causes else EQUAL


def _sentences(
    values: Mapping[str, int],
    rows: Mapping[str, int],
    causes: Sequence[Mapping[str, Any]],
    verdict: str,
    *,
    allowed: bool,
) -> list[str]:
    said = [
        f"{values['equal']:,} of {values['compared']:,} served values are what was backfilled "
        f"later, in {rows['compared']:,} rows that both have; {rows['missing_in_backfill']:,} "
        f"served rows are missing in the backfill, {rows['not_served']:,} of its rows were not "
        "served."
    ]
    said += [
        f"{cause['cause']}: {cause['values']:,} values in {cause['rows']:,} rows."
        for cause in causes
    ]
    verdicts = {
        LEAK: "LEAK: rows that became known after the decision explain backfilled values.",
        UNEXPLAINED: "UNEXPLAINED: served and backfilled values differ for no reason that "
        "building them again shows.",
        UNREADABLE: "NOT CHECKABLE: versions that differing values were served from can not be "
        "read any more.",
        EXPLAINED: "Every difference has a cause.",
        EQUAL: "Live is backfill.",
    }
    return [*said, verdicts[verdict] + (" It was allowed to pass." if allowed else "")]


def kept(lake: Lake, asked: Asked, content: Mapping[str, Any]) -> str:
    """Write a report down in the lake, once; return its id."""
    text = json.dumps(content, default=_plain, sort_keys=True)
    audit = digest([text])
    stored = scan(lake, PARITY_AUDITS).filter(pl.col("audit_id") == audit).collect()
    if stored.is_empty():
        row = {
            "audit_id": audit,
            "at": datetime.now(UTC),
            "start": asked.start,
            "end": asked.end,
            "market": asked.market.name,
            "plant": content["plant"] or "",
            "verdict": content["verdict"],
            "content": text,
        }
        log(lake, PARITY_AUDITS, pl.DataFrame([row], schema=PARITY_AUDITS.columns))
    return audit


def _plain(value: date | datetime) -> str:
    return value.isoformat()
