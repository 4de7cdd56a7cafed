"""Break an answer in every way that comes to mind, and see that its parser loses nothing by it.

``fuzz`` is one try of one endpoint, made from a number; tests run few, a benchmark thousands.
"""

import copy
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import polars as pl

from tipoff.errors import InputError
from tipoff.sources.answer import Answer, Provider
from tipoff.sources.format import Parsed, Reference
from tipoff.sources.quote_sides import JOINED
from tipoff.store.lake import validated

FETCHED_AT = datetime(2024, 1, 25, 12, 0, tzinfo=UTC)
_JUNK: tuple[Any, ...] = (
    None, True, False, 0, -1, 7, 10**30, 1.5, -0.0, 1e308, float("nan"), float("inf"), "", " ", "x",
    "Over", "-110", "1.91", "Boston Celtics", "2024-01-25T03:55:22Z", "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59Z", "2024-13-45", "\ud800", "\x00", "<html>", "𝔘nicode é", [], {}, [[]],
    [{}], {"a": 1}, ["x"], {"markets": None}, {"outcomes": {}},
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """An answer that an endpoint gives in fair weather.

    Attributes:
        provider, endpoint: whose it is.
        body: as JSON.
        units: how many rows are in a body: what is a row, refused or joined must be as many.
        params, about: of the request.
        reference: the known games.
    """

    provider: Provider
    endpoint: str
    body: Any
    units: Callable[[Any], int]
    params: Mapping[str, str] = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)
    reference: Reference | None = None


def fuzz(case: Case, number: int) -> str:
    """Parse one broken answer; return ``rows``, ``refused`` or ``sentence`` for what came of it.

    Raises:
        AssertionError: a row was lost, or broke its table's rules.
        Exception: the parser failed with what is no sentence.
    """
    rng = random.Random(number)
    body = broken(case.body, rng)
    endpoint = case.provider.endpoints[case.endpoint]
    fetched = rng.choice([None, FETCHED_AT])
    answer = Answer(case.provider.name, case.endpoint, case.params, body, fetched, about=case.about)
    endpoint.recognises(body)
    endpoint.is_empty(body)
    endpoint.fits(answer)
    games = pl.DataFrame(
        schema={
            "game_id": pl.String(), "game_date": pl.Date(), "season": pl.String(),
            "home_team": pl.String(), "away_team": pl.String(),
            "tip_off_at": pl.Datetime("us", "UTC"),
        }
    )  # fmt: skip
    try:
        found = endpoint.parse(answer, case.reference or Reference(games, pl.DataFrame()))
    except InputError as error:
        said = str(error)
        assert said.endswith("."), said
        return "sentence"
    for parsed in found:
        assert validated(parsed.table, parsed.frame).height == parsed.frame.height
    told = case.units(json.loads(body.decode("utf-8", "replace")))
    assert told == sum(map(accounted, found)), (number, told, found)
    return "rows" if any(parsed.frame.height for parsed in found) else "refused"


def accounted(parsed: Parsed) -> int:
    """Return how many rows of the answer a part accounts for."""
    return parsed.frame.height + sum(parsed.rejected.values()) + parsed.notes.get(JOINED, 0)


def broken(found: Any, rng: random.Random) -> bytes:
    """Return a body with a few changes to its JSON, then perhaps to its bytes."""
    changed = copy.deepcopy(found)
    for _ in range(rng.choice([0, 1, 1, 2, 3, 8])):
        changed = _mutated(changed, rng)
    body = json.dumps(changed).encode()
    return noisy(body, rng) if rng.random() < 0.3 else body


def _mutated(found: Any, rng: random.Random) -> Any:
    """Change one place in a tree."""
    if not isinstance(found, dict | list) or not found or rng.random() < 0.02:
        return copy.deepcopy(rng.choice(_JUNK))
    parents = [found]
    at = 0
    while at < len(parents):
        inner = parents[at]
        values = inner.values() if isinstance(inner, dict) else inner
        parents += [value for value in values if isinstance(value, dict | list) and value]
        at += 1
        if len(parents) > 4_000:
            break
    parent = rng.choice(parents)
    key = rng.choice(list(parent) if isinstance(parent, dict) else range(len(parent)))
    kind = rng.randrange(5)
    if kind == 0:
        del parent[key]
    elif kind == 1 and isinstance(parent, list):
        parent.insert(rng.randrange(len(parent) + 1), copy.deepcopy(parent[key]))
    elif kind == 2 and isinstance(parent, dict):
        parent[rng.choice(["extra", str(key) + "_", "id", "key"])] = parent.pop(key)
    elif kind == 3 and isinstance(parent, list):
        rng.shuffle(parent)
    else:
        parent[key] = copy.deepcopy(rng.choice(_JUNK))
    return found


def noisy(body: bytes, rng: random.Random) -> bytes:
    """Return a body with bytes changed, added, dropped or cut off."""
    noisy = bytearray(body)
    for _ in range(rng.choice([1, 1, 2, 5, 40])):
        at = rng.randrange(len(noisy) + 1)
        kind = rng.randrange(4)
        if kind == 0:
            noisy[at : at + 1] = bytes([rng.randrange(256)])
        elif kind == 1:
            noisy[at:at] = rng.randbytes(rng.randrange(1, 6))
        elif kind == 2:
            del noisy[at : at + rng.randrange(1, 30)]
        elif rng.random() < 0.1:
            del noisy[at:]
    return bytes(noisy)
