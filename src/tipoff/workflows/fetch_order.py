"""What somebody wants fetched, and the requests that this comes to."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from itertools import product

from tipoff.errors import InputError
from tipoff.sources.addresses import path_of
from tipoff.sources.answer import Provider, Request
from tipoff.sources.plans import KnownSoFar, Planner

_LONG = 160


@dataclass(frozen=True)
class Order:
    """What somebody wants fetched.

    Attributes:
        provider: whom to ask.
        what: an endpoint's name, or the planner's.
        params: values by name; an endpoint is asked once for every combination of them.
        planner: makes the requests from the params; None where ``what`` is an endpoint.
        credits: the most to spend, over all runs of the same order whose answers are still good;
            None for no limit.
        max_age: answers older than this are asked for again; None: as the endpoint says.
        proxy: URL of a proxy; None for the environment's.
        concurrency: requests under way at a time.
    """

    provider: Provider
    what: str
    params: Mapping[str, Sequence[str]]
    planner: Planner | None = None
    credits: int | None = None
    max_age: timedelta | None = None
    proxy: str | None = None
    concurrency: int = 2

    @property
    def name(self) -> str:
        """What names the download: the same command again goes on with it."""
        words = [f"{k}={v}" for k in sorted(self.params) for v in self.params[k]]
        text = " ".join([self.provider.name, self.what, *words])
        if len(text) <= _LONG:
            return text
        return f"{text[:_LONG]}… {sha256(text.encode()).hexdigest()[:16]}"

    def requests(self, known: Callable[[], KnownSoFar]) -> list[Request]:
        """Return what is to be asked, as far as it is known, each once.

        Args:
            known: gives what a planner may look at; endpoints need no look.

        Raises:
            InputError: there is no such endpoint, or a param is wrong.
        """
        refuse_keys(self.provider, self.params)
        made = self._planned(self.planner, known()) if self.planner else self._asked_for()
        if self.max_age is not None:
            made = (replace(request, good_for=self.max_age) for request in made)
        once = {request.key: request for request in made}
        for request in once.values():
            endpoint = self.provider.endpoints[request.endpoint]
            path_of(self.provider, endpoint, request.params)
        return list(once.values())

    def _planned(self, planner: Planner, known: KnownSoFar) -> Iterable[Request]:
        several = sorted(name for name, given in self.params.items() if len(given) > 1)
        unknown = sorted(set(self.params) - set(planner.options))
        if several or unknown:
            takes = ", ".join(planner.options) or "no options"
            raise InputError(
                f"Expected {self.what} of {self.provider.name} to be given {takes}, each once; "
                f"got {', '.join(unknown or several)}."
            )
        return planner.build(known, {name: v[0] for name, v in self.params.items()})

    def _asked_for(self) -> Iterable[Request]:
        endpoint = self.provider.endpoints.get(self.what)
        if endpoint is None:
            names = ", ".join(sorted(self.provider.endpoints))
            raise InputError(
                f"Expected an endpoint of {self.provider.name} ({names}), got {self.what!r}."
            )
        for values in product(*self.params.values()):
            params = dict(zip(self.params, values, strict=True))
            yield Request(self.provider.name, endpoint.name, params, endpoint.good_for)

    def cost_later(self, known: Callable[[], KnownSoFar]) -> int:
        """Return the credits that requests cost at most which follow from answers to come."""
        if self.planner is None or self.planner.later is None:
            return 0
        return self.planner.later(known(), {name: v[0] for name, v in self.params.items()})

    def cost(self, request: Request) -> int:
        """Return the credits that a request is expected to cost."""
        return self.provider.endpoints[request.endpoint].cost(request.params)


def refuse_keys(provider: Provider, params: Mapping[str, Sequence[str]]) -> None:
    """Refuse a key among params: they are shown and written down.

    Raises:
        InputError: a param has the name of the key, or its value is the key.
    """
    names = {n.lower() for n in (provider.key_param, provider.key_header) if n}
    secret = os.environ.get(provider.secret, "").strip() if provider.secret else ""
    for name, values in params.items():
        if name.lower() in names or (secret and any(secret in value for value in values)):
            raise InputError(
                f"Expected no key among the params, got one in {name}; export it as "
                f"{provider.secret}, so that it is written down nowhere."
            )
