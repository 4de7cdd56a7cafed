"""The published files over HTTP, byte for byte, with an ETag."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Path, Response
from pydantic import BaseModel

from tipoff.web.inputs import CalendarDate
from tipoff.web.problems import ProblemError, documented
from tipoff.web.published import Published, is_known
from tipoff.workflows import published_schema as schema
from tipoff.workflows.publish import file_name

_REVALIDATE = "no-cache"
SchemaName = Literal["day", "history", "results", "player", "index"]
TableName = Literal["picks.csv", "picks.parquet", "predictions.parquet"]
IfNoneMatch = Annotated[str | None, Header(description="an ETag that is known already")]
_ETAG = {"ETag": {"description": "of the content", "schema": {"type": "string"}}}


def _described(model: type[BaseModel] | None, about: str, *more: int) -> dict[str, Any]:
    """Return how an address stands in the API's description."""
    found: dict[str, Any] = {"description": about, "headers": _ETAG}
    if model is not None:
        found["model"] = model
    known = {"description": "The content is the one that is known.", "headers": _ETAG}
    responses = {200: found, 304: known, **documented(401, 404, 429, *more)}
    return {"summary": about, "response_class": Response, "responses": responses}


def reads(published: Published) -> APIRouter:
    """Return the addresses of published files.

    Args:
        published: the files.
    """
    router = APIRouter(prefix="/v1", tags=["published"])
    _add_whole(router, published)
    _add_parts(router, published)
    _add_flat(router, published)
    return router


_WHOLE: Sequence[tuple[str, type[BaseModel], str]] = (
    ("today", schema.Day, "The picks of the game date that was published last."),
    ("history", schema.History, "All game dates with predictions."),
    ("results", schema.Results, "The record so far."),
    ("index", schema.Index, "All published files with their hashes."),
)


def _served(published: Published, name: str, known: str | None, missing: str) -> Response:
    file = published.get(name)
    if file is None:
        raise ProblemError(404, missing)
    headers = {"etag": file.etag, "cache-control": _REVALIDATE}
    if known is not None and is_known(known, file.etag):
        return Response(status_code=304, headers=headers)
    headers["content-type"] = file.media_type
    return Response(file.content, headers=headers)


def _add_whole(router: APIRouter, published: Published) -> None:
    def add(name: str, model: type[BaseModel], about: str) -> None:
        missing = f"Nothing has been published yet: there is no {name}. Run 'tipoff publish'."

        @router.get(f"/{name}", **_described(model, about), name=name)
        async def read(if_none_match: IfNoneMatch = None) -> Response:
            return _served(published, f"{name}.json", if_none_match, missing)

    for one in _WHOLE:
        add(*one)


def _add_parts(router: APIRouter, published: Published) -> None:
    @router.get("/dates/{date}", **_described(schema.Day, "One game date.", 422))
    async def one_date(
        date: Annotated[CalendarDate, Path(description="a game date (ISO)")],
        if_none_match: IfNoneMatch = None,
    ) -> Response:
        missing = f"Nothing is published of {date}; /v1/history lists the dates."
        return _served(published, f"dates/{date}.json", if_none_match, missing)

    @router.get("/players/{player_id}", **_described(schema.Player, "One player's picks.", 422))
    async def one_player(
        player_id: Annotated[
            str, Path(min_length=1, max_length=64, description="as in picks: player_id")
        ],
        if_none_match: IfNoneMatch = None,
    ) -> Response:
        missing = "Nothing is published of a player by that id; /v1/index lists the files."
        name = f"players/{file_name(player_id)}.json"
        return _served(published, name, if_none_match, missing)


def _add_flat(router: APIRouter, published: Published) -> None:
    about = "The JSON Schema of a kind of document."

    @router.get("/schema/{name}", **_described(None, about, 422))
    async def one_schema(name: SchemaName, if_none_match: IfNoneMatch = None) -> Response:
        missing = f"The schema of {name} has not been published yet. Run 'tipoff publish'."
        return _served(published, f"schema/{name}.json", if_none_match, missing)

    described = _described(None, "Picks or predictions as a flat table.", 422)
    described["responses"][200]["content"] = {
        "text/csv; charset=utf-8": {"schema": {"type": "string"}},
        "application/vnd.apache.parquet": {"schema": {"type": "string", "format": "binary"}},
    }

    @router.get("/tables/{name}", **described)
    async def one_table(name: TableName, if_none_match: IfNoneMatch = None) -> Response:
        missing = f"The table {name} has not been published yet. Run 'tipoff publish'."
        return _served(published, name, if_none_match, missing)
