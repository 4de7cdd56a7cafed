"""The document of the seasons x losses table: Markdown, and one HTML file that needs nothing else.

The same runs give the same bytes.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import jinja2
import polars as pl

from tipoff.backtest.bounds import USUAL_BREAK_EVEN
from tipoff.backtest.cells import Section
from tipoff.backtest.edges import USUAL, at_edge
from tipoff.backtest.gates import LEAK_SUSPECTED, is_quarantined
from tipoff.backtest.heat_words import known
from tipoff.backtest.metrics import ASSUMED, PLACEHOLDERS
from tipoff.backtest.plots import runs_figure
from tipoff.backtest.published import published

Run = Mapping[str, Any]

WHY = (
    "The predecessor's recent averages counted the game they were to predict (game_date <= D where "
    "< D was meant). Run the same table with --plant inclusive-date to see its numbers appear."
)


def write_report(
    folder: Path,
    name: str,
    runs: Sequence[Run],
    frames: Sequence[pl.DataFrame],
    skipped: Sequence[Mapping[str, Any]],
    below: Sequence[Section] = (),
    moved: Sequence[str] = (),
) -> dict[str, str]:
    """Write ``NAME.md`` and ``NAME.html`` and return their paths.

    Args:
        folder: where to write; made where missing.
        name: name of both files, without the ending.
        runs: reports of runs with ``season``, ``title`` and ``line_source``; runs of one market
            and title stand together.
        frames: the graded player-games of each run.
        skipped: ``market, title, reason`` of rows of the table that could not be run.
        below: the tables below the main one.
        moved: what changed since the last document with other numbers.
    """
    folder.mkdir(parents=True, exist_ok=True)
    leaky = any(run["verdict"] == LEAK_SUSPECTED for run in runs)
    facts = {
        "title": "LEAK SUSPECTED: seasons × losses" if leaky else "Seasons × losses",
        "leaky": leaky,
        "runs": [_shown(run) for run in runs],
        "skipped": skipped,
        "sections": below,
        "moved": moved,
        "edges": _edges(runs),
        "published": [_published(row) for row in published()] if _has_points(runs) else [],
        "why": WHY,
    }
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("tipoff.backtest"),
        autoescape=jinja2.select_autoescape(["html.j2"]),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    paths = {kind: folder / f"{name}.{kind}" for kind in ("md", "html")}
    markdown = environment.get_template("multiseason.md.j2").render(facts)
    paths["md"].write_text(markdown, encoding="utf-8")
    page = environment.get_template("multiseason.html.j2").render(
        facts, figures=_figures(runs, frames)
    )
    paths["html"].write_text(page, encoding="utf-8")
    return {"markdown": str(paths["md"]), "html": str(paths["html"])}


def _figures(runs: Sequence[Run], frames: Sequence[pl.DataFrame]) -> list[dict[str, Any]]:
    """One figure per market and title."""
    pairs = list(zip(runs, frames, strict=True))
    figures = []
    for (market, title), members in groupby(pairs, key=_place):
        group = list(members)
        svg = runs_figure([run for run, _ in group], [frame for _, frame in group])
        heading = f"{_words(market)}: {title}"
        figures.append({"title": heading, "svg": svg, "runs": [_shown(run) for run, _ in group]})
    return figures


def _place(pair: tuple[Run, pl.DataFrame]) -> tuple[str, str]:
    return str(pair[0]["market"]), str(pair[0]["title"])


def _words(market: str) -> str:
    """Say a market's name as a heading does."""
    return market.replace("_", " ").capitalize()


def _edges(runs: Sequence[Run]) -> str:
    """Say the usual edge of each market: "3 points; 0.5 threes"."""
    return "; ".join(dict.fromkeys(f"{r['lines']['edges'][USUAL]} {r['unit']}" for r in runs))


def _mark(market: str, rate: Mapping[str, Any]) -> str:
    """Say beside a break-even where no price was really taken, and what one would have been."""
    if rate["break_even_basis"] == PLACEHOLDERS:
        return " (placeholder)"
    if rate["break_even_basis"] != ASSUMED:
        return ""
    usual = USUAL_BREAK_EVEN.get(market)
    return f" (at -110; where priced, about {usual:.0%})" if usual else " (at -110)"


def _has_points(runs: Sequence[Run]) -> bool:
    return any(run["market"] == "points" for run in runs)


def _shown(run: Run) -> dict[str, Any]:
    """Turn a run's numbers into the texts of its row."""
    lines, usual = run["lines"], at_edge(run)
    failed = [gate["name"] for gate in run["gates"] if not gate["passed"]]
    raised = [condition["name"] for condition in run["alarm"] if not condition["passed"]]
    return {
        "market": _words(run["market"]),
        "edge": f"{lines['edges'][USUAL]} {run['unit']}",
        "season": run["season"],
        "title": run["title"],
        "loss": run["spec"]["loss"],
        "hit_rate": percent(usual["rate"]),
        "n": f"{usual['n']:,}",
        "interval": f"{percent(usual['low'])}–{percent(usual['high'])}",
        "break_even": percent(usual["break_even"]) + _mark(run["market"], usual),
        "basis": usual["break_even_basis"],
        "lines": f"{lines['n']:,}",
        "mae": number(lines["mae"]),
        "line_mae": number(lines["line_mae"]),
        "mae_all": number(run["all"]["mae"]),
        "all": f"{run['all']['n']:,}",
        "line_source": run["line_source"],
        "assumed": percent(lines["assumed_time_share"]),
        "gates": "all six passed" if not failed else "failed: " + ", ".join(failed),
        "alarm": ", ".join(raised) or "silent",
        "verdict": run["verdict"],
        "said": f"{run['verdict']}, quarantined" if is_quarantined(run) else run["verdict"],
        "heat": known(run["thermometer"]),
        "windows": run["windows"],
        "trees": run["trees"],
        "train_rows": f"{run['train_rows']:,}",
        "fingerprint": run["fingerprint"],
        "sha256": run["artifact"]["sha256"][:12],
        "run_id": run["run_id"],
        "baselines": _baselines(run["baselines"]),
    }


def _baselines(baselines: Mapping[str, Any]) -> list[dict[str, str]]:
    return [
        {
            "name": name.replace("_", " ") + (", every line" if name.startswith("blind") else ""),
            "mae": number(found["mae"]["mae"]) if found["mae"] else "–",
            "hit_rate": percent(found["hr"]["rate"]) if found["hr"] else "–",
            "n": f"{found['hr']['n']:,}" if found["hr"] else f"{found['mae']['n']:,}",
        }
        for name, found in baselines.items()
    ]


def _published(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "hit_rate": percent(row["hit_rate"]),
        "mae_lines": number(row["mae_lines"]),
        "mae_all": number(row["mae_all"]),
    }


def percent(share: float | None) -> str:
    """Return a share as per cent with one decimal; a dash where there is none."""
    return "–" if share is None else f"{100 * share:.1f} %"


def number(value: float | None) -> str:
    """Return an error with two decimals; a dash where there is none."""
    return "–" if value is None else f"{value:.2f}"
