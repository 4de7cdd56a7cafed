"""``tipoff diff``: what changed between two versions of the lake."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console

from tipoff.cli.contract import JsonOption, LakeOption, run
from tipoff.settings import DEFAULT_LAKE


def diff(
    before: Annotated[str, typer.Argument(help="A version: a number, latest or latest~N.")] = (
        "latest~1"
    ),
    after: Annotated[str, typer.Argument(help="The version to compare with.")] = "latest",
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Say which rows, which features and which numbers changed between two versions."""

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.workflows.diff import diff as compare

        return compare(open_lake(lake, must_exist=True), before, after)

    run(work, _show, as_json=as_json)


def _show(report: Mapping[str, Any], console: Console) -> None:
    console.print(f"From version {report['from']} to {report['to']}:", highlight=False)
    if not report["tables"]:
        console.print("no table differs.")
    for name, table in report["tables"].items():
        dates = table["dates"]
        console.print(
            f"{name}: {table['added']:,} rows added, {table['removed']:,} removed, "
            f"{table['changed']:,} changed, {dates[0]} to {dates[-1]}",
            highlight=False,
        )
        for column, found in table["columns"].items():
            largest = found["largest_change"]
            by = "" if largest is None else f", by {largest:.4g} at most"
            console.print(f"  {column}: {found['rows']:,} rows{by}", highlight=False)
    for run_ in report["numbers"]:
        console.print(f"{run_['name']}: {_moved(run_)}", highlight=False, soft_wrap=True)


def _moved(run_: Mapping[str, Any]) -> str:
    if "error" in run_:
        return f"could not be graded again: {run_['error']}"
    if not run_["moved"]:
        return "unmoved"
    return "; ".join(f"{when} {_number(run_[when])}" for when in ("before", "after"))


def _number(graded: Mapping[str, Any]) -> str:
    hits = graded["hit_rate"]
    rate = "no picks" if hits["rate"] is None else f"{100 * hits['rate']:.2f} % of {hits['n']:,}"
    return f"MAE {graded['mae']:.4f} on {graded['n']:,} lines, hit rate {rate}"
