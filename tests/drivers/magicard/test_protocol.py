"""The bytes that go to a machine and come from it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import NotUnderstood
from drivers.magicard import codes
from drivers.magicard.protocol import (
    LONGEST_REPLY,
    ErrorReport,
    Information,
    Plane,
    PortStatus,
    Query,
    ReplyReader,
    job,
    parse_port_status,
    parse_reply,
    query,
)
from drivers.printer import Reason
from tests.drivers.magicard.usb_backend import information

# As captured at a machine.
WELL = b"\x01STAPrinterstatus OK.\n00:00\n(c0300)\x03"
NOT_FED = (
    b"\x01STAKarte wurde nicht in den Drucker eingezogen. Versuchen Sie es erneut.\nFehlercode - 11:01\n(c0201)\x03"
)
REPLIES = st.sampled_from([WELL, NOT_FED, information(), information(f19="11", f20="1")])


class TestToTheMachine:
    def test_queries_are_written_as_captured(self):
        assert query(Query.ERROR) == b"\x01,REQ,ERR,\x1c\x03"
        assert query(Query.INFORMATION).hex() == "012c5245512c494e462c1c03"
        assert query(Query.CANCEL) == b"\x01,REQ,CAN,\x1c\x03"

    def test_a_job_is_leaders_header_planes_and_end(self):
        pieces = job(["NOC1", "OVRON"], [(Plane.YELLOW, b"\x1c\x03"), (Plane.BLACK, b"k")])
        assert b"".join(pieces) == b"\x05" * 64 + b"\x01,NOC1,OVRON,SZB2,SZK1\x1c" + b"\x1c\x03\x1cB:" + b"k\x1cK:\x03"


class TestPort:
    @pytest.mark.parametrize(
        ("byte", "failed", "busy", "empty"),
        [
            (0x18, False, False, False),
            (0x08, False, True, False),
            (0x10, True, False, False),
            (0x00, True, False, False),
            (0x38, False, False, True),
        ],
    )
    def test_what_the_byte_says(self, byte, failed, busy, empty):
        port = parse_port_status(bytes((byte,)))
        assert (port.failed, port.busy, port.empty) == (failed, busy, empty)

    @given(st.integers(0, 255))
    def test_a_machine_is_one_of_ready_busy_and_failed(self, byte):
        port = PortStatus(byte)
        assert not (port.failed and port.busy)
        assert (not port.failed and not port.busy) == (byte & 0x18 == 0x18)

    @pytest.mark.parametrize("data", [b"", b"\x18\x18"])
    def test_another_length_is_an_error(self, data):
        with pytest.raises(NotUnderstood):
            parse_port_status(data)


class TestReplies:
    def test_as_captured(self):
        assert parse_reply(WELL) == ErrorReport(0, 0, "Printerstatus OK.")
        words = "Karte wurde nicht in den Drucker eingezogen. Versuchen Sie es erneut."
        assert parse_reply(NOT_FED) == ErrorReport(11, 1, words)

    def test_a_code_alone(self):
        assert parse_reply(b"\x01STA11:01\x03") == ErrorReport(11, 1, "")

    def test_the_status_by_the_documents_order(self):
        told = parse_reply(information(f19="11", f20="1"))
        assert isinstance(told, Information)
        assert (told.model, told.serial, told.firmware, told.cards) == ("Enduro+", "E0012345", "1.12", 1500)
        assert (told.since_clean, told.clean_interval, told.head_position) == (30, 700, 50)
        assert (told.major, told.minor) == (11, 1)
        assert (told.film_id, told.shots, told.shots_used, told.film) == ("E004010012345678", 300, 40, "MC300YMCKO")
        assert told.others["cleans since shipped"] == 3

    def test_colons_separate_too_and_the_last_comma_may_be_missing(self):
        wire = information(f19="11", f20="1").replace(b",11,1,", b",11:1,")
        assert parse_reply(wire) == parse_reply(wire.replace(b",\x03", b"\x03"))
        assert parse_reply(wire).minor == 1

    def test_a_machine_without_film_is_understood(self):
        told = parse_reply(information(f21="", f22="", f23="", f24=""))
        assert (told.film_id, told.shots, told.shots_used, told.film) == ("", None, None, "")

    @pytest.mark.parametrize("number", [9, 10, 14, 15, 16, 19, 20, 22, 23])
    @pytest.mark.parametrize("value", ["x", "-1", "4294967296", "1.5", "٣"])
    def test_a_field_that_should_be_a_number(self, number, value):
        with pytest.raises(NotUnderstood):
            parse_reply(information(**{f"f{number}": value}))

    @pytest.mark.parametrize("number", [9, 10, 14, 15, 16, 19, 20])
    def test_a_number_that_is_needed(self, number):
        with pytest.raises(NotUnderstood):
            parse_reply(information(**{f"f{number}": ""}))

    @pytest.mark.parametrize(
        "wire",
        [
            b"\x01STAwell\x03",
            b"\x01STA00:00\n00:00\x03",
            b"\x01STA00:00 or so\x03",
            b"\x01STA1:00:00\x03",
            b"\x01STA$$1,2,3,\x03",
            b"\x01STA$$" + b"0," * 31 + b"\x03",
            b"\x01STA$$" + b"0," * 36 + b"\x03",
            WELL + b"\x00",
            WELL + WELL,
            b"\x01REQ,ERR\x03",
            b"STA00:00\x03",
            b"\x02STA00:00\x03",
        ],
    )
    def test_what_is_no_reply(self, wire):
        with pytest.raises(NotUnderstood) as caught:
            parse_reply(wire)
        assert caught.value.received == wire

    @given(REPLIES, st.integers(0, 12), st.booleans(), st.data())
    def test_any_leader_and_any_pieces(self, reply, leaders, comma, data):
        wire = b"\x05" * leaders + (b"\x01," if comma else b"\x01") + reply[1:]
        reader, at = ReplyReader(), 0
        while at < len(wire):
            size = data.draw(st.integers(1, len(wire) - at))
            told = reader.feed(wire[at : at + size])
            at += size
            assert (told is None) == (at < len(wire))
        assert told == parse_reply(reply)

    @given(
        st.binary(max_size=LONGEST_REPLY + 10) | st.binary(max_size=200).map(lambda text: b"\x01STA" + text + b"\x03")
    )
    def test_any_bytes_are_a_reply_or_an_error_with_the_bytes(self, data):
        try:
            told = ReplyReader().feed(data)
        except NotUnderstood as error:
            told = error.received
        assert told is None or told == data or isinstance(told, Information | ErrorReport)

    @given(st.sampled_from([NOT_FED, information(f19="11", f20="1")]), st.data())
    def test_a_shown_error_never_becomes_success_by_lost_or_foreign_bytes(self, reply, data):
        at = data.draw(st.integers(0, len(reply)))
        lost = data.draw(st.integers(0, 3))
        foreign = data.draw(st.binary(max_size=3).filter(lambda these: not any(48 <= byte <= 57 for byte in these)))
        try:
            told = parse_reply(reply[:at] + foreign + reply[at + lost :])
        except NotUnderstood:
            return
        # Of a status that lost a comma, the number of its fields says that it is none of this machine.
        assert (told.major, told.minor) != (0, 0) or (isinstance(told, Information) and told.length != 33)

    @pytest.mark.parametrize("begin", [b"\x01STA", b"\x01STA$$", b""])
    @pytest.mark.parametrize("byte", [b"0", b",", b"\x05", b"\xff"])
    def test_a_reply_without_end_is_given_up(self, begin, byte):
        with pytest.raises(NotUnderstood):
            ReplyReader().feed(begin + byte * (LONGEST_REPLY + 1))


class TestCodes:
    def test_the_one_that_is_known(self):
        known = codes.condition(11, 1, "Karte")
        assert (known.reason, known.code) == (Reason.MEDIA_EMPTY, "11:01")

    @given(st.integers(0, 999), st.integers(0, 999))
    def test_any_other_is_unmapped_and_carries_its_code_and_the_machines_words(self, major, minor):
        condition = codes.condition(major, minor, "Ouch.")
        if (major, minor) != (11, 1):
            assert condition.reason is Reason.UNMAPPED
            assert condition.code == f"{major:02}:{minor:02}"
            assert "Ouch." in condition.text
