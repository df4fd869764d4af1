"""Plain pyusb on a real libusb, in a process of its own, meets a simulated Evolis machine."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from PIL import Image

from tests.simulators.conftest import Site, site
from tests.simulators.evolis_line import BLACK, JOB, frame
from tests.simulators.plain_host import PlainHost, UsbError

OUT, IN = 0x01, 0x82
MACHINE = "evolis-1"
SETTINGS = {"family": "evolis", "managed_by": "host"}


class Plain(PlainHost):
    MODULE = "tests.simulators.plain_printer_host"

    def find(self) -> list[dict[str, Any]]:
        return list(self("find", vendor=0x0F49, product=0x0A00))

    def ask(self, command: str, data: bytes = b"", timeout: int = 60000) -> str:
        self("write", endpoint=OUT, data=(frame(command, data)).hex())
        return bytes.fromhex(self("read", endpoint=IN, timeout=timeout)).decode()

    def status(self) -> int:
        return int(self("control", kind=0xA1, request=1, length=1), 16)


@contextmanager
def plain(where: Site) -> Iterator[Plain]:
    with Plain(where) as host:
        assert len(host.find()) == 1
        host("claim")
        yield host


@pytest.fixture(scope="module")
def where() -> Iterator[Site]:
    with site("usb", [MACHINE], settings=SETTINGS) as made:
        yield made


@pytest.fixture
def host(where: Site) -> Iterator[Plain]:
    with plain(where) as found:
        yield found


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_it_is_a_printer_that_answers(host: Plain) -> None:
    (found,) = host.find()
    assert (found["serial"], found["product"]) == ("SN-1", "Evolis Primacy")
    assert host("claim") == {"class": 7, "endpoints": [OUT, IN]}
    assert b"MDL:Primacy" in bytes.fromhex(host("control", kind=0xA1, request=0, length=200))
    assert host.status() == 0x18
    assert host.ask("Rsn") == "SN-1\0"


def test_a_card_is_held_to_the_reader_printed_and_put_out(where: Site, host: Plain) -> None:
    assert host.ask("Sic") == "OK\0"
    card = where.world.in_field(f"machine/{MACHINE}")
    assert card is not None
    for command in ("Pr;ymcko", "Ss", "Sr"):
        assert host.ask(command) == "OK\0"
    for panel in JOB:
        head, _, rest = panel[1:-1].partition(b";")
        name, levels, data = rest.split(b";", 2)
        assert host.ask(f"{head.decode()};{name.decode()};{levels.decode()};", data) == "OK\0"
    assert host.ask("Se") == "OK\0"
    assert where.world.census()[f"output/{MACHINE}"][-1] == card
    (made,) = where.world.card(card).prints
    drawn = Image.open(io.BytesIO(where.world.picture(made.picture)))
    assert (drawn.size, drawn.getpixel((500, 300))) == ((1016, 648), (0, 255, 0))
    log = [json.loads(line) for line in (where.folder / f"busy-{MACHINE}.jsonl").read_text().splitlines()]
    assert {"feed", "move", "ribbon", "print-y", "print-o", "eject"} <= {line["what"] for line in log}


def test_a_long_answer_can_be_read_in_pieces(host: Plain) -> None:
    host("write", endpoint=OUT, data=frame("Rtp").hex())
    said = [host("read", endpoint=IN, size=3) for _ in range(3)]
    assert bytes.fromhex("".join(said)) == b"Primacy\0"


def test_a_mute_machine_gives_a_timeout_and_a_soft_reset_forgets(where: Site, host: Plain) -> None:
    where.hand("fault", MACHINE, fault={"kind": "mute", "command": "ask"})
    with pytest.raises(UsbError) as raised:
        host.ask("Rsn", timeout=300)
    assert raised.value.name == "USBTimeoutError"
    host("write", endpoint=OUT, data=BLACK[:3000].hex())
    host("control", kind=0x21, request=2, length=0)
    assert host.ask("Rtp") == "Primacy\0"


def test_the_port_s_status_tells_of_media_and_of_faults(where: Site, host: Plain) -> None:
    where.hand("fault", MACHINE, fault={"kind": "hopper-empty"})
    assert host.status() == 0x38
    where.hand("clear", MACHINE, condition="hopper-empty")
    where.hand("door", MACHINE, closed=False)
    assert host.status() == 0x10
    where.hand("door", MACHINE, closed=True)
    assert host.status() == 0x18


def test_the_cable_is_pulled_in_mid_upload_and_the_machine_is_found_again(where: Site, host: Plain) -> None:
    where.hand("fault", MACHINE, fault={"kind": "replug-as-new-address", "command": "panel", "seconds": 5.0})
    (before,) = host.find()
    host("claim")
    with pytest.raises(UsbError) as raised:
        host("write", endpoint=OUT, data=BLACK.hex())
    assert raised.value.errno == 19
    until(lambda: bool(host.find()))
    (after,) = host.find()
    assert (after["serial"], after["address"] == before["address"]) == (before["serial"], False)
    host("claim")
    assert host.ask("Rsn") == "SN-1\0"


def test_the_mains_go_and_its_settings_with_them(where: Site) -> None:
    with plain(where) as host:
        assert host.ask("Pem;3") == "OK\0"
        where.hand("mains", MACHINE, on=False)
        with pytest.raises(UsbError) as raised:
            host.ask("Rsn")
        assert raised.value.errno == 19
        where.hand("mains", MACHINE, on=True)
        assert len(host.find()) == 1
        host("claim")
        assert host.ask("Rem") == "2;2\0"


def test_a_fault_of_another_family_cannot_befall_it(where: Site) -> None:
    with pytest.raises(Exception, match="film-out cannot befall it"):
        where.hand("fault", MACHINE, fault={"kind": "film-out"})
