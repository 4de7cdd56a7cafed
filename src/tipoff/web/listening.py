"""Listen over HTTP until told to stop: one server for the services and for the pages."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import uvicorn

from tipoff.errors import TipoffError

Tell = Callable[[str, int], None]


class Server(uvicorn.Server):
    """The HTTP server; signals are handled by whoever runs it.

    Args:
        config: of the server.
        tell: called with host and port once it listens there.
    """

    def __init__(self, config: uvicorn.Config, tell: Tell) -> None:
        super().__init__(config)
        self._tell = tell

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield

    async def startup(self, sockets: list[Any] | None = None) -> None:
        """Say where it listens, once it does."""
        await super().startup(sockets)
        for server in self.servers:
            for listening in server.sockets:
                self._tell(*listening.getsockname()[:2])

    def serve_until_stopped(self) -> None:
        """Serve.

        Raises:
            TipoffError: the address can not be listened at.
        """
        try:
            self.run()
        except SystemExit:
            raise TipoffError(
                f"Expected to listen at {self.config.host}, port {self.config.port}, but can not. "
                "Something else may listen there; choose another --port."
            ) from None


@contextmanager
def stopped_by_signals(stop: Callable[[str], None]) -> Iterator[None]:
    """Call something with the name of the signal when SIGTERM or SIGINT comes."""

    def told(number: int, _: FrameType | None) -> None:
        stop(signal.Signals(number).name)

    before = {kind: signal.signal(kind, told) for kind in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)
