"""The HTTP application: published files, operations, checks and jobs, behind one guard."""

from ipaddress import ip_address

from fastapi import FastAPI

from tipoff import __version__
from tipoff.web import problems
from tipoff.web.checks import checks
from tipoff.web.guard import App, Guard
from tipoff.web.job_routes import job_routes
from tipoff.web.operations import operations
from tipoff.web.problems import Problem
from tipoff.web.reads import reads
from tipoff.web.settings import Settings
from tipoff.web.state import State

_ABOUT = (
    "Published picks with their record, and the operation of the system behind them. A status says "
    "what was found: a negative verdict is no success."
)


def create_api(state: State) -> FastAPI:
    """Return the application without its guard: it answers everybody everything."""
    # Pages that show the description load scripts from elsewhere; the description itself does not.
    api = FastAPI(
        title="tipoff", version=__version__, description=_ABOUT, docs_url=None, redoc_url=None,
        redirect_slashes=False,
    )  # fmt: skip
    problems.install(api)
    api.include_router(reads(state.published))
    api.include_router(operations(state))
    api.include_router(checks(state))
    api.include_router(job_routes(state))
    described = api.openapi

    def openapi() -> dict[str, object]:
        if api.openapi_schema is None:
            found = described()
            found["components"]["schemas"]["Problem"] = Problem.model_json_schema()
        return described()

    api.openapi = openapi  # type: ignore[method-assign]
    return api


def create_app(state: State) -> App:
    """Return the application as it is served."""
    return Guard(
        create_api(state),
        state.settings,
        state.keys,
        needs_key=needs_key(state.settings),
        metrics=state.metrics,
        logger=state.logger,
    )


def is_loopback(host: str) -> bool:
    """Whether a host is reached from this machine only."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def needs_key(settings: Settings) -> bool:
    """Whether reading needs a key: as it is said, and by default where others may reach it."""
    if settings.require_keys is not None:
        return settings.require_keys
    return not is_loopback(settings.host)
