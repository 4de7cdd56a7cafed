"""What a running service of our own says of itself: one small JSON document, asked for once."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tipoff.errors import InputError
from tipoff.sources.addresses import is_address
from tipoff.sources.answer import Endpoint, Provider, document, holds_keys
from tipoff.sources.format import Stage
from tipoff.sources.http import Asked, Client
from tipoff.sources.manners import Manners
from tipoff.tables.answers import Verdict

# A report of some hundred files has 30 kB; services are near.
MANNERS = Manners(tries=1, connect=3.0, read=5.0, total=10.0, most_bytes=2**20)
_SLACK = 1.0
_UNREACHED = (Verdict.SILENT, Verdict.UNREACHABLE)


@dataclass(frozen=True)
class Told:
    """What came of asking a service.

    Attributes:
        document: what it said; None where that is nothing that can be read.
        is_reached: whether it answered at all.
        sentence: why there is no document.
    """

    document: dict[str, Any] | None
    is_reached: bool
    sentence: str = ""


def checked_address(name: str, address: str) -> str:
    """Return the base address of a service.

    Raises:
        InputError: it is no address, or holds a name and a password, which a report would repeat.
    """
    if not is_address(address):
        raise InputError(
            f"Expected an http(s) address such as http://127.0.0.1:8000 of {name}, got {address!r}."
        )
    parts = urlsplit(address)
    if parts.username or parts.password or parts.query or parts.fragment:
        raise InputError(
            f"Expected the address of {name} without a user, a password, a query or a fragment."
        )
    return address.rstrip("/")


def ask_versions(addresses: Mapping[str, str], manners: Manners = MANNERS) -> dict[str, Told]:
    """Ask services for ``/version``, all at the same time; no proxy is used.

    Args:
        addresses: base address of each service, by name.
        manners: limits on time and size; each service is asked once.

    Returns:
        What each said, by name. Whoever is not done within the limit counts as silent.
    """
    told = {
        name: Told(None, False, f"{address} gave no whole answer within {manners.total:g} s.")
        for name, address in addresses.items()
    }
    found = dict[str, Told]()

    def ask(name: str, address: str) -> None:
        found[name] = _told(name, address, manners)

    # The client does not limit how long headers may trickle: a thread that is left behind keeps
    # nobody.
    threads = [threading.Thread(target=ask, args=pair, daemon=True) for pair in addresses.items()]
    until = time.monotonic() + manners.total + _SLACK
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    return told | dict(found)


def _told(name: str, address: str, manners: Manners) -> Told:
    provider = Provider(f"service {name}", "", address, {_VERSION.name: _VERSION})
    with Client(provider, manners=manners, proxy="") as client:
        (asked,) = client.tries(_VERSION, {})
    if asked.verdict is Verdict.GOOD:
        return Told(document(asked.answer), True)
    return Told(None, asked.verdict not in _UNREACHED, _sentence(address, asked, manners))


def _sentence(address: str, asked: Asked, manners: Manners) -> str:
    if asked.verdict is Verdict.UNREACHABLE:
        return f"{address} could not be reached. Start the service, or correct its address."
    if asked.verdict is Verdict.SILENT:
        return f"{address} gave no whole answer in time: at most {manners.total:g} s."
    if asked.verdict is Verdict.CUT_OFF:
        return (
            f"{address}/version answered with what was cut off, or has more than "
            f"{manners.most_bytes:,} bytes."
        )
    head = " ".join(asked.answer.body[:240].decode("utf-8", errors="replace").split())[:60]
    return (
        f"Expected a JSON object with status 200 from {address}/version, got status "
        f"{asked.answer.status} and {head!r}."
    )


_VERSION = Endpoint(
    name="version",
    about="What a running service runs.",
    stage=Stage.SCHEDULE,
    path="version",
    recognises=holds_keys,
    parse=lambda *_: [],
)
