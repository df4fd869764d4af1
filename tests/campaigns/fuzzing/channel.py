"""What a chip and a SAM say of a secure channel: the card's offer, the SAM's answers, answers that are wrapped."""

from __future__ import annotations

from drivers.encoder import Response
from drivers.errors import DeviceError
from stationd.chip import scp03
from stationd.chip.apdu import Command
from stationd.chip.keys import LabKeySet
from stationd.chip.sam import SamComputer
from stationd.chip.scp03 import Level, Offer
from tests.campaigns.fuzzing.chip import SOON, Card
from tests.campaigns.fuzzing.parser import Parser
from tests.chip.cards import KEYS
from tests.chip.fake_gp import AID, SAM_AID, FakeGp

HOST = bytes(range(8))
LEVEL = Level(0x33)
OK = b"\x90\x00"
ANSWER = 258
"""Bytes of the longest answer of a short exchange, with its status word."""


def said(response: Response) -> bytes:
    return response.data + response.sw.to_bytes(2)


def card() -> FakeGp:
    made = FakeGp(KEYS)
    made.act(Command(0, 0xA4, 4, 0, AID, le=256))
    return made


OFFER = card().act(Command(0x80, 0x50, 0x30, 0, HOST, le=256)).data


def session() -> scp03.Session:
    return scp03.Session(LabKeySet(KEYS.enc, KEYS.mac), LEVEL, HOST, OFFER)


def wrapped(reply: bytes) -> bytes:
    """Take it for the answer to the first command of a session."""
    if len(reply) < 2:
        raise ValueError("a reader hands over no answer without a status word")
    host = session()
    host.wrap(b"\x84\xa4\x02\x04", b"\x01\x02")
    return host.unwrap(reply[:-2], int.from_bytes(reply[-2:]))


def genuine() -> bytes:
    """Return what the card says to it; no other bytes are its."""
    host, chip = session(), card()
    chip.act(Command(0x80, 0x50, 0x30, 0, HOST, le=256))
    chip.act(Command(0x84, 0x82, LEVEL, 0, host.authentication()))
    return said(chip.act(Command(0x84, 0xA4, 2, 4, host.wrap(b"\x84\xa4\x02\x04", b"\x01\x02"), le=256)))


def holds_wrapped(reply: bytes, told: object) -> bool:
    """It is what the card said; or an error that nobody vouches for, which says nothing."""
    return reply == GENUINE or (len(reply) == 2 and told == b"" and reply != OK and reply[0] not in (0x62, 0x63))


def offer(reply: bytes) -> Offer:
    return scp03.parse_offer(reply, len(HOST))


def holds_offer(reply: bytes, told: object) -> bool:
    if not isinstance(told, Offer) or reply[11] != 3 or reply[12] & 1:
        return False
    return len(reply) in {29, 32} and (told.challenge, told.cryptogram) == (reply[13:21], reply[21:29])


def sam(*answers: bytes) -> SamComputer:
    return SamComputer(Card(*answers), SAM_AID, "lab-gp", LEVEL, len(HOST))


GENUINE = genuine()
OFFERS = (OFFER, OFFER[:-3], OFFER[:11] + b"\x02" + OFFER[12:], OFFER[:12] + b"\x71" + OFFER[13:] + bytes(16))
CHALLENGES = (HOST + OK, b"\x6a\x88", HOST + HOST + OK, OK, b"\x61\x08")
PROOFS = (bytes(16) + OK, b"\x63\x00", b"\x6a\x80", b"\x69\x85")
MEANT = (bytes(range(200)) + OK, OK, b"\x69\x82", b"\x69\x85")

PARSERS = (
    Parser("chip offer", OFFERS, offer, (ValueError,), holds_offer, ANSWER),
    Parser("chip wrapped", (GENUINE, GENUINE[-10:], OK, b"\x69\x82"), wrapped, (ValueError,), holds_wrapped, ANSWER),
    Parser("chip sam-challenge", CHALLENGES, lambda r: sam(OK, r).open(SOON), (DeviceError,),
           lambda r, t: r == t + OK and len(r) == 10, ANSWER),  # type: ignore[operator]
    Parser("chip sam-proof", PROOFS, lambda r: sam(r).authenticate(OFFER, SOON), (DeviceError, ValueError),
           lambda r, t: r == t + OK, ANSWER),  # type: ignore[operator]
    Parser("chip sam-meant", MEANT, lambda r: sam(r).unwrap(b"", 0x9000, SOON), (DeviceError, ValueError),
           lambda r, t: r == t + OK, ANSWER),  # type: ignore[operator]
)  # fmt: skip
