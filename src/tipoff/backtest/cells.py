"""Cells of a document's tables; every one that is a number of the run carries its id."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tipoff.domain.market import market_named

Run = Mapping[str, Any]
DASH = "–"
RUN = ("market", "season", "loss")


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


def name(run: Run) -> tuple[Cell, ...]:
    """Return the cells that name a run: market, window and loss."""
    return Cell(run["market"].replace("_", " ")), Cell(run["title"]), Cell(run["spec"]["loss"])


def usual(market: str) -> str:
    """Return the key of a market's usual edge."""
    return f"{market_named(market).edges[1]:g}"


def cells(own: str, numbers: Mapping[str, Any]) -> Any:
    """Return what makes cells of a run's or pool's numbers by ``SEGMENT/MEASURE``."""

    def cell(key: str, form: Any) -> Cell:
        return number(own, key, numbers.get(key), form)

    return cell


def number(own: str, key: str, found: Mapping[str, Any] | None, form: Any) -> Cell:
    """Return a number with its id; a dash where there is none."""
    if found is None or found["value"] is None:
        return Cell(DASH)
    return Cell(form(found["value"]), f"{own}/{key}")


def figure_cell(run: Run, finding: str, path: str, form: Any) -> Cell:
    """Return one figure of a run's finding with its id; a dash where there is none."""
    at = run[finding]
    for part in path.split("."):
        at = at and (at[int(part)] if isinstance(at, list) else at[part])
    return Cell(DASH) if at is None else Cell(form(at), f"{run['run_id']}/{finding}/{path}")


def interval(found: Mapping[str, Any] | None, form: Any) -> str:
    """Say an interval; a dash where there is none."""
    if found is None or found["low"] is None:
        return DASH
    return f"{form(found['low'])} to {form(found['high'])}"


def share(value: float | None) -> str:
    """Say a share that may be absent."""
    return DASH if value is None else percent(value)


def decimals(value: float | None, digits: int) -> str:
    """Say a number that may be absent."""
    return DASH if value is None else f"{value:.{digits}f}"


def percent(value: float) -> str:
    """Say a share in per cent."""
    return f"{100 * value:.1f} %"


def count(value: int) -> str:
    """Say a number of things."""
    return f"{value:,}"


def one(value: float) -> str:
    """Say a number with one decimal."""
    return f"{value:.1f}"


def two(value: float) -> str:
    """Say a number with two decimals."""
    return f"{value:.2f}"


def three(value: float) -> str:
    """Say a number with three decimals."""
    return f"{value:.3f}"


def four(value: float) -> str:
    """Say a number with four decimals."""
    return f"{value:.4f}"
