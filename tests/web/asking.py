"""Ask an ASGI application as a server would, raw: no client tidies paths, headers or bodies."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from tipoff.web.guard import App, Message


@dataclass(frozen=True)
class Answer:
    """What came."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def detail(self) -> str:
        assert self.headers["content-type"] == "application/problem+json"
        assert self.json["status"] == self.status
        said: str = self.json["detail"]
        return said


Body = bytes | Callable[[], AsyncIterator[bytes]]


def ask(
    app: App,
    method: str,
    address: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: Body = b"",
    client: str = "127.0.0.1",
) -> Answer:
    """Ask once, over a connection of its own."""
    path, _, query = address.partition("?")
    scope = {
        "type": "http",
        "http_version": "1.1",
        "asgi": {"version": "3.0"},
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": _headers(headers or {}),
        "client": (client, 50_000),
        "server": ("127.0.0.1", 80),
    }
    return asyncio.run(_asked(app, scope, body))


def _headers(stated: Mapping[str, str]) -> Iterable[tuple[bytes, bytes]]:
    return [(n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in stated.items()]


async def _asked(app: App, scope: dict[str, Any], body: Body) -> Answer:
    parts = _parts(body)
    came: list[Message] = []

    async def receive() -> Message:
        try:
            return await anext(parts)
        except StopAsyncIteration:
            return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        came.append(message)

    await app(scope, receive, send)
    start = next(m for m in came if m["type"] == "http.response.start")
    headers = {n.decode("latin-1"): v.decode("latin-1") for n, v in start["headers"]}
    whole = b"".join(m.get("body", b"") for m in came if m["type"] == "http.response.body")
    return Answer(start["status"], headers, whole)


async def _parts(body: Body) -> AsyncIterator[Message]:
    if callable(body):
        async for part in body():
            yield {"type": "http.request", "body": part, "more_body": True}
        yield {"type": "http.request", "body": b"", "more_body": False}
    else:
        yield {"type": "http.request", "body": body, "more_body": False}
