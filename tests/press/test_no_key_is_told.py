"""Of no key, static or of a session, does a byte get where anybody could read it, whatever befalls the chips.

The line, the book, the chip engine, the channels and the PC/SC driver are the station's; the reader's process is left
out, and chips and SAM are simulated ones. Every kind of card is made whole, and cut off, garbled and refused at some of
its commands. A program that tells a key somewhere is found, in each way that it could be written.
"""

from __future__ import annotations

import base64
import hashlib
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog
from typing_extensions import override

from drivers import wiretap
from drivers.catalog import Catalog, EncoderDriver, PrinterDriver
from drivers.deadline import Deadline
from drivers.pcsc import PcscEncoder, driver, features, frames
from drivers.pcsc.child import ChildSilent
from drivers.pcsc.codes import Code
from drivers.pcsc.frames import Grip, Op, Place
from simulators.devices.chip import Mishap, TimedChip
from simulators.devices.chip_faults import BadMac, Fault, Garbage, Mute, Reset, Tear, WrongKey, WrongSw, Yank
from simulators.devices.chip_gp import GpChips
from simulators.devices.chip_iso7816 import Iso7816Chips
from simulators.devices.chip_sam import Sams
from simulators.devices.chip_scp03 import KeySet
from stationd.chip import soft
from stationd.chip.channels import Channels
from stationd.chip.keys import KeyStore, LabKeys, LabKeySet, NoKeys
from stationd.chip.pairing import PairedReader
from stationd.chip.profile import Profile
from stationd.chip.scp03 import Session
from stationd.chip.token import TokenKeys
from stationd.model import events
from stationd.press import line as line_module
from stationd.press.prepare import Prepared
from stationd.store.rows import JobRow, JobState
from tests.chip import test_keys
from tests.chip.cards import shipped
from tests.press.fakes import FakePrinter
from tests.press.secrets_told import Told, add_files, add_output, listened
from tests.press.test_line import Office

softhsm = test_keys.softhsm

pytestmark = pytest.mark.timeout(120)

ENC, MAC, DEK = (hashlib.sha256(name).digest()[:16] for name in (b"enc", b"mac", b"dek"))
STATIC = {"Key-ENC": ENC, "Key-MAC": MAC, "Key-DEK": DEK}
KEYS = KeySet(0x30, ENC.hex(), MAC.hex(), DEK.hex())
READER, SAM_SLOT = "Reader 00 00", "Reader 00 01"
DEVICES = tuple(f"pcsc:{name}" for name in (READER, SAM_SLOT))

FAULTS: Sequence[Sequence[Fault]] = (
    (),
    (BadMac(at=2, of="answer"),),
    (BadMac(at=3, of="command"),),
    (WrongKey(at=1),),
    (Mute(at=6, acted=True),),
    (Garbage(at=7, answer="DEADBEEF9000"),),
    (Tear(at=9, kept=3), BadMac(at=14, of="answer")),
    (Yank(at=12), Reset(at=18, acted=True), WrongSw(at=30, sw=0x6982)),
)
"""What befalls the chips of one line, one after another."""


class Field:
    """The service and the two slots of a reader, in the worker process's place."""

    pid = 0

    def __init__(self, printer: FakePrinter, sam: TimedChip | None) -> None:
        self._printer = printer
        self._sam = sam
        self._open: TimedChip | None = None

    def card(self, reader: str) -> TimedChip | None:
        if reader == SAM_SLOT:
            return self._sam
        return self._printer.chip if self._printer.engaged else None

    def call(self, op: Op, payload: bytes, _deadline: Deadline) -> tuple[int, bytes]:
        """Answer as a worker does."""
        reader = payload.decode(errors="replace")
        match op:
            case Op.LIST:
                return Code.SUCCESS, "\0".join((READER, SAM_SLOT)).encode()
            case Op.WHERE:
                return Code.SUCCESS, frames.place(Place(0, ""))
            case Op.LOOK | Op.AWAIT_CARD | Op.AWAIT_EMPTY:
                there = self.card(reader) is not None
                return (Code.SUCCESS if there is (op is not Op.AWAIT_EMPTY) else Code.TIMEOUT), b""
            case Op.CONNECT:
                self._open = self.card(reader)
                assert self._open is not None
                return Code.SUCCESS, frames.grip(Grip(Place(0, ""), features.UNTOLD, self._open.power_on()))
            case Op.TRANSMIT:
                return self._transmit(payload)
            case Op.DISCONNECT:
                self._power_off()
                return Code.SUCCESS, b""

    def _transmit(self, apdu: bytes) -> tuple[int, bytes]:
        assert self._open is not None
        reply = self._open.exchange(apdu)
        if reply.mishap is Mishap.RESET:
            return Code.RESET_CARD, b""
        if not reply.answer and reply.mishap is None:
            self._power_off()
            raise ChildSilent
        return Code.SUCCESS, reply.answer

    def stop(self) -> None:
        """End it, as killing the process does: the card loses its power."""
        self._power_off()

    def _power_off(self) -> None:
        if self._open is not None:
            self._open.power_off()
        self._open = None


@dataclass
class Way:
    """One way to write chips: the profile, the keys' place, the chips."""

    profile: Profile
    keys: KeyStore
    chips: GpChips | Iso7816Chips
    sam: TimedChip | None = None


class Writing(Office):
    """An office that writes chips by a profile with a channel, through the PC/SC driver."""

    def __init__(self, folder: Path, way: Way, faults: Sequence[Sequence[Fault]]) -> None:
        super().__init__(folder, jobs=len(faults))
        self._channels, self._way = Channels(way.keys), way
        self._faults = list(faults)
        self.ended: Counter[JobState] = Counter()
        self.printer.new_chip = self._blank  # type: ignore[assignment]
        self.catalog = Catalog(
            {"fake": PrinterDriver("fake", lambda *_: self.printer, list, "")},
            {"fake": EncoderDriver("fake", lambda *_: self._reader(), list, "")},
            {},
        )

    def _blank(self) -> TimedChip:
        chip = self._way.chips.blank(f"04{self.printer.fed:012X}", "wni")
        chip.script(*(self._faults.pop(0) if self._faults else ()))
        return chip

    def _reader(self) -> PcscEncoder | PairedReader:
        cards = PcscEncoder(READER)
        return cards if self._way.sam is None else PairedReader(cards, PcscEncoder(SAM_SLOT))

    @override
    def prepare(self, job: JobRow, *more: object) -> Prepared:
        made = super().prepare(job, *more)
        return Prepared(made.job_id, made.image, self._way.profile, made.objects, self._channels)

    def work(self) -> None:
        """Make all cards; after two bad ones in a row somebody lets the line go on."""
        for _ in range(len(FAULTS)):
            self.run()
            if set(self.states()) <= {JobState.DELIVERED, JobState.HELD}:
                return


def work(folder: Path, told: Told, way: Way, faults: Sequence[Sequence[Fault]] = FAULTS) -> Writing:
    """Let a line make cards by a way, to which that happens, and gather all that is said meanwhile."""
    (folder / "office").mkdir()
    office = Writing(folder / "office", way, faults)
    with pytest.MonkeyPatch.context() as patch, listened(told, DEVICES):
        patch.setattr(driver, "Child", lambda: Field(office.printer, way.sam))
        office.work()
        add_files(told, folder / "office")  # the journal as it is while the book is open
    with office.store.read() as view:
        told.add("book", "\n".join(view.texts(0, 10_000)))
    office.ended = office.states()
    office.check()
    office.store.close()
    add_files(told, folder / "office")
    return office


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_module, "IDLE", 0.01)
    monkeypatch.setattr(line_module, "POLL", 0.005)


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    file = tmp_path / "lab-keys.toml"
    file.write_text(f'[lab-gp]\nversion = 0x30\nenc = "{ENC.hex()}"\nmac = "{MAC.hex()}"\ndek = "{DEK.hex()}"\n')
    return file


@pytest.fixture
def told(capfdbinary: pytest.CaptureFixture[bytes]) -> Iterator[Told]:
    return Told(STATIC)


def scp03(lab: Path) -> Way:
    return Way(shipped("lab-gp-scp03"), LabKeys(lab), GpChips(KEYS))


def check(told: Told, captured: pytest.CaptureFixture[bytes], office: Writing, *, keyed: bool = True) -> None:
    """See that enough was made and said, and no key in it."""
    add_output(told, captured)
    ended = office.ended
    assert ended[JobState.DELIVERED] >= 3, ended
    assert sum(ended.values()) == len(FAULTS)
    assert any(name.startswith("session key") for name in told.keys) is keyed
    for where in ("book", "log", "trace", "exceptions", "repr"):
        assert told.size(where) > 300, where
    assert told.keys_in() == []


def test_with_the_labs_keys(tmp_path: Path, lab: Path, told: Told, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    check(told, capfdbinary, work(tmp_path, told, scp03(lab)))
    assert len(told.keys) > 3 * len(FAULTS), "each session has three keys"


def test_with_a_sam(tmp_path: Path, told: Told, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    sam = Sams({"lab-gp": KEYS}).blank("04112233445566", "sam")
    check(told, capfdbinary, work(tmp_path, told, Way(shipped("lab-sam"), NoKeys(), GpChips(KEYS), sam)))


def test_with_a_token(tmp_path: Path, softhsm: Path, told: Told, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    test_keys.put("lab-gp-enc", ENC)
    test_keys.put("lab-gp-mac", MAC)
    store = TokenKeys(test_keys.SOFTHSM, "cards", softhsm, test_keys.Here)
    check(told, capfdbinary, work(tmp_path, told, Way(shipped("lab-gp-scp03"), store, GpChips(KEYS))))
    store.close()


def test_without_a_channel(tmp_path: Path, told: Told, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """There are no keys in it, but chips' answers are in the traces, which keep no data."""
    way = Way(shipped("lab-iso7816"), NoKeys(), Iso7816Chips())
    check(told, capfdbinary, work(tmp_path, told, way), keyed=False)


# --- programs that tell -----------------------------------------------------------------------------------------------

ONE: Sequence[Sequence[Fault]] = ((),)
Teller = Callable[[bytes], None]


def _into_the_log(key: bytes) -> None:
    structlog.get_logger().info("card key", key=key.hex().upper())


def _raw_into_the_log(key: bytes) -> None:
    structlog.get_logger().warning("card key", key=key)


def _into_a_trace(key: bytes) -> None:
    wiretap.tell(DEVICES[0], wiretap.Direction.OUT, "list", key)


def _to_standard_error(key: bytes) -> None:
    sys.stderr.write(base64.b64encode(b"k" + key).decode())


def _into_an_exception(key: bytes) -> None:
    raise RuntimeError(" ".join(f"{byte:02x}" for byte in key))


@pytest.mark.parametrize(
    ("tell", "found"),
    [
        (_into_the_log, "log: {} as hex"),
        (_raw_into_the_log, "log: {} as repr"),
        (_into_a_trace, "trace: {} as hex"),
        (_to_standard_error, "output: {} as base64"),
        (_into_an_exception, "exceptions: {} as hex"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_program_that_tells_a_session_key_is_found(
    tmp_path: Path,
    lab: Path,
    told: Told,
    capfdbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
    tell: Teller,
    found: str,
) -> None:
    began: list[Session] = []

    class Telling(Session):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments)  # type: ignore[arg-type]
            if not began:  # the line goes on after what it did not expect
                began.append(self)
                tell(self._mac)

    monkeypatch.setattr(soft.scp03, "Session", Telling)
    work(tmp_path, told, scp03(lab), ONE)
    add_output(told, capfdbinary)
    ways = [found.format(name) for name in told.keys if name.startswith("session key")]
    assert set(ways) & set(told.keys_in())


def test_a_book_that_tells_a_static_key_is_found(
    tmp_path: Path, lab: Path, told: Told, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    compute = LabKeySet.cmac_enc
    offices: list[Writing] = []

    def telling(keys: LabKeySet, data: bytes) -> bytes:
        said = events.LineStopped(line="line-1", cause="disk", detail=f"key {keys._enc[:8].hex('-')}")
        offices[0].store.record("press", said)
        return compute(keys, data)

    made = Writing.__init__

    def noted(office: Writing, *arguments: Any) -> None:
        made(office, *arguments)
        offices.append(office)

    monkeypatch.setattr(Writing, "__init__", noted)
    monkeypatch.setattr(LabKeySet, "cmac_enc", telling)
    work(tmp_path, told, scp03(lab), ONE)
    found = told.keys_in()
    assert "book: Key-ENC as hex" in found
    assert any(where.startswith("book (") for where in found), "and in the file that it is in"


@pytest.mark.parametrize("before", range(4))
def test_a_key_is_found_however_it_is_written(before: int) -> None:
    key = hashlib.sha256(b"any").digest()[:16]
    text = b"x" * before + key + b"y"
    for way in (
        text,
        text.hex(),
        text.hex().upper(),
        text.hex(":"),
        text.hex("-", 2),
        base64.b64encode(text),
        base64.urlsafe_b64encode(text),
        repr(text),
        repr(repr(text)),
        repr(list(text)),
        text[before + 4 : before + 12].hex(),
    ):
        told = Told({"key": key})
        told.add("log", way)
        assert told.keys_in(), way
    told = Told({"key": key})
    told.add("log", hashlib.sha256(key).hexdigest())
    assert told.keys_in() == []
