"""What an Evolis machine says: words, cut from a stream."""

from __future__ import annotations

import re

from drivers.errors import NotUnderstood
from drivers.evolis import answers, models, protocol
from drivers.evolis.protocol import Place, ReplyReader
from drivers.printer import Condition, Media, Reason
from tests.campaigns.fuzzing.parser import ANOTHERS, UNREADABLE, Parser

WORDS = (
    b"OK\r", b"ACK\0", b"\x06", b"ERROR COVER\r\n", b"ERR FEEDER EMPTY\0", b"NACK T\r", b"HOPPER FULL\r",
    b"NEED CLEANING\r", b"ERROR RIBBON ENDED\r", b"ERR PARAMETRES\r",
)  # fmt: skip
PLACES = (b"OK\r", b"NO CARD\r", b"CARD\0", b"SMART CARD\r", b"CONTACTLESS CARD\r", b"ERR CARD\r")
NUMBERS = (b"12345\r", b"0\r", b"117\0")
VOLTS = (b"5,00 Volts\r", b"0,21 Volts\0", b"4.93 V\r")
MODES = (b"2 0\r", b"Mode 2, saved 0\r", b"0\r")
NAMES = (b"Evolis Primacy\r", b"ZENIUS\0", b"Primacy_2\r")
MOST = 4096


def pieces(reply: bytes) -> list[str]:
    """Everything that is heard, as it may come: some bytes at a time, then silence."""
    reader, heard = ReplyReader(), []
    size = 1 + (7 * len(reply) + sum(reply[:4])) % 61
    for at in range(0, len(reply), size):
        heard += reader.feed(reply[at : at + size])
    last = reader.fell_silent()
    return heard if last is None else [*heard, last]


def first(reply: bytes) -> str:
    heard = pieces(reply)
    if not heard:
        raise NotUnderstood("", "read", reply, "a reply")
    return heard[0]


def spoken(reply: bytes) -> list[str]:
    """The same, cut at once and without the reader."""
    said = [part.strip(" ") for part in re.split("[\0\r\n]", reply.decode("latin-1"))]
    return [part.replace("\x06", "ACK").replace("\x15", "NACK ") for part in said if part]


def holds_pieces(reply: bytes, told: object) -> bool:
    parts = spoken(reply)
    ended = not parts or reply[-1:] in (b"\0", b"\r", b"\n")
    # A machine that marks its ends has not said the last one yet.
    whole = parts if ended or (len(parts) == 1 and not re.search(b"[\0\r\n]", reply)) else parts[:-1]
    return (
        isinstance(told, list)
        and told in (parts, whole)
        and all(text.isascii() and text.isprintable() for text in told)
    )


def word(reply: bytes) -> tuple[bool, Condition]:
    said = first(reply)
    return answers.done(said), answers.condition(said)


def holds_word(reply: bytes, told: object) -> bool:
    """Done is one word, and every other is evidence."""
    done, condition = told
    said = spoken(reply)[0]
    named = condition.reason is not Reason.UNMAPPED
    return condition.code == said and done is (said in ("OK", "ACK")) and not (done and named)


def holds_place(reply: bytes, told: object) -> bool:
    said = spoken(reply)[0]
    if not isinstance(told, Place) or told.word != said:
        return False
    return {
        Media.NOT_PRESENT: said in ("OK", "NO CARD"),
        Media.JAMMED: said in ("ERR CARD", "ERROR CARD"),
        Media.PRESENT: said in ("CARD", "SMART CARD", "CONTACTLESS CARD"),
    }[told.media]


def holds_mode(reply: bytes, told: object) -> bool:
    found = re.findall("[0-9]+", spoken(reply)[0])
    return told is None or (bool(found) and told == int(found[0]) < 1000)


def sensor(reply: bytes) -> bool:
    return protocol.parse_sensor(first(reply))


def holds_sensor(reply: bytes, told: object) -> bool:
    whole, _, part = re.sub("[ a-z]", "", spoken(reply)[0].lower()).replace(",", ".").partition(".")
    return told is (int(whole) * 1000 + int(part.ljust(3, "0")) > 2500)


PARSERS = (
    Parser("evolis replies", (*WORDS, *PLACES, b"OK\rCARD\r\n12345\0"), pieces, UNREADABLE, holds_pieces, MOST),
    Parser("evolis word", WORDS, word, UNREADABLE, holds_word, MOST, b" ", verbatim=False),
    Parser("evolis place", PLACES, lambda r: protocol.parse_place(first(r)), UNREADABLE, holds_place, MOST, b" ",
           verbatim=False),
    Parser("evolis number", NUMBERS, lambda r: protocol.parse_number(first(r)), UNREADABLE,
           lambda r, t: str(t).zfill(len(spoken(r)[0])) == spoken(r)[0] and t < 10**9, MOST, verbatim=False),
    Parser("evolis sensor", VOLTS, sensor, UNREADABLE, holds_sensor, MOST, b" ,", verbatim=False),
    Parser("evolis mode", MODES, lambda r: protocol.parse_mode(first(r)), UNREADABLE, holds_mode, MOST, b" ",
           verbatim=False),
    Parser("evolis model", NAMES, lambda r: models.require_known(first(r)), ANOTHERS,
           lambda r, t: t.name.lower() in spoken(r)[0].lower(), MOST, b" _"),
)  # fmt: skip
