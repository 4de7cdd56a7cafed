"""``tipoff quality``: how ready stored feature rows are."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.table import Table

from tipoff.cli.contract import JsonOption, LakeOption, progress, run
from tipoff.domain.dates import iso_date
from tipoff.settings import DEFAULT_LAKE


class By(StrEnum):
    """What one row of the report is about."""

    season = "season"
    month = "month"
    date = "date"
    decile = "decile"


_GROUPS: dict[By, Literal["season", "month", "date"]] = {
    By.season: "season",
    By.month: "month",
    By.date: "date",
}


def quality(
    by: Annotated[
        By, typer.Option(help="Rows by season, month or date; or errors by decile of the score.")
    ] = By.season,
    feature_set: Annotated[str, typer.Option(help="Judge rows for this set.")] = "v12",
    market: Annotated[str, typer.Option(help="Whose feature rows.")] = "points",
    start_date: Annotated[str | None, typer.Option(help="First game date (ISO).")] = None,
    end_date: Annotated[str | None, typer.Option(help="Last game date, included.")] = None,
    missing: Annotated[
        int, typer.Option(min=0, help="List so many features that rows lack, of each group.")
    ] = 5,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Report how many feature rows are ready for training, and how good they are."""

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.workflows import quality as report
        from tipoff.workflows import quality_study

        opened = open_lake(lake, must_exist=True)
        if by is By.decile:
            with progress() as step:
                step("training a model a season", 0, 0)
                return quality_study.deciles(opened, feature_set_name=feature_set, market=market)
        return report.quality(
            opened,
            by=_GROUPS[by],
            feature_set_name=feature_set,
            market=market,
            start=iso_date(start_date, "--start-date") if start_date else None,
            end=iso_date(end_date, "--end-date") if end_date else None,
            most=missing,
        )

    run(work, _show_deciles if by is By.decile else _show, as_json=as_json)


def _show(report: Mapping[str, Any], console: Console) -> None:
    table = Table(
        report["by"],
        "total",
        "ready",
        "%",
        "quality",
        "features",
        "ready of played",
        "%",
        "warm-up, %",
        box=None,
        padding=(0, 1, 0, 0),
    )
    for row in report["rows"]:
        played = row["played"]
        table.add_row(
            str(row[report["by"]]),
            f"{row['total']:,}",
            f"{row['training_ready']:,}",
            _number(row["pct"]),
            _number(row["avg_quality"]),
            str(row["feature_count"]),
            f"{played['training_ready']:,} of {played['total']:,}",
            _number(played["pct"]),
            _number(played["warm_up_pct"]),
        )
    console.print(table)
    for row in report["rows"][-1]["missing"]:
        console.print(
            f"{row['feature']} ({row['need']}) is missing in {row['rows']:,}: {row['why']}",
            highlight=False,
        )


def _show_deciles(report: Mapping[str, Any], console: Console) -> None:
    console.print(
        f"Weights and expectation from {', '.join(report['fitted_on'])}; later: "
        f"{', '.join(report['shown_on'])}.",
        highlight=False,
    )
    table = Table("part", "decile", "n", "score from", "MAE", "expected", "ratio", "s.e.")
    for row in report["rows"]:
        table.add_row(
            row["part"],
            str(row["decile"]),
            f"{row['n']:,}",
            f"{row['from_score']:.1f}",
            f"{row['mae']:.2f}",
            f"{row['expected_mae']:.2f}",
            f"{row['ratio']:.3f}",
            f"{row['standard_error']:.3f}",
        )
    console.print(table)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"
