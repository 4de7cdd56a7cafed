"""Numbers that come from quotes, not from graded rows: found again in the lake of their day."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from tipoff.backtest.book_bias import book_biases
from tipoff.domain.market import Market
from tipoff.domain.plant import plant_named
from tipoff.domain.seasons import seasons_between
from tipoff.settings import DEFAULT_LEAD_MINUTES
from tipoff.store.lake import Lake
from tipoff.workflows.dataset import dataset, quoted
from tipoff.workflows.versions import at_version

BOOK_BIASES = "book_biases"


def book_biases_again(
    lake: Lake, run: Mapping[str, Any], market: Market
) -> tuple[list[dict[str, Any]], pl.DataFrame]:
    """Compare books again on the version of the lake that a run looked at.

    Args:
        lake: the lake.
        run: the run's row of the ledger, with ``report`` and ``spec`` read.
        market: the run's market.

    Returns:
        What ``book_biases`` gives, and the quotes that it was given.
    """
    report = run["report"]
    first, last = (date.fromisoformat(report["windows"][n]) for n in ("eval_start", "eval_end"))
    data = dataset(
        at_version(lake, str(report["lake_version"]))[1],
        seasons_between(first, last),
        market=market.name,
        plant=plant_named(run["plant"]) if run["plant"] else None,
        lead_minutes=run["spec"].get("lead_minutes", DEFAULT_LEAD_MINUTES),
    )
    quotes, actuals = quoted(data, first, last)
    again = json.loads(json.dumps(book_biases(quotes, actuals, market)))
    return again, quotes
