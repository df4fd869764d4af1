from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationd.chip import plan, tlv

TAG = st.integers(1, 0xFE).filter(lambda tag: tag & 0x1F != 0x1F)


@given(st.lists(st.tuples(TAG, st.binary(max_size=127))))
def test_objects_are_read_as_they_were_written(objects: list[tuple[int, bytes]]) -> None:
    assert list(tlv.items(b"".join(tlv.encode(tag, value) for tag, value in objects))) == objects


def test_long_tags_and_lengths() -> None:
    assert list(tlv.items(bytes.fromhex("BF0C 8102 AABB 9F8101 00"))) == [(0xBF0C, b"\xaa\xbb"), (0x9F8101, b"")]


@pytest.mark.parametrize(
    "data", ["80 80 00", "80 85 0000000001 00", "80 FF", "1F 80 80 80 01 00", "1F" + "FF" * 60_000, "80 84 FFFFFFFF"]
)
def test_what_no_card_may_send_is_refused_at_once(data: str) -> None:
    with pytest.raises(ValueError, match=r"tag|length|cut"):
        list(tlv.items(bytes.fromhex(data)))


@pytest.mark.parametrize("answer", ["62038A0105 62038A0104", "62068A01058A0104", "62038A0105 62038A0105"])
def test_what_is_said_twice_is_not_said(answer: str) -> None:
    assert not plan.file_control(bytes.fromhex(answer), plan.FCP_TEMPLATE)


@given(st.binary(max_size=40))
def test_any_bytes_are_objects_or_a_value_error(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        list(tlv.items(data))
    assert isinstance(plan.file_control(data, plan.FCP_TEMPLATE), dict)


def test_file_control_is_found_in_its_template_only() -> None:
    assert plan.file_control(bytes.fromhex("6203 8A0103"), 0x62) == {0x8A: b"\x03"}
    assert plan.file_control(bytes.fromhex("6F03 8A0103"), 0x62) == {}
