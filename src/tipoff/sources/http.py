"""The only place that speaks HTTP: asks one provider, with manners, and keeps its key secret.

The key is put into a request by the transport, beneath everything that logs, raises or stores, so
neither log records nor exceptions hold it; what comes back is cleared of it before it is given on.
"""

import json
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self
from urllib.parse import quote, urljoin, urlsplit

import httpx

from tipoff.sources.addresses import address_of, path_of, proxy_for, secret_of
from tipoff.sources.answer import Answer, Endpoint, Provider
from tipoff.sources.decoding import BrokenError, Decoder
from tipoff.sources.judge import RETRIED, judged, unanswered
from tipoff.sources.manners import Clock, Manners, Pace, came_at, retry_after, skew_seconds
from tipoff.tables.answers import Verdict

_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_REDIRECTS = 3
_DROPPED = {"set-cookie", "authorization", "proxy-authorization", "www-authenticate", "cookie"}
_HIDDEN = "***"
_SHORT = 8


def _is_safe(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.INFO


# Their debug records show headers as they came, which may repeat a key.
for _part in ("connection", "http11", "http2", "proxy", "socks"):
    logging.getLogger(f"httpcore.{_part}").addFilter(_is_safe)


@dataclass(frozen=True)
class Asked:
    """One try, and what came of it.

    Attributes:
        answer: as it came, without secrets; the body is empty where none came.
        has_status: whether an HTTP status came at all.
        verdict, note: what came of it, and a sentence where it is not good.
        seconds: it took.
        attempt: the how manieth try, from 1.
        wait: seconds after which it is tried again; None where it is not.
        ahead: seconds by which the provider's clock is ahead of this machine's; 0 if unknown.
    """

    answer: Answer
    has_status: bool
    verdict: Verdict
    note: str | None
    seconds: float
    attempt: int
    wait: float | None = None
    ahead: float = 0.0


@dataclass(frozen=True)
class _Came:
    """A raw answer: what came of its body, and why it ended early if it did."""

    status: int | None
    headers: Mapping[str, str]
    body: bytes
    trouble: Verdict | None = None
    why: str = ""


class Client:
    """Asks one provider; safe to use from several threads. Close it, or use it as a context.

    Args:
        provider: whom to ask.
        manners: limits.
        clock: the time.
        proxy: URL of a proxy; by default what the environment states, as HTTPS_PROXY; "" for none.

    Raises:
        InputError: the key is missing, or an address makes no sense.
    """

    def __init__(
        self,
        provider: Provider,
        *,
        manners: Manners | None = None,
        clock: Clock | None = None,
        proxy: str | None = None,
    ) -> None:
        self._provider = provider
        self._manners = manners or Manners()
        self._clock = clock or Clock()
        self._pace = Pace(provider.per_minute, self._clock)
        self._secret = secret_of(provider)
        limits = self._manners
        self._http = httpx.Client(
            transport=_WithKey(provider, self._secret, proxy_for(address_of(provider), proxy)),
            headers={"accept-encoding": "gzip", "user-agent": "tipoff", **provider.headers},
            timeout=httpx.Timeout(
                limits.read, connect=limits.connect, write=limits.read, pool=limits.total
            ),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def tries(self, endpoint: Endpoint, params: Mapping[str, str]) -> Iterator[Asked]:
        """Ask, and ask again while that makes sense; waiting happens before each try.

        Whoever stops taking from the iterator stops the trying. The last one's ``wait`` is None.
        """
        url = path_of(self._provider, endpoint, params)
        waited = 0.0
        for attempt in range(1, self._manners.tries + 1):
            self._pace.wait()
            began = self._clock.monotonic()
            came = self._fetched(url, began)
            seconds = max(0.0, self._clock.monotonic() - began)
            asked = self._asked(endpoint, params, came, attempt, seconds)
            wait = self._wait_after(asked, waited)
            if wait is None:
                yield asked
                return
            yield replace(asked, wait=wait)
            waited += wait
            if asked.verdict is Verdict.LIMITED:
                self._pace.hold(wait)
            self._clock.sleep(wait)

    def _wait_after(self, asked: Asked, waited: float) -> float | None:
        """Return how long to wait before the next try; None where there is to be none."""
        limits = self._manners
        few = asked.verdict is Verdict.UNRECOGNISED
        most = min(limits.tries, limits.tries_unrecognised) if few else limits.tries
        if asked.verdict not in RETRIED or asked.attempt >= most:
            return None
        stated = retry_after(asked.answer.headers, self._clock.now())
        wait = max(stated or 0.0, limits.wait_before(asked.attempt + 1))
        return wait if waited + wait <= limits.patience else None

    def _asked(
        self,
        endpoint: Endpoint,
        params: Mapping[str, str],
        came: _Came,
        attempt: int,
        seconds: float,
    ) -> Asked:
        now = self._clock.now()
        headers = {
            name: self._cleared(value)
            for name, value in came.headers.items()
            if name not in _DROPPED
        }
        answer = Answer(
            provider=self._provider.name,
            endpoint=endpoint.name,
            params=dict(params),
            body=self._cleared_bytes(came.body),
            fetched_at=came_at(headers, now),
            status=came.status or 0,
            headers=headers,
        )
        # Whatever came of its body, a status says what is the matter.
        is_told = came.trouble is Verdict.CUT_OFF and (came.status or 0) >= 400
        verdict, note = (
            judged(self._provider, endpoint, answer, now)
            if came.trouble is None or is_told
            else unanswered(self._provider, came.trouble, came.why)
        )
        ahead = max(0.0, skew_seconds(headers, now) or 0.0)
        has_status = came.status is not None
        return Asked(answer, has_status, verdict, note, seconds, attempt, ahead=ahead)

    def _fetched(self, url: str, began: float) -> _Came:
        """Fetch a URL, following redirects within its own site only."""
        for _ in range(_MOST_REDIRECTS + 1):
            try:
                came = self._once(url, began)
            except httpx.TimeoutException as error:
                what = "connect" if isinstance(error, httpx.ConnectTimeout) else "answer"
                return _Came(None, {}, b"", Verdict.SILENT, f"it did not {what} in time")
            except httpx.HTTPError as error:
                why = self._cleared(str(error)) or type(error).__name__
                return _Came(None, {}, b"", Verdict.UNREACHABLE, why)
            except httpx.InvalidURL:
                return _Came(None, {}, b"", Verdict.UNREACHABLE, "its address makes no sense")
            target = came.headers.get("location", "")
            if came.status not in _REDIRECTS or not target:
                return came
            there, where = _target(url, target)
            if there is None:
                return _Came(came.status, came.headers, came.body, Verdict.REDIRECTED, where)
            url = _without(there, self._provider.key_param)
        return _Came(came.status, came.headers, came.body, Verdict.REDIRECTED, "in a circle")

    def _once(self, url: str, began: float) -> _Came:
        """Fetch one URL; an answer that ends early is given as far as it came."""
        with self._http.stream("GET", url) as response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            decoder = Decoder(headers.get("content-encoding", ""), self._manners.most_bytes)
            trouble: Verdict | None = None
            why = ""
            try:
                for chunk in response.iter_raw():
                    decoder.take(chunk)
                    if self._clock.monotonic() - began > self._manners.total:
                        limit = self._manners.total
                        trouble, why = Verdict.SILENT, f"it took more than {limit:g} s in all"
                        break
                else:
                    decoder.end()
            except httpx.TimeoutException:
                trouble, why = Verdict.SILENT, "it stopped in the middle"
            except httpx.TransportError as error:
                trouble, why = Verdict.CUT_OFF, self._cleared(str(error))
            except BrokenError as error:
                trouble, why = Verdict.CUT_OFF, str(error)
            return _Came(response.status_code, headers, decoder.body, trouble, why)

    def _cleared(self, text: str) -> str:
        for form in _forms(self._secret):
            text = text.replace(form, _HIDDEN)
        return text

    def _cleared_bytes(self, body: bytes) -> bytes:
        for form in _forms(self._secret):
            body = body.replace(form.encode(), _HIDDEN.encode())
        return body


@dataclass(frozen=True)
class Posted:
    """What came of sending something.

    Attributes:
        status: the HTTP status; None where none came.
        wait: seconds that the answer asks to wait before the next try, if it does.
        why: why there is no status.
    """

    status: int | None
    wait: float | None = None
    why: str = ""


def post_once(
    url: str, body: bytes, headers: Mapping[str, str], manners: Manners, clock: Clock
) -> Posted:
    """Send a body to an address, once; redirects are not followed, the answer is not read.

    The address is told to nobody: it may be a secret.
    """
    limits = httpx.Timeout(manners.read, connect=manners.connect)
    try:
        with (
            httpx.Client(
                transport=httpx.HTTPTransport(proxy=proxy_for(url, None)), timeout=limits
            ) as client,
            client.stream("POST", url, content=body, headers=dict(headers)) as response,
        ):
            told = {name.lower(): value for name, value in response.headers.items()}
            return Posted(response.status_code, retry_after(told, clock.now()))
    except httpx.TimeoutException:
        return Posted(None, why="it did not answer in time")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Posted(None, why=f"it could not be reached ({type(error).__name__})")


class _WithKey(httpx.BaseTransport):
    """Puts the provider's key into requests to the provider's own address, and nowhere else."""

    def __init__(self, provider: Provider, secret: str, proxy: str | None) -> None:
        self._provider = provider
        self._secret = secret
        self._site = httpx.URL(address_of(provider))
        self._inner = httpx.HTTPTransport(proxy=proxy)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url, headers = request.url, request.headers.copy()
        same = (url.scheme, url.host, url.port) == (
            self._site.scheme,
            self._site.host,
            self._site.port,
        )
        if self._secret and same:
            if self._provider.key_header:
                headers[self._provider.key_header] = self._secret
            else:
                url = url.copy_merge_params({self._provider.key_param: self._secret})
        return self._inner.handle_request(
            httpx.Request(
                request.method,
                url,
                headers=headers,
                stream=request.stream,
                extensions=request.extensions,
            )
        )

    def close(self) -> None:
        self._inner.close()


def _target(url: str, location: str) -> tuple[str | None, str]:
    """Return where a redirect leads within its own site, else None; and the name of the site."""
    try:
        there = urljoin(url, location)
        site, where = urlsplit(there)[:2], urlsplit(there).hostname or "nowhere"
    except ValueError:
        return None, "nowhere"
    return (there if site == urlsplit(url)[:2] else None), where


def _forms(secret: str) -> tuple[str, ...]:
    """How a secret may be spelled in what comes back; a short word is none and may be data."""
    if len(secret) < _SHORT:
        return ()
    quoted, in_json = quote(secret, safe=""), json.dumps(secret)[1:-1]
    escaped = in_json.replace("/", "\\/")
    lower = re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), quoted)
    return tuple(dict.fromkeys((secret, quoted, lower, in_json, escaped)))


def _without(url: str, param: str) -> str:
    """Take a param out of a URL: a provider that redirects repeats the key in it."""
    return str(httpx.URL(url).copy_remove_param(param)) if param else url
