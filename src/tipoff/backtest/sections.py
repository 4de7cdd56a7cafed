"""The tables of a document. Every cell that is a number carries the number's id."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tipoff.backtest.cells import (
    DASH,
    RUN,
    Cell,
    Run,
    Section,
    cells,
    count,
    figure_cell,
    four,
    interval,
    name,
    number,
    one,
    percent,
    three,
    two,
    usual,
)
from tipoff.backtest.forecast_sections import audited, coverage, forecasts
from tipoff.backtest.heat_words import models, temperatures


@dataclass(frozen=True)
class Pooled:
    """Rows of several runs looked at together: one loss of one market over all its windows.

    Attributes:
        pool_id: what its numbers' ids begin with.
        market, loss: of all its runs.
        numbers: by ``SEGMENT/MEASURE``.
    """

    pool_id: str
    market: str
    loss: str
    numbers: Mapping[str, Mapping[str, Any]]


def sections(runs: Sequence[Run], pools: Sequence[Pooled]) -> list[Section]:
    """Return the tables below the main one.

    Args:
        runs: judged reports, with ``family`` and ``recommendation``.
        pools: rows of the same market and loss looked at together.
    """
    found = [_verdicts(runs), temperatures(runs), models(runs), _proof(runs), forecasts(runs)]
    found += [
        coverage(runs),
        _money(runs),
        _closing(runs),
        audited(runs),
        _books(runs),
        _losses(pools),
    ]
    for by, title in (
        ("season", "By season"),
        ("side", "By side"),
        ("edge", "By size of the edge"),
        ("book", "By book"),
        ("audit", "By what the takeable-line audit says"),
        ("tier", "By tier, by average before the game"),
        ("month", "By month"),
    ):
        found.append(_split(pools, by, title))
    return [section for section in found if section.rows]


def _verdicts(runs: Sequence[Run]) -> Section:
    note = (
        "Certificate: how many game dates had their future changed, on the data that it names, to "
        "see that features, lines and fits of this code stay the same; none until 'tipoff audit "
        "leaks' is run with it."
    )
    rows = [
        (*name(run), Cell(run["verdict"]), Cell(run["recommendation"]), _certificate(run))
        for run in runs
    ]
    headings = (*RUN, "verdict", "recommendation", "certificate")
    return Section("Verdicts", note, headings, tuple(rows))


def _certificate(run: Run) -> Cell:
    found = run.get("certificate")
    if found is None:
        return Cell(DASH)
    word = "nothing moved" if found["passed"] else "LEAK"
    return Cell(f"{found['id']}: {found['dates']} dates, {word}")


def _proof(runs: Sequence[Run]) -> Section:
    """What the picks prove once chance and the number of tries are counted."""
    note = (
        "p: one-sided, against the prices taken, clustered by game date. Holm and BH: "
        "corrected over the runs of the market in this document. Luck: hit rate expected of "
        "the best of all tries of the market in the ledger, if none is worth anything. "
        "Needed: picks to see 3 points over break-even with 80 % power at this design effect."
    )
    headings = (
        *RUN, "margin over break-even", "interval", "interval, date and player", "p", "Holm", "BH",
        "tries", "luck", "design effect", "n", "needed", "minus best placebo", "interval ",
        "placebo",
    )  # fmt: skip
    rows = []
    for run in runs:
        key = usual(run["market"])
        own, family = run["evidence"], run["family"]
        margin = run["numbers"].get(f"all/margin@{key}")
        best = run["headline"]["hit_rate"]
        rows.append(
            (
                *name(run),
                number(run["run_id"], f"all/margin@{key}", margin, percent),
                Cell(interval(margin, percent)),
                Cell(interval(own["two_way"], percent)),
                figure_cell(run, "evidence", "p_value", three),
                _of_family(run, "holm", family["holm"], three),
                _of_family(run, "benjamini_hochberg", family["benjamini_hochberg"], three),
                _of_family(run, "tries", family["tries"], count),
                _of_family(run, "luck", run["luck"] and run["luck"]["expected_best"], percent),
                figure_cell(run, "evidence", "design_effect", two),
                figure_cell(run, "evidence", "n", count),
                figure_cell(run, "evidence", "power.needed", count),
                figure_cell(run, "headline", "hit_rate.value", percent),
                Cell(DASH if best is None else interval(best, percent)),
                Cell(DASH if best is None else best["placebo"].replace("_", " ")),
            )
        )
    return Section("What the picks prove", note, headings, tuple(rows))


def _of_family(run: Run, measure: str, value: float | None, form: Any) -> Cell:
    """Return what is said of a run among the document's others, with its id."""
    if value is None:
        return Cell(DASH)
    return Cell(form(value), f"{run['family']['id']}/{run['run_id']}/{measure}")


def _money(runs: Sequence[Run]) -> Section:
    note = (
        "Units won per unit staked on the picks, pushes returned, voids no pick; bankrolls "
        "start at 100: flat stakes 1 of them on every pick, quarter Kelly by the model's own "
        "probability, at most 5 % a pick and 50 % a date."
    )
    headings = (
        *RUN, "ROI", "interval", "n", "prices", "ROI at -110", "flat, final", "drawdown",
        "quarter Kelly, final", "drawdown ",
    )  # fmt: skip
    rows = []
    for run in runs:
        cell = cells(run["run_id"], run["numbers"])
        rows.append(
            (
                *name(run),
                cell(f"all/roi@{usual(run['market'])}", percent),
                Cell(interval(run["numbers"].get(f"all/roi@{usual(run['market'])}"), percent)),
                figure_cell(run, "returns", "one_unit.n", count),
                Cell(run["returns"]["one_unit"]["price_basis"]),
                figure_cell(run, "returns", "one_unit.at_assumed_price.roi", percent),
                figure_cell(run, "returns", "flat.final", one),
                figure_cell(run, "returns", "flat.max_drawdown", percent),
                figure_cell(run, "returns", "quarter-kelly.final", one),
                figure_cell(run, "returns", "quarter-kelly.max_drawdown", percent),
            )
        )
    return Section("Money", note, headings, tuple(rows))


def _closing(runs: Sequence[Run]) -> Section:
    note = (
        "The last quote of the same book in the hour before tip-off, after the entry. Where "
        "there is none it is absent, not guessed."
    )
    headings = (
        *RUN, "picks", "with a close", "in line", "interval", "in probability", "interval ",
        "closes beaten", "why absent",
    )  # fmt: skip
    rows = []
    for run in runs:
        own = run["closing"]
        absent = "; ".join(f"{reason}: {n:,}" for reason, n in own["absent"].items())
        rows.append(
            (
                *name(run),
                figure_cell(run, "closing", "picks", count),
                figure_cell(run, "closing", "with_close", count),
                figure_cell(run, "closing", "line.mean", two),
                Cell(interval(own["line"], two)),
                figure_cell(run, "closing", "probability.mean", four),
                Cell(interval(own["probability"], four)),
                figure_cell(run, "closing", "beats_close.rate", percent),
                Cell(absent or DASH),
            )
        )
    return Section("Closing line value", note, headings, tuple(rows))


def _books(runs: Sequence[Run]) -> Section:
    """One row per book of a window; every loss of a window is graded on the same quotes."""
    note = (
        "Each book's last main line before the decision against the median of the other feeds', "
        "and against what happened; p by Holm over the books."
    )
    headings = (
        "market", "season", "book", "against others", "interval", "n", "against results",
        "interval ", "n ", "p", "off",
    )  # fmt: skip
    windows = {(run["market"], run["title"]): run for run in runs}
    rows = [
        (
            Cell(market.replace("_", " ")),
            Cell(title),
            Cell(own["book"]),
            *_compared(run, place, "against_others"),
            *_compared(run, place, "against_actual"),
            figure_cell(run, "book_biases", f"{place}.p_value", three),
            Cell("yes" if own["is_off"] else "no"),
        )
        for (market, title), run in windows.items()
        for place, own in enumerate(run["book_biases"])
    ]
    return Section("Books against each other", note, headings, tuple(rows))


def _compared(run: Run, place: int, what: str) -> tuple[Cell, Cell, Cell]:
    path = f"{place}.{what}"
    return (
        figure_cell(run, "book_biases", f"{path}.value", two),
        Cell(interval(run["book_biases"][place][what], two)),
        figure_cell(run, "book_biases", f"{path}.n", count),
    )


_MEASURES = (
    ("hit_rate", "hit rate"),
    ("break_even", "break-even"),
    ("margin", "margin"),
    ("roi", "ROI"),
)


def _losses(pools: Sequence[Pooled]) -> Section:
    note = "All windows of a market together, one row per loss."
    return Section("Losses, pooled", note, _pool_headings(()), _pool_rows(pools, "all"))


def _split(pools: Sequence[Pooled], by: str, title: str) -> Section:
    labels: dict[str, dict[str, None]] = {}
    for pool in pools:
        own = labels.setdefault(pool.market, {})
        for key in pool.numbers:
            segment = key.rpartition("/")[0]
            if segment.startswith(f"{by}=") and "," not in segment:
                own[segment] = None
    rows = [
        row
        for market, segments in labels.items()
        for segment in segments
        for row in _pool_rows([p for p in pools if p.market == market], segment)
    ]
    return Section(title, "All windows of a market together.", _pool_headings((by,)), tuple(rows))


def _pool_headings(first: tuple[str, ...]) -> tuple[str, ...]:
    return (
        *first, "market", "loss", *[words for _, words in _MEASURES], "interval of the margin",
        "picks", "MAE", "the line's", "difference", "interval", "lines",
    )  # fmt: skip


def _pool_rows(pools: Sequence[Pooled], segment: str) -> tuple[tuple[Cell, ...], ...]:
    rows = []
    for pool in pools:
        cell = cells(pool.pool_id, pool.numbers)
        key = usual(pool.market)
        margin = pool.numbers.get(f"{segment}/margin@{key}")
        difference = pool.numbers.get(f"{segment}/mae_difference")
        label = () if segment == "all" else (Cell(segment.partition("=")[2]),)
        rows.append(
            (
                *label,
                Cell(pool.market.replace("_", " ")),
                Cell(pool.loss),
                *[cell(f"{segment}/{name}@{key}", percent) for name, _ in _MEASURES],
                Cell(interval(margin, percent)),
                Cell(DASH if margin is None else f"{margin['n']:,}"),
                cell(f"{segment}/mae", two),
                cell(f"{segment}/line_mae", two),
                cell(f"{segment}/mae_difference", two),
                Cell(interval(difference, two)),
                Cell(DASH if difference is None else f"{difference['n']:,}"),
            )
        )
    return tuple(rows)
