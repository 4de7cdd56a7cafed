"""Answers that are no success: one sentence in the form of RFC 9457 (``problem+json``)."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

PROBLEM_TYPE = "application/problem+json"
TITLES: Mapping[int, str] = {
    400: "Bad request",
    401: "Key needed",
    403: "Closed",
    404: "Not found",
    405: "Method not allowed",
    408: "Too slow",
    409: "Negative verdict",
    413: "Too large",
    422: "Bad input",
    429: "Too many requests",
    500: "Failed",
    503: "Could not be done",
}


class Problem(BaseModel):
    """Why a request did not succeed."""

    type: str = Field(default="about:blank", description="always about:blank")
    title: str = Field(description="of the status")
    status: int = Field(description="the HTTP status, again")
    detail: str = Field(description="a sentence: what was expected, what came, what to do")


class ProblemError(Exception):
    """A request that is answered with a problem."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers


def as_json(value: object) -> bytes:
    """Return a report as JSON; dates and moments are ISO, what is no number is refused.

    Raises:
        TypeError: something can not be written.
        ValueError: a number is none.
    """
    return json.dumps(value, default=_plain, allow_nan=False, ensure_ascii=False).encode()


def _plain(value: object) -> object:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if hasattr(value, "__fspath__"):
        return str(value)
    raise TypeError(f"{type(value).__name__} can not be written as JSON")


def answer(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return the answer of a problem."""
    content = Problem(title=TITLES.get(status, "Failed"), status=status, detail=detail)
    return Response(
        content.model_dump_json(), status, media_type=PROBLEM_TYPE, headers=dict(headers or {})
    )


def unexpected() -> Response:
    """Return the answer where something failed that nobody expected."""
    said = "Expected to answer, but something failed; the logs tell of it by the request's id."
    return answer(500, said)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return how problems of some statuses stand in the API's description."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {"description": TITLES[status], "content": {PROBLEM_TYPE: {"schema": schema}}}
        for status in statuses
    }


def install(app: FastAPI) -> None:
    """Make every error of an application a problem."""

    @app.exception_handler(ProblemError)
    def _problem(_: Request, error: ProblemError) -> Response:
        return answer(error.status, error.detail, error.headers)

    @app.exception_handler(Exception)
    def _unexpected(_: Request, __: Exception) -> Response:
        return unexpected()

    @app.exception_handler(RequestValidationError)
    def _invalid(_: Request, error: RequestValidationError) -> Response:
        said = [f"{'.'.join(str(p) for p in e['loc'])}: {e['msg']}" for e in error.errors()]
        return answer(422, f"Expected another input. {'; '.join(said)}.")

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> Response:
        if error.status_code == 404:
            detail = "Nothing is served at this address; /openapi.json lists what is."
        elif error.status_code == 405:
            detail = f"{request.method} is not served at this address; /openapi.json lists what is."
        else:
            detail = str(error.detail)
        return answer(error.status_code, detail, error.headers)
