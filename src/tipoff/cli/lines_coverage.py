"""How ``tipoff lines coverage`` prints: player-games first, then the quotes behind them."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

_LEGEND = (
    "games: with a line / scheduled; med: players a game; 15′ %: of the players of 15 minutes or "
    "more; usable: known in time, no mark; sure: usable with nothing assumed."
)


def show_coverage(report: Mapping[str, Any], console: Console) -> None:
    """Print two tables of one row per season (or month), source and book."""
    window = report["window"]
    between = f"{window['start_date']} to {window['end_date']}"
    if not report["rows"]:
        console.print(f"No lines on {report['market']} in {between}.", highlight=False)
    else:
        for title, columns in (
            (f"Player-games with a line on {report['market']}, {between}", _PLAYERS),
            ("Quotes behind them; hours are before tip-off", _QUOTES),
        ):
            console.print(_table(report, title, columns))
        console.print(_LEGEND, highlight=False)
    empty = [row for row in report["schedule"] if _period(row) not in _periods(report)]
    if empty:
        named = ", ".join(f"{_period(row)} ({row['games']:,})" for row in empty)
        console.print(f"No line at all on the games of {named}.", highlight=False)
    for path in report.get("files", []):
        console.print(f"written {path}", highlight=False, soft_wrap=True)


def _period(row: Mapping[str, Any]) -> str:
    return str(row["month"] or row["season"])


def _periods(report: Mapping[str, Any]) -> set[str]:
    return {_period(row) for row in report["rows"]}


def _table(report: Mapping[str, Any], title: str, columns: Mapping[str, Any]) -> Table:
    # Short headings, and a month alone where rows are of months: the table fits 80 columns.
    texts = [report["by"], "source", "book"]
    if len({row["market"] for row in report["rows"]}) > 1:
        texts.append("market")
    table = Table(title=title, box=None, padding=(0, 1, 0, 0))
    for name in texts:
        table.add_column(name, overflow="fold", no_wrap=name not in ("source", "market"))
    for heading in columns:
        table.add_column(heading, justify="right", no_wrap=True)
    for row in report["rows"]:
        table.add_row(*[str(row[n]) for n in texts], *[show(row) for show in columns.values()])
    return table


def _count(name: str) -> Any:
    return lambda row: f"{row[name]:,}"


def _share(name: str) -> Any:
    return lambda row: "–" if row[name] is None else f"{100 * row[name]:.0f}"


def _hours(name: str) -> Any:
    return lambda row: "–" if row[name] is None else f"{row[name]:.1f}"


_PLAYERS = {
    "dates": _count("game_dates"),
    "games": lambda row: f"{row['games']}/{row['games_scheduled']}",
    "players": _count("player_games"),
    "med": lambda row: f"{row['median_players']:g}",
    "15′ %": _share("regulars_share"),
    "usable": _count("usable"),
    "sure": _count("usable_for_evaluation"),
}
_QUOTES = {
    "quotes": _count("quotes"),
    "before": _count("before_tip_off"),
    "priced": _count("two_sided"),
    "whole %": _share("whole_line_share"),
    "tip-off %": _share("known_tip_off_share"),
    "first h": _hours("first_hours_before"),
    "last h": _hours("last_hours_before"),
}
