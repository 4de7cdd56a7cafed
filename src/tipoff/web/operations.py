"""Whether the services live, are ready, what they run, and their metrics."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from tipoff import __version__
from tipoff.store.lake import open_lake, version
from tipoff.tables.raw import GAMES
from tipoff.web.metrics import MEDIA_TYPE
from tipoff.web.problems import ProblemError, documented
from tipoff.web.state import State

INDEX = "index.json"


class Health(BaseModel):
    """The process lives."""

    name: str
    version: str
    started_at: datetime


class Ready(BaseModel):
    """What can be served."""

    lake_version: int = Field(description="of the table of games")
    published: str = Field(description="ETag of the index")


class Running(BaseModel):
    """What the service runs (docs/decisions/deployment.md)."""

    service: str
    content_hash: str
    files: dict[str, str]
    version: str
    python: str
    libraries: dict[str, str | None]
    started_at: datetime
    models: dict[str, str]


def operations(state: State) -> APIRouter:
    """Return the addresses by which the services are operated."""
    router = APIRouter(tags=["operations"])

    @router.get("/health", responses=documented(429))
    async def health() -> Health:
        """Whether the process lives; it says nothing of what it serves."""
        return Health(name="tipoff api", version=__version__, started_at=state.started_at)

    @router.get("/ready", responses=documented(429, 503))
    def ready() -> Ready:
        """Whether the lake can be read and something is published; else 503."""
        file = state.published.get(INDEX)
        if file is None:
            raise ProblemError(503, "Nothing has been published yet. Run 'tipoff publish'.")
        return Ready(lake_version=_lake_version(state), published=file.etag)

    @router.get("/version", responses=documented(429))
    async def running() -> Running:
        """What this process runs, file by file."""
        return Running.model_validate(state.identity)

    @router.get(
        "/metrics",
        response_class=Response,
        responses={
            200: {
                "description": "As Prometheus reads it.",
                "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
            },
            **documented(401, 429),
        },
    )
    def metrics() -> Response:
        """Requests, jobs, heartbeats and the process, as Prometheus reads it."""
        return Response(state.metrics.text(), headers={"content-type": MEDIA_TYPE})

    return router


def _lake_version(state: State) -> int:
    """Return the version of the lake's games, read now."""
    found: Any = None
    try:
        open_lake(state.lake.url, must_exist=True)
        found = version(state.lake, GAMES)
    except Exception as error:
        # Whatever it is: who can not read is not ready.
        said = f"The lake can not be read: {type(error).__name__}: {error}"
        raise ProblemError(503, said) from error
    if found is None:
        raise ProblemError(503, "The lake holds no games; fetch or ingest some first.")
    return int(found)
