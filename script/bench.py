"""Measure the station against its simulated world; docs/bench.md says what each figure means."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.bench import book, chip, drawing, idle, line, planes, press, restart, rules, telling, tray  # noqa: E402 - the checkout's own tests, which are not installed
from tests.bench.figures import Figure, as_json, text  # noqa: E402
from tests.bench.office import as_installed  # noqa: E402

Measure = Callable[[Path], Iterator[Figure]]


def measures(kept: Path, *, quick: bool) -> dict[str, Measure]:
    """Return what can be measured, by the name that `--only` takes, in the order in which it is done."""
    past_jobs = 5_000 if quick else restart.PAST

    def of_line(folder: Path) -> Iterator[Figure]:
        for make in line.MAKES:
            yield line.measure(folder / f"{make}-fast", make, 10, 8)
        for make in () if quick else line.MAKES:
            yield line.measure(folder / f"{make}-life", make, 1, 3)

    def of_chip(folder: Path) -> Iterator[Figure]:
        yield from chip.measure(folder, 3 if quick else chip.CARDS)

    def of_press(folder: Path) -> Iterator[Figure]:
        yield press.measure(folder)

    def of_drawing(_: Path) -> Iterator[Figure]:
        yield drawing.measure()

    def of_past(folder: Path) -> Iterator[Figure]:
        yield from restart.measure(folder, kept, past_jobs)

    return {
        "line": of_line,
        "chip": of_chip,
        "press": of_press,
        "drawing": of_drawing,
        "planes": planes.measure,
        "idle": idle.measure,
        "rules": lambda _: (*rules.measure(), telling.figure()),
        "book": book.measure,
        "past": of_past,
        "tray": tray.measure,
    }


def say(words: str = "") -> None:
    """Tell the person who runs this."""
    print(words, flush=True)  # noqa: T201 - a command that speaks to a person


def main() -> int:
    """Measure, tell, and return 0: a figure is for people to judge, not a test."""
    known = measures(ROOT, quick=False)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dir", type=Path, default=ROOT / "bench-run", help="where everything is put (made anew)")
    parser.add_argument("--past", type=Path, default=ROOT / "bench-past", help="where books with a long past are kept")
    parser.add_argument("--only", action="append", choices=list(known), help="measure only this; may be repeated")
    parser.add_argument("--quick", action="store_true", help="no run at life's own speed, and a shorter past")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    options = parser.parse_args()
    shutil.rmtree(options.dir, ignore_errors=True)
    as_installed(options.dir)
    figures: list[Figure] = []
    for name, measure in measures(options.past, quick=options.quick).items():
        if options.only and name not in options.only:
            continue
        began = time.monotonic()
        for figure in measure(options.dir / name):
            figures.append(figure)
            say(text(figure))
        say(f"  ({name}: {time.monotonic() - began:.0f} s)\n")
    if options.json:
        options.json.write_text(json.dumps(as_json(figures), indent=2, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
