"""``tipoff diff``: what changed between two versions of the lake."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console

from tipoff.cli.contract import JsonOption, LakeOption, progress, run
from tipoff.settings import DEFAULT_LAKE

_MOST_EXAMPLES = 3
_MOST_COLUMNS = 12


def diff(
    before: Annotated[
        str, typer.Argument(metavar="FROM", help="A version: a number, latest or latest~N.")
    ] = "latest~1",
    after: Annotated[
        str, typer.Argument(metavar="TO", help="The version to compare with.")
    ] = "latest",
    market: Annotated[
        str | None, typer.Option(help="Only this market's lines, features and runs.")
    ] = None,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Say which rows, which features and which published numbers moved between two versions.

    'tipoff lake versions' lists them.
    """

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.workflows.diff import diff as compare

        opened = open_lake(lake, must_exist=True)
        with progress() as step:
            return compare(opened, before, after, market=market, step=step)

    run(work, _show, as_json=as_json)


def _show(report: Mapping[str, Any], console: Console) -> None:
    console.print(f"From version {report['from']} to {report['to']}:", highlight=False)
    if not report["tables"]:
        console.print("No table differs.")
    for name, table in report["tables"].items():
        _show_table(name, table, console)
    for number in report["numbers"]:
        console.print(_number_line(number), highlight=False, markup=False, soft_wrap=True)


def _show_table(name: str, table: Mapping[str, Any], console: Console) -> None:
    dates = table["dates"]
    when = dates[0] if len(dates) == 1 else f"{len(dates)} game dates, {dates[0]} to {dates[-1]}"
    corrects = f" ({table['corrected']:,} of them corrections)" if table["corrected"] else ""
    console.print(
        f"{name}: {table['added']:,} rows added{corrects}, {table['removed']:,} removed, "
        f"{table['changed']:,} changed; {when}",
        highlight=False,
        soft_wrap=True,
    )
    by_rows = sorted(table["columns"].items(), key=lambda item: -item[1]["rows"])
    for column, found in by_rows[:_MOST_COLUMNS]:
        largest = found["largest_change"]
        by = "" if largest is None else f", by {largest:.4g} at most"
        console.print(f"  {column}: {found['rows']:,} rows{by}", highlight=False)
    if len(by_rows) > _MOST_COLUMNS:
        console.print(f"  and {len(by_rows) - _MOST_COLUMNS} more columns", highlight=False)
    for example in table["examples"][:_MOST_EXAMPLES]:
        console.print(f"  {_example(example)}", highlight=False, markup=False, soft_wrap=True)


def _example(example: Mapping[str, Any]) -> str:
    changes = list(example["changes"].items())
    key = [str(v) for k, v in example.items() if k not in ("what", "changes")]
    moved = ", ".join(f"{c} {_plain(old)} → {_plain(new)}" for c, (old, new) in changes[:4])
    more = f" and {len(changes) - 4} more" if len(changes) > 4 else ""
    return f"{example['what']}: {' '.join(key)}{': ' if moved else ''}{moved}{more}"


def _plain(value: object) -> str:
    return "–" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


def _number_line(number: Mapping[str, Any]) -> str:
    if "error" in number:
        return f"{number['name']}: can not be graded again: {number['error']}"
    trained = number["changed_dates"]["train"]
    note = f" ({trained} dates that it was trained on changed too)" if trained else ""
    if not number["moved"]:
        return f"{number['name']}: unmoved, {_numbers(number['after'])}{note}"
    parts = [f"{when} {_numbers(number[when])}" for when in ("published", "before", "after")]
    return f"{number['name']}: {'; '.join(parts)}{note}"


def _numbers(graded: Mapping[str, Any]) -> str:
    hits = graded["hit_rate"]
    if graded["mae"] is None:
        return "no lines"
    rate = "no picks" if hits["rate"] is None else f"{100 * hits['rate']:.2f} % of {hits['n']:,}"
    return f"MAE {graded['mae']:.4f} on {graded['n']:,} lines, hit rate {rate}"
