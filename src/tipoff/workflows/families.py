"""Runs that a document judges together, written down, so that ``why`` can judge them again."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl

from tipoff.backtest.evidence import beyond_luck, evidence
from tipoff.backtest.family import corrected
from tipoff.domain.market import market_named
from tipoff.errors import InputError
from tipoff.store.fingerprint import digest
from tipoff.store.lake import Lake, log, scan
from tipoff.tables.experiments import POOLS
from tipoff.workflows.experiments import finished, tries
from tipoff.workflows.graded import kept

Run = Mapping[str, Any]
PREFIX = "family-"
# What a family says of each of its runs.
FIGURES = ("tries", "holm", "benjamini_hochberg", "luck")


@dataclass(frozen=True)
class Family:
    """A family as it was written down.

    Attributes:
        family_id, market: of the family.
        at: when it was first written.
        stated: by run id, what was said of each: ``FIGURES``.
    """

    family_id: str
    market: str
    at: datetime
    stated: dict[str, dict[str, Any]]


def with_families(lake: Lake, runs: Sequence[Run]) -> list[dict[str, Any]]:
    """Write down the family of each market's runs, and give every run its id: ``family.id``.

    Args:
        lake: the lake.
        runs: reports as of ``judged_together``.
    """
    by_market: dict[str, list[Run]] = {}
    for run in runs:
        by_market.setdefault(run["market"], []).append(run)
    ids = {}
    for market, own in by_market.items():
        stated = {run["run_id"]: _stated(run) for run in own}
        family_id = PREFIX + digest([market, json.dumps(stated, sort_keys=True)])[:16]
        ids[market] = family_id
        if _rows(lake, family_id).is_empty():
            members = json.dumps(stated, sort_keys=True)
            row = (family_id, datetime.now(UTC), f"runs on {market}", market, members)
            log(lake, POOLS, pl.DataFrame([row], schema=POOLS.columns, orient="row"))
    return [{**run, "family": {**run["family"], "id": ids[run["market"]]}} for run in runs]


def _stated(run: Run) -> dict[str, Any]:
    family, luck = run["family"], run["luck"]
    return {
        **{name: family[name] for name in FIGURES if name != "luck"},
        "luck": None if luck is None else luck["expected_best"],
    }


def _rows(lake: Lake, family_id: str) -> pl.DataFrame:
    return scan(lake, POOLS).filter(pl.col("pool_id") == family_id).sort("at").collect()


def family(lake: Lake, family_id: str) -> Family:
    """Read a family.

    Raises:
        InputError: there is none by that id.
    """
    rows = _rows(lake, family_id)
    if rows.is_empty():
        raise InputError(f"Expected a family of runs in the lake by {family_id!r}, found none.")
    row = rows.row(0, named=True)
    return Family(family_id, row["market"], row["at"], json.loads(row["members"]))


def judged_again(lake: Lake, own: Family) -> dict[str, dict[str, Any]]:
    """Compute what a family says of each run, from the runs' rows and the ledger of its day."""
    market = market_named(own.market)
    proofs = {}
    for run_id in own.stated:
        rows_hash = json.loads(finished(lake, run_id)["report"])["rows_hash"]
        proofs[run_id] = evidence(kept(lake, rows_hash), market)
    tried = max(tries(lake, own.market, until=own.at), len(proofs))
    adjusted = corrected([proof["p_value"] for proof in proofs.values()])
    found = {}
    for (run_id, proof), (first, second) in zip(proofs.items(), adjusted, strict=True):
        luck = beyond_luck(proof, tried)
        found[run_id] = {
            "tries": tried,
            "holm": first,
            "benjamini_hochberg": second,
            "luck": None if luck is None else luck["expected_best"],
        }
    return found
