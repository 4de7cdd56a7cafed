"""The leak lab: what honest looks like, audits for leaks, the thermometer and planted faults."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from tipoff.backtest.number_heat import Numbers
from tipoff.domain.market import market_named
from tipoff.errors import InputError
from tipoff.tables.experiments import CERTIFICATES, EXPERIMENTS
from tipoff.web.site import charts, options
from tipoff.web.site.blocks import Block, Column, Grid, Plot, Words
from tipoff.web.site.declare import Asked, Choice, Page
from tipoff.web.site.pages.leaklab_faults import (
    certificate_blocks,
    certificate_ids,
    fault_blocks,
)
from tipoff.workflows.audit_numbers import own_numbers, published_numbers
from tipoff.workflows.certificates import certificates
from tipoff.workflows.run_temperatures import MOST_RUNS, run_temperatures

_NO_RUNS = (
    "No run was finished in this lake. 'tipoff multiseason' runs every season honestly; "
    "'tipoff multiseason --plant inclusive-date' shows the same with a leak."
)


def _why(path: str) -> Any:
    return lambda row: f"{row['run_id']}/{path}"


_RUNS = {
    "name": Column("run", link=lambda row: f"/backtests?run={row['run_id']}"),
    "kind": Column("code"),
    "market": Column("market"),
    "reading": Column("thermometer", "state", "What to think of the share known."),
    "share": Column(
        "share known", "share",
        "Part of the surprise (what happened minus the line) that the predictions knew; negative "
        "where they point the wrong way.", why=_why("thermometer/share"),
    ),
    "low": Column("low", "share", "Of its 95 % interval.", why=_why("thermometer/low")),
    "high": Column("high", "share", "Of its 95 % interval.", why=_why("thermometer/high")),
    "ceiling": Column("ceiling", "share", "What honest predictions do not surely pass.", 0),
    "n": Column("lines", "integer", "Player-games with a prediction, a line and a result."),
    "mae_ratio": Column(
        "MAE / line's MAE", "number", "The model's error over the line's, on the same rows.", 3
    ),
    "rate": Column("hit rate", "share", "At the market's usual edge, pushes and voids left out."),
    "rate_low": Column("low", "share", "Of its 95 % interval, by game date."),
    "rate_high": Column("high", "share", "Of its 95 % interval, by game date."),
    "picks": Column("picks", "integer", "Picks of that hit rate."),
    "edge": Column("edge", "number", "From which on it is a pick, in the market's unit."),
    "verdict": Column("verdict", "state"),
}  # fmt: skip
_HEAT = {
    "verdict": Column("verdict", "state"),
    "share": Column("share known", "share", "At least, allowing for chance."),
    "ceiling": Column("ceiling", "share", "What honest predictions do not surely pass.", 0),
    "by_hit_rate": Column("by the hit rate", "share", "What winning as often takes at least."),
    "by_mae": Column("by the error", "share", "What erring as little takes at least."),
    "depends": Column(
        "depends on the line's error", "yes", "Whether 4 % less or 8 % more changes the verdict."
    ),
}
_PUBLISHED = {
    "label": Column("published as"),
    "season": Column("season"),
    "loss": Column("loss"),
    "hit_rate": Column("hit rate", "share", "Of picks 3 points or more off the line."),
    "n": Column("picks", "integer"),
    "mae": Column("MAE", "number", "Of the predictions, in points.", 2),
    "line_mae": Column("line's MAE", "number", "As measured on our lines of the season.", 2),
    "share": _HEAT["share"],
    "verdict": _HEAT["verdict"],
    "reason": Column("in words", "sentence"),
}


def _view(asked: Asked) -> Sequence[Block]:
    runs = run_temperatures(asked.lake).with_columns(
        kind=pl.when(pl.col("plant") == "")
        .then(pl.lit("clean"))
        .otherwise(pl.format("with {}", "plant"))
    )
    return [
        Words("honest", "What honest looks like", text=(_honest(runs),)),
        *_run_blocks(runs),
        *certificate_blocks(certificates(asked.lake), asked.values.get("certificate")),
        *_thermometer(asked),
        *fault_blocks(),
    ]


def _honest(runs: pl.DataFrame) -> str:
    """One sentence that holds clean runs against planted ones."""
    clean, leaked = (runs.filter((pl.col("plant") == "") == is_clean) for is_clean in (True, False))
    if clean.is_empty() and leaked.is_empty():
        return _NO_RUNS
    if clean.is_empty():
        return f"With a planted fault, {_told(leaked)}. 'tipoff multiseason' shows it clean."
    if leaked.is_empty():
        return (
            f"Honest here, {_told(clean)}. 'tipoff multiseason --plant inclusive-date' shows the "
            "same with a leak."
        )
    return f"Honest here, {_told(clean)}; with a planted fault, {_told(leaked)}."


def _told(runs: pl.DataFrame) -> str:
    picks, lines = (int(runs[name].sum()) for name in ("picks", "n"))
    hot = runs.filter(pl.col("reading") == "quarantined").height
    return (
        f"in {runs.height} run{'s' * (runs.height > 1)}: an error of "
        f"{_between(runs['mae_ratio'], '.2f')} times the line's (graded lines, all runs: "
        f"{lines:,}), {_between(100 * runs['rate'], '.0f')} % of picks won (at the usual edge, all "
        f"runs: {picks:,}), {hot} quarantined"
    )


def _between(values: pl.Series, form: str) -> str:
    low, high = (format(v, form) for v in (values.min() or 0.0, values.max() or 0.0))
    return low if low == high else f"{low} to {high}"


def _run_blocks(runs: pl.DataFrame) -> list[Block]:
    clean = runs.filter(pl.col("plant") == "")
    said = f"{clean.height} clean runs and {runs.height - clean.height} with a planted fault"
    command = "tipoff experiments list"
    return [
        Plot(
            "readings", "The thermometer on the lake's runs",
            runs.with_row_index("place").drop_nulls("low"),
            "Share of the surprise known, with its 95 % interval, the newest run first; the dashed "
            f"line is the ceiling of honest predictions, triangles are planted faults. {said}.",
            command, spec=_readings_spec(), alt=f"Share of the surprise known by {said}.",
            columns={name: _RUNS[name] for name in
                     ("name", "kind", "share", "low", "high", "ceiling", "n")},
        ),
        Grid(
            "runs", "Readings of runs", runs, f"The newest {MOST_RUNS} finished runs at most.",
            command, columns=_RUNS, empty=_NO_RUNS,
        ),
    ]  # fmt: skip


def _readings_spec() -> dict[str, Any]:
    across = {"field": "place", "type": "ordinal", "axis": None}
    axis = {"format": "%", "title": "share of the surprise known"}
    kind = {
        "condition": {"test": "datum.plant == ''", "value": charts.FIRST}, "value": charts.BAD
    }  # fmt: skip
    rule = {
        "x": across, "color": kind,
        "y": {"field": "low", "type": "quantitative", "axis": axis}, "y2": {"field": "high"},
    }  # fmt: skip
    point = {
        "x": across, "color": kind, "y": {"field": "share", "type": "quantitative"},
        "shape": {"condition": {"test": "datum.plant == ''", "value": "circle"},
                  "value": "triangle-up"},
    }  # fmt: skip
    ceiling = {"x": across, "y": {"field": "ceiling", "type": "quantitative"}}
    return {
        "layer": [
            {"mark": {"type": "rule", "strokeWidth": 2}, "encoding": rule},
            {"mark": {"type": "point", "size": 60}, "encoding": point},
            {"mark": {"type": "line", "color": charts.SECOND, "strokeDash": [4, 3]},
             "encoding": ceiling},
        ]
    }  # fmt: skip


def _thermometer(asked: Asked) -> list[Block]:
    """The verdict on numbers that were stated, and on those that the predecessor published."""
    published = published_numbers()
    return [
        _own_numbers(asked),
        Grid(
            "published", "What the predecessor published", pl.DataFrame(published["rows"]),
            f"{published['quarantined']} of {len(published['rows'])} published rows are "
            "quarantined: they take more of the surprise to be known than anybody honest has.",
            "tipoff audit thermometer", columns=_PUBLISHED,
        ),
    ]  # fmt: skip


def _own_numbers(asked: Asked) -> Block:
    title = "Put numbers on the thermometer"
    about = (
        "A hit rate from 0 to 1 (pushes left out), how many picks, the line's mean absolute error "
        "on such rows; the predictions' own error and their least edge if known."
    )
    command = "tipoff audit thermometer --hit-rate 0.85 --n 878 --line-mae 5.4"
    stated = {name: asked.values[name] for name in _FORM if name in asked.values}
    if not stated:
        return Words(
            "thermometer", title, about=about, command=command,
            text=("State the numbers of a model or a tout: what must it have known?",),
        )  # fmt: skip
    try:
        market = market_named(asked.get("market", "points"))
        row = own_numbers(*_numbers(stated, market.edges[1]), market)["rows"][0]
    except InputError as error:
        return Words("thermometer", title, about=about, text=(str(error),), state="error")
    said = f"{row['verdict'].capitalize()}: {row['reason']}."
    given = " ".join(f"--{name.replace('_', '-')} {value}" for name, value in stated.items())
    return Grid(
        "thermometer", title, pl.DataFrame([row]), said,
        f"tipoff audit thermometer {given} --market {market.name}",
        columns=_HEAT, is_card=True,
    )  # fmt: skip


_FORM = {"hit_rate": "Hit rate", "n": "Picks", "line_mae": "Line's MAE", "mae": "MAE",
         "edge": "Least edge"}  # fmt: skip
_NEEDED = ("hit_rate", "n", "line_mae")


def _numbers(stated: dict[str, str], usual: float) -> tuple[Numbers, float]:
    missing = [_FORM[name] for name in _NEEDED if name not in stated]
    if missing:
        raise InputError(f"Expected {', '.join(missing)} as well.")
    told = {name: _number(name, text) for name, text in stated.items()}
    if told["n"] != int(told["n"]):
        raise InputError(f"Expected a whole number of picks, got {stated['n']}.")
    own = Numbers(told["hit_rate"], int(told["n"]), told.get("edge", usual), told.get("mae"))
    return own, told["line_mae"]


def _number(name: str, text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = float("nan")
    if not 0 <= found < 1e9:
        raise InputError(f"Expected {_FORM[name]} as a number such as 0.85, got {text!r}.")
    return found


PAGE = Page(
    "leaklab",
    "Leak lab",
    "Too good is a bug report: what moves when the future changes, and what planted leaks look "
    "like.",
    _view,
    tables=(CERTIFICATES, EXPERIMENTS),
    choices=(
        Choice("certificate", "Certificate", certificate_ids, block="moved"),
        *[Choice(n, label, kind="text", block="thermometer") for n, label in _FORM.items()],
        Choice("market", "Market", options.markets, block="thermometer"),
    ),
)
