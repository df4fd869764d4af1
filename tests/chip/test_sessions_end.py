"""A session's keys live as long as the session: who holds them lets go of them, whatever ended it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from typing_extensions import override

from drivers.deadline import Deadline
from drivers.encoder import CardMute, Response
from stationd.chip.apdu import Command
from stationd.chip.channel_errors import NoSecureSession, NotAuthentic, SamFailed, SessionEnded, WrongKeys
from stationd.chip.errors import LostReply
from stationd.chip.keys import LabKeySet
from stationd.chip.personalise import Personaliser
from stationd.chip.reading import held
from stationd.chip.sam import ANSWER, SamComputer
from stationd.chip.scp03 import Level
from stationd.chip.secured import Secured
from stationd.chip.soft import SoftComputer
from tests.chip.cards import KEYS, secured, shipped, soft, through
from tests.chip.fake_gp import SAM_AID, FakeGp, FakeSam, Keys

TAG = bytes(range(0xA0, 0xB0))
OBJECTS = {"biodata": b"b" * 40, "photo": b"p" * 500, "signature": b"s", "finger_left": b"l", "finger_right": b"r"}
PROFILE = shipped("lab-gp-scp03")
SAM_PROFILE = shipped("lab-sam")
OTHER = Keys(bytes(16), bytes(16))


def later() -> Deadline:
    return Deadline.after(10)


class Watched(SoftComputer):
    """The station's arithmetic, that tells whether it holds a session."""

    def __init__(self, keys: Keys = KEYS) -> None:
        super().__init__(LabKeySet(keys.enc, keys.mac), Level.ALL, 8)

    @property
    def holds(self) -> bool:
        return self._session is not None or self._challenge != b""


def ignore(_name: str) -> None:
    pass


def locked(engine: Personaliser) -> None:
    engine.identify(TAG, later())
    engine.write(OBJECTS, ignore, later())
    engine.verify(OBJECTS, later())
    engine.lock(later())


def test_a_locked_chip_leaves_no_session_keys() -> None:
    computer, card = Watched(), FakeGp(KEYS)
    engine = Personaliser(card, PROFILE, secured(PROFILE, computer))
    engine.identify(TAG, later())
    assert computer.holds
    engine.write(OBJECTS, ignore, later())
    engine.verify(OBJECTS, later())
    engine.lock(later())
    assert not computer.holds
    engine.inspect(OBJECTS, TAG, later())
    assert computer.holds  # a chip that was looked at may be gone on with
    engine.close()
    assert not computer.holds


class Liar(FakeGp):
    """Answers one read with a byte changed."""

    lie = True

    @override
    def done(self, command: Command, data: bytes) -> tuple[bytes, int]:
        return super().done(command, data)

    @override
    def act(self, command: Command) -> Response:
        response = super().act(command)
        if self.lie and command.ins == 0xB0:
            return Response(response.data[:-1] + bytes((response.data[-1] ^ 1,)), response.sw)
        return response


def test_an_answer_that_is_not_authentic_ends_the_session() -> None:
    computer = Watched()
    engine = Personaliser(Liar(KEYS), PROFILE, secured(PROFILE, computer))
    with pytest.raises(LostReply) as lost:
        engine.identify(TAG, later())
    assert isinstance(lost.value.failure, NotAuthentic)
    assert not computer.holds


def test_a_chip_with_other_keys_leaves_none_of_the_challenge() -> None:
    computer = Watched(OTHER)
    with pytest.raises(WrongKeys):
        Personaliser(FakeGp(KEYS), PROFILE, secured(PROFILE, computer)).identify(TAG, later())
    assert not computer.holds


def test_a_chip_that_ends_the_session_ends_ours() -> None:
    computer = Watched()
    channel = secured(PROFILE, computer)
    card = FakeGp(KEYS)
    card.selected = True
    channel.establish(card.act, later())
    with pytest.raises(SessionEnded):
        channel.unwrap(Response(b"", 0x6982), later())
    assert not computer.holds


@pytest.mark.parametrize("lose_at", range(12))
def test_a_lost_answer_ends_the_session(lose_at: int) -> None:
    computer, card = Watched(), FakeGp(KEYS)
    card.lose_at = lose_at
    with pytest.raises(LostReply):
        Personaliser(card, PROFILE, secured(PROFILE, computer)).identify(TAG, later())
    assert not computer.holds


def test_without_a_session_nothing_is_wrapped_and_it_is_said_in_words() -> None:
    computer = Watched()
    for use in (
        lambda: computer.wrap(bytes(4), b"", later(), extended=False),
        lambda: computer.unwrap(bytes(8), 0x9000, later()),
    ):
        with pytest.raises(NoSecureSession, match="no secure session") as none:
            use()
        assert none.value.may_have_acted is False


def test_a_card_that_was_read_leaves_no_session() -> None:
    card, computer = FakeGp(KEYS), Watched()
    locked(Personaliser(card, PROFILE, soft(PROFILE)))
    held(card, PROFILE, secured(PROFILE, computer), later(), bytes)
    assert not computer.holds


@pytest.mark.parametrize("act", [locked, lambda engine: engine.identify(TAG, later())])
def test_the_sams_session_is_closed_once_and_where_there_was_one(act: Callable[[Personaliser], None]) -> None:
    sam = FakeSam({"lab-gp": KEYS})
    engine = Personaliser(FakeGp(KEYS), SAM_PROFILE, through(SAM_PROFILE, sam))
    engine.close()
    assert sam.sent == []
    act(engine)
    engine.close()
    engine.close()
    assert [command.ins for command in sam.sent].count(0x18) == 1
    assert (sam.side, sam.opened) == (None, None)


def test_a_sam_that_fell_silent_is_not_asked_to_close() -> None:
    sam = FakeSam({"lab-gp": KEYS})
    sam.lose_at = 3
    with pytest.raises(LostReply) as lost:
        Personaliser(FakeGp(KEYS), SAM_PROFILE, through(SAM_PROFILE, sam)).identify(TAG, later())
    assert isinstance(lost.value.failure, SamFailed)
    assert len(sam.sent) == 4


class Slow(FakeSam):
    """A SAM that answers nothing, and notes how long it was given."""

    def __init__(self) -> None:
        super().__init__({"lab-gp": KEYS})
        self.given: list[float] = []

    @override
    def transmit(self, apdu: bytes, deadline: Deadline) -> Response:
        self.given.append(deadline.remaining())
        if len(self.given) > 2:
            raise CardMute("SAM", "transmit")
        return super().transmit(apdu, deadline)


def test_each_step_of_a_sam_has_its_own_deadline() -> None:
    sam = Slow()
    computer = SamComputer(sam, SAM_AID, "lab-gp", Level.ALL, 8)
    channel = Secured(computer, kind="sam", keys="lab-gp", key_version=0x30, level=Level.ALL, mac_size=8)
    card = FakeGp(KEYS)
    card.selected = True
    with pytest.raises(SamFailed):
        channel.establish(card.act, Deadline.after(600))
    assert len(sam.given) == 3
    assert all(given <= ANSWER for given in sam.given)
