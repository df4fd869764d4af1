"""The readers of replies are total: any bytes are read or refused, and only a good word is a success."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import NotUnderstood
from drivers.evolis import answers, models, panels, protocol
from drivers.evolis.protocol import ReplyReader
from drivers.printer import Media, Panel, Reason, Station

REPLIES = st.sampled_from(
    ["OK", "CARD", "SMART CARD", "CONTACTLESS CARD", "NO CARD", "5,00 Volts", "ERROR CDE", "NACK T", "12345", "2 0"]
)
MUTATED = st.tuples(REPLIES, st.integers(0, 20), st.binary(max_size=3)).map(
    lambda case: case[0].encode()[: case[1]] + case[2] + case[0].encode()[case[1] + len(case[2]) :]
)


def test_commands_and_downloads_are_framed():
    assert protocol.command("Rlr;p") == b"\x1bRlr;p\r"
    assert protocol.download(Panel.OVERCOAT, 2, b"\x00\x0d\x1b") == b"\x1bDb;o;2;\x00\x0d\x1b\r"


@given(st.lists(st.one_of(st.binary(max_size=40), MUTATED, st.just(b"\0")), max_size=30))
def test_any_bytes_are_replies_or_refused(chunks):
    reader = ReplyReader()
    for chunk in chunks:
        try:
            for reply in [*reader.feed(chunk), reader.fell_silent() or "OK"]:
                assert reply.isascii()
                assert reply.isprintable()
                assert reply.strip(" ")
        except NotUnderstood:
            continue


@given(st.lists(REPLIES, min_size=1), st.sampled_from([b"\0", b"\r", b"\r\n", b"\n\0"]), st.data())
def test_it_does_not_matter_how_replies_are_cut(replies, end, data):
    stream = b"".join(reply.encode() + end for reply in replies)
    reader, found = ReplyReader(), []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        found += reader.feed(stream[:size])
        assert not (reader.terminated and reader.fell_silent())
        stream = stream[size:]
    assert found == replies


def test_silence_ends_a_reply_only_where_nothing_else_does():
    reader = ReplyReader()
    assert reader.feed(b"CONTACT") == []
    assert reader.fell_silent() == "CONTACT"
    assert reader.fell_silent() is None
    assert reader.feed(b"OK\0CONTACT") == ["OK"]
    assert reader.fell_silent() is None
    assert reader.feed(b"LESS CARD\0") == ["CONTACTLESS CARD"]


def test_an_endless_reply_is_refused():
    reader = ReplyReader()
    with pytest.raises(NotUnderstood):
        reader.feed(b"A" * 2000)
    assert reader.feed(b"OK\0") == ["OK"]


@given(st.one_of(st.text(), REPLIES, MUTATED.map(lambda data: data.decode("latin-1"))))
def test_only_a_good_word_is_a_success(reply):
    assert answers.done(reply) == (reply in ("OK", "ACK"))
    assert answers.condition(reply).code == reply
    for parse in (protocol.parse_place, protocol.parse_number, protocol.parse_sensor):
        try:
            found = parse(reply)
        except NotUnderstood:
            continue
        if parse is protocol.parse_place and found.media is Media.NOT_PRESENT:
            assert reply in ("OK", "NO CARD")
    protocol.parse_mode(reply)
    assert not (answers.names(reply) and reply.isdigit())


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("FEEDER EMPTY", Reason.MEDIA_EMPTY),
        ("ERR FEEDER EMPTY", Reason.MEDIA_EMPTY),
        ("ERROR PARAMETRES", Reason.BAD_COMMAND),
        ("ERR PARAMETRES", Reason.BAD_COMMAND),
        ("NEED CLEANING", Reason.CLEANING_DUE),
        ("ERR NEED CLEANING", Reason.CLEANING_DUE),
        ("HOPPER FULL", Reason.OUTPUT_AREA_FULL),
        ("ERR RIB DETECTION", Reason.MARKER_SUPPLY_EMPTY),
        ("NACK T", Reason.MECHANICAL),
        ("NACK R", Reason.MARKER_SUPPLY_EMPTY),
        ("NACKR", Reason.MARKER_SUPPLY_EMPTY),
        ("ERR", Reason.UNMAPPED),
        ("CONTACTLESS CARD", Reason.UNMAPPED),
        ("", Reason.UNMAPPED),
    ],
)
def test_words_have_meanings(reply, reason):
    assert answers.condition(reply).reason is reason


@pytest.mark.parametrize(
    ("reply", "station"),
    [("CARD", Station.PRINT), ("SMART CARD", Station.CONTACT), ("CONTACTLESS CARD", Station.CONTACTLESS)],
)
def test_places(reply, station):
    place = protocol.parse_place(reply)
    assert (place.media, place.station, place.word) == (Media.PRESENT, station, reply)


@pytest.mark.parametrize(("reply", "high"), [("5,00 Volts", True), ("4.93 Volts", True), ("0,21 Volts", False)])
def test_sensors(reply, high):
    assert protocol.parse_sensor(reply) is high


@pytest.mark.parametrize(("reply", "mode"), [("2 0", 2), ("2;0", 2), ("0", 0), ("Mode 2, saved 0", 2), ("OK", None)])
def test_modes(reply, mode):
    assert protocol.parse_mode(reply) == mode


@pytest.mark.parametrize("told", ["Primacy", "EVOLIS PRIMACY", "Primacy_2", "primacy;1"])
def test_a_model_is_known_however_it_is_spelled(told):
    assert models.require_known(told).name == "Primacy"


@pytest.mark.parametrize("levels", [2, 32, 64, 128])
def test_packing_joins_the_high_bits_of_every_point_and_wastes_none(levels):
    upright = Random(levels).randbytes(panels.WIDTH * panels.HEIGHT)  # noqa: S311 - a picture, no secret
    bits = panels.BITS[levels]
    packed = panels.packed(upright, levels)
    assert len(packed) == panels.size(levels)
    # The first line of the turned card is the left column of the upright one, from the bottom up.
    for line in (0, 1, 507, 1015):
        column = upright[line :: panels.WIDTH][::-1]
        expected = "".join(f"{level >> (8 - bits):0{bits}b}" for level in column)
        start = line * panels.HEIGHT * bits // 8
        found = "".join(f"{byte:08b}" for byte in packed[start : start + panels.HEIGHT * bits // 8])
        assert found == expected
