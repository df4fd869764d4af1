"""From a card's picture to a Magicard's job: ours, and Gutenprint's filter, which is written in C.

Both separate the same RGB picture into yellow, magenta and cyan at 300 dpi and lay the planes out for a Magicard, each
as a process of its own that print daemons would start. The station does it in its own process, which runs anyway.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec
from PIL import Image, ImageChops

from drivers.magicard import planes
from drivers.printer import Panel, Raster
from simulators.registry.citizens import Population
from stationd import artwork
from stationd.artwork.layout import load
from stationd.model.card import CardData
from tests.bench import card_to_job
from tests.bench.figures import Aim, Figure, Series
from tests.rig.station import ROOT

PAIRS = 15
CUPS = Path("/usr/lib/cups")
FILTER = CUPS / "filter" / "rastertogutenprint.5.3"
DRIVER = "gutenprint.5.3://magicard-tango-2e/expert"
OURS = [sys.executable, "-m", "tests.bench.card_to_job"]
NO_PAGE = b"3SaR"
"""The beginning of a raster, and no page after it."""

_DPI = 300


def measure(folder: Path) -> Iterator[Figure]:
    """Make the same card's job both ways, in turn."""
    folder.mkdir(parents=True, exist_ok=True)
    picture = drawn()
    (folder / "card.rgb").write_bytes(picture.tobytes())
    (folder / "nothing").write_bytes(b"")
    (folder / "no-page.ras").write_bytes(NO_PAGE)
    raster, ppd = _raster(folder, picture)
    environment = {**os.environ, "PPD": str(ppd)}
    theirs = [str(FILTER), "1", "bench", "card", "1", ""]
    took: dict[str, list[float]] = {name: [] for name in ("theirs", "their start", "ours", "our start", "within")}
    for turn in range(PAIRS + 1):
        seconds = {
            "theirs": spent([*theirs, str(raster)], folder / "nothing", folder / "theirs.job", environment),
            "ours": spent(OURS, folder / "card.rgb", folder / "ours.job", environment),
            "their start": spent(
                [*theirs, str(folder / "no-page.ras")], folder / "nothing", folder / "none", environment
            ),
            "our start": spent([*OURS, "ready"], folder / "nothing", folder / "none", environment),
            "within": _within(picture.tobytes()),
        }
        if turn:  # the first reads programs from the disk
            for name, value in seconds.items():
                took[name].append(1000 * value)
    theirs_, their_start, ours, our_start, within = (tuple(values) for values in took.values())
    what = "rastertogutenprint, the whole process"
    yield Figure(
        name=f"A card's picture to a Magicard's three planes, CPU time, {PAIRS} pairs: as the station does it",
        measured=Series("in the station's process", "ms", within),
        reference=Series(what, "ms", theirs_),
        aim=Aim("≤", 1.0, of_ratio=True),
        parts=(Series("rastertogutenprint's start, given no page", "ms", their_start),),
    )
    yield Figure(
        name="The same, ours as a process of its own, too",
        measured=Series("Python, started for this card", "ms", ours),
        reference=Series(what, "ms", theirs_),
        aim=Aim("≤", 1.0, of_ratio=True),
        parts=(Series("of which Python and its imports", "ms", our_start),),
    )


def drawn() -> Image.Image:
    """A synthetic citizen's card as light on a screen."""
    layout = load(ROOT / "config" / "layouts" / "ktp-el.toml")
    person = Population("bench", date(2025, 1, 1)).citizen(0)
    size = planes.WIDTH, planes.HEIGHT
    raster = Raster(*size, _DPI, frozenset({Panel.CYAN, Panel.MAGENTA, Panel.YELLOW, Panel.BLACK}))
    front = artwork.compose(layout, msgspec.convert(person.card, CardData), person.photo, person.signature, _DPI)
    ink = {panel: Image.frombytes("L", size, data) for panel, data in artwork.panels(front, raster).panels.items()}
    light = (
        ImageChops.invert(ImageChops.lighter(ink[dye], ink[Panel.BLACK]))
        for dye in (Panel.CYAN, Panel.MAGENTA, Panel.YELLOW)
    )
    return Image.merge("RGB", tuple(light))


def spent(command: list[str], source: Path, target: Path, environment: dict[str, str]) -> float:
    """Run a filter; returns the CPU time of its process in seconds."""
    with source.open("rb") as given, target.open("wb") as made:
        process = subprocess.Popen(
            command, stdin=given, stdout=made, stderr=subprocess.DEVNULL, env=environment, cwd=ROOT
        )
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode and source.name != "nothing":
        raise RuntimeError(f"{command[0]} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime


def _within(picture: bytes) -> float:
    began = time.process_time()
    card_to_job.made(picture)
    return time.process_time() - began


def _raster(folder: Path, picture: Image.Image) -> tuple[Path, Path]:
    """The picture as print daemons hand it to a filter, and the printer's description."""
    if not FILTER.exists():
        raise RuntimeError("Gutenprint is not installed; script/setup installs it (package printer-driver-gutenprint)")
    ppd, png, raster = folder / "magicard.ppd", folder / "card.png", folder / "card.ras"
    ppd.write_bytes(_output(CUPS / "driver" / "gutenprint.5.3", "cat", DRIVER))
    picture.transpose(Image.Transpose.ROTATE_90).save(png, dpi=(_DPI, _DPI))
    kinds = ("-i", "image/png", "-m", "application/vnd.cups-raster")
    raster.write_bytes(_output("/usr/sbin/cupsfilter", "-p", ppd, *kinds, png))
    return raster, ppd


def _output(*command: str | Path) -> bytes:
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
