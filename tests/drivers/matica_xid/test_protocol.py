"""The wire's bytes: against the captures, and against anything else."""

import struct
from contextlib import suppress
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import NotUnderstood, WrongDevice
from drivers.matica_xid import bulk_only, models, scsi, senses, words
from drivers.matica_xid.machine import Geometry, Position
from drivers.matica_xid.words import Message
from drivers.printer import CounterKind, Counters, Panel, Reason, Supply

GEOMETRY = bytes.fromhex(
    "2F00 1000 283A 0000 0258 0258 0000 0000 07EA 04FE 0000 0000 0000 0200 0000 0000 0818 0530"
    "0002 0101 0A04 0000 0003 0106 0600 0807 2502 0303 0001 0000 0000 0000"
)
RIBBON = bytes.fromhex("2B00 1000 2326 0400 02EE 0000").ljust(12) + b"FC2221".ljust(32, b"\0")
COUNTERS = bytes.fromhex(
    "38000020 00000004 0000009D 00010004 00000032 00020004 00000384 00030004 0000009D 00040004 0000005E0000000000000000"
)
SENSE = bytes.fromhex("70 00 02 00 00 00 00 0C 00 00 00 00 D4 00 00 00 00 00 00 00")
GREETING = bytes.fromhex(
    "f30002000000001c 0000000000033118 0000000000000000 0000000000005052494e544552303100"
    "5bf0b0c7000000000000000000000000 58494438363030202020202020202020"
    "fe80000000000000923d68fffe0258c3 2001067c2a400000923d68fffe0258c3 00000000000000000000000000000000"
)
INFO = bytes.fromhex(
    "0c020108 0a020100 0d020100 0b020130 0e060203e8000000 0f2220454833313131"
    "000000000000000000000000000000000000000000000000000000"
    "1f06040000007500 200604000002f000 2106040000007500 1e06040000000a00 2306040000000800"
)


def inquiry(model=b"XID8600", at_24=b"8A001234", at_32=b""):
    head = b"\0" * 8 + b"MATICA".ljust(8) + (model.ljust(8) + at_24.ljust(8))[:16] + at_32.ljust(8)
    return head.ljust(58, b"\0") + b"V2.10 MAIN".ljust(13) + b"TC 1.03".ljust(8) + b"".ljust(8) + b"\0" * 9


class TestCaptures:
    def test_commands_over_usb(self):
        assert scsi.load(Position.CONTACTLESS).hex(" ") == "31 01 00 00 04 00 00 02 00 00"
        assert scsi.move(Position.REJECT).hex(" ") == "31 0b 00 00 00 00 00 04 00 00"
        assert scsi.move(Position.CONTACT, fresh_film=True).hex(" ") == "31 0b 00 00 04 00 00 01 00 00"
        assert scsi.move(Position.CONTACTLESS, flip=True).hex(" ") == "31 0b 00 00 02 00 00 02 00 00"
        assert scsi.move(Position.CONTACTLESS, fresh_film=True, flip=True).hex(" ") == "31 0b 00 00 06 00 00 02 00 00"
        assert scsi.contact(Position.CONTACTLESS, engage=True).hex(" ") == "32 04 00 00 00 00 00 00 00 00"
        assert scsi.contact(Position.CONTACTLESS, engage=False).hex(" ") == "32 05 00 00 00 00 00 00 00 00"
        assert scsi.contact(Position.CONTACT, engage=True).hex(" ") == "32 00 00 00 00 00 00 00 00 00"
        assert scsi.contact(Position.CONTACT, engage=False).hex(" ") == "32 01 00 00 00 00 00 00 00 00"
        assert scsi.upload(Panel.YELLOW, 2751616).hex(" ") == "2a 00 03 00 00 00 29 fc 80 00"
        assert scsi.print_film({Panel.YELLOW, Panel.MAGENTA, Panel.CYAN}).hex(" ") == "31 08 03 00 00 00 00 00 00 00"
        assert scsi.print_film(Panel).hex(" ") == "31 08 1f 00 00 00 00 00 00 00"
        assert scsi.REQUEST_SENSE.hex(" ") == "03 00 00 00 14 00"

    def test_a_wrapped_command(self):
        wrapped = bulk_only.wrap(0x01020304, scsi.INQUIRY, length=96, reading=True)
        assert wrapped.hex(" ") == "55 53 42 43 04 03 02 01 60 00 00 00 80 00 06 12 00 00 00 60 00" + " 00" * 10

    def test_answers_over_usb(self):
        assert scsi.parse_geometry(GEOMETRY) == Geometry(2072, 1328, 600)
        assert scsi.parse_sense(SENSE) == 0x0002D400
        assert scsi.parse_position(bytes.fromhex("0400000000000000")) is None
        assert scsi.parse_position(bytes.fromhex("0000000000000002")) is Position.CONTACTLESS
        counters = scsi.parse_counters(COUNTERS)
        others = {"free": 50, "head": 900, "clean": 157, "error": 94}
        assert counters == Counters(CounterKind.CARDS_PRINTED, 157, others)
        assert scsi.parse_ribbon(RIBBON, scsi.parse_levels(GEOMETRY)) == (
            Supply("ribbon YMCKK", 555, 750, "FC2221"),
            Supply("film", 700, 1000, None),
        )

    def test_levels_that_an_emulation_leaves_zero_are_not_told(self):
        ribbon, film = scsi.parse_ribbon(RIBBON, scsi.parse_levels(bytes(64)))
        assert ribbon.remaining is None
        assert film.remaining is None

    def test_the_serial_stands_at_either_place(self):
        assert scsi.parse_inquiry(inquiry()).serial == "8A001234"
        assert scsi.parse_inquiry(inquiry(at_24=b"", at_32=b"8B9")).serial == "8B9"
        assert scsi.parse_inquiry(inquiry()).firmware == "V2.10 MAIN TC 1.03"

    def test_the_greeting(self):
        identity = words.parse_greeting(words.decode(GREETING))
        assert (identity.model, identity.serial) == ("XID8600", "903D680258C3")

    def test_the_answer_to_the_greeting(self):
        sent = words.encode(words.document("XID8600", datetime(2020, 9, 17, 7, 21, 41)))  # noqa: DTZ001
        assert sent[:28].hex() == "f20003000000001d" + "0000000299999999" + "00000000" + "7809110715290000"
        assert len(sent) == 124
        assert sent[28:60].decode("utf-16-le").rstrip("\0") == "stationd"
        assert sent[60:].decode("utf-16-le").rstrip("\0") == "card"

    def test_commands_over_tcp(self):
        assert words.load(Position.PRINT).hex() == "04028000"
        assert words.move(Position.EJECT).hex() == "05020005"
        assert words.move(Position.REJECT).hex() == "05020004"
        assert words.move(Position.CONTACT, fresh_film=True).hex() == "05028001"
        assert words.move(Position.CONTACT, flip=True).hex() == "05021001"
        assert words.contact(Position.CONTACTLESS, engage=True).hex() == "0a021000"
        assert words.contact(Position.CONTACTLESS, engage=False).hex() == "0a025000"
        assert words.contact(Position.CONTACT, engage=False).hex() == "0a024000"
        assert words.print_film(Panel).hex() == "0602006f"
        assert words.TRANSFER_AND_RETURN.hex() == "0706000000000000"
        image = words.encode(Message(words.IMAGE, 0, 5, words.image(Panel.YELLOW, bytes(2751616))))
        assert image[:28].hex() == "f0000200000a7f25" + "0000000000000005" + "010000000029fc840029fc80"

    def test_answers_over_tcp(self):
        geometry = bytes.fromhex("0406020258000000 0506020258000000 0a06020818000000 0b06020530000000")
        assert words.parse_geometry(geometry) == Geometry(2072, 1328, 600)
        assert words.parse_position(Message(words.DONE_WITH_DATA, 0, 0, bytes.fromhex("01020400"))) is None
        position = words.parse_position(Message(words.DONE_WITH_DATA, 0, 0, bytes.fromhex("01020002")))
        assert position is Position.CONTACTLESS
        assert words.parse_supplies(INFO) == (
            Supply("ribbon YMCK", 960, 1000, "EH3111"),
            Supply("film", 800, 1000, None),
        )
        counters = words.parse_counters(INFO)
        assert (counters.kind, counters.cards, counters.others["head"]) == (CounterKind.CARDS_PRINTED, 117, 0x2F0)
        assert words.parse_check(bytes.fromhex("010604ff02d00000")) == senses.HOPPER_EMPTY
        assert words.parse_check(bytes.fromhex("0106040000000000")) == 0


class TestAnythingElse:
    @given(st.binary(max_size=120))
    def test_an_answer_is_understood_or_refused(self, data):
        for parse in (
            scsi.parse_sense, scsi.parse_inquiry, scsi.parse_geometry, scsi.parse_position, scsi.parse_counters,
            lambda d: scsi.parse_ribbon(d, scsi.parse_levels(d)),
            words.decode, words.parse_geometry, words.parse_counters, words.parse_supplies, words.parse_check,
            lambda d: words.parse_greeting(Message(words.GREETING, 0, 0, d)),
            lambda d: words.parse_position(Message(words.DONE_WITH_DATA, 0, 0, d)),
        ):  # fmt: skip
            with suppress(NotUnderstood, WrongDevice):
                parse(data)

    @given(st.sampled_from([GEOMETRY, RIBBON, COUNTERS, inquiry(), GREETING, INFO]), st.data())
    def test_a_damaged_answer_never_crashes(self, whole, data):
        damaged = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
        for index in data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=4)):
            if index < len(damaged):
                damaged[index] = data.draw(st.integers(0, 255))
        self.test_an_answer_is_understood_or_refused.hypothesis.inner_test(self, bytes(damaged))

    @pytest.mark.parametrize(
        ("at", "value"), [(8, 601), (10, 0), (32, 0xFFFF), (32, 0), (32, 2401), (34, 17712), (34, 1801)]
    )
    def test_a_size_that_is_no_cards_is_refused(self, at, value):
        damaged = bytearray(GEOMETRY)
        struct.pack_into(">H", damaged, at, value)
        with pytest.raises(NotUnderstood, match="a card's size") as caught:
            scsi.parse_geometry(bytes(damaged))
        assert caught.value.received == damaged

    @pytest.mark.parametrize("width", ["ffff", "ffffffff", "0000"])
    def test_nor_over_tcp(self, width):
        size = len(width) // 2
        told = f"0406020258000000 0506020258000000 0a06{size:02x}{width.ljust(8, '0')}00 0b06020530000000"
        with pytest.raises(NotUnderstood):
            words.parse_geometry(bytes.fromhex(told))

    def test_a_number_has_at_most_four_bytes(self):
        with pytest.raises(NotUnderstood) as caught:
            words.parse_counters(INFO.replace(bytes.fromhex("1f060400000075"), bytes.fromhex("1f090800000075")))
        assert caught.value.received

    @pytest.mark.parametrize("status", ["0106010000000000", "01060300000000", "010400", "0a06020818000000", ""])
    def test_a_status_of_another_length_does_not_say_that_all_is_well(self, status):
        with pytest.raises(NotUnderstood):
            words.parse_check(bytes.fromhex(status))

    def test_of_two_statuses_none_is_believed(self):
        with pytest.raises(NotUnderstood, match="each once"):
            words.parse_check(bytes.fromhex("010604ff02d00000 0106040000000000"))

    def test_a_greeting_that_is_too_short_is_shown(self):
        message = Message(words.GREETING, 0, 0, b"abcd")
        with pytest.raises(NotUnderstood) as caught:
            words.parse_greeting(message)
        assert caught.value.received == words.encode(message)

    @given(st.binary(max_size=20), st.integers(0, 0xFFFFFFFF))
    def test_a_status_is_the_commands_own_or_refused(self, data, tag):
        try:
            outcome = bulk_only.passed(data, tag)
        except NotUnderstood:
            assert not (bulk_only.is_status(data, tag) and data[12] in (0, 1))
        else:
            assert bulk_only.is_status(data, tag)
            assert data[12] == (0 if outcome else 1)

    @given(st.integers(0, 0xFFFFFFFF), st.integers(0, 0xFFFFFFFF), st.integers(0, 255))
    def test_another_commands_status_never_counts(self, tag, other, status):
        wrapper = struct.pack("<4sIIB", b"USBS", other, 0, status)
        if tag == other and status < 2:
            assert bulk_only.passed(wrapper, tag) is (status == 0)
        else:
            with pytest.raises(NotUnderstood):
                bulk_only.passed(wrapper, tag)

    @given(st.integers(0, 0xFFFFFFFF), st.integers(0, 0xFFFFFFFF), st.integers(0, 0xFFFFFFFF), st.binary(max_size=99))
    def test_a_message_is_read_back(self, function, parameter, sequence, data):
        sent = words.encode(Message(function, parameter, sequence, data))
        got = words.decode(sent)
        assert (got.function, got.parameter, got.sequence) == (function, parameter, sequence)
        assert got.data == data + bytes(-len(data) % 4)
        assert words.rest(sent[:8]) == len(sent) - 8

    @given(st.integers(0, 0xFFFFFFFF))
    def test_every_code_has_a_meaning(self, code):
        condition = senses.condition(code)
        assert condition.code == f"{code:08X}"
        assert condition.text

    def test_every_code_that_the_sources_name_has_its_reason(self):
        named = {
            Reason.MEDIA_EMPTY: (0x0002D000,),
            Reason.COVER_OPEN: (0x0002D100,),
            Reason.BUSY: (0x0002D300, 0x0002D400),
            Reason.WARMING_UP: (0x0002DA00, 0x0002DB00),
            Reason.OVERHEATED: (0x0002C200, 0x0002F000, 0x0002F300, 0x0002F800),
            Reason.POWER_RESET: (0x0002C300, 0x00062800),
            Reason.MEDIA_JAM: (0x00039000, 0x00039100, 0x00039200, 0x00039300, 0x00039400, 0x00039500),
            Reason.FILM_EMPTY: (0x0003A100,),
            Reason.MARKER_SUPPLY_EMPTY: (0x0003B000, 0x0003B100, 0x0003B200),
            Reason.BAD_COMMAND: (0x00052000, 0x00052600, 0x00052A00),
            Reason.MECHANICAL: (
                *(0x0002C100, 0x0002D800, 0x00034400, 0x0003A800, 0x0003AB00, 0x0003AC00, 0x0003AD00),
                *(0x0002F100, 0x0002F200, 0x0002F400, 0x0002F500, 0x0002F600),
            ),
        }
        for reason, codes in named.items():
            assert {senses.condition(code).reason for code in codes} == {reason}
        assert sum(map(len, named.values())) == 37

    def test_a_code_without_a_name_carries_itself(self):
        assert senses.condition(0x000377AA).reason is Reason.UNMAPPED

    @pytest.mark.parametrize("model", ["HDP5000", "XID9300", "", "xid8600", "XID86001"])
    def test_another_machine_is_refused(self, model):
        with pytest.raises(WrongDevice):
            models.require_known(model)

    @given(st.binary(min_size=1, max_size=50))
    def test_turning_is_by_180_degrees_and_only_on_the_8600(self, row):
        assert models.turned("XID8600", models.turned("XID8600", row)) == row
        assert models.turned("XID8600", b"\1\2\3\4\5\6") == b"\6\5\4\3\2\1"
        assert models.turned("XID580i", row) == row

    def test_the_lot_may_begin_with_its_length(self):
        assert models.lot_number(b"\x06FC2221\0\0") == "FC2221"
        assert models.lot_number(b"\x20EH3111".ljust(33, b"\0")) == "EH3111"
        assert models.lot_number(b"FC2221\0\0") == "FC2221"
        assert models.lot_number(b"\xff" * 8) is None
        assert models.lot_number(b"\x03\x80\x81\x82") is None
