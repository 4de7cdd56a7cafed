"""The page of the backfill: states of the ledger, as the command tells them."""

import polars as pl
import pytest
from tests.web.pages.showing import shown

from tipoff.processors.catalogue import PROCESSORS
from tipoff.store.lake import Lake
from tipoff.web.site.pages.backfill import PAGE
from tipoff.workflows import plan
from tipoff.workflows.backfill import status
from tipoff.workflows.plan import MISSING


def test_it_counts_what_the_command_counts(lived: Lake) -> None:
    told = {row["name"]: row for row in status(lived, None, None)["processors"]}
    rows = shown(PAGE, lived)["processors"].frame.to_dicts()
    assert [row["processor"] for row in rows] == [p.name for p in PROCESSORS]
    for row in rows:
        own = told[row["processor"]]
        states = ("done", "stale", "failed", "missing")
        assert [row[s] for s in states] == [own[s] for s in states]
    assert sum(row["done"] for row in rows) > 0


def test_what_is_left_says_why(lived: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    before = shown(PAGE, lived)
    undone = before["plan"].frame
    assert set(undone["reason"]) <= {MISSING}
    # Rows of other code than that of now are stale, and the reason is said.
    monkeypatch.setattr(plan, "is_current", lambda *_: False)
    after = shown(PAGE, lived)
    stale = after["plan"].frame.filter(pl.col("state") == "stale")
    done = before["map"].frame.filter(pl.col("state") == "done")
    # All but the dates that were noted as empty, which no rows say anything of.
    assert stale.height > 0
    key = ["game_date", "processor"]
    assert stale.join(done, on=key, how="anti").is_empty()
    assert set(stale["reason"]) == {"input changed"}
