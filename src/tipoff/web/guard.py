"""What every request passes first: keys, rates, sizes; and what is written of it afterwards.

Whatever is not said to be open needs a key, also addresses that do not exist.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

from fastapi import Response
from starlette.exceptions import HTTPException

from tipoff.web.keys import Keys, stated_key
from tipoff.web.limits import Buckets
from tipoff.web.logs import Logger
from tipoff.web.metrics import Metrics
from tipoff.web.problems import answer, unexpected
from tipoff.web.settings import Settings

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

ALWAYS_OPEN = frozenset({"/health", "/ready", "/version"})
READS = frozenset({"/metrics", "/openapi.json"})
READ_FOLDER = "/v1/"
_UNMATCHED = "none"
_CHALLENGE = {"www-authenticate": "Bearer"}


@dataclass
class _Request:
    """One request, as far as it has come."""

    scope: Scope
    who: str
    id: str = field(default_factory=lambda: token_hex(8))
    began: float = field(default_factory=time.perf_counter)
    key: str | None = None
    status: int = 0


class Guard:
    """Passes requests on to an application, or refuses them.

    Args:
        app: the application.
        settings: limits.
        keys: that open it.
        needs_key: whether reading needs a key.
        metrics: where answers are counted.
        logger: where one line a request is written.
    """

    def __init__(
        self,
        app: App,
        settings: Settings,
        keys: Keys,
        *,
        needs_key: bool,
        metrics: Metrics,
        logger: Logger,
    ) -> None:
        self._app = app
        self._settings = settings
        self._keys = keys
        self._needs_key = needs_key
        self._metrics = metrics
        self._logger = logger
        self._reads = Buckets(settings.reads)
        self._writes = Buckets(settings.writes)
        self._refusals = Buckets(settings.refusals)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        client = scope.get("client")
        request = _Request(scope, client[0] if client else "nobody")

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                request.status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request.id.encode())]
            await send(message)

        try:
            refusal = self._refused(request)
            if refusal is not None:
                await refusal(scope, receive, sending)
            else:
                await self._app(scope, _Body(request, receive, self._settings), sending)
        except Exception as error:  # noqa: BLE001
            # The last line: what nobody expected is written down, and is no success.
            await self._failed(request, error, sending)
        finally:
            self._written(request)

    async def _failed(self, request: _Request, error: Exception, send: Send) -> None:
        self._logger.error("request failed", id=request.id, exc_info=error)
        if not request.status:
            await unexpected()(request.scope, _nothing, send)
        elif request.status != 500:
            raise error  # It was being answered already: the connection is cut.

    def _refused(self, request: _Request) -> Response | None:
        """Return why a request goes no further, or None."""
        path = request.scope["path"]
        key = stated_key(dict(request.scope["headers"]))
        if key is not None:
            request.key = self._keys.named(key)
            if request.key is None:
                return self._unknown(request)
            request.scope["tipoff_key"] = request.key
        if self._is_closed(path) and request.key is None:
            return self._closed(request)
        is_read = path in ALWAYS_OPEN or path in READS or path.startswith(READ_FOLDER)
        buckets = self._reads if is_read else self._writes
        wait = buckets.take(f"key {request.key}" if request.key else request.who)
        return None if wait is None else _too_many(wait)

    def _is_closed(self, path: str) -> bool:
        if path in ALWAYS_OPEN:
            return False
        return self._needs_key or not (path in READS or path.startswith(READ_FOLDER))

    def _closed(self, request: _Request) -> Response:
        if not self._keys:
            return answer(
                403,
                "Nobody has a key to this, so it is closed. Make one with 'tipoff services key "
                "NAME' and start the services with it.",
            )
        wait = self._refusals.take(request.who)
        if wait is not None:
            return _too_many(wait)
        said = "Expected an API key, as Authorization: Bearer KEY or X-API-Key: KEY; got none."
        return answer(401, said, _CHALLENGE)

    def _unknown(self, request: _Request) -> Response:
        wait = self._refusals.take(request.who)
        if wait is not None:
            return _too_many(wait)
        return answer(401, "Expected an API key that opens this; got another.", _CHALLENGE)

    def _written(self, request: _Request) -> None:
        seconds = time.perf_counter() - request.began
        path = request.scope["path"]
        if path not in READS:
            path = getattr(request.scope.get("route"), "path", _UNMATCHED)
        method = request.scope["method"]
        if method not in _METHODS:
            method = "other"
        self._metrics.request(method, path, request.status, seconds)
        self._logger.info(
            "request",
            id=request.id,
            method=method,
            path=path,
            status=request.status,
            ms=round(seconds * 1000, 2),
            client=request.who,
            key=request.key,
        )


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


async def _nothing() -> Message:
    return {"type": "http.disconnect"}


def _too_many(wait: int) -> Response:
    said = f"Expected fewer requests. Ask again in {wait} s."
    return answer(429, said, {"retry-after": str(wait)})


class _Body:
    """Gives a request's body on, within its limits of size and time."""

    def __init__(self, request: _Request, receive: Receive, settings: Settings) -> None:
        self._receive = receive
        self._most = settings.most_body_bytes
        self._seconds = settings.part_seconds
        self._until = request.began + settings.part_seconds
        self._bytes = 0
        self._is_whole = False

    async def __call__(self) -> Message:
        if self._is_whole:
            return await self._receive()  # Waits for the other side to hang up.
        left = max(0.0, self._until - time.perf_counter())
        try:
            message = await asyncio.wait_for(self._receive(), left)
        except TimeoutError:
            said = f"Expected the whole body within {self._seconds:g} s."
            raise HTTPException(408, said) from None
        if message["type"] != "http.request":
            self._is_whole = True
            return message
        self._bytes += len(message.get("body", b""))
        if self._bytes > self._most:
            raise HTTPException(413, f"Expected at most {self._most:,} bytes of body.")
        self._is_whole = not message.get("more_body", False)
        return message
