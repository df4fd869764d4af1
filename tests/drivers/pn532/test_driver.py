"""The encoder over a scripted PN532: one card, its answers, and everything that can go wrong with them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from drivers.deadline import Deadline
from drivers.encoder import (
    SHORT,
    ApduTooLong,
    CardMute,
    CardRemoved,
    CardReset,
    CardType,
    Connection,
    NoCard,
    NoChipCard,
    ReaderGone,
    SeveralCards,
)
from drivers.errors import DeadlinePassed, DeviceError, Disconnected, NotUnderstood, WrongDevice
from drivers.pn532 import link
from drivers.pn532.driver import Pn532Encoder
from drivers.pn532.link import Link
from tests.drivers.pn532.scripted import ACK, SYNTAX, Card, Chip, frame

APDU = bytes.fromhex("00A40400")
EXCHANGE, LIST, FIELD = 0x40, 0x4A, 0x32


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No serial adapter is in the way: what is not acknowledged soon never is."""
    monkeypatch.setattr(link, "_ACK_SECONDS", 0.1)


def soon() -> Deadline:
    return Deadline.after(20)


def opened(chip: Chip) -> Pn532Encoder:
    return Pn532Encoder(Link(chip, "pn532 test"), "pn532 test", "/dev/test", soon())


def connected(chip: Chip) -> tuple[Pn532Encoder, Connection]:
    encoder = opened(chip)
    return encoder, encoder.connect(soon())


def nothing(_: bytes) -> bytes:
    return b""


def only_ack(_: bytes) -> bytes:
    return ACK


def damaged(good: bytes) -> bytes:
    return good[:-3] + bytes((good[-3] ^ 1,)) + good[-2:]


def test_a_sleeping_chip_is_woken_and_known() -> None:
    chip = Chip()
    encoder = opened(chip)
    assert (encoder.name, encoder.generation) == ("PN532 1.6 /dev/test", 1)
    assert not chip.field
    other = Chip()
    other.ic = 0x33
    with pytest.raises(WrongDevice, match="chip 33"):
        opened(other)
    silent = Chip()
    silent.spoil = {0x14: [nothing] * 5}
    with pytest.raises(Disconnected, match="acknowledges nothing"):
        opened(silent)


@pytest.mark.parametrize("kind", ["A", "B"])
def test_one_card_is_connected_from_no_power(kind: str) -> None:
    card = Card(kind=kind, answers=lambda apdu: apdu[:2] + b"\x90\x00")
    chip = Chip(card)
    encoder = opened(chip)
    assert encoder.card_present(soon())
    assert not chip.field, "a look leaves no field behind"
    before = card.powered_up
    connection = encoder.connect(soon())
    assert card.powered_up > before
    assert connection.card_type is (CardType.TYPE_A if kind == "A" else CardType.TYPE_B)
    assert (connection.uid is not None and connection.uid.may_identify) is (kind == "A")
    assert connection.atr.startswith(b"\x3b")
    assert connection.limits == SHORT
    response = connection.transmit(APDU, soon())
    assert (response.data, response.sw) == (APDU[:2], 0x9000)
    assert encoder.card_present(soon())
    assert connection.transmit(APDU, soon()).sw == 0x9000, "being looked at has not ended the session"
    connection.close()
    assert not chip.field
    with pytest.raises(Disconnected):
        connection.transmit(APDU, soon())


@pytest.mark.parametrize(
    "cards",
    [[Card(), Card()], [Card(kind="B"), Card(kind="B")], [Card(), Card(kind="B")], [Card()] * 2 + [Card(kind="B")]],
)
def test_of_several_cards_none_is_spoken_to(cards: list[Card]) -> None:
    chip = Chip(*cards)
    encoder = opened(chip)
    with pytest.raises(SeveralCards) as refused:
        encoder.connect(soon())
    assert not refused.value.may_have_acted
    assert encoder.card_present(soon())
    assert not any(card.heard for card in cards)
    assert not chip.field


@pytest.mark.parametrize("card", [Card(sak=0x08), Card(kind="B", chip=False)])
def test_a_card_without_apdus_is_none(card: Card) -> None:
    with pytest.raises(NoChipCard) as refused:
        opened(Chip(card)).connect(soon())
    assert not refused.value.may_have_acted


def test_no_card_by_the_deadline() -> None:
    encoder = opened(Chip())
    began = time.monotonic()
    with pytest.raises(NoCard):
        encoder.connect(Deadline.after(0.15))
    assert time.monotonic() - began < 30
    encoder.await_empty(soon())
    with pytest.raises(DeadlinePassed):
        encoder.card_present(Deadline.after(0))


def test_a_card_that_comes_and_goes_is_waited_for() -> None:
    chip = Chip()
    encoder = opened(chip)
    later = threading.Timer(0.1, chip.cards.append, [Card()])
    later.start()
    encoder.connect(soon()).close()
    with pytest.raises(DeadlinePassed):
        encoder.await_empty(Deadline.after(0.1))
    later = threading.Timer(0.1, chip.cards.clear)
    later.start()
    encoder.await_empty(soon())
    later.join()


@pytest.mark.parametrize("length", [0, 1, 253, 254, 256])
def test_an_answer_in_parts_is_put_together(length: int) -> None:
    chip = Chip(Card(answers=lambda _: bytes(range(256))[:length] + b"\x90\x00"))
    for part in (1, 60, 253):
        chip.part = part
        response = connected(chip)[1].transmit(APDU, soon())
        assert (response.data, response.sw) == (bytes(range(256))[:length], 0x9000)
    assert len(chip.cards[0].heard) == 3


def test_the_longest_short_apdu_goes_in_one_frame_and_a_longer_one_not_at_all() -> None:
    card = Card()
    connection = connected(Chip(card))[1]
    apdu = bytes.fromhex("00D60000FF") + bytes(255) + b"\x00"
    assert connection.transmit(apdu, soon()).sw == 0x9000
    with pytest.raises(ApduTooLong) as refused:
        connection.transmit(bytes.fromhex("00D60000000100") + bytes(256), soon())
    assert not refused.value.may_have_acted
    assert card.heard == [apdu]
    assert connection.transmit(APDU, soon()).sw == 0x9000, "nothing was sent, so nothing is lost"


def test_a_damaged_answer_is_asked_for_again_and_the_command_is_not() -> None:
    card = Card()
    chip = Chip(card)
    connection = connected(chip)[1]
    chip.spoil = {EXCHANGE: [damaged]}
    assert connection.transmit(APDU, soon()).sw == 0x9000
    assert card.heard == [APDU]
    assert chip.log.count(b"nack") == 1


def leave(chip: Chip) -> None:
    chip.cards.clear()


def stay(chip: Chip) -> None:
    pass


def status(byte: int) -> Callable[[bytes], bytes]:
    return lambda _: ACK + frame(bytes((0x41, byte)))


@pytest.mark.parametrize(
    ("spoilt", "meanwhile", "error"),
    [
        (nothing, stay, Disconnected),
        (nothing, leave, CardRemoved),
        (only_ack, stay, CardMute),
        (only_ack, leave, CardRemoved),
        (status(0x01), stay, CardMute),
        (status(0x01), leave, CardRemoved),
        (status(0x0B), stay, Disconnected),
        (status(0x0B), leave, CardRemoved),
        (status(0x27), stay, CardReset),
        (status(0x29), stay, CardReset),
        (status(0x2B), stay, CardRemoved),
        (lambda _: ACK + frame(b"\x41\x00\x90"), stay, Disconnected),
        (lambda _: ACK + frame(b"\x41"), stay, NotUnderstood),
        (lambda _: ACK + frame(b"\x03\x32\x01\x06\x07"), stay, NotUnderstood),
        (lambda _: ACK + SYNTAX, stay, NotUnderstood),
        (lambda good: good[6:], stay, NotUnderstood),
        (lambda good: ACK + good[6:-6], stay, CardMute),
        (lambda _: b"\xff" * 30, stay, NotUnderstood),
    ],
)
def test_each_failure_of_an_exchange_has_its_name_and_ends_the_session(
    spoilt: Callable[[bytes], bytes], meanwhile: Callable[[Chip], None], error: type[DeviceError]
) -> None:
    card = Card()
    chip = Chip(card)
    encoder, connection = connected(chip)
    chip.spoil = {EXCHANGE: [spoilt]}
    meanwhile(chip)
    waits_in_vain = spoilt in (nothing, only_ack) or error is CardMute
    began = time.monotonic()
    with pytest.raises(error) as first:
        connection.transmit(APDU, Deadline.after(0.3) if waits_in_vain else soon())
    assert time.monotonic() - began < 60
    assert first.value.may_have_acted
    assert not chip.field, "the card has no power, whatever it was doing"
    sent = len(card.heard)
    with pytest.raises(error) as second:
        connection.transmit(APDU, soon())
    assert first.value is second.value
    assert len(card.heard) == sent
    chip.cards[:] = [card]
    assert encoder.connect(soon()).transmit(APDU, soon()).sw == 0x9000


def test_an_answer_that_comes_late_is_not_the_answer_to_the_next_command() -> None:
    chip = Chip(Card(answers=lambda apdu: apdu[:1] + b"\x90\x00"))
    encoder, connection = connected(chip)
    generation = encoder.generation
    late: list[bytes] = []

    def keep(good: bytes) -> bytes:
        late.append(good[6:])
        return ACK

    chip.spoil = {EXCHANGE: [keep], 0x14: [lambda good: late[0] + good]}
    with pytest.raises(CardMute):
        connection.transmit(b"\x11\x00\x00\x00", Deadline.after(0.2))
    assert encoder.generation > generation
    assert chip.log.count(b"ack") >= 2, "the exchange was ended"
    connection = encoder.connect(soon())
    assert connection.transmit(b"\x22\x00\x00\x00", soon()).data == b"\x22"


def test_what_was_kept_back_for_long_is_passed_over() -> None:
    chip = Chip(Card())
    encoder, connection = connected(chip)
    chip.spoil = {EXCHANGE: [only_ack], FIELD: [lambda good: frame(b"\x41\x00\x90\x00") + good]}
    with pytest.raises(CardMute):
        connection.transmit(APDU, Deadline.after(0.1))
    assert encoder.connect(soon()).transmit(APDU, soon()).sw == 0x9000
    assert not chip.spoil[FIELD]


def test_a_chip_that_cannot_be_fenced_does_nothing_before_it_is() -> None:
    card = Card()
    chip = Chip(card)
    encoder, connection = connected(chip)
    chip.spoil = {EXCHANGE: [only_ack], 0x14: [nothing] * 4}
    with pytest.raises(DeadlinePassed):
        connection.transmit(APDU, Deadline.after(0.1))
    heard, codes = len(card.heard), len(chip.codes())
    with pytest.raises(DeviceError):
        encoder.card_present(Deadline.after(0.1))
    assert set(chip.codes()[codes:]) <= {0x14}
    chip.spoil.clear()
    encoder.connect(soon())
    assert len(card.heard) == heard


def test_an_older_connection_cannot_reach_the_next_card() -> None:
    chip = Chip(Card())
    encoder, older = connected(chip)
    newer = encoder.connect(soon())
    with pytest.raises(CardReset):
        older.transmit(APDU, soon())
    older.close()
    assert newer.transmit(APDU, soon()).sw == 0x9000


def test_a_card_that_cannot_be_asked_whether_it_is_there_is_looked_for() -> None:
    chip = Chip(Card())
    encoder, connection = connected(chip)
    chip.diagnoses = False
    assert encoder.card_present(soon())
    with pytest.raises(CardReset):
        connection.transmit(APDU, soon())
    chip.diagnoses = True
    encoder.connect(soon())
    chip.cards.clear()
    assert not encoder.card_present(soon())


def test_an_unplugged_reader_is_gone() -> None:
    chip = Chip(Card())
    encoder, connection = connected(chip)
    chip.dead = True
    for call in (lambda: connection.transmit(APDU, soon()), lambda: encoder.card_present(soon())):
        with pytest.raises(ReaderGone):
            call()
    encoder.close()


def test_closing_switches_the_field_off_and_ends_a_call() -> None:
    chip = Chip(Card())
    encoder, connection = connected(chip)
    encoder.close()
    encoder.close()
    assert not chip.field
    connection.close()
    for call in (encoder.connect, encoder.card_present, encoder.await_empty):
        with pytest.raises(Disconnected):
            call(soon())
    encoder, ended = opened(Chip()), []

    def wait() -> None:
        with pytest.raises(Disconnected) as error:
            encoder.connect(Deadline.after(600))
        ended.append(error.value)

    caller = threading.Thread(target=wait)
    caller.start()
    time.sleep(0.1)
    began = time.monotonic()
    encoder.close()
    caller.join(60)
    assert ended
    assert time.monotonic() - began < 60


def test_no_citizen_is_in_what_is_said_of_a_failure() -> None:
    secret = b"3273014101900001"
    chip = Chip(Card(answers=lambda _: secret * 20 + b"\x90\x00"))
    with pytest.raises(NotUnderstood) as told:
        connected(chip)[1].transmit(APDU, soon())
    assert secret.hex() not in str(told.value).replace(" ", "")
    assert secret.decode() not in repr(told.value) + repr(told.value.__dict__)
