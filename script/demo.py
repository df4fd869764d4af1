"""The main job on simulated devices: five cards from the registry to the shelf, and what can be shown of them."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.rig import day, evidence  # noqa: E402 - the checkout's own tests, which are not installed
from tests.rig.simulation import BIN, Simulation  # noqa: E402
from tests.rig.station import StationProcess  # noqa: E402
from tests.rig.truth import Findings  # noqa: E402

CARDS = 5
BLANKS = 20


def say(text: str = "") -> None:
    """Tell the person who runs this."""
    print(text, flush=True)  # noqa: T201 - a command that speaks to a person


def press(station: StationProcess, language: str, cards: int) -> None:
    """Order cards and show them being made, as an operator sees it."""
    order = ["print", "--next", str(cards), "--wait"]
    command = [BIN / "stationctl", "--socket", station.socket, "--lang", language, *order]
    subprocess.run(command, env=station.signed_in(), check=True)


def show(station: StationProcess, language: str, *arguments: str) -> None:
    """Show what a command says."""
    say(f"$ stationctl {' '.join(arguments)}")
    say(station.ctl("--lang", language, *arguments).rstrip())
    say()


def work(simulation: Simulation, station: StationProcess, language: str) -> None:
    """Do the day's work."""
    say(f"Blanks: {BLANKS} arrive, are entered, and go into the hopper.")
    day.receive_blanks(simulation, station, BLANKS)
    day.load_hopper(simulation, station, BLANKS)
    station.wait_until(lambda s: s.jobs.get("queued", 0) >= CARDS)
    show(station, language, "queue")
    say(f"An officer presses print for the next {CARDS}.")
    day.print_next(station, CARDS, lambda cards: press(station, language, cards))
    say()
    say("The officer looks at the cards, accepts them and puts them on the shelf.")
    day.accept_all(simulation, station)
    day.await_acknowledged(station)


def report(findings: Findings) -> bool:
    """Print what was compared; True if all of it agrees."""
    for what in findings.compared:
        say(f"  {'WRONG ' if any(wrong.startswith(what) for wrong in findings.wrong) else 'agrees'}  {what}")
    for wrong in findings.wrong:
        say(f"  WRONG   {wrong}")
    return not findings.wrong


def main() -> int:
    """Run the demo and return its exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dir", type=Path, default=ROOT / "demo-run", help="where everything is put (made anew)")
    parser.add_argument(
        "--factor", type=float, default=12.0, help="how many times faster the devices work than in life"
    )
    parser.add_argument(
        "--lang", choices=["id", "en"], default="en", help="language of stationctl; the demo itself speaks English"
    )
    parser.add_argument("--stay", action="store_true", help="leave everything running until Ctrl-C")
    options = parser.parse_args()
    began = time.monotonic()
    shutil.rmtree(options.dir, ignore_errors=True)

    say(f"The simulated world: cards, a Matica XID 8600 on USB, a reader, a registry; {options.factor:g} times life.")
    with Simulation(options.dir / "world", "ordinary", options.factor) as simulation:
        station = StationProcess(options.dir / "station", simulation, jobs=CARDS)
        say("The station: enrolled at the registry with a one-time code, then started.")
        station.enrol()
        with station:
            work(simulation, station, options.lang)
            show(station, options.lang, "blanks", "show")
            show(station, options.lang, "verify")
            say("What was compared:")
            good = report(evidence.gather(simulation, station, options.dir / "cards", CARDS))
            say()
            say(f"Where things lie, below {options.dir}:")
            for path, what in evidence.WHERE.items():
                say(f"  {path:<28} {what}")
            say()
            verdict = "All of it agrees." if good else "SOMETHING DOES NOT AGREE."
            say(f"{verdict} {CARDS} cards, {time.monotonic() - began:.0f} s.")
            if options.stay:
                stay(station, options.lang, options.dir / "world")
    return 0 if good else 1


def stay(station: StationProcess, language: str, world: Path) -> None:
    """Leave everything running until the person has seen enough."""
    say()
    say("Everything stays up until Ctrl-C. In another terminal:")
    say(f"  export STATIOND_SOCKET={station.socket} STATION_LANG={language}")
    say(f"  export STATIOND_TOKEN={station.badge.token()}")
    say(f"  {BIN / 'stationctl'} status")
    say("What a person does with hands, and what goes wrong (station-sim --help):")
    say(f"  {BIN / 'station-sim'} census --dir {world}")
    say(f"  {BIN / 'station-sim'} fault door-open --dir {world}")
    try:
        while True:
            time.sleep(1)
    except KeyboardInterrupt:
        say("Ending.")


if __name__ == "__main__":
    sys.exit(main())
