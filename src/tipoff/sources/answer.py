"""What a provider's raw answer is, what can be asked of a provider, and how an answer is read.

Fetching is thin and parsing is pure: an answer is kept as it came, and ``Endpoint.parse`` turns it
into rows without a network, a clock or a lake. A provider is one module of
``tipoff.sources.providers`` with a ``PROVIDER``.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from tipoff.errors import InputError
from tipoff.sources.format import Parsed, Reference, Stage

_SHOWN = 60


@dataclass(frozen=True)
class Request:
    """One thing to ask of a provider, as plans list them.

    Attributes:
        provider, endpoint: names of what is asked.
        params: what is asked for, by name; never a secret.
        good_for: an answer that is kept already and younger than this will do; None: any will.
        about: what is known already of what is asked for and the answer leaves out, such as the
            game of an event's id; kept with the answer, never sent.
    """

    provider: str
    endpoint: str
    params: Mapping[str, str]
    good_for: timedelta | None = None
    about: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What names it, whenever it is asked."""
        text = json.dumps([self.provider, self.endpoint, sorted(self.params.items())])
        return sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Answer:
    """One raw answer.

    Attributes:
        provider, endpoint: names of what was asked.
        params: what was asked for, by name; never a secret.
        body: as it came, decompressed.
        fetched_at: when it came, UTC; None where that is not known, as of a file from elsewhere.
        status: HTTP status.
        headers: of the answer, names in lower case; secrets removed.
        about: of the request.
    """

    provider: str
    endpoint: str
    params: Mapping[str, str]
    body: bytes
    fetched_at: datetime | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Endpoint:
    """One thing that can be asked of a provider.

    Attributes:
        name: names it within its provider; the rows' ``source`` is ``provider_name``.
        about: one line for the reference page.
        stage: when answers are parsed, among those of other endpoints.
        path: below the provider's address, with ``{param}`` where a param goes into the path; the
            other params go into the query.
        recognises: whether a bare body, without what was asked, is one of these.
        parse: pure; gives rows of one or more tables, with counted refusals. Raises InputError
            where the body is not what the endpoint answers.
        cost: credits that a request costs, from its params.
        is_empty: whether an answer says, as it may, that there is nothing (an empty day); a body
            without a byte says nothing.
        fits: whether an answer, by what it states itself, is one to what was asked for. A provider
            in trouble sends one of another game, or an old one. Never raises.
        moment_param: the param that names the moment of which an answer of history tells. Such
            answers are read in the order of these moments, whenever they came.
        good_for: an answer younger than this is not asked for again; None: never again, as of
            history.
        absent: statuses by which the provider says that there is no such thing.
    """

    name: str
    about: str
    stage: Stage
    path: str
    recognises: Callable[[bytes], bool]
    parse: Callable[[Answer, Reference], list[Parsed]]
    cost: Callable[[Mapping[str, str]], int] = lambda _: 0
    is_empty: Callable[[bytes], bool] = lambda _: False
    fits: Callable[[Answer], bool] = lambda _: True
    moment_param: str = ""
    good_for: timedelta | None = timedelta(minutes=5)
    absent: tuple[int, ...] = (204, 404)


@dataclass(frozen=True)
class Provider:
    """One provider.

    Attributes:
        name: names it; no spaces.
        about: one line for the reference page.
        address: base URL, overridden by ``TIPOFF_<NAME>_URL``.
        endpoints: what can be asked, by name.
        secret: the environment variable that holds the key; "" where none is needed.
        key_from: says where to get a key, as "Get one at https://…".
        key_param, key_header: where the key goes, one of both.
        headers: sent with every request.
        per_minute: most requests a minute.
        credits_left, credits_used: names of the headers that account for credits.
        credits_cost: name of the header that says what the request itself cost.
    """

    name: str
    about: str
    address: str
    endpoints: Mapping[str, Endpoint]
    secret: str = ""
    key_from: str = ""
    key_param: str = ""
    key_header: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    per_minute: float = 30.0
    credits_left: str = ""
    credits_used: str = ""
    credits_cost: str = ""


def document(answer: Answer) -> Any:
    """Return the JSON that an answer holds.

    Raises:
        InputError: it is none: an HTML page, cut off, or empty; the sentence shows its head.
    """
    text = answer.body.decode("utf-8", errors="replace").removeprefix("\ufeff")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        head = " ".join(text[: 4 * _SHOWN].split())[:_SHOWN]
        kind = (
            "an HTML page" if head[:1] == "<" else "what is broken or cut off" if head else "none"
        )
        raise InputError(
            f"Expected JSON from {answer.provider} {answer.endpoint}, got {kind}: {head!r}. The "
            "answer is kept; ask again later."
        ) from None


def expect(answer: Answer, found: object, kind: type, what: str) -> Any:
    """Return what was found where it is of a kind.

    Raises:
        InputError: it is not: the provider has changed its answer.
    """
    if isinstance(found, kind):
        return found
    raise InputError(
        f"Expected {what} in the answer of {answer.provider} {answer.endpoint}, got "
        f"{type(found).__name__}; the provider may have changed its format."
    )


def holds_keys(body: bytes, *keys: str) -> bool:
    """Return whether a body is a JSON object with these keys; for ``recognises``."""
    head = body[:1]
    if head != b"{" and body.lstrip()[:1] != b"{":
        return False
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and set(keys) <= found.keys()
