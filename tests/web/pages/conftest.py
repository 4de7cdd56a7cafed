"""Pages as they are served: an application, a server on loopback and a browser."""

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from tests.web.pages.world import lived_lake

from tipoff.store.lake import Lake, open_lake
from tipoff.web.site.site import create_site
from tipoff.web.site.views import Views

CHROMIUM = shutil.which("chromium")
_QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip


@pytest.fixture(scope="package")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return lived_lake(tmp_path_factory.mktemp("lived"))


@pytest.fixture(scope="package")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return open_lake(str(tmp_path_factory.mktemp("empty")))


@pytest.fixture(scope="package")
def address(lived: Lake) -> Iterator[str]:
    """Where the pages of the lived lake are served, on loopback, by a thread."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        app = create_site(Views(lived), ("127.0.0.1",))
        config = uvicorn.Config(app, log_config=None, lifespan="off", ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=lambda: server.run(sockets=[listening]), daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


# It holds an event loop of its own in this thread, so it is closed before others are run.
@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: 'make browser' installs Debian's.")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=list(_QUIET))
        yield opened
        opened.close()


@pytest.fixture
def screens() -> Path | None:
    """Where screenshots are kept, if they are wanted (``TIPOFF_SCREENSHOTS``)."""
    wanted = os.environ.get("TIPOFF_SCREENSHOTS")
    return Path(wanted) if wanted else None
