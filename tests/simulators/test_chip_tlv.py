"""Data objects are read back as they were written, and nothing else is taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.devices import chip_tlv as tlv

tags = st.sampled_from([0x62, 0x6F, 0x80, 0x84, 0x8A, 0x5F51, 0x9F7F])
items = st.lists(st.tuples(tags, st.binary(max_size=600)), max_size=5)


@given(items)
def test_what_is_encoded_is_decoded(objects: list[tlv.Item]) -> None:
    assert tlv.decode(b"".join(tlv.encode(tag, value) for tag, value in objects)) == objects


@given(st.binary(max_size=300))
def test_any_bytes_are_objects_that_fill_them_or_refused(data: bytes) -> None:
    try:
        objects = tlv.decode(data)
    except tlv.BadTlv:
        return
    assert sum(len(value) + 2 for _, value in objects) <= len(data)


@given(items.filter(bool), st.integers(1, 700))
def test_a_cut_sequence_is_refused_or_ends_at_an_object(objects: list[tlv.Item], cut: int) -> None:
    whole = b"".join(tlv.encode(tag, value) for tag, value in objects)
    try:
        decoded = tlv.decode(whole[:-cut])
    except tlv.BadTlv:
        return
    assert decoded == objects[: len(decoded)]
    assert len(decoded) < len(objects)


@pytest.mark.parametrize(("size", "header"), [(0x7F, "807f"), (0x80, "808180"), (0xFF, "8081ff"), (0x100, "80820100")])
def test_a_length_takes_the_fewest_bytes(size: int, header: str) -> None:
    assert tlv.encode(0x80, bytes(size)) == bytes.fromhex(header) + bytes(size)
