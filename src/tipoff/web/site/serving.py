"""Serve the pages until told to stop."""

import time
from collections.abc import Callable
from typing import Any

import uvicorn

from tipoff.errors import InputError
from tipoff.store.location import Lake
from tipoff.web.app import is_loopback
from tipoff.web.listening import Server, stopped_by_signals
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
    found: list[str] = []

    def listening(at: str, number: int) -> None:
        found.append(f"http://{f'[{at}]' if ':' in at else at}:{number}/")
        tell(found[0])

    server = Server(config, listening)
    began = time.monotonic()

    def stop(_: str) -> None:
        server.should_exit = True

    with stopped_by_signals(stop):
        server.serve_until_stopped()
    return {"address": found[0], "seconds": round(time.monotonic() - began, 3)}
