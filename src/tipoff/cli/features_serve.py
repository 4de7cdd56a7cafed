"""``tipoff features serve``: build the features of a date before it is played, and keep them."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console

from tipoff.cli.contract import JsonOption, LakeOption, LeadOption, instant, run
from tipoff.domain.dates import iso_date
from tipoff.settings import DEFAULT_LAKE, DEFAULT_LEAD_MINUTES


def serve(
    date: Annotated[str, typer.Option(help="The game date (ISO).")],
    market: Annotated[str, typer.Option(help="Whose features.")] = "points",
    feature_set: Annotated[
        str, typer.Option(help="Judge rows for this set; all features are kept.")
    ] = "v12",
    at: Annotated[
        str | None,
        typer.Option(help="Decide at this instant (ISO, with its zone) where it is earlier."),
    ] = None,
    lead_minutes: LeadOption = DEFAULT_LEAD_MINUTES,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Build the feature rows of a date's games as the lake stands now, and keep them.

    They are what a backfill of the date gives. Serving the same again keeps nothing new.
    """

    def work() -> Mapping[str, Any]:
        from tipoff.domain.market import feature_markets
        from tipoff.errors import InputError
        from tipoff.store.lake import open_lake
        from tipoff.workflows.decisions import Decision
        from tipoff.workflows.serve_features import Asked
        from tipoff.workflows.serve_features import serve as serve_rows

        markets = feature_markets(market)
        if len(markets) > 1:
            raise InputError(f"Expected one market, got {market}. Serve them one after another.")
        asked_at = instant(at, "--at") if at else None
        decision = Decision(iso_date(date, "--date"), lead_minutes, asked_at)
        return serve_rows(
            open_lake(lake, must_exist=True), Asked(decision, markets[0], feature_set)
        )

    run(work, _show, as_json=as_json, negative=_nobody)


def _nobody(report: Mapping[str, Any]) -> str | None:
    if report["rows"]:
        return None
    return f"Nothing was served: nobody can be listed for {report['game_date']} yet."


def _show(report: Mapping[str, Any], console: Console) -> None:
    if not report["rows"]:
        return
    first, last = (report["as_of"][name] for name in ("first", "last"))
    console.print(
        f"{report['rows']:,} rows of {report['games']} games on {report['game_date']}, decided "
        f"from {first:%Y-%m-%d %H:%M} to {last:%H:%M} UTC; {report['training_ready']:,} are ready "
        f"for {report['feature_set']}.",
        highlight=False,
        soft_wrap=True,
    )
    console.print(
        f"Kept as serving {report['serving']}."
        if report["kept"]
        else f"The same as serving {report['serving']}; nothing new was kept.",
        highlight=False,
    )
