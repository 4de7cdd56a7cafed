"""Broken answers by the thousand: each is parsed whole, or refused in a sentence."""

import random
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from tests.sources.providers.score_answers import Case

from tipoff.errors import InputError
from tipoff.sources.answer import Answer
from tipoff.sources.format import Parsed, Reference
from tipoff.sources.providers.catalogue import PROVIDERS
from tipoff.store.lake import validated

_JUNK: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 10**30, 1e308, float("nan"), float("inf"), "", "x", "\ud800",
    "\0", "é" * 50, "9999999999", "-0", "2024-13-45", "0001-01-01T00:00Z", "9999-12-31T23:59:59Z",
    [], [[]], {}, {"a": [1, {"b": None}]}, [None, 1, "x"], "Infinity", "1-", "12:99",
)  # fmt: skip
_TIMES = (None, datetime(2024, 10, 22, 17, tzinfo=UTC), datetime(2024, 10, 23, 5, tzinfo=UTC))


def fuzz(case: Case, reference: Reference, inputs: int, seed: int = 1) -> Counter[str]:
    """Parse broken answers of one endpoint.

    Args:
        case: what the answers are made from.
        reference: the known games.
        inputs: how many.
        seed: of what is broken, and how.

    Returns:
        How many were ``parsed`` and ``refused``.

    Raises:
        AssertionError: rows were lost, or rows were given that their table does not allow. Any
            other error of the parser is not caught.
    """
    chance = random.Random(seed)
    return Counter(broken_once(case, reference, chance) for _ in range(inputs))


def broken_once(case: Case, reference: Reference, chance: random.Random) -> str:
    """Break an answer in its bytes or in its fields, and check what is made of it."""
    fetched_at = chance.choice(_TIMES)
    if chance.random() < 0.5:
        body = _broken_bytes(case.written(case.fresh()), chance)
        return check(case, body, None, reference, fetched_at)
    changed = case.fresh()
    if not isinstance(changed, tuple):
        for _ in range(chance.randint(1, 4)):
            _break(changed, chance)
    else:
        changed = tuple(_broken_cells(row, chance) for row in changed)
    return check(case, case.written(changed), changed, reference, fetched_at)


def check(
    case: Case, body: bytes, changed: Any, reference: Reference, fetched_at: datetime | None
) -> str:
    """Parse a body; where its document is known, count that no row was lost.

    Returns:
        "parsed" or "refused".
    """
    endpoint = PROVIDERS[case.provider].endpoints[case.endpoint]
    endpoint.recognises(body)
    endpoint.is_empty(body)
    answer = Answer(case.provider, case.endpoint, {}, body, fetched_at)
    endpoint.fits(answer)
    try:
        found = endpoint.parse(answer, reference)
    except InputError:
        return "refused"
    for parsed in found:
        validated(parsed.table, parsed.frame)
    if changed is not None:
        assert rows_of(found[0]) == case.rows(changed), (found[0].rejected, changed)
    return "parsed"


def rows_of(parsed: Parsed) -> int:
    """Return how many rows were given or refused."""
    return parsed.frame.height + sum(parsed.rejected.values())


def _broken_bytes(body: bytes, chance: random.Random) -> bytes:
    noisy = bytearray(body)
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(noisy) + 1)
        kind = chance.randrange(4)
        if kind == 0:
            noisy[place:place] = chance.randbytes(chance.randint(1, 4))
        elif kind == 1:
            del noisy[place : place + chance.randint(1, 12)]
        elif kind == 2:
            noisy[place : place + 1] = chance.choice((b'"', b"0", b"-", b"\\", b"}", b",", b"\n"))
        elif chance.random() < 0.2:
            del noisy[place:]
    return bytes(noisy)


def _break(found: Any, chance: random.Random) -> None:
    """Change one field somewhere inside: junk for it, left out, renamed, or told twice."""
    here = found
    while True:
        inner = list(here.values()) if isinstance(here, dict) else list(here)
        deeper = [part for part in inner if isinstance(part, dict | list) and part]
        if not deeper or chance.random() < 0.15:
            break
        here = chance.choice(deeper)
    if not here:
        return
    place = chance.choice(list(here)) if isinstance(here, dict) else chance.randrange(len(here))
    kind = chance.randrange(4)
    if kind == 0 and isinstance(here, list):
        here.append(here[place])
    elif kind == 1:
        del here[place]
    elif kind == 2 and isinstance(here, dict):
        here[f"{place}_"] = here.pop(place)
    else:
        here[place] = chance.choice(_JUNK)


def _broken_cells(row: dict[str, str], chance: random.Random) -> dict[str, str]:
    plain = [junk for junk in _JUNK if isinstance(junk, int | float | str) and junk != "\ud800"]
    return {
        name: str(chance.choice(plain)) if chance.random() < 0.05 else value
        for name, value in row.items()
    }
