"""Packed bodies: what went in comes out, and nothing else does."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from simulators.registry.packing import NotPacked, TooLarge, unpack


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=3))
def test_what_went_in_comes_out(members: list[bytes]) -> None:
    packed = b"".join(gzip.compress(member) for member in members)
    assert unpack(packed, 1000) == b"".join(members)


@given(st.binary(max_size=300), st.data())
def test_a_cut_stream_is_refused(content: bytes, data: st.DataObject) -> None:
    packed = gzip.compress(content)
    length = data.draw(st.integers(1, len(packed) - 1))
    with pytest.raises(NotPacked):
        unpack(packed[:length], 1000)


@given(st.binary(min_size=1, max_size=100))
def test_anything_else_is_refused(content: bytes) -> None:
    assume(content[:2] != b"\x1f\x8b")
    with pytest.raises(NotPacked):
        unpack(content, 1000)


def test_the_limit_is_exact() -> None:
    assert unpack(gzip.compress(bytes(1000)), 1000) == bytes(1000)
    with pytest.raises(TooLarge):
        unpack(gzip.compress(bytes(1001)), 1000)
    with pytest.raises(TooLarge):
        unpack(gzip.compress(bytes(600)) * 2, 1000)
