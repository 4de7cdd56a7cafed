"""The tables of what is forecast: distributions against the market, coverage, and the audit."""

from collections.abc import Sequence

from tipoff.backtest.cells import (
    DASH,
    RUN,
    Cell,
    Run,
    Section,
    cells,
    four,
    interval,
    name,
    percent,
    three,
    usual,
)
from tipoff.backtest.metrics import TIERS
from tipoff.backtest.probabilities import LEVELS


def forecasts(runs: Sequence[Run]) -> Section:
    """Compare predicted distributions with the market's fair probabilities."""
    note = (
        "On lines with prices that were not hit exactly. CRPS in counts, log loss in nats, "
        "against the market's fair probability on the same lines; negative differences are "
        "better. Coverage of the central 80 % interval beside what was to be expected of it."
    )
    headings = (
        *RUN, "CRPS", "log loss", "the market's", "difference", "interval", "Brier",
        "the market's ", "coverage 80 %", "expected", "n",
    )  # fmt: skip
    rows = []
    for run in runs:
        if "all/crps" not in run["numbers"]:
            continue
        cell = cells(run["run_id"], run["numbers"])
        difference = run["numbers"].get("all/log_loss_difference")
        rows.append(
            (
                *name(run),
                cell("all/crps", three),
                cell("all/log_loss", four),
                cell("all/market_log_loss", four),
                cell("all/log_loss_difference", four),
                Cell(interval(difference, four)),
                cell("all/brier", four),
                cell("all/market_brier", four),
                cell("all/coverage_80", percent),
                cell("all/expected_coverage_80", percent),
                Cell(DASH if difference is None else f"{difference['n']:,}"),
            )
        )
    return Section("Distributions against the market", note, headings, tuple(rows))


def coverage(runs: Sequence[Run]) -> Section:
    """Say by role how often results were inside the predicted intervals."""
    note = (
        "Share of results inside the central intervals, beside what was to be expected of them "
        "(counts can not be cut, so they hold a little more than their name says)."
    )
    levels = [f"{100 * level:.0f}" for level in LEVELS]
    pairs = [(f"{level} %", f"expected, {level} %") for level in levels]
    headings = (*RUN, "tier", *[word for pair in pairs for word in pair], "n")
    rows = []
    for run in runs:
        cell = cells(run["run_id"], run["numbers"])
        for tier in TIERS:
            own = run["numbers"].get(f"tier={tier}/coverage_{levels[0]}")
            if own is None:
                continue
            shown = [
                cell(f"tier={tier}/{kind}_{level}", percent)
                for level in levels
                for kind in ("coverage", "expected_coverage")
            ]
            rows.append((*name(run), Cell(tier), *shown, Cell(f"{own['n']:,}")))
    return Section("Coverage by role", note, headings, tuple(rows))


def audited(runs: Sequence[Run]) -> Section:
    """Set what the picks gave beside what they would have given without the audit of lines."""
    note = (
        "With the takeable-line audit, and with whatever line stands last: alternates, lines far "
        "from the other books' and prices of other lines included. Same predictions, same "
        "player-games."
    )
    headings = (
        *RUN, "hit rate", "n", "ROI", "hit rate without", "interval", "n ", "ROI without",
    )  # fmt: skip
    rows = []
    for run in runs:
        key = usual(run["market"])
        cell = cells(run["run_id"], run["numbers"])
        own = run["numbers"].get(f"all/hit_rate@{key}")
        naive = run["numbers"].get(f"all/unaudited_hit_rate@{key}")
        rows.append(
            (
                *name(run),
                cell(f"all/hit_rate@{key}", percent),
                Cell(DASH if own is None else f"{own['n']:,}"),
                cell(f"all/roi@{key}", percent),
                cell(f"all/unaudited_hit_rate@{key}", percent),
                Cell(interval(naive, percent)),
                Cell(DASH if naive is None else f"{naive['n']:,}"),
                cell(f"all/unaudited_roi@{key}", percent),
            )
        )
    return Section("With and without the audit", note, headings, tuple(rows))
