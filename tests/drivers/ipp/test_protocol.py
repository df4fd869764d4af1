"""The codec against RFC 8010: its own example, round trips through a writer of the tests, and bytes of any kind."""

from __future__ import annotations

import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from drivers.ipp import reasons
from drivers.ipp.protocol import (
    LARGEST,
    Attribute,
    Attributes,
    Malformed,
    Operation,
    OutOfBand,
    Range,
    Resolution,
    ResponseReader,
    Tag,
    encode,
)
from drivers.printer import Reason
from tests.drivers.ipp.scripted import CARD_QUEUE, attribute, ipp


def parse(data, cuts=()):
    reader, at = ResponseReader(), 0
    for cut in sorted(cuts):
        reader.feed(data[at:cut])
        at = cut
    reader.feed(data[at:])
    return reader.finish()


def test_a_request_is_the_one_of_the_standard():
    # RFC 8010 appendix A.1, Print-Job, with this codec's version and language.
    written = encode(
        Operation.PRINT_JOB,
        1,
        [
            Attribute(Tag.URI, "printer-uri", ["ipp://printer.example.com/ipp/print/pinetree"]),
            Attribute(Tag.NAME, "job-name", ["foobar"]),
            Attribute(Tag.BOOLEAN, "ipp-attribute-fidelity", [True]),
        ],
        [Attribute(Tag.INTEGER, "copies", [20]), Attribute(Tag.KEYWORD, "sides", ["two-sided-long-edge"])],
    )
    assert written == bytes.fromhex(
        "02000002 00000001 01"
        "47 0012 617474726962757465732d63686172736574 0005 7574662d38"
        "48 001b 617474726962757465732d6e61747572616c2d6c616e6775616765 0002 656e"
        "45 000b 7072696e7465722d757269 002c"
        "6970703a2f2f7072696e7465722e6578616d706c652e636f6d2f6970702f7072696e742f70696e6574726565"
        "42 0008 6a6f622d6e616d65 0006 666f6f626172"
        "22 0016 6970702d6174747269627574652d666964656c697479 0001 01"
        "02"
        "21 0006 636f70696573 0004 00000014"
        "44 0005 7369646573 0013 74776f2d73696465642d6c6f6e672d65646765"
        "03"
    )


def test_a_collection_is_written_as_the_standard_has_it():
    # RFC 8010 section 3.1.6 and appendix A.5, media-col with media-size.
    size = [Attribute(Tag.INTEGER, "x-dimension", [5398]), Attribute(Tag.INTEGER, "y-dimension", [8560])]
    request = encode(
        Operation.CREATE_JOB,
        7,
        [],
        [Attribute(Tag.COLLECTION, "media-col", [[Attribute(Tag.COLLECTION, "media-size", [size])]])],
    )
    assert request.endswith(
        b"\x02\x34\x00\x09media-col\x00\x00"
        b"\x4a\x00\x00\x00\x0amedia-size\x34\x00\x00\x00\x00"
        b"\x4a\x00\x00\x00\x0bx-dimension\x21\x00\x00\x00\x04\x00\x00\x15\x16"
        b"\x4a\x00\x00\x00\x0by-dimension\x21\x00\x00\x00\x04\x00\x00\x21\x70"
        b"\x37\x00\x00\x00\x00\x37\x00\x00\x00\x00\x03"
    )
    (media,) = parse(request).one(Tag.JOB).collections("media-col")  # a response is laid out alike
    assert media.collections("media-size")[0].integer("x-dimension") == 5398


def test_every_kind_of_value_is_read():
    group = {
        "int": 7,
        "flag": True,
        "words": ["one", "two"],
        "none": None,
        "unknown": (0x12, b""),
        "strange": (0x17, b""),
        "resolution": (0x32, struct.pack(">iib", 300, 600, 3)),
        "range": (0x33, struct.pack(">ii", 1, 99)),
        "octets": (0x30, b"\xff\x00"),
        "date": (0x31, bytes(11)),
        "named": (0x36, b"\x00\x02en\x00\x03abc"),
        "broken": (0x41, b"\xff\xfe"),
    }
    response = parse(ipp(0x0001, 9, (4, group)))
    told = response.one(Tag.PRINTER)
    assert (response.version, response.status, response.request_id, response.successful) == ((2, 0), 1, 9, True)
    assert (told.integer("int"), told.boolean("flag"), told.texts("words")) == (7, True, ("one", "two"))
    assert told.integer("flag") is None
    assert told.boolean("int") is None
    assert told.text("words") is None
    assert told.says_none("none")
    assert not told.says_none("unknown")
    assert told.all("strange") == (OutOfBand.OTHER,)
    assert told.all("resolution") == (Resolution(300, 600),)
    assert told.all("range") == (Range(1, 99),)
    assert told.all("octets") == (b"\xff\x00",)
    assert told.text("named") == "abc"
    assert told.text("broken") == "\N{REPLACEMENT CHARACTER}" * 2


def test_an_attribute_sent_twice_has_no_single_value():
    body = ipp(0, 1, (2, {"job-state": 5}))[:-1] + attribute(0x23, "job-state", struct.pack(">i", 9)) + b"\x03"
    told = parse(body).one(Tag.JOB)
    assert told.integer("job-state") is None
    assert told.all("job-state") == (5,)


def test_of_two_groups_none_is_the_one():
    response = parse(ipp(0, 1, (2, {"job-id": 1}), (2, {"job-id": 2})))
    assert response.one(Tag.JOB) == Attributes()
    assert [told.integer("job-id") for told in response.each(Tag.JOB)] == [1, 2]


WHOLE = ipp(0, 3, (4, CARD_QUEUE))


@given(st.lists(st.integers(0, len(WHOLE))))
def test_it_is_the_same_in_whatever_pieces_it_comes(cuts):
    assert parse(WHOLE, cuts) == parse(WHOLE)


@given(st.integers(0, len(WHOLE) - 1))
def test_a_part_is_no_response(length):
    with pytest.raises(Malformed):
        parse(WHOLE[:length])


@given(st.binary(max_size=200), st.lists(st.integers(0, 200)))
@example(b"", [])
@example(struct.pack(">BBHIB", 2, 0, 0, 1, 4) + b"\x34\x00\x01a\x00\x00" * 40 + b"\x03", [])
def test_any_bytes_are_a_response_or_malformed(data, cuts):
    reader, at = ResponseReader(), 0
    try:
        for cut in sorted(min(cut, len(data)) for cut in cuts):
            reader.feed(data[at:cut])
            at = cut
        reader.feed(data[at:])
        response = reader.finish()
    except Malformed:
        return
    assert b"\x03" in data
    assert response.request_id == int.from_bytes(data[4:8], "big")


@given(st.data())
def test_a_mutated_response_is_a_response_or_malformed(data):
    body = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(body) - 1))
        match data.draw(st.integers(0, 2)):
            case 0:
                body[at] = data.draw(st.integers(0, 255))
            case 1:
                del body[at : at + data.draw(st.integers(1, 9))]
            case _:
                body[at:at] = data.draw(st.binary(max_size=5))
        if not body:
            break
    try:
        response = parse(bytes(body))
    except Malformed:
        return
    for _, told in response.groups:  # whatever it says is of the type asked for
        for name in told.values:
            assert type(told.integer(name)) in (int, type(None))
            assert all(isinstance(text, str) for text in told.texts(name))


@pytest.mark.parametrize("element", [b"\x04", b"\x13\x00\x00\x00\x00", b"\x13\x00\x01a\x00\x00"])
def test_many_small_elements_cost_neither_minutes_nor_gigabytes(element):
    begun = struct.pack(">BBHIB", 2, 0, 0, 1, 4) + b"\x13\x00\x01a\x00\x00"
    body = begun + element * ((LARGEST - len(begun)) // len(element))
    with pytest.raises(Malformed, match="groups and values"):
        parse(body, range(0, len(body), 65536))


def test_as_many_values_as_the_largest_printer_has_are_read():
    body = ipp(0, 1, (4, {"media-supported": [f"custom_{n}x86mm" for n in range(10_000)]}))
    assert len(parse(body).one(Tag.PRINTER).texts("media-supported")) == 10_000


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"\x21\x00\x01a\x00\x04\x00\x00\x00\x01", "outside any group"),
        (b"\x00", "delimiter 0"),
        (b"\x04\x21\x00\x01a\x00\x03\x00\x00\x01", "of 3 bytes"),
        (b"\x04\x21\x00\x00\x00\x04\x00\x00\x00\x01", "without a name"),
        (b"\x04\x4a\x00\x00\x00\x01a", "outside a collection"),
        (b"\x04\x37\x00\x00\x00\x00", "did not begin"),
        (b"\x04\x34\x00\x01a\x00\x00\x03", "does not end"),
        (b"\x04\x34\x00\x01a\x00\x00\x21\x00\x01b\x00\x04\x00\x00\x00\x01", "named value inside"),
        (b"\x04\x34\x00\x01a\x00\x00" + b"\x4a\x00\x00\x00\x01b\x34\x00\x00\x00\x00" * 8, "too deep"),
        (b"\x04\x36\x00\x01a\x00\x04\x00\x09en", "of 4 bytes"),
        (b"\x04\x36\x00\x01a\x00\x06\x00\x00\x00\x01ab", "another length"),
    ],
)
def test_what_is_wrong_is_said(body, why):
    with pytest.raises(Malformed, match=why):
        parse(struct.pack(">BBHI", 2, 0, 0, 1) + body)


def test_a_flood_is_cut_off():
    reader = ResponseReader()
    reader.feed(ipp(0, 1))
    with pytest.raises(Malformed, match="more than"):
        for _ in range(LARGEST // 65536 + 1):
            reader.feed(bytes(65536))


@given(
    st.lists(
        st.tuples(
            st.text(min_size=1, max_size=20).filter(lambda name: not name.startswith("attributes-")),
            st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=4),
        ),
        unique_by=lambda pair: pair[0],
    )
)
def test_what_is_written_is_read_back(pairs):
    request = encode(Operation.GET_JOBS, 5, [], [Attribute(Tag.INTEGER, name, values) for name, values in pairs])
    told = parse(request).one(Tag.JOB)
    assert {name: list(told.integers(name)) for name, _ in pairs} == dict(pairs)


def test_a_reason_without_a_word_is_a_reason_all_the_same():
    (told,) = reasons.conditions(("",))
    assert told.reason is Reason.UNMAPPED
    assert told.code
