"""The PC/SC driver without a smart card service: frames, codes, what each code is called, and the fence."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smartcard import scard

from drivers import catalog
from drivers.deadline import Deadline
from drivers.encoder import (
    EXTENDED,
    SHORT,
    ApduTooLong,
    CardMute,
    CardRemoved,
    CardReset,
    CardType,
    NoCard,
    ReaderGone,
    ServiceGone,
    Uid,
)
from drivers.errors import DeadlinePassed, DeviceError, Disconnected, HeldByAnother, NotFound, PermissionRefused
from drivers.pcsc import DRIVER, PcscEncoder, cards, codes, driver, features, frames
from drivers.pcsc.child import ChildEnded, ChildSilent
from drivers.pcsc.codes import Code
from drivers.pcsc.frames import Grip, Op, Place

CONTACTLESS_ATR = bytes.fromhex("3B888001000000000000000009")
CONTACT_ATR = bytes.fromhex("3B9F958131FE9F006646530523002571DF0000000000")


@given(st.sampled_from(Op), st.integers(0, 2**32 - 1), st.binary(max_size=300))
def test_a_request_survives_its_frame(op: Op, milliseconds: int, payload: bytes) -> None:
    frame = frames.request(op, milliseconds, payload)
    assert frames.body_length(frame[:4]) == len(frame) - 4
    assert frames.parse_request(frame[4:]) == (op, milliseconds, payload)


@given(st.integers(0, 2**32 - 1), st.binary(max_size=300))
def test_a_reply_survives_its_frame(code: int, payload: bytes) -> None:
    frame = frames.reply(code, payload)
    assert frames.body_length(frame[:4]) == len(frame) - 4
    assert frames.parse_reply(frame[4:]) == (code, payload)


@given(st.builds(Place, st.integers(0, 2**32 - 1), st.text(max_size=60)), st.integers(0, 2**32 - 1), st.binary())
def test_what_a_session_begins_with_survives_its_frame(place: Place, most: int, atr: bytes) -> None:
    assert frames.parse_grip(frames.grip(Grip(place, most, atr))) == Grip(place, most, atr)
    assert frames.parse_place(frames.place(place)) == (place, b"")


@given(st.binary(max_size=12))
def test_a_frame_that_is_none_is_refused_by_name(body: bytes) -> None:
    with contextlib.suppress(ValueError):
        frames.parse_reply(body)
    with contextlib.suppress(ValueError):
        frames.parse_request(body)
    with contextlib.suppress(ValueError):
        frames.parse_grip(body)
    with contextlib.suppress(ValueError):
        frames.body_length(body)


def test_the_longest_frame_carries_an_extended_answer() -> None:
    assert frames.body_length(frames.reply(0, bytes(65_536 + 2))[:4]) > 65_536
    with pytest.raises(ValueError, match="frame of"):
        frames.body_length(b"\xff\xff\xff\xff")


@pytest.mark.parametrize("code", [code for code in Code if code is not Code.SUCCESS])
def test_codes_are_those_of_the_library(code: Code) -> None:
    candidates = (getattr(scard, f"SCARD_{kind}_{code.name}", None) for kind in "EFW")
    assert [value for value in candidates if value is not None] == [code]


def test_a_code_without_a_name_is_shown_as_a_number() -> None:
    assert codes.name(0x80100008) == "0x80100008"
    assert codes.name(0x80100016) == "NOT_TRANSACTED (0x80100016)"


@pytest.mark.parametrize(
    ("atr", "uid", "expected"),
    [
        (CONTACTLESS_ATR, None, CardType.UNKNOWN),
        (CONTACTLESS_ATR, bytes(4), CardType.UNKNOWN),
        (CONTACTLESS_ATR, bytes(7), CardType.TYPE_A),
        (CONTACT_ATR, None, CardType.CONTACT),
        (b"", None, CardType.UNKNOWN),
        (bytes.fromhex("3B8F8001804F0CA000000306030001000000006A"), bytes(4), CardType.TYPE_A),
        (bytes.fromhex("3B8F8001804F0CA0000003060600010000000000"), bytes(4), CardType.TYPE_B),
    ],
)
def test_card_type_is_said_only_when_told(atr: bytes, uid: bytes | None, expected: CardType) -> None:
    assert cards.card_type(atr, uid) is expected


@given(st.binary(max_size=33), st.none() | st.binary(max_size=10))
def test_card_type_takes_any_atr(atr: bytes, uid: bytes | None) -> None:
    assert cards.card_type(atr, uid) in CardType


def test_the_driver_is_found_by_its_entry_point() -> None:
    assert catalog.load().encoders["pcsc"] is DRIVER
    assert DRIVER.name == "pcsc"


class ScriptedChild:
    """Answers each operation from a script; an exception class in it is raised."""

    pid = 0

    def __init__(self, script: list[tuple[Op, object]]) -> None:
        self._script = script

    def __call__(self) -> ScriptedChild:
        return self

    def call(self, op: Op, *_rest: object) -> tuple[int, bytes]:
        expected, answer = self._script.pop(0)
        assert op is expected
        if isinstance(answer, type) and issubclass(answer, Exception):
            raise answer
        assert isinstance(answer, tuple)
        return answer

    def stop(self) -> None:
        pass


OK = (Code.SUCCESS, b"")
UID = (Op.TRANSMIT, (Code.SUCCESS, bytes.fromhex("0811223344556690 00")))


def gripped(atr: bytes, most: int = features.UNTOLD) -> tuple[Op, object]:
    return Op.CONNECT, (Code.SUCCESS, frames.grip(Grip(Place(0, ""), most, atr)))


CONNECTED = [(Op.AWAIT_CARD, OK), gripped(CONTACTLESS_ATR), UID]


def scripted(monkeypatch: pytest.MonkeyPatch, *script: tuple[Op, object]) -> PcscEncoder:
    monkeypatch.setattr(driver, "Child", ScriptedChild(list(script)))
    return PcscEncoder("A Reader 00 00")


def soon() -> Deadline:
    return Deadline.after(1)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((Code.SUCCESS, b""), CardRemoved),
        ((Code.SUCCESS, b"\x90"), Disconnected),
        ((Code.REMOVED_CARD, b""), CardRemoved),
        ((Code.NO_SMARTCARD, b""), CardRemoved),
        ((Code.RESET_CARD, b""), CardReset),
        ((Code.UNRESPONSIVE_CARD, b""), CardMute),
        ((Code.NOT_TRANSACTED, b""), CardMute),
        ((Code.SHARING_VIOLATION, b""), HeldByAnother),
        ((Code.UNKNOWN_READER, b""), ReaderGone),
        ((Code.READER_UNAVAILABLE, b""), ReaderGone),
        ((Code.NO_SERVICE, b""), ServiceGone),
        ((Code.INVALID_HANDLE, b""), ServiceGone),
        ((Code.COMM_ERROR, b""), ServiceGone),
        ((Code.SECURITY_VIOLATION, b""), PermissionRefused),
        ((0x80100008, b""), Disconnected),
        (ChildSilent, CardMute),
        (ChildEnded, Disconnected),
    ],
)
def test_each_failure_of_a_transmit_has_its_name(
    monkeypatch: pytest.MonkeyPatch, answer: object, error: type[DeviceError]
) -> None:
    encoder = scripted(monkeypatch, *CONNECTED, (Op.TRANSMIT, answer))
    connection = encoder.connect(soon())
    with pytest.raises(error) as first:
        connection.transmit(bytes.fromhex("00A40400"), soon())
    # The first failure is the last: nothing more is sent on this connection.
    with pytest.raises(error) as second:
        connection.transmit(bytes.fromhex("00A40400"), soon())
    assert first.value is second.value


def test_a_connection_tells_atr_uid_and_type(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = (Op.TRANSMIT, (Code.SUCCESS, b"\x01\x02\x6a\x82"))
    connection = scripted(monkeypatch, *CONNECTED, answer).connect(soon())
    assert connection.atr == CONTACTLESS_ATR
    assert connection.uid == Uid(bytes.fromhex("08112233445566"), CardType.TYPE_A)
    assert connection.card_type is CardType.TYPE_A
    response = connection.transmit(b"\x00\xb0\x00\x00", soon())
    assert (response.data, response.sw) == (b"\x01\x02", 0x6A82)


def test_a_reader_that_does_not_tell_the_uid_leaves_it_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = (Op.TRANSMIT, (Code.SUCCESS, b"\x6a\x81"))
    assert scripted(monkeypatch, *CONNECTED[:2], refused).connect(soon()).uid is None


def test_a_card_that_leaves_before_its_uid_is_told_is_not_held_on_to(monkeypatch: pytest.MonkeyPatch) -> None:
    left = [(Op.TRANSMIT, (Code.SUCCESS, b"")), (Op.DISCONNECT, OK)]
    encoder = scripted(monkeypatch, *CONNECTED[:2], *left, *CONNECTED)
    with pytest.raises(CardRemoved):
        encoder.connect(soon())
    assert encoder.connect(soon()).uid is not None


def test_a_contact_card_is_not_asked_for_a_uid(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = scripted(monkeypatch, (Op.AWAIT_CARD, OK), gripped(CONTACT_ATR)).connect(soon())
    assert connection.uid is None
    assert connection.card_type is CardType.CONTACT


def test_no_card_by_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoCard):
        scripted(monkeypatch, (Op.AWAIT_CARD, (Code.TIMEOUT, b""))).connect(soon())


def test_a_card_that_leaves_between_look_and_grip_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = scripted(monkeypatch, (Op.AWAIT_CARD, OK), (Op.CONNECT, (Code.NO_SMARTCARD, b"")), *CONNECTED)
    assert encoder.connect(soon()).atr == CONTACTLESS_ATR


def test_a_card_that_stays_is_a_missed_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DeadlinePassed):
        nowhere = (Op.WHERE, (Code.SUCCESS, frames.place(Place(0, ""))))
        scripted(monkeypatch, nowhere, (Op.AWAIT_EMPTY, (Code.TIMEOUT, b""))).await_empty(soon())


def test_an_older_connection_cannot_reach_the_next_card(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = scripted(monkeypatch, *CONNECTED, *CONNECTED, (Op.DISCONNECT, OK))
    older = encoder.connect(soon())
    newer = encoder.connect(soon())
    with pytest.raises(CardReset):
        older.transmit(b"\x00\xd6\x00\x00", soon())
    older.close()  # and does not end the newer one's session
    newer.close()


def test_sharing_violation_after_the_fence_is_our_own_abandoned_command(monkeypatch: pytest.MonkeyPatch) -> None:
    held = [(Op.AWAIT_CARD, OK), (Op.CONNECT, (Code.SHARING_VIOLATION, b""))]
    encoder = scripted(monkeypatch, *CONNECTED, (Op.TRANSMIT, ChildSilent), *held * 20)
    with pytest.raises(CardMute):
        encoder.connect(soon()).transmit(b"\x00\xd6\x00\x00", soon())
    with pytest.raises(CardMute):
        encoder.connect(Deadline.after(0.3))


def test_sharing_violation_without_a_fence_is_another_program(monkeypatch: pytest.MonkeyPatch) -> None:
    held = [(Op.AWAIT_CARD, OK), (Op.CONNECT, (Code.SHARING_VIOLATION, b""))]
    with pytest.raises(HeldByAnother):
        scripted(monkeypatch, *held * 20).connect(soon())


def test_somebody_who_only_asks_where_the_reader_is_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    held = [(Op.AWAIT_CARD, OK), (Op.CONNECT, (Code.SHARING_VIOLATION, b""))]
    assert scripted(monkeypatch, *held, *CONNECTED).connect(soon()).atr == CONTACTLESS_ATR


@pytest.mark.parametrize(
    ("most", "limits"), [(features.UNTOLD, EXTENDED), (0, SHORT), (256, SHORT), (0x10000, EXTENDED)]
)
def test_a_reader_is_not_sent_what_it_does_not_carry(
    monkeypatch: pytest.MonkeyPatch, most: int, limits: object
) -> None:
    answer = (Op.TRANSMIT, (Code.SUCCESS, b"\x90\x00"))
    connection = scripted(monkeypatch, CONNECTED[0], gripped(CONTACTLESS_ATR, most), UID, answer).connect(soon())
    assert connection.limits == limits
    extended = bytes.fromhex("00D60000 000100") + bytes(256)
    if limits is SHORT:
        with pytest.raises(ApduTooLong) as refusal:
            connection.transmit(extended, soon())
        assert not refusal.value.may_have_acted
        extended = bytes.fromhex("00D60000 FF") + bytes(255)  # and what it does carry still goes
    assert connection.transmit(extended, soon()).sw == 0x9000


@pytest.fixture
def no_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The address of a smart card service that does not run."""
    path = tmp_path / "pcscd.comm"
    monkeypatch.setenv("PCSCLITE_CSOCK_NAME", str(path))
    return path


@pytest.fixture
def hung_service(no_service: Path) -> Iterator[Path]:
    """A smart card service that takes every connection and never answers."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(no_service))
        listener.listen()
        yield no_service


def alive(pid: int) -> bool:
    """True while a process runs; one that ended but was not reaped yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.usefixtures("no_service")
def test_without_the_service_every_call_says_so() -> None:
    with pytest.raises(ServiceGone):
        DRIVER.find()
    with pytest.raises(ServiceGone):
        DRIVER.open("pcsc:A Reader 00 00", Deadline.after(10))


def test_a_reader_that_is_not_listed_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = (Op.LIST, (Code.SUCCESS, b"A Reader 00 00\x00Another 01 00"))
    nowhere = (Op.WHERE, (Code.SUCCESS, frames.place(Place(0, ""))))
    monkeypatch.setattr(driver, "Child", ScriptedChild([listed, nowhere, nowhere, listed, nowhere]))
    assert DRIVER.find() == ["pcsc:A Reader 00 00", "pcsc:Another 01 00"]
    assert DRIVER.open("pcsc:A Reader 00 00", soon()).name == "A Reader 00 00"
    monkeypatch.setattr(driver, "Child", ScriptedChild([listed]))
    with pytest.raises(NotFound):
        DRIVER.open("pcsc:A Reader", soon())


def test_a_name_that_is_no_text_does_not_hide_the_other_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = (Op.LIST, (Code.SUCCESS, b"Caf\xe9 00 00\0Another 01 00"))
    gone = (Op.WHERE, (Code.UNKNOWN_READER, frames.place(Place(0, ""))))
    monkeypatch.setattr(driver, "Child", ScriptedChild([listed, gone, gone]))
    assert DRIVER.find()[1] == "pcsc:Another 01 00"


@pytest.mark.usefixtures("hung_service")
def test_a_missed_deadline_kills_the_worker_and_begins_a_generation() -> None:
    encoder = PcscEncoder("A Reader 00 00")
    started = time.monotonic()
    pids: list[int] = []

    def note_pid() -> None:
        while encoder.worker_pid is None:
            time.sleep(0.01)
        pids.append(encoder.worker_pid)

    watcher = threading.Thread(target=note_pid)
    watcher.start()
    with pytest.raises(DeadlinePassed):
        encoder.card_present(Deadline.after(0.4))
    assert time.monotonic() - started < 60
    watcher.join()
    assert not alive(pids[0])
    assert encoder.worker_pid is None
    with pytest.raises(DeadlinePassed):
        encoder.card_present(Deadline.after(0.2))
    assert encoder.generation == 2
    encoder.close()


@pytest.mark.usefixtures("hung_service")
def test_closing_does_not_wait_for_a_hanging_call() -> None:
    encoder = PcscEncoder("A Reader 00 00")
    outcome: list[Exception] = []

    def hang() -> None:
        try:
            encoder.card_present(Deadline.after(600))
        except DeviceError as error:
            outcome.append(error)

    caller = threading.Thread(target=hang)
    caller.start()
    while encoder.worker_pid is None:
        time.sleep(0.01)
    time.sleep(0.1)
    started = time.monotonic()
    encoder.close()
    caller.join(60)
    assert time.monotonic() - started < 60
    assert [type(error) for error in outcome] == [Disconnected]
    with pytest.raises(Disconnected):
        encoder.card_present(soon())


@pytest.mark.usefixtures("hung_service")
def test_a_worker_that_hangs_does_not_outlive_its_driver_for_long() -> None:
    program = (
        "import threading, time\n"
        "from drivers.deadline import Deadline\n"
        "from drivers.pcsc import PcscEncoder\n"
        "encoder = PcscEncoder('A Reader 00 00')\n"
        "threading.Thread(target=encoder.card_present, args=[Deadline.after(1)], daemon=True).start()\n"
        "while encoder.worker_pid is None: time.sleep(0.01)\n"
        "time.sleep(0.4)\n"
        "print(encoder.worker_pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        worker = int(owner.stdout.readline())
        os.kill(owner.pid, signal.SIGKILL)
    end = time.monotonic() + 10
    while alive(worker):
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.usefixtures("no_service")
def test_a_worker_that_was_killed_is_replaced() -> None:
    encoder = PcscEncoder("A Reader 00 00")
    with pytest.raises(ServiceGone):
        encoder.card_present(Deadline.after(10))
    assert encoder.worker_pid is not None
    os.kill(encoder.worker_pid, signal.SIGKILL)
    with pytest.raises(Disconnected):
        encoder.card_present(Deadline.after(10))
    with pytest.raises(ServiceGone):
        encoder.card_present(Deadline.after(10))
    encoder.close()


@pytest.mark.usefixtures("no_service")
def test_a_worker_is_small() -> None:
    encoder = PcscEncoder("A Reader 00 00")
    with pytest.raises(ServiceGone):
        encoder.card_present(Deadline.after(10))
    rollup = Path(f"/proc/{encoder.worker_pid}/smaps_rollup").read_text()
    encoder.close()
    kilobytes = next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Private_Dirty:"))
    assert kilobytes < 8_000
