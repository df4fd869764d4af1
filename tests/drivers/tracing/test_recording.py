"""What a recording keeps: what passed, in order, and nothing of a citizen."""

from __future__ import annotations

import json
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import catalog, recording, wiretap
from drivers.deadline import Deadline
from drivers.errors import DeadlinePassed
from drivers.matica_xid import words
from drivers.pcsc import recorded
from drivers.printer import Condition, Panel, Reason
from drivers.recording import Chart, NotATrace, Record, Recorder, lines, read, tells_too_much
from drivers.transports import TcpStream
from drivers.wiretap import AlreadyTapped, Direction

FAMILIES = ("matica_xid", "evolis", "magicard")
OUT, IN = Direction.OUT, Direction.IN
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\0"


def everything(_: Direction, __: str, data: bytes) -> tuple[bytes, int]:
    return data, 0


# --- masks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", FAMILIES)
@given(data=st.binary(min_size=65, max_size=400), pipe=st.sampled_from(["bulk", "serial"]))
def test_of_what_is_no_command_nothing_is_kept(family: str, data: bytes, pipe: str) -> None:
    mask = catalog.load().printers[family].mask
    assert mask is not None
    kept, hidden = mask(OUT, pipe, data)
    assert len(kept) + hidden == len(data)
    assert kept == b"" or data.startswith((b"\x1bDb;", b"\x05", b"\x01"))


@given(st.binary(min_size=4, max_size=5000), st.sampled_from(Panel))
def test_of_an_image_over_the_network_only_the_head_is_kept(panel: bytes, which: Panel) -> None:
    mask = catalog.load().printers["matica_xid"].mask
    assert mask is not None
    message = words.encode(words.Message(words.IMAGE, 0, 7, words.image(which, panel)))
    kept, hidden = mask(OUT, "tcp", message)
    assert kept == message[:28]
    assert hidden == len(message) - 28


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_of_a_cards_talk_only_headers_and_status_are_kept(apdu: bytes, answer: bytes) -> None:
    assert recorded.mask(OUT, "transmit", apdu) == (apdu[:5], max(0, len(apdu) - 5))
    response = bytes(4) + answer + b"\x90\x00"
    assert recorded.mask(IN, "transmit", response) == (bytes(4) + b"\x90\x00", len(answer))


def test_a_download_keeps_its_head_and_a_job_its_header() -> None:
    printers = catalog.load().printers
    evolis, magicard = printers["evolis"].mask, printers["magicard"].mask
    assert evolis is not None
    assert magicard is not None
    assert evolis(OUT, "serial", b"\x1bDb;k;2;" + JPEG + b"\r") == (b"\x1bDb;k;2;", len(JPEG) + 1)
    header = b"\x05" * 64 + b"\x01,NOC1,SZK97536\x1c"
    assert magicard(OUT, "bulk", header + JPEG) == (header, len(JPEG))
    assert magicard(OUT, "bulk", b"\x1cK:") == (b"\x1cK:", 0)


# --- the recorder -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [JPEG, b"\x89PNG\r\n\x1a\n", b"NIK 7316020101900001.", b"\xff\x4f\xff\x51\0"])
def test_what_a_mask_let_through_by_mistake_is_not_kept(data: bytes) -> None:
    recorder = Recorder(everything)
    recorder.note(IN, "bulk", data)
    assert tells_too_much(data)
    assert recorder.records == [Record(recorder.records[0].at, IN, "bulk", b"", len(data))]


def test_a_nik_that_comes_byte_by_byte_is_not_kept_either() -> None:
    recorder = Recorder(everything)
    for byte in b"7316020101900001":
        recorder.note(IN, "serial", bytes((byte,)))
    (record,) = recorder.records
    assert (record.data, record.hidden) == (b"", 16)


def test_a_mask_that_fails_lets_nothing_through() -> None:
    def broken(_: Direction, __: str, data: bytes) -> tuple[bytes, int]:
        raise ValueError(data)

    recorder = Recorder(broken)
    recorder.note(OUT, "bulk", b"secret")
    assert (recorder.records[0].data, recorder.records[0].hidden) == (b"", 6)


def test_a_recording_ends_growing() -> None:
    recorder = Recorder(everything, most=2)
    for _ in range(3):
        recorder.note(OUT, "bulk", b"x")
    assert (len(recorder.records), recorder.full) == (2, True)


_RECORDS = st.lists(
    st.builds(
        Record,
        at=st.floats(0, 1e6, allow_nan=False),
        direction=st.sampled_from(Direction),
        pipe=st.sampled_from(["bulk", "tcp"]),
        data=st.binary(max_size=40),
        hidden=st.integers(0, 10**7),
        error=st.sampled_from(["", "Stalled"]),
    )
)


@given(_RECORDS)
def test_a_trace_is_read_as_it_was_written(records: list[Record]) -> None:
    assert read(lines({"device": "x"}, records)) == records


@given(st.lists(st.text(max_size=80), max_size=3))
def test_what_is_no_trace_is_refused(text: list[str]) -> None:
    with pytest.raises(NotATrace):
        read(text)
    with pytest.raises(NotATrace):
        read([json.dumps({"trace": 1}), '{"pipe": "bulk", "t": 0, "dir": "sideways", "hex": ""}'])


@given(st.sampled_from(FAMILIES), _RECORDS)
def test_any_trace_can_be_replayed(family: str, records: list[Record]) -> None:
    replay = catalog.load().printers[family].replay
    assert replay is not None
    assert isinstance(replay(records), list)


def test_a_chart_names_what_lasts_once_and_what_comes_again_again() -> None:
    jam, busy = Condition(Reason.MEDIA_JAM, "1", "jam"), Condition(Reason.BUSY, "2", "busy")
    chart = Chart()
    for at, condition in enumerate((jam, jam, busy, jam, None, jam)):
        chart.note(at, "sense", condition)
    assert [diagnosis.at for diagnosis in chart.diagnoses] == [0, 5]


# --- the transports ---------------------------------------------------------------------------------------------------


def test_what_passes_is_told_only_while_somebody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        stream = TcpStream("127.0.0.1", server.getsockname()[1], "machine", Deadline.after(5))
        theirs, _ = server.accept()
        with theirs:
            stream.send(b"before", Deadline.after(5))
            recorder = Recorder(everything)
            with recorder.on(["machine", "another"]):
                stream.send(b"asked", Deadline.after(5))
                theirs.sendall(b"answer")
                assert stream.receive(6, Deadline.after(5)) == b"answer"
                with pytest.raises(DeadlinePassed):
                    stream.receive(1, Deadline.after(0.05))  # a poll in vain
                with pytest.raises(DeadlinePassed):
                    stream.receive(1, Deadline.after(0.6))  # silence
                with pytest.raises(AlreadyTapped), wiretap.listening(["machine"], recorder.note):
                    pass
            stream.send(b"after", Deadline.after(5))
        stream.close()
    passed = [(record.direction, record.pipe, record.data, record.error) for record in recorder.records]
    assert passed == [
        (OUT, "tcp", b"asked", ""),
        (IN, "tcp", b"answer", ""),
        (IN, "tcp", b"", "DeadlinePassed"),
    ]
    assert recording.tells_too_much(b"") is False
