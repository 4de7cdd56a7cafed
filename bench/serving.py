"""Read load on the HTTP API over loopback, by a client in this process on a service in another.

First as fast as 16 connections can ask, then steadily at a rate; latency counts from the moment at
which a request should have been sent, so that a slow answer does not hide those behind it.
``TIPOFF_SERVE_SECONDS`` (30) is the length of the steady part, ``TIPOFF_SERVE_RATE`` (1,000) its
requests per second.
"""

import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from tests.workflows.published_world import DAY, NOON, grade, lake_of, no_pick, prediction

from bench.measure import Result
from tipoff.workflows.publish import publish

CONNECTIONS, FLAT_OUT_SECONDS, WARM_UP_SECONDS = 16, 5.0, 3.0
PATHS = ("/v1/today", "/v1/players/1", "/v1/history", "/v1/results", "/v1/players/2")
PICKS, OTHERS = 8, 200
_LIMITS = "[reads]\nper_second = 1e6\nburst = 1000000\n"
_MB = 2**20


def serving() -> tuple[Result, dict[str, Any]]:
    """Measure requests per second, latency and memory of reading what is published."""
    seconds = float(os.environ.get("TIPOFF_SERVE_SECONDS", "30"))
    rate = float(os.environ.get("TIPOFF_SERVE_RATE", "1000"))
    with TemporaryDirectory() as folder, _served(Path(folder)) as (pid, port):
        client = Client(port)
        client.flat_out(WARM_UP_SECONDS)
        load = os.getloadavg()[0]
        flat_out = client.flat_out(FLAT_OUT_SECONDS)
        started, memory = time.time(), [_memory(pid)]
        steady = Measured()
        for _ in range(10):
            client.steady(seconds / 10, rate, steady)
            memory.append(_memory(pid))
            print(f"{steady.number:,} requests, {memory[-1] / _MB:.1f} MB", file=sys.stderr)
        used = _processor_seconds(pid)
    figures = {
        "started_at": datetime.fromtimestamp(started, UTC).isoformat(timespec="seconds"),
        "connections": CONNECTIONS,
        "load of the machine before": round(load, 1),
        "flat out": flat_out.told(),
        f"steady at {rate:,.0f} a second": steady.told(),
        "memory MB, start and after each tenth": [round(m / _MB, 1) for m in memory],
        "processor seconds of the service, in all": used,
    }
    ours = steady.seconds / max(1, steady.number)
    return Result("reads over loopback", ours, "the rate that is asked for", 1 / rate), figures


@dataclass
class Measured:
    """Answers that came, and how long each took in milliseconds."""

    seconds: float = 0.0
    number: int = 0
    bytes: int = 0
    wrong: int = 0
    latencies: list[np.ndarray] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        """Return the figures."""
        took = np.concatenate(self.latencies)
        shares = {f"p{q:g}": round(float(np.percentile(took, q)), 2) for q in (50, 95, 99, 99.9)}
        return {
            "seconds": round(self.seconds, 1),
            "requests": self.number,
            "per second": round(self.number / self.seconds),
            "MB per second": round(self.bytes / self.seconds / _MB, 1),
            "not 200": self.wrong,
            "ms": {**shares, "most": round(float(took.max()), 1)},
        }


@contextlib.contextmanager
def _served(folder: Path) -> Iterator[tuple[int, int]]:
    picks = [prediction(str(n), rank=n) for n in range(1, PICKS + 1)]
    rows = [*picks, *(no_pick(str(n)) for n in range(100, 100 + OTHERS))]
    lake = lake_of(folder / "lake", rows, [grade(row, "win") for row in picks[:4]])
    publish(lake, DAY, now=NOON)
    config = folder / "services.toml"
    config.write_text(_LIMITS)
    command = [
        *(sys.executable, "-m", "tipoff", "services", "run", "--only", "api", "--port", "0"),
        *("--config", str(config), "--lake", lake.url),
    ]
    logs = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    assert logs.stderr is not None
    port = next(json.loads(line)["port"] for line in logs.stderr if '"listening"' in line)
    # What it writes of each request is written, and goes nowhere.
    drain = subprocess.Popen(["cat"], stdin=logs.stderr, stdout=subprocess.DEVNULL)
    try:
        yield logs.pid, port
    finally:
        logs.send_signal(signal.SIGTERM)
        logs.wait(30)
        drain.wait(5)


class _Connection:
    """One connection with at most one request under way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.began = 0.0
        self.missing = -1
        self.head = b""

    def ask(self, path: str, began: float) -> None:
        self.began, self.missing, self.head = began, -1, b""
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: here\r\n\r\n".encode())

    def took(self) -> int:
        """Take what has come; return its bytes."""
        came = self.socket.recv(_MB)
        if not came:
            raise SystemExit("Expected an answer, but the service hung up.")
        if self.missing < 0:
            self.head += came
            head, found, rest = self.head.partition(b"\r\n\r\n")
            if found:
                length = head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]
                self.missing = int(length) - len(rest)
        else:
            self.missing -= len(came)
        return len(came)


class Client:
    """Asks over some connections, each one request at a time."""

    def __init__(self, port: int) -> None:
        self._all = [_Connection(port) for _ in range(CONNECTIONS)]
        self._looking = selectors.DefaultSelector()
        for connection in self._all:
            self._looking.register(connection.socket, selectors.EVENT_READ, connection)
        self._asked = 0

    def flat_out(self, seconds: float) -> Measured:
        """Ask again as soon as there is an answer."""
        found = Measured()
        until = time.perf_counter() + seconds
        self._run(found, until, lambda free: time.perf_counter() if free else None)
        return found

    def steady(self, seconds: float, rate: float, found: Measured) -> None:
        """Ask at a rate; what could not be asked in time is asked late, and counts from then."""
        began = time.perf_counter()
        number, wanted = 0, round(seconds * rate)

        def due(_: bool) -> float | None:
            nonlocal number
            moment = began + number / rate
            if moment > time.perf_counter() or number >= wanted:
                return None
            number += 1
            return moment

        self._run(found, began + seconds, due, lambda: number < wanted)

    def _run(self, found: Measured, until: float, due: Any, is_behind: Any = bool) -> None:
        # By turns: a connection that rests for long is hung up on.
        free, took = deque(self._all), list[float]()
        began = time.perf_counter()
        while (goes := time.perf_counter() < until or is_behind()) or len(free) < len(self._all):
            while goes and free and (moment := due(True)) is not None:
                free.popleft().ask(self._next(), moment)
            for key, _ in self._looking.select(0.0005):
                connection: _Connection = key.data
                found.bytes += connection.took()
                if connection.missing == 0:
                    took.append((time.perf_counter() - connection.began) * 1000)
                    found.wrong += not connection.head.startswith(b"HTTP/1.1 200 ")
                    free.append(connection)
        found.number += len(took)
        found.seconds += time.perf_counter() - began
        found.latencies.append(np.array(took))

    def _next(self) -> str:
        self._asked += 1
        return PATHS[self._asked % len(PATHS)]


def _memory(pid: int) -> int:
    """Bytes of a process that are in memory."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


def _processor_seconds(pid: int) -> float:
    parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return round((int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK"), 1)
