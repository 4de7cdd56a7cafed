"""A server on loopback that misbehaves as told, and keeps what it was asked."""

import gzip
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

ERROR_PAGE = b"<html><body><h1>Something went wrong</h1></body></html>"


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Reply:
    """What is sent back.

    Attributes:
        status, body, headers: of the answer.
        missing: so many bytes of what Content-Length promises are not sent.
        hang: answer only when the server closes.
        trickle: send the body a byte at a time, with so many seconds between.
        reset: break the connection instead.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    missing: int = 0
    hang: bool = False
    trickle: float = 0.0
    reset: bool = False


Script = Callable[[Asked, int], Reply]
"""Gives the reply to a request that is the how manieth of all, from 1."""


def ok(document: Any, **headers: str) -> Reply:
    """Return a good answer."""
    named = {k.replace("_", "-"): v for k, v in headers.items()}
    body = json.dumps(document).encode()
    return Reply(200, body, {"content-type": "application/json", **named})


def zipped(document: Any, cut: int = 0) -> Reply:
    """Return a compressed answer of which the last bytes are missing, with no sign of that."""
    body = gzip.compress(json.dumps(document).encode())
    return Reply(200, body[: len(body) - cut], {"content-encoding": "gzip"})


class Server:
    """The running server."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.asked: list[Asked] = []
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self.address = ""

    def reply(self, asked: Asked) -> Reply:
        """Write a request down and give the reply to it."""
        with self._lock:
            self.asked.append(asked)
            number = len(self.asked)
        return self.script(asked, number)


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            headers = {k.lower(): v for k, v in self.headers.items()}
            reply = server.reply(Asked(parts.path, dict(parse_qsl(parts.query)), headers))
            self.close_connection = True
            if reply.hang:
                server.closing.wait(10)
                return
            if reply.reset:
                # Lingering for no time turns the close into a reset.
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.connection.close()
                return
            self._send(reply)

        def _send(self, reply: Reply) -> None:
            self.send_response_only(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(reply.body)))
            self.send_header("connection", "close")
            self.end_headers()
            body = reply.body[: len(reply.body) - reply.missing]
            if not reply.trickle:
                self.wfile.write(body)
                return
            for byte in body:
                if server.closing.wait(reply.trickle):
                    return
                self.wfile.write(bytes([byte]))
                self.wfile.flush()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """A client that has gone is no fault here."""


@contextmanager
def weather(script: Script) -> Iterator[Server]:
    """Run a server for as long as the context lasts."""
    server = Server(script)
    with _Quiet(("127.0.0.1", 0), _handler(server)) as running:
        server.address = f"http://127.0.0.1:{running.server_address[1]}"
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.closing.set()
            running.shutdown()
            thread.join()
