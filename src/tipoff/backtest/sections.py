"""The tables of a document. Every cell that is a number carries the number's id."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tipoff.domain.market import market_named

Run = Mapping[str, Any]
_DASH = "–"


@dataclass(frozen=True)
class Cell:
    """One cell: its text and, of a number, its id."""

    text: str
    id: str | None = None


@dataclass(frozen=True)
class Section:
    """One table of a document."""

    title: str
    note: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


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
    found = [_verdicts(runs), _proof(runs), _forecasts(runs), _money(runs), _closing(runs)]
    found += [_books(runs), _losses(pools)]
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


def _name(run: Run) -> tuple[Cell, ...]:
    return Cell(run["market"].replace("_", " ")), Cell(run["title"]), Cell(run["spec"]["loss"])


_RUN = ("market", "season", "loss")


def _verdicts(runs: Sequence[Run]) -> Section:
    rows = [(*_name(run), Cell(run["verdict"]), Cell(run["recommendation"])) for run in runs]
    return Section("Verdicts", "", (*_RUN, "verdict", "recommendation"), tuple(rows))


def _proof(runs: Sequence[Run]) -> Section:
    """What the picks prove once chance and the number of tries are counted."""
    note = (
        "p: one-sided, against the prices taken, clustered by game date. Holm and BH: "
        "corrected over the runs of the market in this document. Luck: hit rate expected of "
        "the best of all tries of the market in the ledger, if none is worth anything. "
        "Needed: picks to see 3 points over break-even with 80 % power at this design effect."
    )
    headings = (
        *_RUN, "margin over break-even", "interval", "interval, date and player", "p", "Holm", "BH",
        "tries", "luck", "design effect", "n", "needed", "minus best placebo", "interval ",
        "placebo",
    )  # fmt: skip
    rows = []
    for run in runs:
        key = _usual(run["market"])
        own, family, power = run["evidence"], run["family"], run["evidence"]["power"]
        margin = run["numbers"].get(f"all/margin@{key}")
        best = run["headline"]["hit_rate"]
        rows.append(
            (
                *_name(run),
                _number(run["run_id"], f"all/margin@{key}", margin, percent),
                Cell(_interval(margin, percent)),
                Cell(_interval(own["two_way"], percent)),
                Cell(_decimals(own["p_value"], 3)),
                Cell(_decimals(family["holm"], 3)),
                Cell(_decimals(family["benjamini_hochberg"], 3)),
                Cell(f"{family['tries']:,}"),
                Cell(_DASH if run["luck"] is None else percent(run["luck"]["expected_best"])),
                Cell(_decimals(own["design_effect"], 2)),
                Cell(f"{own['n']:,}"),
                Cell(_DASH if power is None else f"{power['needed']:,}"),
                Cell(_DASH if best is None else percent(best["value"])),
                Cell(_DASH if best is None else _interval(best, percent)),
                Cell(_DASH if best is None else best["placebo"].replace("_", " ")),
            )
        )
    return Section("What the picks prove", note, headings, tuple(rows))


def _forecasts(runs: Sequence[Run]) -> Section:
    note = (
        "On lines with prices that were not hit exactly. CRPS in counts, log loss in nats, "
        "against the market's fair probability on the same lines; negative differences are "
        "better. Coverage of the central 80 % interval beside what was to be expected of it."
    )
    headings = (
        *_RUN, "CRPS", "log loss", "the market's", "difference", "interval", "Brier",
        "the market's ", "coverage 80 %", "expected", "n",
    )  # fmt: skip
    rows = []
    for run in runs:
        if "all/crps" not in run["numbers"]:
            continue
        cell = _cells(run["run_id"], run["numbers"])
        difference = run["numbers"].get("all/log_loss_difference")
        rows.append(
            (
                *_name(run),
                cell("all/crps", three),
                cell("all/log_loss", four),
                cell("all/market_log_loss", four),
                cell("all/log_loss_difference", four),
                Cell(_interval(difference, four)),
                cell("all/brier", four),
                cell("all/market_brier", four),
                cell("all/coverage_80", percent),
                cell("all/expected_coverage_80", percent),
                Cell(_DASH if difference is None else f"{difference['n']:,}"),
            )
        )
    return Section("Distributions against the market", note, headings, tuple(rows))


def _money(runs: Sequence[Run]) -> Section:
    note = (
        "Units won per unit staked on the picks, pushes returned, voids no pick; bankrolls "
        "start at 100: flat stakes 1 of them on every pick, quarter Kelly by the model's own "
        "probability, at most 5 % a pick and 50 % a date."
    )
    headings = (
        *_RUN, "ROI", "interval", "n", "prices", "ROI at -110", "flat, final", "drawdown",
        "quarter Kelly, final", "drawdown ",
    )  # fmt: skip
    rows = []
    for run in runs:
        unit, flat, kelly = (run["returns"][k] for k in ("one_unit", "flat", "quarter-kelly"))
        cell = _cells(run["run_id"], run["numbers"])
        rows.append(
            (
                *_name(run),
                cell(f"all/roi@{_usual(run['market'])}", percent),
                Cell(_interval(run["numbers"].get(f"all/roi@{_usual(run['market'])}"), percent)),
                Cell(f"{unit['n']:,}"),
                Cell(unit["price_basis"]),
                Cell(_share(unit["at_assumed_price"]["roi"])),
                Cell(_decimals(flat["final"], 1)),
                Cell(_share(flat["max_drawdown"])),
                Cell(_decimals(kelly["final"], 1)),
                Cell(_share(kelly["max_drawdown"])),
            )
        )
    return Section("Money", note, headings, tuple(rows))


def _closing(runs: Sequence[Run]) -> Section:
    note = (
        "The last quote of the same book in the hour before tip-off, after the entry. Where "
        "there is none it is absent, not guessed."
    )
    headings = (
        *_RUN, "picks", "with a close", "in line", "interval", "in probability", "interval ",
        "closes beaten", "why absent",
    )  # fmt: skip
    rows = []
    for run in runs:
        own = run["closing"]
        absent = "; ".join(f"{reason}: {n:,}" for reason, n in own["absent"].items())
        rows.append(
            (
                *_name(run),
                Cell(f"{own['picks']:,}"),
                Cell(f"{own['with_close']:,}"),
                Cell(_decimals(own["line"]["mean"], 2)),
                Cell(_interval(own["line"], two)),
                Cell(_decimals(own["probability"]["mean"], 4)),
                Cell(_interval(own["probability"], four)),
                Cell(_share(own["beats_close"]["rate"])),
                Cell(absent or _DASH),
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
    windows = {(run["market"], run["title"]): run["book_biases"] for run in runs}
    rows = [
        (
            Cell(market.replace("_", " ")),
            Cell(title),
            Cell(own["book"]),
            *_compared(own["against_others"]),
            *_compared(own["against_actual"]),
            Cell(_decimals(own["p_value"], 3)),
            Cell("yes" if own["is_off"] else "no"),
        )
        for (market, title), biases in windows.items()
        for own in biases
    ]
    return Section("Books against each other", note, headings, tuple(rows))


def _compared(number: Mapping[str, Any]) -> tuple[Cell, Cell, Cell]:
    value = Cell(_decimals(number["value"], 2))
    return value, Cell(_interval(number, two)), Cell(f"{number['n']:,}")


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
        cell = _cells(pool.pool_id, pool.numbers)
        key = _usual(pool.market)
        margin = pool.numbers.get(f"{segment}/margin@{key}")
        difference = pool.numbers.get(f"{segment}/mae_difference")
        label = () if segment == "all" else (Cell(segment.partition("=")[2]),)
        rows.append(
            (
                *label,
                Cell(pool.market.replace("_", " ")),
                Cell(pool.loss),
                *[cell(f"{segment}/{name}@{key}", percent) for name, _ in _MEASURES],
                Cell(_interval(margin, percent)),
                Cell(_DASH if margin is None else f"{margin['n']:,}"),
                cell(f"{segment}/mae", two),
                cell(f"{segment}/line_mae", two),
                cell(f"{segment}/mae_difference", two),
                Cell(_interval(difference, two)),
                Cell(_DASH if difference is None else f"{difference['n']:,}"),
            )
        )
    return tuple(rows)


def _usual(market: str) -> str:
    return f"{market_named(market).edges[1]:g}"


def _cells(own: str, numbers: Mapping[str, Any]) -> Any:
    def cell(key: str, form: Any) -> Cell:
        return _number(own, key, numbers.get(key), form)

    return cell


def _number(own: str, key: str, number: Mapping[str, Any] | None, form: Any) -> Cell:
    if number is None or number["value"] is None:
        return Cell(_DASH)
    return Cell(form(number["value"]), f"{own}/{key}")


def _interval(number: Mapping[str, Any] | None, form: Any) -> str:
    if number is None or number["low"] is None:
        return _DASH
    return f"{form(number['low'])} to {form(number['high'])}"


def _share(value: float | None) -> str:
    return _DASH if value is None else percent(value)


def _decimals(value: float | None, digits: int) -> str:
    return _DASH if value is None else f"{value:.{digits}f}"


def percent(value: float) -> str:
    """Say a share in per cent."""
    return f"{100 * value:.1f} %"


def two(value: float) -> str:
    """Say a number with two decimals."""
    return f"{value:.2f}"


def three(value: float) -> str:
    """Say a number with three decimals."""
    return f"{value:.3f}"


def four(value: float) -> str:
    """Say a number with four decimals."""
    return f"{value:.4f}"
