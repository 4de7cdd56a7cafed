"""Fetch: plan what to ask a provider, ask what is not kept yet, and keep every answer.

The plan is cut into chunks. A chunk is asked under a lock, after another look at the archive, so
that runners that meet share the work; whatever is asked is kept before the lock goes. A run that
is killed loses what was under way; the same command again asks for what is left.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl

from tipoff.sources.addresses import path_of
from tipoff.sources.answer import Provider, Request
from tipoff.sources.budget import Budget
from tipoff.sources.http import Client
from tipoff.sources.manners import Clock, Manners
from tipoff.sources.plans import KnownSoFar, Planner
from tipoff.store.archive import kept, take_over
from tipoff.store.journal import Journal
from tipoff.store.lake import Lake
from tipoff.workflows.answers import is_held, known_so_far, newest_held
from tipoff.workflows.fetch_account import account
from tipoff.workflows.fetch_order import Order
from tipoff.workflows.fetch_runner import Runner

Step = Callable[[str, int, int], None]

# A planner that has something new after so many rounds goes in a circle.
MOST_ROUNDS = 200


def planned(lake: Lake, order: Order, *, clock: Clock | None = None) -> dict[str, Any]:
    """Say what a download would ask for, what it costs and how long it takes; ask nothing.

    Returns:
        ``plan, requests, held, to_ask, credits, credits_later, spent, budget, credits_left,
        at_risk, seconds`` and ``urls`` (without keys) of what is to be asked. A planner that goes
        on from answers is planned as far as the answers that are kept allow; ``credits_later`` is
        what the rest costs at most.
    """
    now = (clock or Clock()).now()
    take_over(lake)

    def known() -> KnownSoFar:
        return known_so_far(lake, order.provider.name, now)

    wanted = order.requests(known)
    held = newest_held(lake, order.provider.name, now)
    left = [request for request in wanted if not is_held(request, held, now)]
    stood = account(lake, order, wanted, now)
    endpoints = order.provider.endpoints
    return {
        "plan": order.name,
        "requests": len(wanted),
        "held": len(wanted) - len(left),
        "to_ask": len(left),
        "credits": sum(order.cost(request) for request in left),
        "credits_later": order.cost_later(known),
        "spent": stood.spent,
        "budget": order.credits,
        "credits_left": stood.left,
        "at_risk": _at_risk(order, left),
        "seconds": round(len(left) * 60.0 / order.provider.per_minute, 1),
        "urls": [path_of(order.provider, endpoints[r.endpoint], r.params) for r in left],
    }


def fetch(
    lake: Lake,
    order: Order,
    *,
    manners: Manners | None = None,
    clock: Clock | None = None,
    step: Step = lambda *_: None,
) -> dict[str, Any]:
    """Ask a provider for what is wanted and not kept yet, and keep every answer.

    Args:
        lake: where the answers are kept.
        order: what is wanted.
        manners, clock: how it is asked; tests put their own in.
        step: called with what is being done and how far it is.

    Returns:
        ``plan, requests, held, asked`` (tries), ``verdicts`` (tries by verdict), ``failed``
        (requests without an answer, with the sentence), ``left`` (not asked for),
        ``stopped`` (why, or None), ``stopped_by_budget``, ``bytes, credits, spent``, ``unsure``
        (of it: counted for tries without an answer, perhaps not charged), ``credits_left``,
        ``repeated`` (answers whose bytes are those of an answer to something else),
        ``clock_ahead_seconds, seconds``.

    Raises:
        InputError: the order makes no sense or the key is missing; nothing was asked.
    """
    began = time.perf_counter()
    clock = clock or Clock()
    provider = order.provider.name

    def known() -> KnownSoFar:
        return known_so_far(lake, provider, clock.now())

    take_over(lake)
    wanted = order.requests(known)
    stood = account(lake, order, wanted, clock.now())
    budget = Budget(
        order.credits,
        spent=stood.spent,
        used=stood.used,
        counted=stood.counted,
        unsure=stood.unsure,
        at_risk=_at_risk(order, wanted),
    )
    manners = manners or Manners()
    client = Client(order.provider, manners=manners, clock=clock, proxy=order.proxy)
    with client, Journal(lake) as journal:
        runner = Runner(lake, order, client, manners, clock, budget, journal, step)
        for _ in range(MOST_ROUNDS):
            if not runner.round(wanted) or order.planner is None or runner.stopped:
                break
            wanted = order.requests(known)
    return {
        **runner.report(wanted),
        "repeated": _repeated(lake, order),
        "seconds": round(time.perf_counter() - began, 2),
    }


def _at_risk(order: Order, requests: Sequence[Request]) -> int:
    """What a kill may leave unwritten: the costliest requests that can be under way at a time."""
    costs = sorted((order.cost(request) for request in requests), reverse=True)
    return sum(costs[: order.concurrency])


def _repeated(lake: Lake, order: Order) -> int:
    """Count answers whose bytes also answered another request: a feed that repeats itself."""
    rows = kept(lake, provider=order.provider.name).filter(pl.col("verdict") == "good")
    same = rows.with_columns(_asked=pl.col("request").n_unique().over("endpoint", "sha256"))
    own = same.filter((pl.col("plan") == order.name) & (pl.col("_asked") > 1))
    return own.height - own.select("endpoint", "sha256").n_unique()


def status(lake: Lake) -> dict[str, Any]:
    """Return what was asked of each provider on each day (UTC).

    Returns:
        ``rows``: ``provider, day, asked`` (tries), ``good``, ``failed`` (tries without an
        answer), ``bytes, credits, credits_left`` (the last that was stated); ``endpoints``:
        ``provider, endpoint, answers, first, last``.
    """
    take_over(lake)
    rows = kept(lake)
    is_held_ = pl.col("verdict").is_in(["good", "empty", "absent"])
    days = rows.group_by("provider", day=pl.col("fetched_at").dt.date()).agg(
        asked=pl.len(),
        good=is_held_.sum(),
        failed=(~is_held_).sum(),
        bytes=pl.col("bytes").sum(),
        credits=pl.col("credits").sum(),
        credits_left=pl.col("credits_left").drop_nulls().last(),
    )
    endpoints = rows.filter(is_held_).group_by("provider", "endpoint")
    spans = endpoints.agg(
        answers=pl.len(), first=pl.col("fetched_at").min(), last=pl.col("fetched_at").max()
    )
    return {
        "rows": days.sort("provider", "day").to_dicts(),
        "endpoints": spans.sort("provider", "endpoint").to_dicts(),
    }


def listed(
    providers: Mapping[str, Provider], planners: Mapping[str, Mapping[str, Planner]]
) -> dict[str, Any]:
    """Return the providers: ``name, about, address, secret, endpoints, plans``, each by name."""
    return {
        "providers": [
            {
                "name": p.name,
                "about": p.about,
                "address": p.address,
                "secret": p.secret,
                "endpoints": [{"name": e.name, "about": e.about} for e in p.endpoints.values()],
                "plans": [
                    {"name": plan.name, "about": plan.about, "options": dict(plan.options)}
                    for plan in planners.get(p.name, {}).values()
                ],
            }
            for p in providers.values()
        ]
    }
