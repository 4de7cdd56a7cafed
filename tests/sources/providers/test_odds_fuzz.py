"""Broken answers of the providers of odds cost sentences or counted refusals, and nothing else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sources.providers.fuzzing import fuzz
from tests.sources.providers.odds_cases import CASES

from tipoff.errors import InputError
from tipoff.sources.answer import Answer


@pytest.mark.parametrize("name", CASES)
def test_broken_answers_lose_nothing(name: str) -> None:
    @given(st.integers(0, 1 << 32))
    @settings(max_examples=25)
    def check(number: int) -> None:
        fuzz(CASES[name], number)

    check()


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(
    "body",
    [b"", b"<!DOCTYPE html><html>", b'{"message": "Invalid API key"}', b"[" * 100_000, b"null",
     b'{"data": [', b"\xff\xfe\x00"],
    ids=["nothing", "page", "message", "deep", "null", "cut off", "bytes"],
)  # fmt: skip
def test_what_is_no_answer_is_one_sentence(name: str, body: bytes) -> None:
    case = CASES[name]
    endpoint = case.provider.endpoints[case.endpoint]
    assert not endpoint.recognises(body)
    with pytest.raises(InputError, match="Expected"):
        endpoint.parse(
            Answer(case.provider.name, case.endpoint, {}, body),
            case.reference,  # type: ignore[arg-type]
        )
