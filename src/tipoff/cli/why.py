"""``tipoff why``: where a printed number comes from."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tipoff.cli.contract import JsonOption, LakeOption, run
from tipoff.settings import DEFAULT_LAKE


def why(
    number: Annotated[str, typer.Argument(metavar="ID", help="RUN/SEGMENT/MEASURE.")],
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Show the query, versions, code, seed and rows of a number, and compute it again.

    Ids stand in every document: 3f0c9a12/all/hit_rate@3, 3f0c9a12/book=draftkings/roi@3.
    """

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.workflows.why_number import why_number

        return why_number(open_lake(lake, must_exist=True), number)

    run(work, _show, as_json=as_json, negative=_disagrees)


def _disagrees(report: Mapping[str, Any]) -> str | None:
    if report["agrees"] is not False:
        return None
    return (
        f"The run stated {report['stated']['value']}, its rows give {report['again']['value']}: "
        "this code measures something else."
    )


def _show(report: Mapping[str, Any], console: Console) -> None:
    again, about = report["again"], report["run"]
    on = "" if again["n"] is None else f" on n {again['n']:,}"
    interval = ""
    if again["low"] is not None:
        interval = f", 95 % interval {again['low']:.6g} to {again['high']:.6g}"
    console.print(
        f"{report['id']}: {_number(again['value'])} ({report['unit']}){on}{interval}",
        highlight=False,
        soft_wrap=True,
    )
    stated = "not stated by the run" if report["stated"] is None else "as the run stated"
    if report["agrees"] is False:
        stated = f"the run stated {_number(report['stated']['value'])}"
    query, versions = report["query"], report["versions"]
    facts = {
        "what": report["what"],
        "computed again": stated,
        "rows": f"{report['rows']['n']:,} of {query['table']}, rows_hash {query['rows_hash']}, "
        f"{query['segment']}",
        "value": query["value"],
        "run": about["name"],
    }
    if about["at"] is not None:
        facts |= {
            "run": f"{about['name']}, {about['at']:%Y-%m-%d %H:%M} UTC",
            "lines": about["line_source"],
            "lake": f"version {versions['lake']}",
            "tables": ", ".join(f"{n} {v}" for n, v in (versions["tables"] or {}).items()),
            "code": report["code"],
            "data": report["fingerprint"],
            "seed": str(report["seed"]),
        }
    for name, text in facts.items():
        console.print(f"{name:>15}  {text}", highlight=False, markup=False, soft_wrap=True)
    table = Table(box=None, padding=(0, 1, 0, 0))
    for column in report["rows"]["some"][0] if report["rows"]["some"] else ():
        table.add_column(column)
    for row in report["rows"]["some"]:
        table.add_row(*map(_cell, row.values()))
    console.print(table)


def _number(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
