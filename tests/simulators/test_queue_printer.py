"""A printer behind a queue makes one card a document, says what keeps it, and aborts what it spoiled."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from simulators.clock import ManualClock
from simulators.devices.faults import Fault, Script
from simulators.devices.pwg_raster import NotRaster, first_page
from simulators.devices.queue_data import Durations, QueueSettings
from simulators.devices.queue_printer import Job, Machine, picture_of
from simulators.world import MemoryPictures, World

CARD = Durations().card()


def png(size: tuple[int, int] = (20, 12), colour: str = "red") -> bytes:
    data = io.BytesIO()
    Image.new("RGB", size, colour).save(data, "PNG")
    return data.getvalue()


class Bench:
    """A machine with three cards in its hopper."""

    def __init__(self, *faults: Fault, ribbon_left: int = 250) -> None:
        self.clock = ManualClock()
        self.pictures = MemoryPictures()
        self.world = World(pictures=self.pictures)
        self.world.mint(3)
        self.world.move_next("supply", "hopper/m", 3)
        settings = QueueSettings("m", ribbon_left=ribbon_left)
        self.machine = Machine(settings, self.world, self.clock, Script(list(faults)), None)
        self.said: list[str] = []
        self.done: list[bool] = []

    def print(self, document: bytes | None = None) -> Fault | None:
        return self.machine.print(Job(document or png(), self.said.append, self.done.append))

    def reasons(self) -> set[str]:
        """What a queue holds that obeys STATE lines."""
        held: set[str] = set()
        for line in self.said:
            if line.startswith("STATE: "):
                words = set(line[8:].split(","))
                held = held | words if line[7] == "+" else held - words
        return held

    def pile(self, place: str) -> list[str]:
        return self.world.census().get(f"{place}/m", [])


def test_a_document_becomes_a_card() -> None:
    bench = Bench()
    bench.print()
    bench.clock.advance(CARD - 1)
    assert bench.done == []
    bench.clock.advance(1)
    assert bench.done == [True]
    (card,) = bench.pile("output")
    (made,) = bench.world.card(card).prints
    seen = Image.open(io.BytesIO(bench.pictures.get(made.picture)))
    assert (seen.size, seen.getpixel((10, 5))) == ((20, 12), (255, 0, 0))
    assert bench.said[-1] == "STATE: -marker-supply-low-warning"
    assert "ATTR: marker-levels=99" in bench.said


def test_an_empty_hopper_is_waited_for() -> None:
    bench = Bench()
    bench.world.move_next("hopper/m", "store", 3)
    bench.print()
    bench.clock.advance(100)
    assert bench.reasons() == {"media-empty-error"}
    assert bench.done == []
    bench.world.move_next("store", "feed/m")
    bench.clock.advance(CARD + 2)
    assert bench.done == [True]
    assert bench.reasons() == set()


@pytest.mark.parametrize(
    ("kind", "reason"),
    [("door-open", "cover-open-error"), ("ribbon-missing", "marker-supply-missing-error"),
     ("output-full", "output-area-full-error"), ("hopper-empty", "media-empty-error")],
)  # fmt: skip
def test_what_keeps_it_is_told_while_it_lasts(kind: str, reason: str) -> None:
    bench = Bench(Fault(kind=kind, command="print"))  # type: ignore[arg-type]
    bench.print()
    assert bench.reasons() == {reason}
    bench.machine.clear(kind)
    assert bench.reasons() == set()
    bench.clock.advance(CARD)
    assert bench.done == [True]


def test_the_last_of_a_ribbon() -> None:
    bench = Bench(ribbon_left=1)
    bench.print()
    bench.clock.advance(CARD)
    assert bench.done == [True]
    bench.print()
    assert bench.reasons() == {"marker-supply-empty-error", "marker-supply-low-warning"}
    bench.machine.refill()
    bench.clock.advance(CARD)
    assert bench.done == [True, True]
    assert bench.reasons() == set()


@pytest.mark.parametrize("way", ["jam", "cover"])
def test_a_card_that_was_stopped_in_mid_print_is_spoiled_and_its_job_aborted(way: str) -> None:
    bench = Bench()
    bench.print()
    bench.clock.advance(4 + 10)
    if way == "jam":
        bench.machine.happen(Fault(kind="jam"))
        assert bench.reasons() == {"media-jam-error"}
        bench.machine.clear("jam")
    else:
        bench.machine.door(closed=False)
        assert bench.reasons() == {"cover-open-error"}
        bench.machine.door(closed=True)
    bench.clock.advance(5)
    assert bench.done == [False]
    (card,) = bench.pile("output")
    assert bench.world.card(card).prints[0].source["cut"] == "0.40"
    assert bench.machine.ribbon_left == 249
    assert bench.machine.counters == {"cards": 0}


@pytest.mark.parametrize("acts", [True, False])
def test_completed_proves_nothing(acts: bool) -> None:
    bench = Bench(Fault(kind="last-reply", command="print", acts=acts))
    bench.print()
    assert bench.done == [True]
    bench.clock.advance(CARD)
    assert len(bench.pile("output")) == int(acts)


def test_aborted_proves_nothing_either() -> None:
    bench = Bench(Fault(kind="half-reply", command="print"))
    bench.print()
    bench.clock.advance(CARD)
    assert bench.done == [False]
    assert len(bench.pile("output")) == 1


def test_a_cancelled_job_is_printed_on_no_later_card() -> None:
    bench = Bench()
    bench.machine.door(closed=False)
    job = Job(png(), bench.said.append, bench.done.append)
    bench.machine.print(job)
    bench.machine.cancel(job)
    assert bench.done == [False]
    bench.machine.door(closed=True)
    bench.clock.advance(3 * CARD)
    assert (len(bench.pile("hopper")), bench.pile("output")) == (3, [])
    bench.print()
    bench.machine.cancel(job)
    bench.clock.advance(2 * CARD)
    assert bench.done == [False, True], "the next one is printed, whatever is said of the other"


def test_a_job_that_is_cancelled_too_late_is_finished() -> None:
    bench = Bench()
    job = Job(png(), bench.said.append, bench.done.append)
    bench.machine.print(job)
    bench.clock.advance(CARD / 2)
    bench.machine.cancel(job)
    bench.clock.advance(CARD)
    assert (bench.done, len(bench.pile("output"))) == ([True], 1)


def test_a_reason_that_nobody_knows() -> None:
    bench = Bench(Fault(kind="garbage", command="print"))
    bench.print()
    assert bench.reasons() == {"com.example.service-required-error"}
    bench.clock.advance(CARD)
    assert bench.reasons() == set()


def test_a_document_that_is_none_takes_no_card() -> None:
    bench = Bench()
    bench.print(b"hello")
    assert bench.done == [False]
    assert len(bench.pile("hopper")) == 3


@pytest.mark.parametrize("fate", ["stay", "eject"])
def test_power_is_cut(fate: str) -> None:
    bench = Bench()
    bench.print()
    bench.clock.advance(14)
    bench.machine.mains(on=False)
    bench.machine.mains(on=True, card=fate)  # type: ignore[arg-type]
    assert len(bench.pile("machine")) == (1 if fate == "stay" else 0)
    bench.print()
    bench.clock.advance(CARD + 4)
    assert bench.done == [True], "nobody is told of the first"
    assert len(bench.pile("output")) == 2


# PWG Raster


def raster(rows: list[list[bytes]], bits: int = 24) -> bytes:
    """A page, each line packed as runs or as they are, whichever comes first to mind."""
    width, size = len(rows[0]), bits // 8
    header = bytearray(1796)
    struct.pack_into(">II", header, 372, width, len(rows))
    struct.pack_into(">IIIII", header, 384, 8, bits, width * size, 0, 19)
    packed = b""
    for number, row in enumerate(rows):
        packed += b"\x00"
        if number % 2:
            packed += b"".join(b"\x00" + dot for dot in row)
        elif width > 1:
            packed += bytes([257 - width]) + b"".join(row)
        else:
            packed += b"\x00" + row[0]
    return b"RaS2" + bytes(header) + packed


DOTS = st.integers(1, 20).flatmap(
    lambda width: st.lists(
        st.lists(st.binary(min_size=3, max_size=3), min_size=width, max_size=width), min_size=1, max_size=6
    )
)


@given(DOTS)
def test_a_page_comes_out_as_it_went_in(rows: list[list[bytes]]) -> None:
    assert first_page(raster(rows)).tobytes() == b"".join(b"".join(row) for row in rows)


@given(DOTS, st.binary(max_size=30), st.integers(0, 3000))
def test_what_is_no_page_is_said_to_be_none(rows: list[list[bytes]], noise: bytes, at: int) -> None:
    data = raster(rows)
    at %= len(data) + 1
    try:
        first_page(data[:at] + noise)
    except NotRaster:
        return
    assert len(data[:at] + noise) > 1800


def test_repeated_lines_and_white_ends() -> None:
    header = raster([[b"abc"] * 4] * 3)[:1800]
    page = first_page(header + b"\x01\x01abc\x80" + b"\x00\x03xyz")
    assert page.tobytes() == (b"abcabc" + b"\xff" * 6) * 2 + b"xyz" * 4


def test_a_page_in_portrait_is_turned_upright() -> None:
    card = Image.new("RGB", (30, 20), "white")
    card.putpixel((0, 0), (255, 0, 0))
    sent = io.BytesIO()
    card.transpose(Image.Transpose.ROTATE_90).save(sent, "PNG")
    assert picture_of(sent.getvalue()).tobytes() == card.tobytes()
