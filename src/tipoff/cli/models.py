"""``tipoff models``: the registry of models and the stages that they pass through."""

import getpass
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from tipoff.cli.contract import JsonOption, LakeOption, run
from tipoff.settings import DEFAULT_LAKE

models_app = typer.Typer(
    help="The registry of models: candidate, shadow, champion, retired.", no_args_is_help=True
)
_SHORT = 12
Named = Annotated[str, typer.Argument(metavar="MODEL", help="Beginning of its id, or its name.")]
By = Annotated[str | None, typer.Option("--by", help="Who does it; the user by default.")]


def _who(by: str | None) -> str:
    return by or getpass.getuser()


@models_app.command("list")
def list_(
    market: Annotated[str | None, typer.Option(help="Of this market only.")] = None,
    stage: Annotated[str | None, typer.Option(help="Of this stage only.")] = None,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """List the registered models and where they stand."""

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.workflows.models import listed

        return listed(open_lake(lake, must_exist=True), market=market, stage=stage)

    run(work, _show_list, as_json=as_json)


@models_app.command()
def show(model: Named, lake: LakeOption = DEFAULT_LAKE, as_json: JsonOption = False) -> None:
    """Show what a model is, what it learnt from, what it showed and what became of it."""

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.workflows.models import shown

        return shown(open_lake(lake, must_exist=True), model)

    run(work, _show_model, as_json=as_json)


@models_app.command()
def promote(
    model: Named,
    to: Annotated[str | None, typer.Option(help="shadow or champion; the next stage.")] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Against its gates; marks every later number.")
    ] = False,
    by: By = None,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Promote a model that meets the conditions. Exit code 3: it does not."""

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.workflows.models import promoted

        opened = open_lake(lake, must_exist=True)
        return promoted(opened, model, by=_who(by), to=to, force=force)

    run(work, _show_promotion, as_json=as_json)


@models_app.command()
def rollback(
    market: Annotated[str, typer.Option(help="Whose champion goes back.")] = "points",
    reason: Annotated[str, typer.Option(help="Why.")] = "Rolled back by hand.",
    by: By = None,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Make the champion before the last one champion again."""

    def work() -> Mapping[str, Any]:
        from tipoff.domain.market import market_named
        from tipoff.store.lake import open_lake
        from tipoff.workflows.models import rolled_back

        opened = open_lake(lake, must_exist=True)
        return rolled_back(opened, market_named(market).name, by=_who(by), reason=reason)

    run(work, _show_rollback, as_json=as_json)


@models_app.command()
def retire(
    model: Named,
    reason: Annotated[str, typer.Option(help="Why.")] = "Retired by hand.",
    by: By = None,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Take a model out of service; what it said and what came of it stay."""

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.workflows.models import retired

        return retired(open_lake(lake, must_exist=True), model, by=_who(by), reason=reason)

    run(work, _show_step, as_json=as_json)


@models_app.command()
def verify(
    model: Annotated[str | None, typer.Argument(metavar="MODEL", help="One only.")] = None,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Read models back and compute their ids again. Exit code 3: one is not what it was."""

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.workflows.models import verified

        return verified(open_lake(lake, must_exist=True), model)

    run(work, _show_verified, as_json=as_json, negative=_not_intact)


@models_app.command()
def export(
    model: Named,
    to: Annotated[str, typer.Option(metavar="URI", help="An MLflow server or store.")],
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Copy a model into MLflow's registry, once, with its stage as an alias."""

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.workflows.model_export import exported

        return exported(open_lake(lake, must_exist=True), model, to)

    run(work, _show_export, as_json=as_json)


def _show_export(report: Mapping[str, Any], console: Console) -> None:
    state = "is" if report["is_new"] else "was already"
    console.print(
        f"{report['model_id'][:_SHORT]} {state} version {report['version']} of "
        f"{report['registered_model']}, as {report['alias']}.",
        highlight=False,
    )


def _not_intact(report: Mapping[str, Any]) -> str | None:
    broken = [row for row in report["models"] if not row["intact"]]
    told = " ".join(f"{row['name']} {row['model_id'][:_SHORT]}: {row['reason']}" for row in broken)
    return told or None


def _show_list(report: Mapping[str, Any], console: Console) -> None:
    # Commands take the id as it is shown, so it is shown whole.
    model = Column("model", min_width=_SHORT)
    table = Table(model, "name", "market", "stage", "since", "trained on", "verdict", box=None)
    for row in report["models"]:
        mark = " (forced)" if row["is_forced"] else ""
        window = f"{row['train_start']} to {row['train_end']}, {row['train_rows']:,} rows"
        since = f"{row['since']:%Y-%m-%d %H:%M}"
        about = (row["model_id"][:_SHORT], row["name"], row["market"], row["stage"] + mark)
        table.add_row(*about, since, window, row["verdict"] or "–")
    console.print(table)


def _show_model(report: Mapping[str, Any], console: Console) -> None:
    mark = ", forced against its conditions" if report["is_forced"] else ""
    lines = {
        "model": report["model_id"],
        "name": f"{report['name']}, {report['market']}, {report['stage']}{mark}",
        "trained on": f"{report['train_start']} to {report['train_end']}, "
        f"{report['train_rows']:,} rows, fingerprint {report['data_fingerprint']}",
        "code": report["code_fingerprint"],
        "library": report["library"],
        "features": f"{len(report['features'])}",
        "run": report["run_id"] or "none",
        "certificate": report["certificate_id"] or "none",
        "verdict": report["verdict"] or "none",
        "file": f"{report['file_bytes']:,} bytes, sha256 {report['file_sha256']}",
    }
    for name, text in lines.items():
        console.print(f"{name:>12}  {text}", highlight=False, markup=False, soft_wrap=True)
    for one in report["events"]:
        console.print(
            f"{one['at']:%Y-%m-%d %H:%M} UTC  {one['event']} to {one['to_stage']} by {one['by']}. "
            f"{one['reason']}",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )


def _show_promotion(report: Mapping[str, Any], console: Console) -> None:
    for one in report["conditions"]:
        state = "met" if one["passed"] else "FORCED"
        console.print(
            f"{one['name']:>20}  {state}: {one['observed']}",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
    _show_step(report, console)


def _show_step(report: Mapping[str, Any], console: Console) -> None:
    console.print(
        f"{report['model_id'][:_SHORT]}: {report['from']} to {report['to']}.", highlight=False
    )


def _show_rollback(report: Mapping[str, Any], console: Console) -> None:
    console.print(
        f"{report['champion'][:_SHORT]} is champion of {report['market']} again; "
        f"{report['demoted'][:_SHORT]} goes on in the shadow.",
        highlight=False,
    )


def _show_verified(report: Mapping[str, Any], console: Console) -> None:
    for row in report["models"]:
        state = "intact" if row["intact"] else "NOT INTACT"
        code = "; features, datasets or fitting have changed since" if row["code_changed"] else ""
        console.print(
            f"{row['model_id'][:_SHORT]} {row['name']} ({row['stage']}): {state}{code}",
            highlight=False,
            markup=False,
        )
