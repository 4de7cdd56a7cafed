"""The archive as answers: kept ones are turned into what parsers and planners read, and back."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import polars as pl

from tipoff.sources.answer import Answer, Provider, Request
from tipoff.sources.budget import stated_credits
from tipoff.sources.http import Asked
from tipoff.sources.plans import KnownSoFar
from tipoff.store.archive import kept, with_bodies
from tipoff.store.lake import Lake
from tipoff.tables.answers import HELD, Verdict
from tipoff.tables.table import UTC_MOMENT
from tipoff.workflows.parsed_rows import lake_reference

ABSENT_FOR = timedelta(hours=20)


def answer_row(
    provider: Provider, request: Request, asked: Asked, plan: str, spent: int, *, is_alone: bool
) -> dict[str, Any]:
    """Return the row of the archive for one try, with its body.

    Args:
        provider, request, asked: what was asked, and what came.
        plan: the download's name.
        spent: credits that it is taken to have cost.
        is_alone: nothing else was under way.
    """
    answer = asked.answer
    stated = stated_credits(provider, answer.headers)
    digest = sha256(answer.body).hexdigest()
    headers = json.dumps(dict(sorted(answer.headers.items())))
    came = str(answer.fetched_at)
    named = json.dumps([request.key, came, asked.attempt, answer.status, headers, digest])
    return {
        "answer": sha256(named.encode()).hexdigest()[:32],
        "request": request.key,
        "provider": answer.provider,
        "endpoint": answer.endpoint,
        "params": json.dumps(dict(sorted(answer.params.items()))),
        "about": json.dumps(dict(sorted(request.about.items()))),
        "plan": plan,
        "fetched_at": answer.fetched_at,
        "seconds": asked.seconds,
        "attempt": asked.attempt,
        "status": answer.status if asked.has_status else None,
        "verdict": asked.verdict.value,
        "note": asked.note,
        "headers": headers,
        "sha256": digest,
        "bytes": len(answer.body),
        "credits": spent,
        "credits_used": stated.used,
        "credits_left": stated.left,
        "is_alone": is_alone,
        "body": answer.body,
    }


def as_answer(row: Mapping[str, Any]) -> Answer:
    """Return the answer that a row of the archive, with its body, is of."""
    return Answer(
        provider=row["provider"],
        endpoint=row["endpoint"],
        params=json.loads(row["params"]),
        body=row["body"],
        fetched_at=row["fetched_at"],
        status=row["status"] or 0,
        headers=json.loads(row["headers"]),
        about=json.loads(row["about"] or "{}"),
    )


def good_answers(lake: Lake, provider: str, endpoint: str) -> Iterator[Answer]:
    """Give the good answers that are kept of an endpoint, in the order in which they came."""
    rows = kept(lake, provider=provider, endpoint=endpoint)
    for part in with_bodies(lake, rows.filter(pl.col("verdict") == Verdict.GOOD.value)):
        yield from (as_answer(row) for row in part.to_dicts())


def known_so_far(lake: Lake, provider: str, now: datetime) -> KnownSoFar:
    """Return what a provider's planner may look at."""
    return KnownSoFar(
        lake_reference(lake), lambda endpoint: good_answers(lake, provider, endpoint), now
    )


def newest_held(lake: Lake, provider: str, now: datetime) -> dict[str, datetime]:
    """Return when each request was last answered with all that there is to say.

    That something is not there is no last word: it counts for some hours.
    """
    rows = kept(lake, provider=provider, columns=("request", "fetched_at", "verdict"))
    is_there = pl.col("verdict").is_in([v.value for v in HELD if v is not Verdict.ABSENT])
    is_gone = (pl.col("verdict") == Verdict.ABSENT.value) & (
        pl.col("fetched_at") > pl.lit(now - ABSENT_FOR, UTC_MOMENT)
    )
    good = rows.filter(is_there | is_gone)
    return dict(good.group_by("request").agg(pl.col("fetched_at").max()).iter_rows())


def is_held(request: Request, held: Mapping[str, datetime], now: datetime) -> bool:
    """Whether an answer that is kept makes it needless to ask."""
    came = held.get(request.key)
    if came is None:
        return False
    if request.good_for is None:
        return True
    # By the provider's clock an answer may have come some time after now.
    return request.good_for > timedelta(0) and abs(now - came) < request.good_for
