"""The verdict on an answer says what it is, whatever its status or its words suggest."""

from dataclasses import replace

import pytest
from tests.sources.hand_clock import BEGIN
from tests.sources.toy_provider import PROVIDER, SCHEDULE
from tests.sources.weather import ERROR_PAGE

from tipoff.sources.answer import Answer
from tipoff.sources.judge import judged
from tipoff.tables.answers import Verdict

_DENIED = b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'
# A site of pages, and a store of files that says 403 for what it has not.
_PAGES = replace(SCHEDULE, recognises=lambda body: b"box score" in body, absent=(403, 404))

CASES: dict[str, tuple[int, bytes, Verdict]] = {
    "a file that is not there": (403, _DENIED, Verdict.ABSENT),
    "nothing at all": (403, b"", Verdict.ABSENT),
    "a page of a block": (403, ERROR_PAGE, Verdict.BLOCKED),
    "a page of a block with a doctype": (403, b"\n<!DOCTYPE html><html>", Verdict.BLOCKED),
    "a page of what is not there": (404, ERROR_PAGE, Verdict.ABSENT),
    "a page with a form of its own": (200, b"<html>box score, captcha</html>", Verdict.GOOD),
    "a challenge": (200, b"<html>solve this captcha</html>", Verdict.BLOCKED),
    "a challenge with an error": (503, b"<html>box score, captcha</html>", Verdict.BLOCKED),
    "to be paid for": (402, b"", Verdict.BLOCKED),
    "too slow a request": (408, b"", Verdict.FAILED),
    "a conflict": (409, b"", Verdict.REFUSED),
}


@pytest.mark.parametrize("case", CASES)
def test_the_verdict_is_of_what_came(case: str) -> None:
    status, body, verdict = CASES[case]
    answer = Answer("toy", "schedule", {}, body, BEGIN, status)
    found, note = judged(PROVIDER, _PAGES, answer, BEGIN)
    assert found is verdict
    assert (note is None) == (verdict in (Verdict.GOOD, Verdict.ABSENT))
