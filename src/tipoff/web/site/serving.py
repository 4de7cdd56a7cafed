"""Serve the pages until told to stop."""

import signal
import time
from collections.abc import Callable
from contextlib import contextmanager
from types import FrameType
from typing import Any

import uvicorn

from tipoff.errors import InputError, TipoffError
from tipoff.store.location import Lake
from tipoff.web.app import is_loopback
from tipoff.web.site.catalogue import PAGES
from tipoff.web.site.site import create_site
from tipoff.web.site.views import Views

# By these it may be asked for; any other name is another site's.
_NAMES = ("localhost", "127.0.0.1", "[::1]")


def serve_until_stopped(
    lake: Lake, host: str, port: int, tell: Callable[[str], None]
) -> dict[str, Any]:
    """Serve the pages of a lake until SIGTERM or SIGINT; use it in the main thread.

    Args:
        lake: what is shown.
        host, port: where to listen; port 0 takes a free one.
        tell: called with the address once it answers.

    Returns:
        ``address`` and ``seconds``.

    Raises:
        InputError: others could reach the host.
        TipoffError: nothing can listen there.
    """
    if not is_loopback(host):
        raise InputError(
            f"Expected a host that only this machine reaches, such as 127.0.0.1; got {host}. The "
            "pages ask for no password: put a server in front of them that does."
        )
    views = Views(lake)
    views.warm(PAGES)
    app = create_site(views, (*_NAMES, host))
    config = uvicorn.Config(
        app, host=host, port=port, log_config=None, access_log=False, server_header=False,
        proxy_headers=False, lifespan="off", ws="none", timeout_graceful_shutdown=3,
    )  # fmt: skip
    server = _Server(config, tell)
    began = time.monotonic()
    try:
        server.run()
    except SystemExit:
        raise TipoffError(
            f"Expected to listen at {host}, port {port}, but can not. Something else may listen "
            "there; choose another --port."
        ) from None
    return {"address": server.address, "seconds": round(time.monotonic() - began, 3)}


class _Server(uvicorn.Server):
    """Says where it listens, and stops without an error when told to."""

    def __init__(self, config: uvicorn.Config, tell: Callable[[str], None]) -> None:
        super().__init__(config)
        self._tell = tell
        self.address = ""

    async def startup(self, sockets: list[Any] | None = None) -> None:
        await super().startup(sockets)
        for server in self.servers:
            for listening in server.sockets:
                host, port = listening.getsockname()[:2]
                shown = f"[{host}]" if ":" in host else host
                self.address = f"http://{shown}:{port}/"
        self._tell(self.address)

    @contextmanager
    def capture_signals(self) -> Any:
        def stop(_: int, __: FrameType | None) -> None:
            self.should_exit = True

        before = {one: signal.signal(one, stop) for one in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)
