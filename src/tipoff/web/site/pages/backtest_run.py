"""One run in detail: what it was, its hit rate by week and edge, calibration, placebos, gates."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from tipoff.backtest.edges import LARGE, SMALL, USUAL, at_edge
from tipoff.backtest.metrics import weekly
from tipoff.backtest.placebos import ORACLE
from tipoff.backtest.statistics import wilson
from tipoff.domain.market import Market, market_named
from tipoff.store.lake import Lake
from tipoff.web.site import charts
from tipoff.web.site.blocks import Block, Column, Grid, Plot, Row, Words
from tipoff.workflows.graded import kept

Report = dict[str, Any]
_LOW = Column("from", "share", "Low end of the 95 % interval, clustered by game date.")
_HIGH = Column("to", "share", "High end of the 95 % interval.")
_N = Column("picks", "integer", "Wins and losses that the hit rate counts.")
_BREAK_EVEN = Column("break-even", "share", "Mean hit rate that the prices taken ask for.")
_ABOUT = {
    "name": Column("run"),
    "verdict": Column("verdict", "state"),
    "hit_rate": Column(
        "hit rate", "share", "Wins among wins and losses at the usual edge.",
        why=lambda row: f"{row['run_id']}/all/hit_rate@{row['edge']}",
    ),
    "interval": Column("95 % interval", doc="Clustered by game date."),
    "n": Column("picks", "integer"),
    "break_even": _BREAK_EVEN,
    "mae": Column("MAE", "number", "Mean absolute error on rows with a line.", 3,
                  why=lambda row: f"{row['run_id']}/all/mae"),
    "line_mae": Column("MAE of the line", "number", "Of the line on the same rows.", 3,
                       why=lambda row: f"{row['run_id']}/all/line_mae"),
    "roi": Column("return", "share", "Units won per unit staked at flat stakes.",
                  why=lambda row: f"{row['run_id']}/all/roi@{row['edge']}"),
    "lines": Column("lines", "integer", "Player-games with a takeable line that were graded."),
    "learner": Column("learner"),
    "loss": Column("loss"),
    "feature_set": Column("feature set"),
    "window": Column("graded on"),
    "training": Column("trained on", doc="Training window and rows."),
    "tries": Column("tries so far", "integer", "Different experiments on the market by then."),
    "luck": Column("best by luck", "share", "Hit rate expected of the best of so many tries."),
    "plant": Column("planted fault"),
    "certificate": Column("leak certificate"),
    "run_id": Column("id", "code"),
}  # fmt: skip
_WEEKS = {
    "week": Column("week", "day", "Its Monday."),
    "hit_rate": Column("hit rate", "share", "At the usual edge.", why=lambda row: row["id"]),
    "low": _LOW, "high": _HIGH, "n": _N, "break_even": _BREAK_EVEN,
    "mae": Column("MAE", "number", "Mean absolute error of the week.", 2),
    "line_mae": Column("MAE of the line", "number", "Of the line on the same rows.", 2),
}  # fmt: skip
_EDGES = {
    "edge": Column("edge", doc="How far the prediction is from the line, in the market's unit."),
    "hit_rate": Column("hit rate", "share", "Of picks of that edge.", why=lambda row: row["id"]),
    "low": _LOW, "high": _HIGH, "n": _N, "break_even": _BREAK_EVEN,
}  # fmt: skip
_RIVALS = {
    "rule": Column("rule"),
    "what": Column("what it is"),
    "hit_rate": Column("hit rate", "share", "At the usual edge; blind sides and outliers: of "
                       "every line.", why=lambda row: row["id"]),
    "low": _LOW, "high": _HIGH, "n": _N,
    "mae": Column("MAE", "number", "Mean absolute error of what it predicts.", 2),
}  # fmt: skip
_BINS = {
    "who": Column("who"),
    "predicted": Column("stated", "share", "Mean probability of the over that was stated."),
    "observed": Column("went over", "share", "Share that went over.", why=lambda row: row["id"]),
    "low": Column("from", "share", "Low end of the 95 % interval of Wilson."),
    "high": Column("to", "share", "High end of the 95 % interval of Wilson."),
    "n": Column("lines", "integer", "Lines in the bin."),
}
_GATES = {
    "name": Column("gate"),
    "of": Column("of"),
    "state": Column("state", "state"),
    "observed": Column("observed"),
    "required": Column("required"),
}
_NUMBERS = {
    "measure": Column("measure"),
    "value": Column("value", "number", "In its unit; shares are 0 to 1.", 4,
                    why=lambda row: row["id"]),
    "low": Column("from", "number", "Low end of the 95 % interval by game date.", 4),
    "high": Column("to", "number", "High end of the 95 % interval by game date.", 4),
    "n": Column("n", "integer", "Rows that the measure counts."),
    "unit": Column("unit"),
    "id": Column("id", "code", "For 'tipoff why'."),
}  # fmt: skip


def judged_market(report: Report) -> Market:
    """Return the market of a run with the edges that it was judged at."""
    edges = report["lines"]["edges"]
    return replace(
        market_named(report["market"]),
        edges=(float(edges[SMALL]), float(edges[USUAL]), float(edges[LARGE])),
    )


def blocks(lake: Lake, row: Row, report: Report) -> Sequence[Block]:
    """Return what is shown of one run."""
    command = f"tipoff why {row['run_id']}/all/hit_rate@{report['lines']['edges'][USUAL]}"
    return [
        *_warnings(report),
        _about(row, report, command),
        _rivals(report, command),
        _weeks(lake, report),
        _edges(report),
        _calibration(report),
        _gates(report),
        _numbers(report),
    ]


def _warnings(report: Report) -> list[Block]:
    raised = [one for one in report["alarm"] if not one["passed"]]
    if not raised:
        return []
    text = [f"{one['name']}: found {one['observed']}, expected {one['required']}."
            for one in raised]  # fmt: skip
    title = "Leak suspected"
    return [Words("alarm", title, about="Do not believe this run.", text=text, state=title)]


def _about(row: Row, report: Report, command: str) -> Grid:
    usual, windows, spec = at_edge(report), report["windows"], report["spec"]
    edge, luck = report["lines"]["edges"][USUAL], report["luck"] or {}
    trained = f"{report['train_rows']:,} rows"
    if "train_start" in windows:
        trained += f", {windows['train_start']} to {windows['train_end']}"
    else:
        trained += f" over {report['models']} refits"
    certificate = report["certificate"]
    shown = {
        **{name: row[name] for name in ("run_id", "name", "verdict")}, "edge": edge,
        "hit_rate": usual["rate"], "n": usual["n"], "break_even": usual["break_even"],
        "interval": _between(usual),
        "mae": report["lines"]["mae"], "line_mae": report["lines"]["line_mae"],
        "roi": report["returns"]["one_unit"]["roi"], "lines": report["lines"]["n"],
        **{name: spec[name] for name in ("learner", "loss", "feature_set")},
        "window": f"{windows['eval_start']} to {windows['eval_end']}", "training": trained,
        "tries": luck.get("tries"), "luck": luck.get("expected_best"),
        "plant": row["plant"] or None,
        "certificate": None if certificate is None else certificate["id"],
    }  # fmt: skip
    return Grid(
        "run", f"Run {row['name']}", pl.DataFrame([shown], infer_schema_length=None),
        f"{report['market'].replace('_', ' ')}, edge of at least {edge} {report['unit']}, prices: "
        f"{usual['break_even_basis']}.",
        command, columns=_ABOUT, is_card=True,
    )  # fmt: skip


def _between(rate: Row) -> str | None:
    if rate["low"] is None:
        return None
    return f"{rate['low']:.1%} to {rate['high']:.1%}"


def _rivals(report: Report, command: str) -> Plot:
    """The model's hit rate beside those of rules that know nothing, and of one that is told."""
    edge, run_id = report["lines"]["edges"][USUAL], report["run_id"]
    own, lines = at_edge(report), report["lines"]
    rows = [{"rule": "the model", "what": "model", "mae": lines["mae"], "rate": own,
             "id": f"{run_id}/all/hit_rate@{edge}"}]  # fmt: skip
    for name, found in report["baselines"].items():
        if found["hr"] is None:
            continue
        rows.append({
            "rule": name.replace("_", " "),
            "what": "told the result" if name == ORACLE else "placebo",
            "mae": None if found["mae"] is None else found["mae"]["mae"],
            "rate": found["hr"], "id": f"{run_id}/baselines/{name}.hr.rate",
        })  # fmt: skip
    frame = _rates(rows, {"rule": pl.String, "what": pl.String, "mae": pl.Float64})
    best = (
        frame.filter(pl.col("what") == "placebo")
        .drop_nulls("hit_rate")
        .sort("hit_rate", descending=True)
    )
    said = "no placebo picked" if best.is_empty() else (
        f"the best placebo, {best['rule'][0]}, hits {best['hit_rate'][0]:.1%} of {best['n'][0]}"
    )  # fmt: skip
    across = {"type": "quantitative", "axis": {"format": ".0%", "title": "hit rate"}}
    down = {"field": "rule", "type": "nominal", "sort": None, "title": None}
    colour = {"field": "what", "type": "nominal", "scale": {
        "domain": ["model", "placebo", "told the result"],
        "range": [charts.FIRST, charts.QUIET, charts.SECOND]}}  # fmt: skip
    return Plot(
        "placebos", "Beside rules that know nothing", frame,
        "A model counts for what it adds to them. The leaked oracle is told half of what happened: "
        "whatever is as good as it is a leak. The dashed line is the break-even.",
        command,
        spec={
            "height": {"step": 22},
            "layer": [
                {"mark": {"type": "bar", "opacity": 0.55, "height": 12},
                 "encoding": {"y": down, "color": colour, "x": {"field": "hit_rate", **across}}},
                {"mark": {"type": "rule", "color": charts.INK},
                 "encoding": {"y": down, "x": {"field": "low", **across}, "x2": {"field": "high"}}},
                {"mark": {"type": "rule", "color": charts.SECOND, "strokeDash": [4, 3]},
                 "encoding": {"x": {"datum": own["break_even"], "type": "quantitative"}}},
            ],
        },
        alt=f"The model hits {_percent(own['rate'])} of {own['n']} picks; {said}.",
        columns=_RIVALS,
    )  # fmt: skip


def _rates(rows: Sequence[Row], schema: dict[str, Any]) -> pl.DataFrame:
    """Rows with a ``rate`` each, flat."""
    flat = [
        {**{name: row[name] for name in schema}, "hit_rate": row["rate"]["rate"],
         **{name: row["rate"][name] for name in ("low", "high", "n", "break_even")},
         "id": row["id"]}
        for row in rows
    ]  # fmt: skip
    shares = dict.fromkeys(("hit_rate", "low", "high"), pl.Float64)
    rest = {"n": pl.Int64, "break_even": pl.Float64, "id": pl.String}
    return pl.DataFrame(flat, {**schema, **shares, **rest})


def _percent(rate: float | None) -> str:
    return "nothing" if rate is None else f"{rate:.1%}"


def _weeks(lake: Lake, report: Report) -> Plot:
    market, edge = judged_market(report), report["lines"]["edges"][USUAL]
    weeks = report.get("weekly") or weekly(kept(lake, report["rows_hash"]), market)
    rows = [
        {"week": str(week["week"]), "mae": week["mae"], "line_mae": week["line_mae"],
         "rate": week["hr"][edge], "id": f"{report['run_id']}/weekly/{place}.hr.{edge}.rate"}
        for place, week in enumerate(weeks)
    ]  # fmt: skip
    schema = {"week": pl.String, "mae": pl.Float64, "line_mae": pl.Float64}
    frame = _rates(rows, schema).with_columns(pl.col("week").str.to_date())
    above = (frame["hit_rate"] > frame["break_even"]).sum()
    return Plot(
        "weeks", "By week", frame,
        f"Hit rate of each week's picks at an edge of at least {edge} with 95 % intervals; dashed: "
        "the break-even of the prices taken.",
        spec=charts.line_with_band(
            "week", "hit_rate", "low", "high", mark="break_even", y_title="hit rate"
        ),
        alt=f"Hit rate of {frame.height} weeks, {above} of them above break-even.",
        columns=_WEEKS,
    )  # fmt: skip


def _edges(report: Report) -> Plot:
    rows = [
        {"edge": f"{one['from']:g} to {one['to']:g}" if one["to"] else f"{one['from']:g} and more",
         "rate": one, "id": f"{report['run_id']}/edge_buckets/{place}.rate"}
        for place, one in enumerate(report["edge_buckets"])
    ]  # fmt: skip
    frame = _rates(rows, {"edge": pl.String}).with_columns(label=pl.format("{}, n {}", "edge", "n"))
    return Plot(
        "edges", "By size of the edge", frame,
        "A model that knows something hits more often the farther it is from the line.",
        spec=charts.line_with_band(
            "label", "hit_rate", "low", "high", mark="break_even", y_title="hit rate",
            x_type="ordinal", x_title=f"edge, {report['unit']}",
        ),
        alt="Hit rate by size of the edge: "
        + "; ".join(f"{r['label']}: {_percent(r['hit_rate'])}" for r in frame.to_dicts()) + ".",
        columns=_EDGES,
    )  # fmt: skip


def _calibration(report: Report) -> Plot:
    rows = []
    for who, name in (("model", "reliability"), ("market", "market_reliability")):
        for place, one in enumerate(report["probabilities"][name] or []):
            low, high = wilson(round(one["observed"] * one["n"]), one["n"]) or (None, None)
            rows.append({
                "who": who, "predicted": one["predicted"], "observed": one["observed"],
                "low": low, "high": high, "n": one["n"],
                "id": f"{report['run_id']}/probabilities/{name}.{place}.observed",
            })  # fmt: skip
    shares = dict.fromkeys(("predicted", "observed", "low", "high"), pl.Float64)
    frame = pl.DataFrame(rows, {"who": pl.String, **shares, "n": pl.Int64, "id": pl.String})
    lines = frame.filter(pl.col("who") == "model")["n"].sum()

    def axis(field: str, title: str) -> dict[str, Any]:
        return {"field": field, "type": "quantitative", "scale": {"domain": [0, 1]},
                "axis": {"format": ".0%", "title": title}}  # fmt: skip

    across = axis("predicted", "stated probability of the over")
    colour = {"field": "who", "type": "nominal"}
    return Plot(
        "calibration", "Calibration", frame,
        "How often lines went over against what was stated, by bin. On the diagonal both agree; "
        "larger dots hold more lines, and the table below counts them.",
        spec={
            "height": 320,
            "layer": [
                {"data": {"values": [{"x": 0, "y": 0}, {"x": 1, "y": 1}]},
                 "mark": {"type": "line", "color": charts.QUIET, "strokeDash": [2, 3]},
                 "encoding": {"x": axis("x", across["axis"]["title"]),
                              "y": axis("y", "went over")}},
                {"mark": "rule", "encoding": {"x": across, "color": colour,
                 "y": axis("low", "went over"), "y2": {"field": "high"}}},
                {"mark": "point", "encoding": {
                    "x": across, "y": axis("observed", "went over"), "color": colour,
                    "shape": {**colour, "legend": None},
                    "size": {"field": "n", "type": "quantitative", "legend": None}}},
            ],
        },
        alt=f"Share that went over against stated probability, of {lines} lines in "
        f"{frame.filter(pl.col('who') == 'model').height} bins of the model.",
        columns=_BINS,
    )  # fmt: skip


def _gates(report: Report) -> Grid:
    rows = []
    for of, name in (("leak alarm", "alarm"), ("honest gates", "honest_gates"),
                     ("six gates of the predecessor", "gates")):  # fmt: skip
        for one in report[name]:
            state = one.get("state") or ("passed" if one["passed"] else "failed")
            observed = one["observed"]
            words = f"{observed:.4g}" if isinstance(observed, float) else observed
            rows.append({
                "name": one["name"].replace("_", " "), "of": of, "state": state,
                "observed": None if words is None else str(words), "required": one["required"],
            })  # fmt: skip
    failed = sum(row["state"] == "failed" for row in rows)
    return Grid(
        "gates", "Gates", pl.DataFrame(rows, dict.fromkeys(_GATES, pl.String)),
        f"{failed} of {len(rows)} conditions failed. The verdict is {report['verdict']}.",
        columns=_GATES,
    )  # fmt: skip


def _numbers(report: Report) -> Grid:
    rows = [
        {"measure": key.partition("/")[2], **{n: own[n] for n in ("value", "low", "high", "n")},
         "unit": own["unit"], "id": f"{report['run_id']}/{key}"}
        for key, own in report["numbers"].items()
        if key.startswith("all/")
    ]  # fmt: skip
    figures = dict.fromkeys(("value", "low", "high"), pl.Float64)
    schema = {"measure": pl.String, **figures, "n": pl.Int64, "unit": pl.String, "id": pl.String}
    return Grid(
        "numbers", "All measures", pl.DataFrame(rows, schema),
        "Of all lines; each with its id, by which 'tipoff why' computes it again.",
        f"tipoff why {report['run_id']}/all/mae", columns=_NUMBERS,
    )  # fmt: skip
