"""One connection of the HTTP server, which does not wait for a request for ever."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class Connection(HttpToolsProtocol):
    """Hangs up where the head of a request is not whole in time.

    The server itself limits only how long a connection may be idle between two requests; who sends
    a head byte by byte would hold one for ever.

    Args:
        head_seconds: a request's head may take.
        more: what the server gives to every connection.
    """

    _late: asyncio.TimerHandle | None = None

    def __init__(self, *, head_seconds: float, **more: Any) -> None:
        super().__init__(**more)
        self._seconds = head_seconds

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Wait for as long as a head is not whole."""
        super().data_received(data)
        is_between = self.cycle is None or self.cycle.response_complete
        if not is_between:
            self._stop()
        elif self._late is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop()
        super().connection_lost(exc)

    def on_headers_complete(self) -> None:
        """A head is whole."""
        self._stop()
        super().on_headers_complete()

    def _wait(self) -> None:
        self._late = self.loop.call_later(self._seconds, self._hang_up)

    def _stop(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _hang_up(self) -> None:
        self._late = None
        if self.transport is not None and not self.transport.is_closing():
            self.transport.close()
