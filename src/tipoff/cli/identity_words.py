"""What the commands that bring data in say of the identity gate."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console

MaxUnmatchedOption = Annotated[
    list[str] | None,
    typer.Option(
        "--max-unmatched",
        envvar="TIPOFF_MAX_UNMATCHED",
        help="Share that may be unknown: 0.1, or by kind as in games=0.2 (players, listed, places, "
        "ids, teams, games). A load above it stops.",
        metavar="SHARE",
    ),
]


def above_limit(report: Mapping[str, Any]) -> str | None:
    """Return a sentence where a load was stopped, or what is stored is above a limit."""
    identity = report["identity"]
    stopped = {entry["load"] for entry in identity["stopped"]}
    said = []
    if stopped:
        said.append(
            f"{len(stopped):,} loads name too much that nobody knows; nothing of them was stored."
        )
    if identity["stored"]:
        said.append(
            f"{len(identity['stored']):,} stored sources name too much that nobody knows, now that "
            "more is known."
        )
    return " ".join(said) or None


def show_identity(report: Mapping[str, Any], console: Console) -> None:
    """Print what was stopped and what is above a limit, with lists, and what is unchecked."""
    identity = report["identity"]
    for entry in (*identity["stopped"], *identity["stored"]):
        where = f"{entry['load']}: " if "load" in entry else "Stored: "
        console.print(where + entry["sentence"], highlight=False, markup=False)
        show_list(entry["list"], console)
    waiting = [
        c for c in identity["checks"] if c["kind"] in ("players", "listed") and c["unchecked"]
    ]
    if waiting:
        shown = ", ".join(f"{c['unchecked']:,} of {c['source']} {c['season']}" for c in waiting[:4])
        console.print(
            f"Names that nobody can know yet, for want of box scores or rosters: {shown}. They are "
            "judged when those come.",
            highlight=False,
            markup=False,
        )


def show_list(rows: Sequence[Mapping[str, Any]], console: Console) -> None:
    """Print what nobody knows, a line each, with what is nearest."""
    for row in rows:
        day = row["first_date"] or ""
        until = f" to {row['last_date']}" if row["last_date"] != row["first_date"] else ""
        near = f"; nearest {', '.join(row['nearest'])}" if row["nearest"] else ""
        text = f"  {row['what']}: {row['rows']:,} rows, {row['teams'] or ''} {day}{until}{near}"
        console.print(text, highlight=False, markup=False)
