"""The thermometer in words, and its table in a document."""

from collections.abc import Mapping, Sequence
from typing import Any

from tipoff.backtest.cells import (
    DASH,
    RUN,
    Cell,
    Run,
    Section,
    count,
    decimals,
    figure_cell,
    name,
    percent,
    share,
)
from tipoff.backtest.thermometer import PLAUSIBLE, QUARANTINED, TOO_FEW, WARM

WORDS = {
    QUARANTINED: "more than honest predictions have been seen to know: quarantined",
    WARM: "much, but not beyond belief",
    PLAUSIBLE: "no more than honest predictions know",
    TOO_FEW: "too few rows or dates to tell",
}


def known(heat: Mapping[str, Any]) -> str:
    """Say how much of the surprise was known, and what to think of it.

    Args:
        heat: a thermometer's reading, as a report has it.
    """
    if heat["share"] is None:
        return "The thermometer says nothing: there is no spread in the edges or the results."
    between = "" if heat["low"] is None else f" ({heat['low']:z.1%} to {heat['high']:z.1%})"
    return (
        f"The predictions know {heat['share']:z.1%}{between} of what the lines do not: "
        f"{WORDS[heat['verdict']]}."
    )


def quarantine(heat: Mapping[str, Any]) -> str:
    """Say why a run is quarantined."""
    return (
        f"quarantined, since at least {heat['low']:.0%} of the surprise were known beforehand, "
        f"where honest predictions know {heat['ceiling']:.0%} at most"
    )


def temperatures(runs: Sequence[Run]) -> Section:
    """Return the table of the runs' temperatures."""
    note = (
        "Share of the surprise (what happened minus the line) that the predictions knew; "
        "negative where they point the wrong way. Quarantined where the interval's lower end is "
        "above the market's ceiling."
    )
    headings = (
        *RUN, "share known", "low", "high", "ceiling", "at least, by errors", "lines", "dates",
        "hottest month", "known in it", "reading",
    )  # fmt: skip
    rows = tuple(
        (
            *name(run),
            *[figure_cell(run, "thermometer", key, percent) for key in ("share", "low", "high")],
            Cell(f"{run['thermometer']['ceiling']:.0%}"),
            figure_cell(run, "thermometer", "by_mae", percent),
            figure_cell(run, "thermometer", "n", count),
            figure_cell(run, "thermometer", "dates", count),
            *_hottest(run),
            Cell(run["thermometer"]["verdict"]),
        )
        for run in runs
    )
    return Section("The leak thermometer", note, headings, rows)


def models(runs: Sequence[Run]) -> Section:
    """Return the table of what the runs' models give away."""
    note = (
        "Of training rows alone. Left over: variance of held-out results that the model leaves, by "
        "what the season's average of earlier games leaves. Inversion: how much better the "
        "average of the last five games correlates with results than that of the season. Short: "
        "share of the importance of averages that say nearly the same that is on one of five "
        "games or fewer. Length: trees by learning rate."
    )
    headings = (*RUN, "left over", "inversion", "short", "length", "signs")
    rows = tuple(
        (
            *name(run),
            Cell(share(model["left_over"])),
            Cell(decimals(model["inversion"], 3)),
            Cell(share(model["short_share"])),
            Cell(decimals(model["length"], 1)),
            Cell("; ".join(sign["kind"] for sign in run["model_signs"]["signs"]) or "none"),
        )
        for run in runs
        for model in run["model_signs"]["models"]
    )
    return Section("What the models give away", note, headings, rows)


def _hottest(run: Run) -> tuple[Cell, Cell]:
    months = run["thermometer"]["months"]
    if not months:
        return Cell(DASH), Cell(DASH)
    place = max(range(len(months)), key=lambda i: months[i]["share"])
    cell = figure_cell(run, "thermometer", f"months.{place}.share", percent)
    return Cell(months[place]["month"]), cell
