"""Put published numbers through the thermometer: the predecessor's, or anybody's."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from tipoff.backtest.number_heat import Numbers, heat_of_numbers
from tipoff.backtest.published import EDGE, LINE_ERRORS, PUBLISHED, Published
from tipoff.backtest.thermometer import QUARANTINED
from tipoff.domain.market import Market, market_named

# What a market's error on points may have been, where it was not published.
ASSUMED_LINE_MAES = (4.8, 5.0, 5.2, 5.4)
# Around a stated one, as far as rounding and other rows may move it.
_AROUND = (0.96, 1.0, 1.04, 1.08)


def published_numbers() -> dict[str, Any]:
    """Judge the predecessor's eight rows.

    Returns:
        ``rows``: ``label, season, loss`` (as called), the numbers, ``line_mae`` and what it is of,
        the fields of ``NumberHeat``, ``also`` (a further sign, or null), ``if_line_mae`` (verdict
        by what the line may have erred) and ``depends`` (these verdicts differ); ``quarantined``:
        how many.
    """
    points = market_named("points")
    rows = [
        {
            "label": row.label,
            "season": row.season,
            "loss": row.loss_called,
            **_judged(
                Numbers(row.hit_rate, row.n, EDGE, row.mae_lines),
                LINE_ERRORS[row.season].mae,
                points,
                ASSUMED_LINE_MAES,
            ),
            "line_mae_of": _basis(row.season),
            "also": _also(row),
        }
        for row in PUBLISHED
    ]
    return _report(rows)


def own_numbers(own: Numbers, line_mae: float, market: Market) -> dict[str, Any]:
    """Judge anybody's numbers; the report is as of ``published_numbers`` with one row."""
    around = [round(line_mae * part, 4) for part in _AROUND]
    return _report(
        [{"market": market.name, **_judged(own, line_mae, market, around), "line_mae_of": "stated"}]
    )


def _judged(
    own: Numbers, line_mae: float, market: Market, others: Sequence[float]
) -> dict[str, Any]:
    heat = heat_of_numbers(own, line_mae, market)
    if_line_mae = {f"{mae:g}": heat_of_numbers(own, mae, market).verdict for mae in others}
    return {
        **asdict(own),
        "line_mae": line_mae,
        **asdict(heat),
        "if_line_mae": if_line_mae,
        "depends": len({*if_line_mae.values(), heat.verdict}) > 1,
    }


def _basis(season: str) -> str:
    found = LINE_ERRORS[season]
    return f"measured on {found.n:,} lines of the season: {found.lines}"


def _also(row: Published) -> str | None:
    """Say where a model errs more on all player-games than a constant."""
    constant = LINE_ERRORS[row.season].constant_mae
    if row.mae_all is None or row.mae_all <= constant:
        return None
    return (
        f"it errs {row.mae_all:.2f} on all player-games, a constant {constant:.2f}: off the lines "
        "it knows less than nothing"
    )


def _report(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"rows": rows, "quarantined": sum(row["verdict"] == QUARANTINED for row in rows)}
