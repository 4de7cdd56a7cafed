"""Results side by side, for people."""

from collections.abc import Mapping, Sequence
from typing import Any

_HEAD = ("job", "rows", "ours, s", "beside it", "theirs, s", "theirs ÷ ours", "× the limit")


def cells(result: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a result's row. The last cell: how many times the bare engine or learner takes."""
    return (
        result["name"],
        "" if result["rows"] is None else f"{result['rows']:,}",
        f"{result['ours']:.3f}",
        result["baseline"],
        f"{result['theirs']:.3f}",
        f"{result['ratio']:.2f}" if result["ratio"] < 10 else f"{result['ratio']:.0f}",
        f"{1 / result['ratio']:.1f}" if result["is_limit"] else "",
    )


def markdown(results: Sequence[Mapping[str, Any]]) -> str:
    """Return a Markdown table."""
    rows = [_HEAD, ("---", "--:", "--:", "---", "--:", "--:", "--:"), *map(cells, results)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def line(result: Mapping[str, Any]) -> str:
    """Return one line of plain text."""
    name, rows, ours, baseline, theirs, ratio, limit = cells(result)
    tail = f"; {limit} × the limit" if limit else ""
    number = f" ({rows} rows)" if rows else ""
    return f"{name}{number}: {ours} s; {baseline}: {theirs} s; ratio {ratio}{tail}"
