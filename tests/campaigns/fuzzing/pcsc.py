"""What a reader's process says, and through it the smart-card service and the card."""

from __future__ import annotations

from drivers.deadline import Deadline
from drivers.encoder import CardType, Response
from drivers.errors import DeviceError
from drivers.pcsc import cards, features, frames
from drivers.pcsc.child import ChildEnded
from drivers.pcsc.codes import Code
from drivers.pcsc.driver import PcscConnection, PcscEncoder
from drivers.pcsc.frames import Grip, Op, Place
from drivers.pcsc.names import Reader
from tests.campaigns.fuzzing.parser import Parser

SOON = Deadline.after(1e9)
ATRS = tuple(map(bytes.fromhex, ("3B8F8001804F0CA0000003060300030000000068", "3B8880010000000000", "3B9F958131FE9F")))
ANSWERS = tuple(
    frames.reply(code, payload)
    for code, payload in (
        (Code.SUCCESS, bytes.fromhex("6F0A8408F04C4142434152449000")),
        (Code.SUCCESS, b"\x90\x00"),
        (Code.SUCCESS, b""),
        (Code.REMOVED_CARD, b""),
        (Code.NOT_TRANSACTED, b""),
        (Code.TIMEOUT, b""),
        (Code.SUCCESS, b"Example Reader 00 00\0Other Reader 01 00"),
    )
)
LISTS = ANSWERS[-1:]
GRIP = Grip(Place(0x00200107, "70D7E2EE"), features.UNTOLD, ATRS[0])
PLACES = (frames.reply(Code.SUCCESS, frames.place(GRIP.place)), frames.reply(Code.SUCCESS, frames.place(Place(0, ""))))
UNTOLD = PLACES[1]
GRIPS = (frames.grip(GRIP), frames.grip(Grip(Place(0, ""), 0, ATRS[2])))


class Worker:
    """A reader's process that says one thing, in frames, to the question that is looked at."""

    def __init__(self) -> None:
        self.said = b""
        self.sound: frozenset[Op] = frozenset()

    def call(self, op: Op, _payload: bytes, _deadline: Deadline) -> tuple[int, bytes]:
        said = UNTOLD if op in self.sound else self.said
        try:
            length = frames.body_length(said[:4])
            if len(said) < 4 + length:
                raise EOFError("it ended")
            return frames.parse_reply(said[4 : 4 + length])
        except (EOFError, ValueError) as error:
            raise ChildEnded(str(error)) from None


WORKER = Worker()


def reader(reply: bytes, *sound: Op) -> PcscEncoder:
    """Return a reader whose process says this to every question but some, to which it answers well."""
    encoder = PcscEncoder("Example Reader 00 00")
    WORKER.said, WORKER.sound = reply, frozenset(sound)
    vars(encoder).update(_child=WORKER, _session=1)
    return encoder


def transmitted(reply: bytes) -> Response:
    return PcscConnection(reader(reply), "", 1, GRIP).transmit(b"\x00\xb0\x00\x00\x00", SOON)


def holds_transmitted(reply: bytes, told: object) -> bool:
    length = int.from_bytes(reply[:4])
    answer = reply[8 : 4 + length]
    return (
        isinstance(told, Response)
        and reply[4:8] == bytes(4)
        and len(answer) == length - 4 >= 2
        and answer == told.data + told.sw.to_bytes(2)
    )


def presence(reply: bytes) -> bool:
    return reader(reply, Op.WHERE).card_present(SOON)


def holds_presence(reply: bytes, told: object) -> bool:
    return reply[4:8] == (bytes(4) if told else int(Code.TIMEOUT).to_bytes(4))


def names(reply: bytes) -> list[str]:
    return reader(reply).readers(SOON)


def place(reply: bytes) -> Reader | None:
    return reader(reply).describe("Example Reader 00 00", SOON)


def holds_place(reply: bytes, told: object) -> bool:
    if told is None:
        return reply[4:8] == int(Code.SHARING_VIOLATION).to_bytes(4)
    serial = reply[13 : 13 + reply[12]].decode(errors="replace")
    return reply[4:8] == bytes(4) and isinstance(told, Reader) and told.serial == (serial or None)


def holds_grip(reply: bytes, told: object) -> bool:
    end = 5 + reply[4]
    return isinstance(told, Grip) and told.atr == reply[end + 4 :] and told.most == int.from_bytes(reply[end : end + 4])


def holds_frame(reply: bytes, told: object) -> bool:
    code, payload = told
    return code.to_bytes(4) + payload == reply and len(reply) >= 4


def holds_atr(reply: bytes, told: object) -> bool:
    """Only a reader makes up an ATR of this form, and never for a card with contacts."""
    made_up = reply[:1] == b"\x3b" and reply[1:2].hex()[:1] == "8" and reply[2:4] == b"\x80\x01"
    return (told is CardType.CONTACT) is (bool(reply) and not made_up)


PARSERS = (
    Parser("pcsc frame", tuple(answer[4:] for answer in ANSWERS), frames.parse_reply, (ValueError,),
           holds_frame, 65600),
    Parser("pcsc length", tuple(answer[:4] for answer in ANSWERS), frames.body_length, (ValueError,),
           lambda r, t: len(r) == 4 and 4 <= int.from_bytes(r) == t <= 65600, 64),
    Parser("pcsc transmit", ANSWERS[:2], transmitted, (DeviceError,), holds_transmitted, 65600),
    Parser("pcsc presence", (frames.reply(0), frames.reply(Code.TIMEOUT)), presence, (DeviceError,),
           holds_presence, 64),
    Parser("pcsc readers", LISTS, names, (DeviceError,),
           lambda r, t: r[4:8] == bytes(4) and isinstance(t, list), 4096, b"\0"),
    Parser("pcsc place", PLACES, place, (DeviceError,), holds_place, 600),
    Parser("pcsc grip", GRIPS, frames.parse_grip, (ValueError,), holds_grip, 600),
    Parser("pcsc atr", ATRS, lambda r: cards.card_type(r, None), (),
           holds_atr, 64),
)  # fmt: skip
