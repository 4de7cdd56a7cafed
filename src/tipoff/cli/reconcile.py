"""``tipoff reconcile``: predictions and grades that are missing or should not be there."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from tipoff.cli.contract import JsonOption, LakeOption, instant, run
from tipoff.cli.freshness import AtOption, DateOption
from tipoff.settings import DEFAULT_LAKE

_SHOWN = 20


def reconcile(
    day: DateOption = "TODAY",
    at: AtOption = None,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Name missing predictions and grades, duplicates and sums that do not add up."""
    from tipoff.workflows.reconcile import uneven

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.workflows.freshness import date_named
        from tipoff.workflows.reconcile import reconcile

        now = instant(at, "--at") if at else datetime.now(UTC)
        return reconcile(open_lake(lake, must_exist=True), date_named(day, now), now)

    run(work, _show, as_json=as_json, negative=uneven)


def _show(report: Mapping[str, Any], console: Console) -> None:
    for name, count in report["counts"].items():
        console.print(f"{name.replace('_', ' ')}: {count:,}", highlight=False)
        _table(report[name][:_SHOWN], console)
    console.print(f"{report['expected']:,} player-games with a line were expected.")
    console.print(f"{len(report['unlisted']):,} names were quoted and stand in no row.")


def _table(rows: list[Mapping[str, Any]], console: Console) -> None:
    if not rows:
        return
    table = Table(*rows[0], box=None)
    for row in rows:
        table.add_row(*[str(v)[:12] if k == "model_id" else str(v) for k, v in row.items()])
    console.print(table)
