"""Asks the requests of a download, chunk by chunk, in a few threads, within its budget."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import Any

import polars as pl

from tipoff.sources.answer import Provider, Request
from tipoff.sources.budget import Budget, Promise, stated_credits
from tipoff.sources.http import Asked, Client
from tipoff.sources.judge import HOPELESS
from tipoff.sources.manners import Clock, Manners
from tipoff.store.archive import COLUMNS, Keeper
from tipoff.store.journal import Journal
from tipoff.store.lake import Lake
from tipoff.store.locks import held as lock_held
from tipoff.tables.answers import HELD, Verdict
from tipoff.workflows.answers import answer_row, is_held, newest_held
from tipoff.workflows.fetch_order import Order

# Requests that one runner takes on at a time.
CHUNK = 16
# Answers are committed together until there are so many bytes.
_BATCH_BYTES = 8 * 2**20


class Runner:
    """One run of a download. ``round`` asks; ``report`` says what came of it."""

    def __init__(
        self,
        lake: Lake,
        order: Order,
        client: Client,
        manners: Manners,
        clock: Clock,
        budget: Budget,
        journal: Journal,
        step: Callable[[str, int, int], None],
    ) -> None:
        self._lake = lake
        self._order = order
        self._provider: Provider = order.provider
        self._client = client
        self._manners = manners
        self._clock = clock
        self._budget = budget
        self._step = step
        self._lock = threading.Lock()
        self._keeper = Keeper(lake)
        self._journal = journal
        self._waiting: list[dict[str, Any]] = []
        self._verdicts: Counter[str] = Counter()
        self._failed: dict[str, tuple[Request, str]] = {}
        self._done = 0
        self._total = 0
        self._in_a_row = 0
        self._bytes = 0
        self._credits = 0
        self._ahead = 0.0
        self._settled: set[str] = set()
        self._found = 0
        self._is_spent = False
        self.stopped: str | None = None

    def round(self, wanted: Sequence[Request]) -> bool:
        """Ask those requests that are not kept and were not tried yet; False if there are none.

        Chunks that another runner is at are left for the end, and then looked at again.
        """
        now = self._clock.now()
        held = newest_held(self._lake, self._provider.name, now)
        left = [r for r in wanted if r.key not in self._settled and not is_held(r, held, now)]
        self._found += sum(r.key not in self._settled for r in wanted) - len(left)
        self._settled |= {r.key for r in wanted} - {r.key for r in left}
        if not left:
            return False
        self._total = len(left)
        self._done = 0
        keys = {r.key for r in left}
        # Cut before anything is left out, so that runners of one download cut alike.
        chunks = [wanted[i : i + CHUNK] for i in range(0, len(wanted), CHUNK)]
        chunks = [chunk for chunk in chunks if any(r.key in keys for r in chunk)]
        busy = [chunk for chunk in chunks if not self._chunk(chunk, wait=False)]
        for chunk in busy:
            self._chunk(chunk, wait=True)
        return True

    def _chunk(self, chunk: Sequence[Request], *, wait: bool) -> bool:
        """Ask a chunk's requests; False where another runner is at it."""
        if self.stopped:
            return True
        named = sha256("".join(r.key for r in chunk).encode()).hexdigest()[:16]
        with lock_held(self._lake, f"fetch-{self._provider.name}-{named}", wait=wait) as mine:
            if not mine:
                return False
            now = self._clock.now()
            # Another runner may have been killed at it.
            self._keeper.take_over()
            held = newest_held(self._lake, self._provider.name, now)
            fresh = [r for r in chunk if r.key not in self._settled]
            left = [r for r in fresh if not is_held(r, held, now)]
            self._found += len(fresh) - len(left)
            self._settled |= {r.key for r in fresh} - {r.key for r in left}
            try:
                # An answer that is asked for alone tells what was charged for those without one.
                tells = self._budget.is_open and any(map(self._order.cost, left))
                alone = len(left) if self._order.concurrency == 1 else int(tells)
                for request in left[:alone]:
                    self._ask(request)
                with ThreadPoolExecutor(self._order.concurrency) as pool:
                    self._ask_all(pool, left[alone:])
            except BaseException:
                # Whatever is under way ends after its current try.
                self.stopped = self.stopped or "The download was interrupted."
                raise
            finally:
                self._keep()
            self._keeper.fold()
        return True

    def _ask_all(self, pool: ThreadPoolExecutor, requests: Sequence[Request]) -> None:
        """Ask in threads; an interruption tells them before the pool waits for them."""
        try:
            list(pool.map(self._ask, requests))
        except BaseException:
            self.stopped = self.stopped or "The download was interrupted."
            pool.shutdown(wait=False, cancel_futures=True)
            raise

    def _ask(self, request: Request) -> None:
        """Ask one request until it is answered, hopeless or beyond the budget."""
        endpoint = self._provider.endpoints[request.endpoint]
        cost = self._order.cost(request)
        promise = self._promise(cost)
        if promise is None:
            return
        for asked in self._client.tries(endpoint, request.params):
            self._take(request, asked, promise)
            promise = self._promise(cost) if asked.wait is not None else None
            if promise is None:
                break
        with self._lock:
            self._settled.add(request.key)
            self._done += 1
            self._step(f"asking {self._provider.name}", self._done, self._total)

    def _promise(self, cost: int) -> Promise | None:
        """Set aside what a try will cost; None where the download is stopped."""
        with self._lock:
            if self.stopped is not None:
                return None
            found = self._budget.reserve(cost)
            if isinstance(found, Promise):
                return found
            self.stopped, self._is_spent = found, True
            return None

    def _take(self, request: Request, asked: Asked, promise: Promise) -> None:
        """Account for a try and write it down; without a journal one that cost is committed."""
        stated = stated_credits(self._provider, asked.answer.headers)
        with self._lock:
            is_alone = self._budget.is_alone(promise)
            spent = self._budget.settle(promise, asked.verdict, stated)
            plan = self._order.name
            row = answer_row(self._provider, request, asked, plan, spent, is_alone=is_alone)
            self._waiting.append(row)
            is_safe = self._journal.write(row)
            self._verdicts[asked.verdict.value] += 1
            self._bytes += len(asked.answer.body)
            self._credits += spent
            self._ahead = max(self._ahead, asked.ahead)
            self._judge(request, asked)
            waiting = sum(row["bytes"] for row in self._waiting)
            if (promise.cost and not is_safe) or waiting > _BATCH_BYTES:
                self._keep()

    def _judge(self, request: Request, asked: Asked) -> None:
        if asked.verdict in HELD:
            self._failed.pop(request.key, None)
            self._in_a_row = 0
            return
        note = asked.note or asked.verdict.value
        self._failed[request.key] = (request, note)
        if asked.wait is not None:
            return
        self._in_a_row += asked.verdict is not Verdict.REFUSED
        if self.stopped:
            return
        if asked.verdict in HOPELESS:
            self.stopped = note
        elif self._in_a_row >= self._manners.in_a_row:
            self.stopped = f"{self._in_a_row} requests in a row had no answer; the last: {note}"

    def _keep(self) -> None:
        if self._waiting:
            self._keeper.keep(pl.DataFrame(self._waiting, schema=COLUMNS))
            self._waiting = []
            self._journal.clear()

    def report(self, wanted: Sequence[Request]) -> Mapping[str, Any]:
        """Return what came of the run; see ``fetch``."""
        failed = [
            {"endpoint": request.endpoint, "params": dict(request.params), "reason": note}
            for request, note in self._failed.values()
        ]
        return {
            "plan": self._order.name,
            "requests": len(wanted),
            "held": self._found,
            "asked": sum(self._verdicts.values()),
            "verdicts": dict(self._verdicts),
            "failed": failed,
            "left": sum(r.key not in self._settled for r in wanted),
            "stopped": self.stopped,
            "stopped_by_budget": self._is_spent,
            "bytes": self._bytes,
            "credits": self._credits,
            "spent": self._budget.spent,
            "unsure": self._budget.unsure,
            "credits_left": self._budget.left,
            "clock_ahead_seconds": round(self._ahead, 1),
        }
