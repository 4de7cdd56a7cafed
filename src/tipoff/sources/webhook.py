"""Tell a webhook: one JSON document by POST, signed, tried again where that makes sense."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from tipoff.sources.http import post_once
from tipoff.sources.manners import Clock, Manners

# Whoever is told of problems must not wait for long, and neither must whoever tells.
MANNERS = Manners(
    tries=4, connect=5.0, read=10.0, total=15.0, first_wait=1.0, most_wait=8.0, patience=30.0
)
SIGNATURE, MOMENT = "x-tipoff-signature", "x-tipoff-timestamp"
_AGAIN = (408, 425, 429)


@dataclass(frozen=True)
class Sent:
    """What came of telling somebody.

    Attributes:
        is_sent: whether it was taken.
        tries: how often it was tried.
        why: why it was not taken.
    """

    is_sent: bool
    tries: int
    why: str = ""


def signature(secret: str, moment: str, body: bytes) -> str:
    """Return ``sha256=HEX``: the HMAC of ``MOMENT.BODY`` by a shared secret."""
    told = moment.encode() + b"." + body
    return f"sha256={hmac.new(secret.encode(), told, sha256).hexdigest()}"


def post_signed(
    url: str,
    body: bytes,
    secret: str,
    *,
    key: str,
    manners: Manners = MANNERS,
    clock: Clock | None = None,
) -> Sent:
    """Send a JSON document until it is taken, refused, or patience is at its end.

    Args:
        url: where to; it is told to nobody.
        body: the document.
        secret: shared with whoever takes it; without one nothing is signed.
        key: the same for every try, so that whoever takes it can tell.
        manners: limits of trying.
        clock: the time.
    """
    time = clock or Clock()
    waited, why = 0.0, ""
    for attempt in range(1, manners.tries + 1):
        posted = post_once(url, body, _headers(secret, body, key, time), manners, time)
        if posted.status is not None and 200 <= posted.status < 300:
            return Sent(is_sent=True, tries=attempt)
        why = posted.why or f"it answered with status {posted.status}"
        wait = max(posted.wait or 0.0, manners.wait_before(attempt + 1))
        is_final = posted.status is not None and not _is_tried_again(posted.status)
        if is_final or attempt == manners.tries or waited + wait > manners.patience:
            return Sent(False, attempt, why)
        waited += wait
        time.sleep(wait)
    return Sent(False, manners.tries, why)


def _is_tried_again(status: int) -> bool:
    return status >= 500 or status in _AGAIN


def _headers(secret: str, body: bytes, key: str, clock: Clock) -> Mapping[str, str]:
    moment = clock.now().isoformat(timespec="seconds")
    told = {
        "content-type": "application/json",
        "user-agent": "tipoff",
        "idempotency-key": key,
        MOMENT: moment,
    }
    return {**told, SIGNATURE: signature(secret, moment, body)} if secret else told
