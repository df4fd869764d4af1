"""Gutenprint, which nobody here wrote, prints a card: its driver draws it, its backend finds the machine and sends."""

from __future__ import annotations

import io
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from tests.simulators.conftest import Site, site
from tests.simulators.test_magicard_usb import until

CUPS = Path("/usr/lib/cups")
BACKEND = CUPS / "backend/gutenprint53+usb"
DRIVER = "gutenprint.5.3://magicard-tango-2e/expert"
TANGO = {"family": "magicard", "model": "RioTango2D"}
PORTRAIT = (648, 1016)


@pytest.fixture
def tango() -> Iterator[Site]:
    with site("usb", ["magicard-1"], settings=TANGO) as made:
        yield made


def run(*command: str | Path, into: Path, **more: str) -> Path:
    with into.open("wb") as output:
        environment = {**os.environ, **more}
        subprocess.run(command, stdout=output, stderr=subprocess.DEVNULL, env=environment, check=True, timeout=60)
    return into


def drawn(folder: Path) -> Path:
    """A job of Gutenprint's, from a card in portrait: red at its top left, green at its top right, black in between."""
    card = Image.new("RGB", PORTRAIT, "white")
    brush = ImageDraw.Draw(card)
    brush.rectangle((0, 0, 200, 100), fill="red")
    brush.rectangle((500, 0, 647, 100), fill=(0, 255, 0))
    brush.rectangle((300, 400, 420, 520), fill="black")
    card.save(folder / "card.png", dpi=(300, 300))
    ppd = run(CUPS / "driver/gutenprint.5.3", "cat", DRIVER, into=folder / "tango.ppd")
    to_raster = ("-p", ppd, "-i", "image/png", "-m", "application/vnd.cups-raster", folder / "card.png")
    raster = run("/usr/sbin/cupsfilter", *to_raster, into=folder / "card.ras")
    draw = (CUPS / "filter/rastertogutenprint.5.3", "1", "tester", "card", "1", "", raster)
    return run(*draw, into=folder / "card.job", PPD=str(ppd))


def backend(where: Site, *arguments: str | Path, **more: str) -> str:
    ran = subprocess.run(
        [BACKEND, *arguments],
        env={**where.environment, **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,  # a question ends with a status of its own
        timeout=60,
    )
    return ran.stdout


def test_its_backend_finds_the_machine(tango: Site) -> None:
    assert "direct gutenprint53+usb://magicard-tango2e/SN-1 " in backend(tango)


def test_a_card_is_printed(tango: Site, tmp_path: Path) -> None:
    said = backend(
        tango, "1", "tester", "card", "1", "", drawn(tmp_path), DEVICE_URI="gutenprint53+usb://magicard-tango2e/SN-1"
    )
    assert "Print complete" in said
    until(lambda: tango.world.census().get("output/magicard-1"))
    (card,) = tango.world.census()["output/magicard-1"]
    (made,) = tango.world.card(card).prints
    picture = Image.open(io.BytesIO(tango.world.picture(made.picture)))
    assert made.source["panels"] == "cyan+magenta+yellow"
    # The card lies on its side, turned to the left, and is no mirror image.
    seen = [picture.getpixel(at) for at in ((20, 560), (20, 60), (460, 290), (960, 560))]
    assert seen == [(255, 0, 0), (0, 255, 0), (0, 0, 0), (255, 255, 255)]


def test_its_backend_reads_the_counters(tango: Site) -> None:
    said = backend(tango, "-s", BACKEND="magicard-tango2e")
    told = dict(line.removeprefix("INFO: ").split(":\t") for line in said.splitlines() if ":\t" in line)
    assert told["Printer Serial Number"] == "SN-1"
    assert told["Cards between Cleaning Prompts"] == "700"
    assert told["Panels Remaining"] == "300"
    assert told["USB PID"] == "1800"
