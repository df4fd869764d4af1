"""What a PN532 says on its serial port, and through it the card."""

from __future__ import annotations

from drivers.deadline import Deadline
from drivers.errors import DeadlinePassed, DeviceError
from drivers.pn532 import cards, commands
from drivers.pn532.commands import Code, TargetA, TargetB
from drivers.pn532.link import Link
from tests.campaigns.fuzzing.parser import Parser
from tests.drivers.pn532.scripted import ACK, SYNTAX, frame

SOON = Deadline.after(1e9)
ANSWERS = (
    frame(b"\x41\x00\x90\x00"),
    frame(b"\x41\x01"),
    frame(b"\x41\x00" + bytes(range(256)) + b"\x90\x00"),
    SYNTAX,
)
TYPE_A = tuple(map(bytes.fromhex, ("0101000420 07 04112233445566 0578778002", "0101000408 04 11223344")))
TYPE_B = (bytes.fromhex("0101 50 11223344 4150504C 808171 0110"),)


class Port:
    """A wire that says one thing, after it has acknowledged, and then nothing."""

    said = b""

    def write(self, data: bytes, deadline: Deadline) -> None:
        """Take whatever is written."""

    def read(self, deadline: Deadline) -> bytes:  # noqa: ARG002 - a wire's signature
        if not self.said:
            raise DeadlinePassed("", "read", 0.0)
        data, self.said = self.said[:9], self.said[9:]
        return data

    def close(self) -> None:
        """Nothing is held."""


def answered(reply: bytes) -> bytes:
    port = Port()
    link = Link(port, "")
    vars(link).update(_in_step=True)
    port.said = ACK + reply
    return link.call(Code.IN_DATA_EXCHANGE, b"\x01", SOON, "transmit")


def holds_answered(reply: bytes, told: object) -> bool:
    """Whether a frame of that content, right in both its checksums, is in the reply."""
    assert isinstance(told, bytes)
    body = b"\xd5\x41" + told
    size = len(body)
    longer = b"\xff\xff" + size.to_bytes(2) + bytes((-(size >> 8) - size & 255,))
    ends = body + bytes((-sum(body) & 255,))
    return longer + ends in reply or (size < 256 and bytes((size, -size & 255)) + ends in reply)


def holds_a(reply: bytes, told: object) -> bool:
    assert isinstance(told, TargetA)
    end = 6 + reply[5]
    ats = reply[end:]
    return (told.sak, told.uid, told.ats) == (reply[4], reply[6:end], ats) and (not ats or ats[0] == len(ats))


def holds_b(reply: bytes, told: object) -> bool:
    assert isinstance(told, TargetB)
    atqb = told.pupi + told.application + told.protocol
    return reply[3:14] == atqb and reply[15:] == told.attrib and reply[14] == len(told.attrib)


def a_card(reply: bytes) -> TargetA:
    target = commands.only_target_a(reply)
    cards.atr(target)
    return target


def b_card(reply: bytes) -> TargetB:
    target = commands.only_target_b(reply)
    cards.atr(target)
    return target


PARSERS = (
    Parser("pn532 answer", ANSWERS, answered, (DeviceError,), holds_answered, 600, verbatim=False),
    Parser("pn532 type-a", TYPE_A, a_card, (ValueError,), holds_a, 64),
    Parser("pn532 type-b", TYPE_B, b_card, (ValueError,), holds_b, 64),
)
