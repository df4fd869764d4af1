"""What a chip says: status words, data, and the file control information in TLV."""

from __future__ import annotations

from pathlib import Path

from typing_extensions import override

from drivers.deadline import Deadline
from drivers.encoder import CardMute, CardType, Connection, Response
from drivers.errors import DeviceError, Disconnected
from stationd.chip import apdu, plan, tlv
from stationd.chip.apdu import Command
from stationd.chip.channel import Plain
from stationd.chip.errors import ChipError
from stationd.chip.plan import Action, Exchange
from stationd.chip.profile import Profile
from stationd.chip.profile_file import load
from stationd.chip.session import Session
from tests.campaigns.fuzzing.parser import Parser

PROFILE: Profile = load((Path(__file__).parents[3] / "config/profiles/lab-iso7816.toml").read_text())
SOON = Deadline.after(1e9)
CONTENT = bytes(range(200))
RUNAWAY = 5000
"""Commands after which a card that never comes to an end is called one: four times what the largest answer needs."""

LOCKED, ACTIVE, OPEN = (bytes.fromhex(f"62038A01{state:02X}9000") for state in (4, 5, 3))
SELECTED = (
    LOCKED,
    ACTIVE,
    OPEN,
    LOCKED[:-2] + b"\x62\x83",
    b"\x6a\x82",
    bytes.fromhex("620B8002010082010183021234 9000"),
)
SIZED = (bytes.fromhex("6204800200C89000"), bytes.fromhex("6204800200C86283"), b"\x6a\x82")
READS = (CONTENT + b"\x90\x00", b"\x6c\xc8", b"\x69\x82")
OBJECTS = (
    LOCKED[:-2],
    SIZED[0][:-2],
    SELECTED[-1][:-2],
    bytes.fromhex("BF0C8102AABB9F810100"),
    b"\x6f\x82\x00\x03\x80\x01\x05",
)
SCRIPTS = tuple(
    b"".join(len(answer).to_bytes(2) + answer for answer in answers)
    for answers in (
        (b"\x01\x61\x02", b"\x02\x03\x90\x00"),
        (b"\x6c\x03", b"\x01\x02\x03\x90\x00"),
        (b"\x90\x00",),
        (b"\x61\x00", CONTENT + b"\x61\x10", CONTENT + b"\x90\x00"),
    )
)


class Card(Connection):
    """Says what is written, one answer a command; the last one for ever."""

    atr = b""
    uid = None
    card_type = CardType.UNKNOWN

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)
        self.asked = 0

    @override
    def transmit(self, apdu: bytes, deadline: Deadline) -> Response:
        self.asked += 1
        if self.asked > RUNAWAY:
            raise RuntimeError("a card that never comes to an end is asked for ever")
        if not self.answers:
            raise CardMute("", "transmit")
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if len(answer) < 2:
            raise Disconnected("", "transmit", "an answer of one byte, where two are the least")
        return Response(answer[:-2], int.from_bytes(answer[-2:]))

    @override
    def close(self) -> None:
        """Nothing to close."""


def script(reply: bytes) -> list[bytes]:
    """Cut it at the lengths that stand in it."""
    answers = []
    while len(reply) > 2:
        length = int.from_bytes(reply[:2])
        answers.append(reply[2 : 2 + length])
        reply = reply[2 + length :]
    return answers


def exchanged(reply: bytes) -> Response:
    return apdu.exchange(Card(*script(reply)), Command(0, 0xB0, 0, 0, le=256), SOON)


def holds_exchanged(reply: bytes, told: object) -> bool:
    """All parts in order up to the first that says that there are no more."""
    if not isinstance(told, Response):
        return False
    answers = script(reply)
    answers += answers[-1:] * 2
    first, *rest = answers[1:] if answers[0][-2] == 0x6C else answers
    data = first[:-2]
    while first[-2] == 0x61:
        first, *rest = rest or [first]
        if first[-2] == 0x6C:
            first, *rest = rest or [first]
        data += first[:-2]
        if len(data) > 1 << 17:
            return False
    return told.data == data and told.sw == int.from_bytes(first[-2:]) and len(data) <= 65536


def objects(data: bytes) -> list[tuple[int, bytes]]:
    """The same objects, read by ISO/IEC 7816-4's own words: tags of one to three bytes, lengths of one to five."""
    found = []
    while data:
        size = 1
        if data[0] & 0x1F == 0x1F:
            size = 2 if data[1] < 0x80 else 3
        tag, data = data[:size], data[size:]
        count = data[0] - 0x80 if data[0] >= 0x80 else 0
        if data[0] == 0x80 or count > 4 or (size == 3 and tag[2] >= 0x80):
            raise ValueError("no such tag or length")
        length, data = (int.from_bytes(data[1 : 1 + count]) if count else data[0]), data[1 + count :]
        if length > len(data) or len(tag) < size:
            raise ValueError("cut short")
        found.append((int.from_bytes(tag), data[:length]))
        data = data[length:]
    return found


def only(data: bytes, template: int, tag: int) -> bytes | None:
    """What stands under a tag that is there once, in a template that is there once."""
    try:
        (inside,) = [value for found, value in objects(data) if found == template]
        (value,) = [value for found, value in objects(inside) if found == tag]
    except (IndexError, ValueError):
        return None
    return value


def session(*answers: bytes) -> Session:
    return Session(Card(*answers), PROFILE, Plain())


def state(reply: bytes) -> str | None:
    chip = session(reply)
    return chip.life_cycle(chip.select_application("inspect", SOON))


def holds_state(reply: bytes, told: object) -> bool:
    value = only(reply[:-2], 0x62, 0x8A)
    names = {b"\x03": "open", b"\x04": "locked", b"\x05": "active"}
    if told in names.values():
        return value is not None and names.get(value) == told
    return told is None or (value is not None and len(value) == 1 and value not in names)


def activated(reply: bytes) -> bool:
    """Take the answer to a selection for the word that the chip is live."""
    exchange = Exchange(plan.select_application(PROFILE), PROFILE.application_accepted, life_cycle="active")
    session(reply).run(Action("select", None, (exchange,)), SOON)
    return True


def read_back(reply: bytes) -> bool:
    exchanges = plan.reads(CONTENT, len(CONTENT), frozenset({apdu.SUCCESS}))
    session(reply).run(Action("verify", "photo", tuple(exchanges)), SOON)
    return True


def sized(reply: bytes) -> bool:
    exchange = Exchange(plan.select_file(PROFILE, "photo"), PROFILE.file_accepted, size=len(CONTENT))
    session(reply).run(Action("verify", "photo", (exchange,)), SOON)
    return True


PARSERS = (
    Parser("chip tlv", OBJECTS, lambda r: list(tlv.items(r)), (ValueError,), lambda r, t: t == objects(r), 65536),
    Parser("chip exchange", SCRIPTS, exchanged, (DeviceError,), holds_exchanged, 65536),
    Parser("chip state", SELECTED, state, (ChipError,), holds_state, 65538),
    Parser("chip activated", (ACTIVE, LOCKED), activated, (ChipError,),
           lambda r, _: r[-2:] in (b"\x90\x00", b"\x62\x83") and only(r[:-2], 0x62, 0x8A) == b"\x05", 65538),
    Parser("chip read-back", READS, read_back, (ChipError,), lambda r, _: r == CONTENT + b"\x90\x00", 65538),
    Parser("chip size", SIZED, sized, (ChipError,), lambda r, _: r[-2:] in (b"\x90\x00", b"\x62\x83")
           and int.from_bytes(only(r[:-2], 0x62, 0x80) or b"") == len(CONTENT), 65538),
)  # fmt: skip
