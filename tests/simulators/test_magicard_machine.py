"""The machine prints as a machine does: a card for a job, panels used up for good, errors that wait for an OK."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image

from simulators.clock import ManualClock
from simulators.devices.faults import Fault, Script
from simulators.devices.magicard import Machine
from simulators.devices.magicard_data import Durations, MagicardSettings, Trouble
from simulators.devices.magicard_stream import Header, Job
from simulators.devices.magicard_usb import Printer
from simulators.devices.usb_function import Setup
from simulators.world import MemoryPictures, World
from tests.simulators.magicard_jobs import job, request

SIZES = {"yellow": 585216, "magenta": 585216, "cyan": 585216, "black": 97536}
FULL = {ink: b"\xff" * size for ink, size in SIZES.items()}
CARD = Durations().card()
PORT = Setup(0xA101, 0, 0, 1)
READY, BUSY, ERROR = b"\x18", b"\x08", b"\x10"


class Bench:
    """A machine with ten cards in its hopper, seen from its USB endpoints."""

    def __init__(self, faults: list[Fault] | None = None, **more: Any) -> None:
        self.clock = ManualClock()
        self.pictures = MemoryPictures()
        self.world = World(pictures=self.pictures)
        self.world.mint(10)
        self.world.move_next("supply", "hopper/m", 10)
        self.settings = MagicardSettings("m", **more)
        self.machine = Machine(self.settings, self.world, self.clock, Script(faults))
        self.usb = Printer(self.machine)
        self.gone: list[Fault] = []
        self.usb.unplug = self.gone.append

    def send(self, data: bytes) -> None:
        assert self.usb.write(data) is True

    def ask(self, command: str) -> bytes | None:
        self.send(request(command))
        answer = self.usb.read(1024)
        assert not isinstance(answer, type(PORT))
        return answer if isinstance(answer, bytes) else None

    def port(self) -> bytes | None:
        return self.usb.control(PORT)

    def code(self) -> int:
        return self.machine.state()

    def print(self, **options: str) -> None:
        self.machine.take(Job(Header(("NOC1", *(key + value for key, value in options.items()))), FULL))

    def pile(self, place: str) -> list[str]:
        return self.world.census().get(f"{place}/m", [])

    def info(self) -> list[str]:
        answer = self.ask("INF")
        assert answer is not None
        assert answer.startswith(b"\x01STA$$")
        assert answer.endswith(b",\x03")
        return answer[6:-2].decode().replace(":", ",").split(",")


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.machine.close()


def scripted(*faults: Fault, **more: Any) -> Bench:
    return Bench(list(faults), **more)


def test_a_job_takes_a_card_through(bench: Bench) -> None:
    assert bench.port() == READY
    bench.send(job(FULL))
    assert bench.port() == BUSY
    bench.clock.advance(6)
    assert bench.pile("machine") == ["card-000001"]
    bench.clock.advance(CARD - 6)
    assert bench.pile("output") == ["card-000001"]
    assert bench.port() == READY
    (made,) = bench.world.card("card-000001").prints
    assert made.source["panels"] == "black+cyan+magenta+overcoat+yellow"
    assert Image.open(io.BytesIO(bench.pictures.get(made.picture))).getpixel((500, 300)) == (0, 0, 0)


def test_the_answers_are_those_of_the_capture(bench: Bench) -> None:
    assert bench.ask("ERR") == b"\x01STAPrinterstatus OK.\n00:00\n(c0300)\x03"
    bench.world.move_next("hopper/m", "store", 10)
    bench.print(LAN="DEU")
    bench.clock.advance(32.9)
    assert bench.port() == BUSY
    bench.clock.advance(0.2)
    assert bench.port() == ERROR
    answer = bench.ask("ERR")
    assert answer is not None
    assert answer.split(b"\n")[1:] == [b"Fehlercode - 11:01", b"(c0201)\x03"]


def test_info_tells_what_was_used(bench: Bench) -> None:
    fresh = bench.info()
    assert len(fresh) == 33
    assert (fresh[1], fresh[3], fresh[15], fresh[16]) == ("Enduro", bench.settings.serial, "700", "50")
    bench.print()
    bench.clock.advance(CARD)
    used = bench.info()
    numbers = {"cards": 9, "head": 10, "panels": 11, "panels since": 13, "cards since": 14, "shots": 23}
    grown = {name: int(used[at]) - int(fresh[at]) for name, at in numbers.items()}
    assert grown == {"cards": 1, "head": 1, "panels": 5, "panels since": 5, "cards since": 1, "shots": 1}
    assert used[22] == "300"
    assert used[21] == fresh[21]
    bench.machine.refill()
    assert bench.info()[21] != fresh[21]
    assert bench.info()[23] == "0"


def test_one_job_is_printed_and_one_more_taken(bench: Bench) -> None:
    bench.send(job(FULL))
    bench.send(job(FULL))
    assert bench.ask("INF") is not None
    third = job(FULL)
    assert bench.usb.write(third) is False
    taken: list[object] = []
    bench.usb.changed = lambda: taken.append(bench.usb.write(third))
    bench.clock.advance(CARD - 1)
    assert bench.usb.write(third) is False
    assert taken == []
    bench.clock.advance(1)
    assert taken == [True]
    bench.usb.changed = lambda: None
    assert bench.ask("INF") is not None
    bench.clock.advance(2 * CARD)
    assert len(bench.pile("output")) == 3


def test_copies_are_cards(bench: Bench) -> None:
    bench.send(job(FULL, first="NOC3"))
    bench.clock.advance(3 * CARD)
    assert len(bench.pile("output")) == 3
    assert bench.port() == READY


def test_a_card_put_in_by_hand_goes_first(bench: Bench) -> None:
    bench.world.mint(1)
    bench.world.move_next("supply", "feed/m")
    bench.print()
    bench.print()
    bench.clock.advance(2 * CARD)
    assert bench.pile("output") == ["card-000011", "card-000001"]


def test_a_job_for_the_slot_leaves_the_hopper_alone(bench: Bench) -> None:
    bench.print(HFD="ON")
    bench.clock.advance(CARD)
    assert bench.code() == Trouble.NOT_FED
    bench.world.mint(1)
    bench.world.move_next("supply", "feed/m")
    bench.send(request("OKY"))
    bench.clock.advance(CARD)
    assert bench.pile("output") == ["card-000011"]
    assert len(bench.pile("hopper")) == 10


def test_a_card_that_did_not_come_is_waited_for() -> None:
    bench = scripted(Fault(kind="feed-jam", command="feed"))
    bench.print()
    bench.clock.advance(CARD)
    assert bench.code() == Trouble.NOT_FED
    assert len(bench.pile("hopper")) == 10
    bench.clock.advance(1000)
    assert bench.port() == ERROR
    bench.send(request("OKY"))
    bench.clock.advance(CARD)
    assert len(bench.pile("output")) == 1
    bench.machine.close()


def test_cancel_gives_the_job_up(bench: Bench) -> None:
    bench.machine.happen(Fault(kind="hopper-empty"))
    bench.print()
    bench.clock.advance(CARD)
    bench.send(request("CAN"))
    assert bench.port() == READY
    bench.machine.clear("hopper-empty")
    bench.clock.advance(CARD)
    assert bench.pile("output") == []


@pytest.mark.parametrize("repeats", [False, True])
def test_a_jam_spoils_the_card_and_uses_the_panels(repeats: bool) -> None:
    bench = scripted(Fault(kind="jam", command="print", fraction=0.4), repeats=repeats)
    bench.print()
    bench.clock.advance(CARD)
    assert bench.port() == ERROR
    assert bench.code() == Trouble.JAM
    assert bench.machine.body.shots_left == 299
    assert bench.machine.body.counters["cards"] == 0
    assert bench.machine.body.counters["panels"] == 3
    (card,) = bench.pile("machine")
    (made,) = bench.world.card(card).prints
    assert (made.source["panels"], made.source["cut"]) == ("magenta+yellow", "cyan 0.40")
    bench.send(request("OKY"))
    assert bench.code() == Trouble.JAM, "nobody has taken the card out of the rollers"
    bench.machine.clear("jam")
    assert bench.port() == ERROR
    bench.send(request("OKY"))
    bench.clock.advance(5)
    assert bench.pile("output") == [card]
    bench.clock.advance(CARD)
    assert len(bench.pile("output")) == (2 if repeats else 1)
    assert bench.port() == READY
    bench.machine.close()


def test_a_code_that_nobody_knows_is_told_as_it_is() -> None:
    bench = scripted(Fault(kind="jam", command="feed", code=9942))
    bench.print()
    bench.clock.advance(CARD)
    answer = bench.ask("ERR")
    assert answer is not None
    assert b"Error code - 99:42\n" in answer
    assert bench.info()[19:21] == ["99", "42"]
    bench.machine.close()


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("ribbon-out", Trouble.RIBBON_OUT),
        ("ribbon-wrong", Trouble.RIBBON_WRONG),
        ("ribbon-missing", Trouble.RIBBON_MISSING),
        ("head-hot", Trouble.HEAD_HOT),
        ("door-open", Trouble.COVER_OPEN),
    ],
)
def test_what_passes_by_itself_keeps_a_job_waiting(bench: Bench, kind: Any, code: Trouble) -> None:
    bench.machine.happen(Fault(kind=kind))
    assert bench.code() == code
    bench.print()
    bench.clock.advance(2 * CARD)
    assert bench.pile("machine") == []
    bench.machine.clear(kind)
    bench.clock.advance(CARD)
    assert len(bench.pile("output")) == 1


def test_the_last_panels_of_a_film() -> None:
    bench = scripted(shots_left=1)
    bench.print()
    bench.clock.advance(20)
    assert bench.port() == BUSY, "it prints the last card"
    bench.clock.advance(CARD)
    assert bench.code() == Trouble.RIBBON_OUT
    assert len(bench.pile("output")) == 1
    bench.machine.close()


def test_a_cover_opened_in_a_print_stops_it_until_somebody_says_ok(bench: Bench) -> None:
    bench.print()
    bench.clock.advance(12)
    bench.machine.door(closed=False)
    assert bench.code() == Trouble.COVER_OPEN
    bench.machine.door(closed=True)
    assert bench.port() == ERROR
    bench.send(request("OKY"))
    bench.clock.advance(CARD)
    assert len(bench.pile("output")) == 1
    assert bench.port() == READY


def test_a_fault_of_the_ribbon_at_a_print_comes_with_a_card_inside() -> None:
    bench = scripted(Fault(kind="ribbon-wrong", command="print"))
    bench.print()
    bench.clock.advance(CARD)
    assert bench.code() == Trouble.RIBBON_WRONG
    (card,) = bench.pile("machine")
    assert bench.world.card(card).prints == []
    bench.machine.refill()
    bench.send(request("OKY"))
    bench.clock.advance(2 * CARD)
    assert len(bench.pile("output")) == 2, "the blank that was put out, and the card"
    bench.machine.close()


@pytest.mark.parametrize("way", ["EJT", "OKY", "RST"])
def test_a_card_that_stayed_inside_in_a_power_cut_stops_the_next_job(bench: Bench, way: str) -> None:
    bench.print()
    bench.clock.advance(12)
    counted = dict(bench.machine.body.counters)
    bench.machine.mains(on=False)
    assert bench.machine.body.shots_left == 299
    bench.machine.mains(on=True, card="stay")
    assert bench.port() == BUSY
    bench.clock.advance(20)
    assert bench.port() == READY
    assert bench.machine.body.counters == {**counted, "panels": 2, "panels_since_clean": 2}
    (card,) = bench.pile("machine")
    bench.print()
    assert bench.code() == Trouble.CARD_INSIDE
    bench.send(request(way))
    bench.clock.advance(2 * CARD)
    assert bench.pile("output")[0] == card
    if way == "EJT":
        bench.send(request("OKY"))
        bench.clock.advance(CARD)
    assert len(bench.pile("output")) == (1 if way == "RST" else 2), "a reset forgets jobs, the others do not"


def test_a_card_may_be_put_out_when_power_returns() -> None:
    bench = scripted(Fault(kind="power-loss", command="print", fraction=0.2, seconds=30))
    bench.print()
    bench.clock.advance(15)
    assert not bench.machine.powered
    bench.machine.mains(on=True, card="eject")
    bench.clock.advance(20)
    assert len(bench.pile("output")) == 1
    bench.machine.close()


def test_cleaning_wants_its_card_and_begins_the_count_anew() -> None:
    bench = scripted(Fault(kind="cleaning-due", command="feed"))
    bench.print()
    bench.clock.advance(CARD)
    assert bench.info()[14] == "701"
    bench.send(request("CLN"))
    assert bench.code() == Trouble.WANTS_CLEANING_CARD
    bench.send(request("OKY"))
    assert bench.port() == BUSY
    bench.clock.advance(60)
    assert (bench.info()[12], bench.info()[14]) == ("1", "0")
    bench.machine.close()


def test_a_test_card_costs_a_card(bench: Bench) -> None:
    bench.send(request("TST"))
    bench.clock.advance(CARD)
    (card,) = bench.pile("output")
    assert bench.world.card(card).prints[0].source["panels"] == "black+overcoat"


def test_planes_for_another_head_are_no_job(bench: Bench) -> None:
    bench.send(job({"black": b"1234"}))
    assert bench.code() == Trouble.BROKEN_JOB
    bench.send(request("OKY"))
    assert bench.port() == READY


def test_half_a_job_is_given_up_after_a_while(bench: Bench) -> None:
    bench.send(job(FULL)[:100_000])
    bench.clock.advance(61)
    assert bench.code() == Trouble.BROKEN_JOB
    bench.send(request("OKY"))
    bench.send(job(FULL))
    bench.clock.advance(CARD)
    assert len(bench.pile("output")) == 1


def test_a_reset_of_the_port_forgets_half_a_job(bench: Bench) -> None:
    bench.send(job(FULL)[:100_000])
    assert bench.usb.control(Setup(0x2102, 0, 0, 0)) == b""
    bench.send(job(FULL))
    bench.clock.advance(CARD)
    assert len(bench.pile("output")) == 1


def test_the_cable_goes_in_mid_upload() -> None:
    bench = scripted(Fault(kind="unplug", command="job", fraction=0.5))
    data = job(FULL)
    bench.send(data[: len(data) * 4 // 10])
    assert not bench.gone
    assert bench.usb.write(data[len(data) * 4 // 10 :]) is False
    assert bench.gone
    bench.clock.advance(CARD)
    assert bench.pile("machine") == []
    bench.machine.close()


def test_answers_can_be_spoilt() -> None:
    bench = scripted(
        Fault(kind="garbage", command="err"),
        Fault(kind="half-reply", command="err", nth=2),
        Fault(kind="last-reply", command="inf", nth=1),
        Fault(kind="mute", command="err", nth=3),
        Fault(kind="mute", command="port"),
    )
    whole = b"\x01STAPrinterstatus OK.\n00:00\n(c0300)\x03"
    garbage = bench.ask("ERR")
    assert garbage is not None
    assert (len(garbage), garbage == whole) == (len(whole), False)
    assert bench.ask("ERR") == whole[: len(whole) // 2]
    assert bench.ask("INF") == whole[: len(whole) // 2], "the answer before"
    assert bench.ask("ERR") is None
    assert bench.ask("INF") is not None
    bench.usb.unmute()
    assert bench.usb.read(1024) == whole
    assert bench.port() is None
    bench.machine.close()


def test_slow_is_slow() -> None:
    bench = scripted(Fault(kind="slow", command="print", factor=4))
    bench.print()
    bench.clock.advance(CARD)
    assert bench.port() == BUSY
    bench.clock.advance(4 * CARD)
    assert len(bench.pile("output")) == 1
    bench.machine.close()


@pytest.mark.parametrize("leaders", [0, 8, 9])
def test_answers_have_as_many_leaders_as_it_likes(leaders: int) -> None:
    bench = scripted(leaders=leaders)
    answer = bench.ask("ERR")
    assert answer is not None
    assert answer[: leaders + 1] == b"\x05" * leaders + b"\x01"
    bench.machine.close()
