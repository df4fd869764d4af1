"""Plain pyusb on a real libusb meets the simulated Magicard machine as it would meet a real one."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from PIL import Image

from tests.simulators.conftest import Site, site
from tests.simulators.magicard_jobs import request, yellow_card
from tests.simulators.plain_host import PlainHost, UsbError

OUT, IN = 0x01, 0x82
ENDURO = {"family": "magicard", "model": "Enduro"}


class Plain(PlainHost):
    MODULE = "tests.simulators.plain_printer_host"

    def __init__(self, where: Site) -> None:
        super().__init__(where)
        self.job = where.folder / "card.job"
        self.job.write_bytes(yellow_card())

    def status(self) -> int:
        return int(self("control", kind=0xA1, request=1, length=1), 16)

    def ask(self, command: str) -> bytes:
        self("write", endpoint=OUT, data=request(command).hex())
        return bytes.fromhex(self("read", endpoint=IN))

    def print(self) -> None:
        self("write", endpoint=OUT, file=str(self.job))


@contextmanager
def plain(where: Site, product: int = 0x2800) -> Iterator[Plain]:
    with Plain(where) as host:
        assert host("find", vendor=0x0C1F, product=product)
        host("claim")
        yield host


def until(condition: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def enduro() -> Iterator[Site]:
    with site("usb", ["magicard-1"], settings=ENDURO) as made:
        yield made


def test_a_card_is_printed_through_libusb(enduro: Site) -> None:
    with plain(enduro) as host:
        assert host("claim") == {"class": 7, "endpoints": [OUT, IN]}
        (found,) = host("find", vendor=0x0C1F, product=0x2800)
        assert (found["serial"], found["product"]) == ("SN-1", "Enduro")
        host("claim")
        assert host.status() == 0x18
        assert host.ask("ERR") == b"\x01STAPrinterstatus OK.\n00:00\n(c0300)\x03"
        assert host.ask("INF").count(b",") == 33 - 1
        host.print()
        assert host.status() == 0x08
        until(lambda: host.status() == 0x18)
    (card,) = enduro.world.census()["output/magicard-1"]
    (made,) = enduro.world.card(card).prints
    picture = Image.open(io.BytesIO(enduro.world.picture(made.picture)))
    assert picture.getcolors() == [(1016 * 642, (255, 255, 0))]
    log = [json.loads(line) for line in (enduro.folder / "busy-magicard-1.jsonl").read_text().splitlines()]
    assert [line["what"] for line in log] == ["feed", *(f"print-{p}" for p in made_of(made.source)), "eject"]


def made_of(source: dict[str, str]) -> list[str]:
    order = ("yellow", "magenta", "cyan", "black", "overcoat")
    return sorted(source["panels"].split("+"), key=order.index)


def test_a_third_job_waits_in_the_host(enduro: Site) -> None:
    enduro.hand("fault", machine="magicard-1", fault={"kind": "slow", "command": "print", "factor": 20})
    with plain(enduro) as host:
        host.print()
        host.print()
        with pytest.raises(UsbError) as raised:
            host("write", endpoint=OUT, file=str(host.job), timeout=400)
        assert raised.value.name == "USBTimeoutError"


def test_no_card_comes(enduro: Site) -> None:
    enduro.world.move_next("hopper/magicard-1", "store", 10)
    with plain(enduro) as host:
        host.print()
        until(lambda: host.status() == 0x10)
        assert b" - 11:01\n" in host.ask("ERR")


def test_a_mute_machine_gives_a_timeout_and_answers_late(enduro: Site) -> None:
    enduro.hand("fault", machine="magicard-1", fault={"kind": "mute", "command": "err"})
    with plain(enduro) as host:
        host("write", endpoint=OUT, data=request("ERR").hex())
        with pytest.raises(UsbError) as raised:
            host("read", endpoint=IN, timeout=300)
        assert raised.value.name == "USBTimeoutError"
        enduro.hand("clear", machine="magicard-1", condition="mute")
        assert b"00:00" in bytes.fromhex(host("read", endpoint=IN))


def test_the_cable_goes_in_mid_upload(enduro: Site) -> None:
    enduro.hand(
        "fault", machine="magicard-1", fault={"kind": "unplug", "command": "job", "fraction": 0.3, "seconds": 5}
    )
    with plain(enduro) as host:
        with pytest.raises(UsbError) as raised:
            host.print()
        assert raised.value.errno == 19
        until(lambda: host("find", vendor=0x0C1F, product=0x2800))
        host("claim")
        assert host.status() == 0x18
        assert enduro.world.census().get("output/magicard-1") is None


def test_the_mains_go_in_a_print_and_the_counters_stay(enduro: Site) -> None:
    enduro.hand(
        "fault", machine="magicard-1", fault={"kind": "power-loss", "command": "print", "nth": 2, "seconds": 20.0}
    )
    with plain(enduro) as host:
        host.print()
        host.print()
        until(lambda: not enduro.hand("state", machine="magicard-1")["powered"])
        until(lambda: host("find", vendor=0x0C1F, product=0x2800))
        host("claim")
        fields = host.ask("INF").replace(b":", b",").split(b",")
        assert (fields[9], fields[23]) == (b"1", b"2"), "one card printed, two cards' panels used"
    assert len(enduro.world.census()["machine/magicard-1"]) == 1


def test_another_product_id() -> None:
    settings = {**ENDURO, "product": 0x4800}
    with site("usb", ["magicard-1"], settings=settings) as made, plain(made, product=0x4800) as host:
        assert host.status() == 0x18
        told = host("control", kind=0xA1, request=0, length=255)
        assert bytes.fromhex(told)[2:] == b"MFG:Magicard ;MDL:Enduro"
