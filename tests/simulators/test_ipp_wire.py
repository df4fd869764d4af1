"""CUPS's own clients meet the simulated card printer: by IPP itself, and through a queue of a real cupsd."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.simulators.conftest import Site, site
from tests.simulators.test_stage import running

MACHINE = "queue-1"


@pytest.fixture
def printer() -> Iterator[Site]:
    with site("ipp", [MACHINE], settings={"family": "ipp"}) as made:
        yield made


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """A card in portrait, red at its top and blue below."""
    picture = Image.new("RGB", (638, 1011), "red")
    picture.paste("blue", (0, 500, 638, 1011))
    picture.save(tmp_path / "card.png", dpi=(300, 300))
    return tmp_path / "card.png"


def ipptool(address: str, test: str, *more: str | Path) -> str:
    command = ["ipptool", "-tv", *more, address, test]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, timeout=120).stdout


def reasons(address: str) -> str:
    found = re.search(r"printer-state-reasons \([^)]*\) = (\S+)", ipptool(address, "get-printer-attributes.test"))
    assert found
    return found[1]


def until(condition: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def seen(printer: Site) -> Image.Image:
    until(lambda: printer.world.census().get(f"output/{MACHINE}"))
    (made,) = printer.world.census()[f"output/{MACHINE}"]
    (left,) = printer.world.card(made).prints
    return Image.open(io.BytesIO(printer.world.picture(left.picture)))


def lp(queue: str, file: Path, *options: str) -> None:
    found = re.fullmatch(r"ipp://(localhost:\d+)/printers/(\w+)", queue)
    assert found
    subprocess.run(["lp", "-h", found[1], "-d", found[2], *options, file], check=True, stdout=subprocess.DEVNULL)


def test_a_card_by_ipp_itself(printer: Site, card: Path) -> None:
    address = printer.told["machines"][MACHINE]
    assert "[PASS]" in ipptool(address, "print-job.test", "-f", card)
    picture = seen(printer)
    assert picture.size == (1011, 638)
    assert picture.getpixel((1000, 300)) == (255, 0, 0), "its top is to the right, as it was turned"
    until(lambda: "marker-levels (integer) = 99" in ipptool(address, "get-printer-attributes.test"))
    assert "image/png" in ipptool(address, "get-printer-attributes.test")


def test_a_card_through_the_queue(printer: Site, card: Path) -> None:
    queue = printer.told["queues"][MACHINE]
    document = card.with_suffix(".pdf")
    Image.open(card).save(document, resolution=300)  # so that its filters have to make raster of it
    lp(queue, document, "-o", "print-scaling=fill")
    picture = seen(printer)
    assert abs(picture.width - 1011) <= 1
    red, green, blue = picture.getpixel((900, 300))  # type: ignore[misc]
    assert (red > 200, green < 60, blue < 60) == (True, True, True)
    until(lambda: reasons(queue) == "none")


def test_an_empty_hopper_is_seen_on_both_sides(printer: Site, card: Path) -> None:
    address, queue = printer.told["machines"][MACHINE], printer.told["queues"][MACHINE]
    printer.world.move_next(f"hopper/{MACHINE}", "store", 10)
    lp(queue, card)
    until(lambda: "media-empty" in reasons(address))
    until(lambda: "media-empty" in reasons(queue))
    printer.world.move_next("store", f"hopper/{MACHINE}", 1)
    assert seen(printer).size == (1011, 638)
    until(lambda: reasons(address) == "none")


def test_a_cancelled_job_does_not_print_on_the_next_card(printer: Site, card: Path) -> None:
    address, queue = printer.told["machines"][MACHINE], printer.told["queues"][MACHINE]
    printer.hand("door", machine=MACHINE, closed=False)
    lp(queue, card)
    until(lambda: "cover-open" in reasons(address))
    subprocess.run(["cancel", "-h", queue.split("/")[2], "-a"], check=True)
    until(lambda: "printer-state (enum) = idle" in ipptool(address, "get-printer-attributes.test"))
    printer.hand("door", machine=MACHINE, closed=True)
    assert "[PASS]" in ipptool(address, "print-job.test", "-f", card)
    assert seen(printer).size == (1011, 638)
    assert len(printer.world.census()[f"hopper/{MACHINE}"]) == 9, "only the second took a card"


def test_the_network_cable(printer: Site, card: Path) -> None:
    address = printer.told["machines"][MACHINE]
    printer.hand("unplug", machine=MACHINE)
    assert (
        "Unable to connect"
        in subprocess.run(
            ["ipptool", "-t", address, "get-printer-attributes.test"], capture_output=True, text=True, check=False
        ).stderr
    )
    printer.hand("replug", machine=MACHINE)
    until(lambda: "[PASS]" in ipptool(address, "print-job.test", "-f", card))
    assert seen(printer).size == (1011, 638)


def test_a_day_with_a_queue_and_nothing_left_behind() -> None:
    with tempfile.TemporaryDirectory(prefix="stage-") as folder:
        with running(Path(folder), "ipp") as day:
            machine = day.facts["machines"][MACHINE]
            assert re.fullmatch(r"ipp://localhost:\d+/ipp/print", machine["address"])
            assert re.fullmatch(r"ipp://localhost:\d+/printers/cards", machine["queue"])
            assert machine["wire"] == "ipp"
            programs = processes_in(folder)
            assert any("ippeveprinter" in program for program in programs)
            day.sim("receive", "20")
            day.sim("load", "--machine", MACHINE, "5")
            assert '"code": "none"' in day.sim("state", "--machine", MACHINE)
        until(lambda: not processes_in(folder))


def processes_in(folder: str) -> list[str]:
    """Command lines of processes that name a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            command = process.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if f"{folder}/ipp-" in command:
                found.append(command)
    return found
