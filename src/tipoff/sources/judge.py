"""What came of asking: a verdict on each answer, in words that say what to do."""

from datetime import datetime

from tipoff.sources.answer import Answer, Endpoint, Provider
from tipoff.sources.manners import retry_after
from tipoff.tables.answers import Verdict

RETRIED = (
    Verdict.LIMITED,
    Verdict.FAILED,
    Verdict.SILENT,
    Verdict.UNREACHABLE,
    Verdict.CUT_OFF,
    Verdict.UNRECOGNISED,
)
# Asking for something else would come to the same.
HOPELESS = (Verdict.BLOCKED, Verdict.REDIRECTED)
_SHOWN = 80
_CHALLENGES = (
    b"just a moment",
    b"captcha",
    b"cf-challenge",
    b"cf-chl",
    b"access denied",
    b"incapsula",
    b"are you a robot",
    b"verify you are human",
)


def judged(
    provider: Provider, endpoint: Endpoint, answer: Answer, now: datetime
) -> tuple[Verdict, str | None]:
    """Return the verdict on a whole answer, and a sentence where it is not good."""
    if answer.status in endpoint.absent and not (answer.status == 403 and _is_page(answer)):
        return Verdict.ABSENT, None
    # A page that is what was asked for may well hold a captcha for its own forms.
    if _is_challenge(answer) and not (answer.status < 300 and endpoint.recognises(answer.body)):
        return Verdict.BLOCKED, (
            f"{provider.name} answered {answer.status} with a page that asks whether a person is "
            "there. It does not want programs from this address; ask from another one, or with "
            "--proxy URL."
        )
    if answer.status >= 300:
        return _by_status(provider, answer, now)
    is_empty = endpoint.is_empty(answer.body)
    if is_empty or endpoint.recognises(answer.body):
        if endpoint.fits(answer):
            return Verdict.EMPTY if is_empty else Verdict.GOOD, None
        return Verdict.UNRECOGNISED, (
            f"{provider.name} answered {endpoint.name} for something else than what was asked for: "
            f"{_head(answer)}"
        )
    return Verdict.UNRECOGNISED, (
        f"{provider.name} answered {answer.status} with something else than {endpoint.name}: "
        f"{_head(answer)}"
    )


def _by_status(provider: Provider, answer: Answer, now: datetime) -> tuple[Verdict, str]:
    status, name = answer.status, provider.name
    if status == 401:
        where = f" Look at the key in {provider.secret}." if provider.secret else ""
        return Verdict.BLOCKED, f"{name} refused the key (401): {_head(answer)}{where}"
    if status in (402, 403, 451):
        return Verdict.BLOCKED, (
            f"{name} refuses to answer (status {status}): {_head(answer)} The key may not cover "
            "this, or the provider blocks this address or country; ask from another one, or with "
            "--proxy URL."
        )
    if status == 429:
        wait = retry_after(answer.headers, now)
        asks = f", and wants a rest of {wait:g} s" if wait is not None else ""
        return Verdict.LIMITED, f"{name} had too many requests (429){asks}."
    if status >= 500 or status == 408:
        return Verdict.FAILED, f"{name} failed with status {status}: {_head(answer)}"
    return Verdict.REFUSED, f"{name} refused what was asked for ({status}): {_head(answer)}"


def unanswered(provider: Provider, trouble: Verdict, why: str) -> tuple[Verdict, str]:
    """Return the verdict on a try that gave no whole answer, and a sentence."""
    if trouble is Verdict.SILENT:
        return trouble, (
            f"{provider.name} gave no answer: {why}. Some providers never answer addresses of "
            "data centres; ask from another one, or with --proxy URL."
        )
    if trouble is Verdict.REDIRECTED:
        return trouble, (
            f"{provider.name} sends elsewhere ({why}); the key is not taken there. Check the "
            f"address, or set TIPOFF_{provider.name.upper()}_URL."
        )
    if trouble is Verdict.CUT_OFF:
        return trouble, f"The answer of {provider.name} was cut off: {why}."
    return trouble, f"{provider.name} could not be reached: {why}."


def _is_challenge(answer: Answer) -> bool:
    if answer.status not in (200, 202, 403, 429, 503):
        return False
    head = answer.body[:20_000].lstrip().lower()
    return head[:1] == b"<" and any(mark in head for mark in _CHALLENGES)


def _is_page(answer: Answer) -> bool:
    """Whether it is a page for people; a store of files says what it lacks in XML."""
    head = answer.body[:1_000].lstrip().lower()
    return head.startswith((b"<html", b"<!doctype html"))


def _head(answer: Answer) -> str:
    text = " ".join(answer.body[: 4 * _SHOWN].decode("utf-8", errors="replace").split())
    return f"{text[:_SHOWN]!r}." if text else "nothing."
