"""A webhook on loopback that keeps what it is told."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Hook(ThreadingHTTPServer):
    """A webhook that answers with some statuses in turn, the last one for ever."""

    def __init__(self, *statuses: int, retry_after: str | None = None) -> None:
        self.statuses, self.retry_after = list(statuses), retry_after
        self.came: list[tuple[dict[str, str], bytes]] = []
        super().__init__(("127.0.0.1", 0), _Taking)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook-of-ours"


class _Taking(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server: Any = self.server
        body = self.rfile.read(int(self.headers["content-length"]))
        server.came.append(({n.lower(): v for n, v in self.headers.items()}, body))
        status = server.statuses[min(len(server.came), len(server.statuses)) - 1]
        self.send_response(status)
        if server.retry_after and status != 200:
            self.send_header("Retry-After", server.retry_after)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def hook(*statuses: int, retry_after: str | None = None) -> Iterator[Hook]:
    server = Hook(*statuses, retry_after=retry_after)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
