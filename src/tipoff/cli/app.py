"""The ``tipoff`` command: every sub-command hangs here."""

import typer

from tipoff.cli.audit import audit_app
from tipoff.cli.availability import availability
from tipoff.cli.backfill import backfill_app
from tipoff.cli.backtest import backtest
from tipoff.cli.compare import compare
from tipoff.cli.daily import daily, replay
from tipoff.cli.demo import demo
from tipoff.cli.diff import diff
from tipoff.cli.drift import drift_app
from tipoff.cli.experiments import experiments_app
from tipoff.cli.features import features_app
from tipoff.cli.fetch import fetch_app
from tipoff.cli.freshness import freshness
from tipoff.cli.grade import grade
from tipoff.cli.identity import identity_app
from tipoff.cli.ingest import ingest_app
from tipoff.cli.lake import lake_app
from tipoff.cli.league import league_app
from tipoff.cli.lines import lines_app
from tipoff.cli.models import models_app
from tipoff.cli.multiseason import multiseason
from tipoff.cli.outputs import outputs
from tipoff.cli.predict import halt, predict
from tipoff.cli.publish import publish
from tipoff.cli.quality import quality
from tipoff.cli.reconcile import reconcile
from tipoff.cli.serve import serve
from tipoff.cli.services import services_app
from tipoff.cli.train import train
from tipoff.cli.validate import validate_app
from tipoff.cli.why import why

app = typer.Typer(
    name="tipoff",
    help="An honest laboratory and daily pipeline for NBA player props.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.add_typer(audit_app, name="audit")
app.add_typer(backfill_app, name="backfill")
app.add_typer(drift_app, name="drift")
app.add_typer(experiments_app, name="experiments")
app.add_typer(features_app, name="features")
app.add_typer(fetch_app, name="fetch")
app.add_typer(identity_app, name="identity")
app.add_typer(ingest_app, name="ingest")
app.add_typer(lake_app, name="lake")
app.add_typer(league_app, name="league")
app.add_typer(lines_app, name="lines")
app.add_typer(models_app, name="models")
app.add_typer(services_app, name="services")
app.add_typer(validate_app, name="validate")
app.command()(demo)
app.command()(train)
app.command()(backtest)
app.command()(compare)
app.command()(multiseason)
app.command()(publish)
app.command()(serve)
app.command()(quality)
app.command()(availability)
app.command()(diff)
app.command()(freshness)
app.command("validate-freshness", hidden=True)(freshness)
app.command()(reconcile)
app.command()(outputs)
app.command()(why)
app.command()(predict)
app.command()(grade)
app.command()(halt)
app.command()(daily)
app.command()(replay)


def main() -> None:
    """Run the command line."""
    app()
