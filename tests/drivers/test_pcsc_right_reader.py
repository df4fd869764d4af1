"""Readers that are plugged in anew, renamed and mistaken for each other: only the one that is meant is spoken to."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from drivers.deadline import Deadline
from drivers.encoder import CardMute, Encoder, ReaderGone
from drivers.errors import DeviceError, HeldByAnother, NotFound, WrongDevice
from drivers.pcsc import DRIVER, driver, features, frames, places
from drivers.pcsc.child import ChildSilent
from drivers.pcsc.codes import Code
from drivers.pcsc.frames import Grip, Op, Place

ATR = bytes.fromhex("3B9F958131FE9F006646530523002571DF0000000000")  # a contact card: it has no UID to ask for


@dataclass
class Slot:
    """One slot of an attached reader."""

    name: str
    channel: int = 0
    serial: str = ""
    card: bytes | None = None
    held: bool = False
    sent: list[bytes] = field(default_factory=list)


class Bus:
    """What pcscd knows; stands in for a worker process."""

    pid = 0

    def __init__(self, sysfs: Path) -> None:
        self.slots: list[Slot] = []
        self.silent = False
        self.before_connect: Callable[[], None] = lambda: None
        self._sysfs = sysfs
        self._session: Slot | None = None
        self._numbers = 0

    def __call__(self) -> Bus:
        return self

    def attach(self, model: str, port: str, serial: str = "", slots: int = 1, *, tells: bool = True) -> list[Slot]:
        """Plug a reader in: it gets the first number that is free, as pcscd gives them out."""
        taken = {slot.name[-5:-3] for slot in self.slots}
        index = next(f"{number:02X}" for number in range(16) if f"{number:02X}" not in taken)
        self._numbers += 1
        folder = self._sysfs / port
        folder.mkdir(exist_ok=True)
        (folder / "busnum").write_text("1\n")
        (folder / "devnum").write_text(f"{self._numbers}\n")
        channel = 0x0020 << 16 | 1 << 8 | self._numbers if tells else 0
        named = f"{model} ({serial})" if serial else model
        attached = [Slot(f"{named} {index} {slot:02X}", channel, serial if tells else "") for slot in range(slots)]
        self.slots += attached
        return attached

    def detach(self, *slots: Slot) -> None:
        for slot in slots:
            self.slots.remove(slot)

    def call(self, op: Op, payload: bytes, _deadline: Deadline) -> tuple[int, bytes]:  # noqa: PLR0911 - one an operation
        if op is Op.LIST:
            return Code.SUCCESS, "\0".join(slot.name for slot in self.slots).encode()
        if op is Op.TRANSMIT:
            return self._transmit(payload)
        if op is Op.DISCONNECT:
            self._session = None
            return Code.SUCCESS, b""
        if op is Op.CONNECT:
            self.before_connect()
        slot = next((slot for slot in self.slots if slot.name == payload.decode()), None)
        if slot is None:
            return Code.UNKNOWN_READER, b""
        place = Place(slot.channel, slot.serial)
        match op:
            case Op.WHERE:
                return (Code.SHARING_VIOLATION, b"") if slot.held else (Code.SUCCESS, frames.place(place))
            case Op.CONNECT if slot.held:
                return Code.SHARING_VIOLATION, b""
            case Op.CONNECT:
                self._session = slot
                return Code.SUCCESS, frames.grip(Grip(place, features.UNTOLD, slot.card or b""))
            case Op.AWAIT_EMPTY:
                return (Code.SUCCESS if slot.card is None else Code.TIMEOUT), b""
            case _:
                return (Code.TIMEOUT if slot.card is None else Code.SUCCESS), b""

    def stop(self) -> None:
        pass

    def _transmit(self, apdu: bytes) -> tuple[int, bytes]:
        assert self._session is not None
        if self.silent:
            self._session.held = True  # pcscd waits for the card on, although nobody waits for pcscd
            raise ChildSilent
        self._session.sent.append(apdu)
        return Code.SUCCESS, b"\x90\x00"


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bus:
    bus = Bus(tmp_path)
    monkeypatch.setattr(driver, "Child", bus)
    monkeypatch.setattr(places, "DEVICES", tmp_path)
    return bus


def soon() -> Deadline:
    return Deadline.after(20)


def write(encoder: Encoder) -> None:
    connection = encoder.connect(soon())
    connection.transmit(b"\x00\xd6\x00\x00", soon())
    connection.close()


def test_find_lists_what_tells_twins_apart(bus: Bus) -> None:
    bus.attach("Twin", "1-1", slots=2)
    bus.attach("Twin", "1-2")
    bus.attach("Named", "1-3", "S7")
    bus.attach("Old", "1-4", tells=False)
    assert list(DRIVER.find()) == [
        "pcsc:Twin?usb=1-1&slot=0",
        "pcsc:Twin?usb=1-1&slot=1",
        "pcsc:Twin?usb=1-2&slot=0",
        "pcsc:Named?serial=S7&usb=1-3&slot=0",
        "pcsc:Old 03 00",
    ]
    for address in DRIVER.find():
        DRIVER.open(address, soon()).close()


@pytest.mark.parametrize("address", ["pcsc:Twin?usb=1-1", "pcsc:?usb=1-1&slot=0"])
def test_a_reader_meant_by_its_port_is_found_whatever_its_number(bus: Bus, address: str) -> None:
    (inside,), (desk,) = bus.attach("Twin", "1-1"), bus.attach("Twin", "1-2")
    encoder = DRIVER.open(address, soon())
    bus.detach(inside, desk)
    (desk,), (inside,) = bus.attach("Twin", "1-2"), bus.attach("Twin", "1-1")  # and so they change numbers
    assert (desk.name, inside.name) == ("Twin 00 00", "Twin 01 00")
    inside.card = desk.card = ATR
    write(encoder)
    assert (len(inside.sent), len(desk.sent)) == (1, 0)
    inside.card = None
    encoder.await_empty(soon())
    assert not encoder.card_present(soon())


@pytest.mark.parametrize("tells", [True, False])
def test_a_reader_meant_by_its_serial_number_is_found_at_any_port(bus: Bus, tells: bool) -> None:
    (inside,), (desk,) = bus.attach("Twin", "1-1", "A1", tells=tells), bus.attach("Twin", "1-2", "B2", tells=tells)
    encoder = DRIVER.open("pcsc:?serial=A1", soon())
    bus.detach(inside, desk)
    (desk,), (inside,) = bus.attach("Twin", "1-1", "B2", tells=tells), bus.attach("Twin", "1-2", "A1", tells=tells)
    inside.card = desk.card = ATR
    write(encoder)
    assert (len(inside.sent), len(desk.sent)) == (1, 0)


def test_when_the_reader_that_is_meant_is_gone_its_twin_is_not_taken(bus: Bus) -> None:
    (inside,), (desk,) = bus.attach("Twin", "1-1"), bus.attach("Twin", "1-2")
    encoder = DRIVER.open("pcsc:Twin?usb=1-1", soon())
    bus.detach(inside, desk)
    (desk,) = bus.attach("Twin", "1-2")
    assert desk.name == "Twin 00 00"
    desk.card = ATR
    for call in (encoder.connect, encoder.card_present, encoder.await_empty):
        with pytest.raises(ReaderGone):
            call(soon())
    assert not desk.sent


def test_readers_that_change_places_between_the_look_and_the_grip_are_noticed(bus: Bus) -> None:
    (inside,), (desk,) = bus.attach("Twin", "1-1"), bus.attach("Twin", "1-2")
    encoder = DRIVER.open("pcsc:Twin?usb=1-1", soon())
    inside.card = desk.card = ATR

    def swap() -> None:
        inside.name, desk.name = desk.name, inside.name

    bus.before_connect = swap
    with pytest.raises(WrongDevice) as wrong:
        encoder.connect(soon())
    assert not wrong.value.may_have_acted
    assert not inside.sent + desk.sent


@pytest.mark.parametrize(
    ("serial", "better"), [("", "pcsc:Twin?usb=1-1&slot=0"), ("A1", "pcsc:Twin?serial=A1&usb=1-1&slot=0")]
)
def test_a_reader_that_tells_who_it_is_is_not_opened_by_its_name(bus: Bus, serial: str, better: str) -> None:
    (inside,) = bus.attach("Twin", "1-1", serial)
    with pytest.raises(WrongDevice, match=re.escape(better)):
        DRIVER.open(f"pcsc:{inside.name}", soon())
    DRIVER.open(better, soon()).close()


def test_a_name_never_goes_to_another_reader_however_often_it_is_opened(bus: Bus) -> None:
    (inside,) = bus.attach("Twin", "1-1")
    bus.attach("Twin", "1-2")
    address = f"pcsc:{inside.name}"
    inside.held = True  # so that it cannot be asked who it is
    encoder = DRIVER.open(address, soon())
    bus.detach(*bus.slots)
    (desk,) = bus.attach("Twin", "1-2")
    assert desk.name == inside.name
    desk.card = ATR
    for call in (encoder.connect, encoder.card_present, encoder.await_empty):
        with pytest.raises(WrongDevice, match="usb=1-2"):
            call(soon())
    encoder.close()
    with pytest.raises(WrongDevice):
        DRIVER.open(address, soon())
    assert not desk.sent


def test_a_name_that_goes_to_another_reader_between_the_look_and_the_grip_is_noticed(bus: Bus) -> None:
    (old,) = bus.attach("Twin", "1-1", tells=False)
    old.card = ATR
    encoder = DRIVER.open(f"pcsc:{old.name}", soon())
    write(encoder)

    def swap() -> None:
        bus.detach(old)
        bus.attach("Twin", "1-2")[0].card = ATR

    bus.before_connect = swap
    with pytest.raises(WrongDevice):
        encoder.connect(soon())
    assert [len(slot.sent) for slot in (old, *bus.slots)] == [1, 0]


def test_two_slots_of_one_reader_are_its_encoder_and_its_sam(bus: Bus) -> None:
    other = bus.attach("Dual", "1-2", slots=2)
    pair = bus.attach("Dual", "1-1", slots=2)
    encoder = DRIVER.open("pcsc:Dual?usb=1-1&slot=0", soon())
    encoder.sam = DRIVER.open("pcsc:Dual?usb=1-1&slot=1", soon())
    for slot in (*other, *pair):
        slot.card = ATR
    write(encoder.sam)
    assert [len(slot.sent) for slot in (*other, *pair)] == [0, 0, 0, 1]
    with pytest.raises(WrongDevice, match="one such reader"):
        DRIVER.open("pcsc:Dual?usb=1-1", soon())  # which of its slots is not said


@pytest.mark.parametrize("address", ["pcsc:Twin?usb=1-7", "pcsc:?serial=none", "pcsc:Twin 05 00"])
def test_a_reader_that_is_not_attached_is_not_found(bus: Bus, address: str) -> None:
    bus.attach("Twin", "1-1")
    with pytest.raises(NotFound):
        DRIVER.open(address, soon())


def refusal(call: Callable[[Deadline], object]) -> type[DeviceError]:
    with pytest.raises(DeviceError) as refused:
        call(Deadline.after(0.5))
    return type(refused.value)


def test_a_reader_that_cannot_be_asked_is_held_by_somebody_or_by_what_was_abandoned(bus: Bus) -> None:
    (inside,), (desk,) = bus.attach("Twin", "1-1"), bus.attach("Twin", "1-2")
    encoder = DRIVER.open("pcsc:Twin?usb=1-1", soon())
    desk.held = True  # by its own session: no reason not to work here
    inside.card = ATR
    connection = encoder.connect(soon())
    bus.silent = True
    assert refusal(lambda deadline: connection.transmit(b"\x00\xd6\x00\x00", deadline)) is CardMute
    assert [refusal(call) for call in (encoder.connect, encoder.card_present)] == [CardMute, CardMute]
    bus.silent = inside.held = False
    write(encoder)
    inside.held = True
    assert [refusal(call) for call in (encoder.connect, encoder.card_present)] == [HeldByAnother, HeldByAnother]
