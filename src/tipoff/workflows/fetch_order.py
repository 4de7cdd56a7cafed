"""What somebody wants fetched, and the requests that this comes to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import product

from tipoff.errors import InputError
from tipoff.sources.answer import Provider
from tipoff.sources.http import path_of
from tipoff.sources.plans import KnownSoFar, Planner, Request


@dataclass(frozen=True)
class Order:
    """What somebody wants fetched.

    Attributes:
        provider: whom to ask.
        what: an endpoint's name, or the planner's.
        params: values by name; an endpoint is asked once for every combination of them.
        planner: makes the requests from the params; None where ``what`` is an endpoint.
        credits: the most to spend, over all runs of the same order; None for no limit.
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
        return " ".join([self.provider.name, self.what, *words])

    def requests(self, known: KnownSoFar) -> list[Request]:
        """Return what is to be asked, as far as it is known, each once.

        Raises:
            InputError: there is no such endpoint, or a param is wrong.
        """
        made = self._planned(self.planner, known) if self.planner else self._asked_for()
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
        good_for = endpoint.good_for if self.max_age is None else self.max_age
        for values in product(*self.params.values()):
            params = dict(zip(self.params, values, strict=True))
            yield Request(self.provider.name, endpoint.name, params, good_for)

    def cost(self, request: Request) -> int:
        """Return the credits that a request is expected to cost."""
        return self.provider.endpoints[request.endpoint].cost(request.params)
