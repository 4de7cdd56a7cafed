"""``tipoff audit thermometer`` and ``tipoff audit ceilings``: how much may predictions know?"""

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tipoff.cli.contract import JsonOption, LakeOption, progress, run
from tipoff.errors import InputError
from tipoff.settings import DEFAULT_LAKE


def thermometer(
    hit_rate: Annotated[
        float | None, typer.Option(help="Share of picks won, 0 to 1, pushes left out.")
    ] = None,
    n: Annotated[int | None, typer.Option("--n", help="How many picks.")] = None,
    edge: Annotated[
        float | None, typer.Option(help="Least distance of a pick from the line.  [default: usual]")
    ] = None,
    mae: Annotated[float | None, typer.Option(help="The predictions' mean absolute error.")] = None,
    line_mae: Annotated[
        float | None, typer.Option(help="The line's, on the same rows or of such lines.")
    ] = None,
    market: Annotated[str, typer.Option(help="Market, by name or spelling.")] = "points",
    as_json: JsonOption = False,
) -> None:
    """Say how much of the outcome's surprise published numbers need to have known.

    Without numbers: the eight rows that the predecessor published. Exit code 3 where something is
    quarantined.
    """

    def work() -> Mapping[str, Any]:
        from tipoff.backtest.number_heat import Numbers
        from tipoff.domain.market import market_named
        from tipoff.workflows.audit_numbers import own_numbers, published_numbers

        stated = {"--hit-rate": hit_rate, "--n": n, "--line-mae": line_mae}
        if not any(v is not None for v in (*stated.values(), edge, mae)):
            if market != "points":
                raise InputError(
                    f"Expected numbers for --market {market}: give --hit-rate, --n and --line-mae."
                )
            return published_numbers()
        missing = [name for name, value in stated.items() if value is None]
        if hit_rate is None or n is None or line_mae is None:
            raise InputError(f"Expected {', '.join(missing)} as well; or no number at all.")
        of = market_named(market)
        least = of.edges[1] if edge is None else edge
        return own_numbers(Numbers(hit_rate, n, least, mae), line_mae, of)

    run(work, _show, as_json=as_json, negative=_hot)


def _hot(report: Mapping[str, Any]) -> str | None:
    if not report["quarantined"]:
        return None
    return f"QUARANTINED: {report['quarantined']} of {len(report['rows'])}."


def _show(report: Mapping[str, Any], console: Console) -> None:
    for row in report["rows"]:
        name = " ".join(str(row[key]) for key in ("label", "loss") if key in row)
        also = f"; {row['also']}" if row.get("also") else ""
        depends = f" Depends on the line's error: {_spread(row)}." if row["depends"] else ""
        console.print(
            f"{name or row['market']}: {row['verdict']}. {row['reason']}{also}.{depends}",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )


def _spread(row: Mapping[str, Any]) -> str:
    return ", ".join(f"{mae} {verdict}" for mae, verdict in row["if_line_mae"].items())


def ceilings(lake: LakeOption = DEFAULT_LAKE, as_json: JsonOption = False) -> None:
    """Measure again, on the finished runs of a lake, how much honest predictions know.

    For each market, season and source of lines: the lake's runs, clean and planted, averages of
    earlier games, prices, and the books' last quotes. Exit code 3 where an honest reading is above
    the ceiling in use, or a planted one is not.
    """

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.workflows.heat_calibration import calibration

        with progress() as step:
            return calibration(open_lake(lake, must_exist=True), step)

    run(work, _show_ceilings, as_json=as_json, negative=_beyond)


def _beyond(report: Mapping[str, Any]) -> str | None:
    if report["is_within"]:
        return None
    above = sum(len(own["above"]) for own in report["markets"])
    missed = sum(len(own["missed"]) for own in report["markets"])
    return f"The ceilings do not hold: {above} honest readings above, {missed} planted ones not."


def _show_ceilings(report: Mapping[str, Any], console: Console) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("market")
    for heading in (
        "readings", "lines", "honest: share", "surest", "planted: surest from", "derived", "in use",
        "seasons differ",
    ):  # fmt: skip
        table.add_column(heading, justify="right")
    for own in report["markets"]:
        honest = own["honest"]
        table.add_row(
            own["market"].replace("_", " "),
            f"{own['readings']:,}",
            f"{own['lines']:,}",
            "–" if honest["share"] is None else " to ".join(f"{s:.1%}" for s in honest["share"]),
            _percent(honest["low"]),
            _percent(own["planted"]["low"]),
            f"{own['derived']:.0%}",
            f"{own['ceiling']:.0%}",
            "; ".join(own["seasons_differ"]) or "no",
        )
    console.print(table)
    for own in report["markets"]:
        for place in (*own["above"], *own["missed"]):
            console.print(f"{own['market']}: {place}", highlight=False, markup=False)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"
