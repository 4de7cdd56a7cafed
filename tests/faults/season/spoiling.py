"""How answers go bad on their way: every kind of trouble that passes when one asks again."""

import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from email.utils import format_datetime
from random import Random
from typing import Any

from tests.sources.weather import ERROR_PAGE, Reply
from tipoff.sources.manners import http_date

JSON_PAGE = json.dumps({"message": "Something went wrong, try again."}).encode()
_TOO_MANY = Reply(429, b'{"message": "Too many requests"}')
_TYPE = "content-type"


@dataclass(frozen=True)
class Kind:
    """One kind of trouble.

    Attributes:
        name: names it.
        spoil: gives what is sent instead of a good answer; None where it can not be spoilt so.
        is_charged: whether the provider has counted the answer that then went bad.
        is_good: whether what arrives is good all the same.
    """

    name: str
    spoil: Callable[[Reply, Reply | None], Reply | None]
    is_charged: bool = False
    is_good: bool = False


def _dated(good: Reply, _: Reply | None) -> Reply:
    now = http_date(good.headers["date"])
    assert now is not None
    until = format_datetime(now + timedelta(seconds=1), usegmt=True)
    return replace(_TOO_MANY, headers={"date": good.headers["date"], "retry-after": until})


def _page(_: Reply, __: Reply | None) -> Reply:
    return Reply(200, ERROR_PAGE, {_TYPE: "text/html"})


def _cut_zipped(good: Reply, _: Reply | None) -> Reply:
    headers = {**good.headers, "content-encoding": "gzip"}
    return replace(good, body=gzip.compress(good.body, 1)[:-12], headers=headers)


def _json(good: Reply) -> Any:
    return json.loads(good.body) if good.body[:1] in (b"{", b"[") else None


def _renamed(good: Reply, _: Reply | None) -> Reply | None:
    found = _json(good)
    if not isinstance(found, dict):
        return None
    return replace(good, body=json.dumps({f"{key}_": v for key, v in found.items()}).encode())


# The lists whose rows a repeated page repeats.
_LISTS = ("bookmakers", "actions", "gameDates", "rowSet")


def _twice(good: Reply, _: Reply | None) -> Reply | None:
    found = _json(good)
    if isinstance(found, dict) and isinstance(found.get("data"), list):
        found["data"] = found["data"] * 2
        return replace(good, body=json.dumps(found).encode())
    return replace(good, body=json.dumps(found).encode()) if _doubled(found) else None


def _doubled(found: Any) -> bool:
    """Repeat the lists of a document in place; False where it has none of them."""
    inside = list(found.values()) if isinstance(found, dict) else found
    if not isinstance(inside, list):
        return False
    own = [key for key in _LISTS if isinstance(found, dict) and isinstance(found.get(key), list)]
    for key in own:
        found[key] = found[key] * 2
    deeper = [_doubled(value) for value in inside if isinstance(value, dict | list) and not own]
    return bool(own) or any(deeper)


def _stale(good: Reply, default: Reply | None) -> Reply | None:
    return None if default is None else replace(good, body=default.body)


KINDS = (
    Kind("429, so many seconds", lambda *_: replace(_TOO_MANY, headers={"retry-after": "1"})),
    Kind("429, until a date", _dated),
    Kind("500", lambda *_: Reply(500, JSON_PAGE)),
    Kind("502 with a page", lambda *_: Reply(502, ERROR_PAGE, {_TYPE: "text/html"})),
    Kind("503", lambda *_: Reply(503)),
    Kind("silence", lambda *_: Reply(hang=True), is_charged=True),
    Kind("closed connection", lambda *_: Reply(reset=True), is_charged=True),
    Kind("cut off", lambda good, _: replace(good, missing=len(good.body) // 2), is_charged=True),
    Kind("cut in its compression", _cut_zipped, is_charged=True),
    Kind("HTML for data", _page),
    Kind("page of an error", lambda *_: Reply(200, JSON_PAGE, {_TYPE: "application/json"})),
    Kind("no bytes", lambda *_: Reply(200), is_charged=True),
    Kind("renamed fields", _renamed, is_charged=True),
    Kind("old answer to something else", _stale, is_charged=True),
    Kind("rows twice", _twice, is_charged=True, is_good=True),
)
SOUND = Kind("none", lambda good, _: good, is_charged=True, is_good=True)


class Spoiler:
    """Draws which answers go bad, and how: by seed, address and how often it was asked.

    Args:
        seed: the same seed spoils the same answers, in whatever order they are asked for.
        share: of answers, 0 to 1, each time anew.
    """

    def __init__(self, seed: int, share: float) -> None:
        self._seed = seed
        self._share = share

    def draw(
        self, address: str, time: int, good: Reply, default: Reply | None
    ) -> tuple[Kind, Reply]:
        """Return what happens to a good answer, and what is sent.

        Args:
            address: path and query.
            time: the how manieth time that it is asked for.
            good: the answer.
            default: an answer to something else at the same endpoint.
        """
        chance = Random(f"{self._seed} {address} {time}")
        if chance.random() >= self._share:
            return SOUND, good
        for kind in chance.sample(KINDS, len(KINDS)):
            spoilt = kind.spoil(good, default)
            if spoilt is not None:
                return kind, spoilt
        raise AssertionError(f"no kind of trouble fits {address}")


def names(kinds: Mapping[str, int]) -> dict[str, int]:
    """Return counts by kind, those of nought too, so that it is seen what never happened."""
    return {kind.name: kinds.get(kind.name, 0) for kind in KINDS}
