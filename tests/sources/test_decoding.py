"""A compressed body is read whole or known to be cut."""

import gzip
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tipoff.sources.decoding import BrokenError, Decoder


@settings(max_examples=50)
@given(
    st.lists(st.binary(max_size=400), min_size=1, max_size=3),
    st.lists(st.integers(1, 60), min_size=1, max_size=20),
    st.integers(0, 10**6),
)
def test_a_gzip_is_read_whole_however_it_is_cut_into_pieces(
    members: list[bytes], sizes: list[int], cut: int
) -> None:
    """And one that ends early is noticed wherever it ends, but between two streams."""
    parts = [gzip.compress(member) for member in members]
    whole = b"".join(parts)
    body, error = _decoded(whole, sizes)
    assert (body, error) == (b"".join(members), None)
    ends = {sum(map(len, parts[:n])) for n in range(len(parts) + 1)}
    at = cut % len(whole)
    assert _decoded(whole[:at], sizes)[1] is not None or at in ends


@pytest.mark.parametrize("sizes", [[1], [7], [10**6]])
def test_zeros_after_a_gzip_are_padding(sizes: list[int]) -> None:
    one, two = gzip.compress(b"one"), gzip.compress(b"two")
    padding = bytes(9)
    assert _decoded(one + padding + two + padding, sizes) == (b"onetwo", None)
    assert _decoded(one + padding + b"x" * 20, sizes)[1] == "its compression is broken"
    assert _decoded(padding + one, sizes)[1] == "its compression is broken"


def _decoded(body: bytes, sizes: list[int]) -> tuple[bytes, str | None]:
    decoder = Decoder("gzip", 10**6)
    try:
        for size in itertools.cycle(sizes):
            if not body:
                break
            decoder.take(body[:size])
            body = body[size:]
        decoder.end()
    except BrokenError as error:
        return decoder.body, str(error)
    return decoder.body, None
