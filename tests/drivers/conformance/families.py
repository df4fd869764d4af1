"""The simulated machines that drivers are held to their promises at, and what can be held where."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Collection, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from tests.rig import nursery
from tests.rig.simulation import Simulation

SCENARIO: Final = Path(__file__).with_name("machines.toml")
FACTOR: Final = 50.0
PATIENCE: Final = 240.0
"""Seconds for all promises at one machine, on a machine that has other work."""

# Beside each other where they share no bus: what takes time is waiting. Only the first lane has one.
LANES: Final = (
    {"matica-usb": "matica_xid", "evolis-usb": "evolis", "magicard-usb": "magicard"},
    {"matica-tcp": "matica_xid", "evolis-pty": "evolis", "queue-ipp": "ipp"},
)
MACHINES: Final = tuple(machine for lane in LANES for machine in lane)

# What a simulated machine or its wire cannot show, by machine. Everything else is checked.
NO_FILM: Final = frozenset({"told-film-out"})
UNCHECKED: Final[dict[str, frozenset[str]]] = {
    "matica-usb": frozenset({"told-reject-full", "told-output-full", "told-cleaning-due"}),
    "matica-tcp": frozenset(
        {
            *("told-reject-full", "told-output-full", "told-cleaning-due"),
            *("find-lists", "back-after-another-port", "engage-shows-the-card", "released-shows-none"),
            "held-by-another",
        }
    ),
    "evolis-usb": NO_FILM,
    "evolis-pty": NO_FILM | {"find-lists", "back-after-another-port", "engage-shows-the-card", "released-shows-none"},
    "magicard-usb": NO_FILM
    | {"cleaning-needs-an-empty-machine", "counts-its-kind", "told-reject-full", "told-output-full"},
    "queue-ipp": NO_FILM
    | {
        *("works-after-a-lost-answer", "back-after-another-port", "held-by-another", "find-lists"),
        *("told-head-hot", "told-reject-full", "told-output-full", "told-cleaning-due"),
    },
}

# The short form: every promise at one machine at least, every family and wire with a few that its own wire can break,
# and whatever is said above not to be checked there. The whole kit is `script/campaign conformance`.
_BRIEFLY: Final = {
    "matica-usb": """no-success-by-half held-by-another find-lists back-after-another-port capabilities-fit
        engage-shows-the-card released-shows-none engage-needs-the-card-there move-holds film-of-no-session
        film-of-this-session cleared-film-is-gone film-is-used-once film-waits-for-its-image transfer-prints-once
        flip-turns flip-needs-a-card told-film-out""",
    "evolis-usb": """engage-shows-the-card back-after-replug identity-lasts cleaning-is-counted
        cleaning-needs-an-empty-machine""",
    "magicard-usb": """no-success-by-garbage no-success-by-last works-after-a-lost-answer works-after-trouble
        whole-card-prints-once nothing-left-waiting counts-for-life unplugged-is-told told-ribbon-out told-head-hot
        told-hopper-empty told-cleaning-due cleaning-is-counted""",
    "matica-tcp": """silence-leaves-doubt untouched-is-untouched deadline-of-questions deadline-of-acts feed-holds
        close-ends-a-call counts-its-kind counts-one-a-card feed-takes-one reject-puts-aside questions-move-nothing
        flip-holds told-jam told-feed-jam told-door-open place-after-reset address-read
        nobody-there""",
    "evolis-pty": """direct-prints-once direct-needs-a-card needs-a-card deliver-puts-out told-reject-full
        told-output-full""",
    "queue-ipp": """no-success-by-silence silence-leaves-doubt whole-card-prints-once find-disturbs-nothing
        waiting-is-told no-picture-in-words closed-stays-closed errors-say-where""",
}
SHORT: Final = {machine: UNCHECKED[machine] | set(names.split()) for machine, names in _BRIEFLY.items()}

Findings = list[dict[str, Any]]


class Holding(AbstractContextManager["Holding"]):
    """Drivers being held to their promises, lane beside lane; ask for what came of each machine by `findings`.

    Args:
        folder: where the simulation keeps everything.
        chosen: by machine the names of promises; empty for all that its driver makes.
    """

    def __init__(self, folder: Path, chosen: Mapping[str, Collection[str]]) -> None:
        self._simulation = Simulation(folder / "world", str(SCENARIO), FACTOR)
        self._no_bus = folder / "no-bus"
        self._chosen = chosen
        self._pool = ThreadPoolExecutor(len(LANES))
        self._awaited: dict[str, Future[Findings]] = {machine: Future() for machine in chosen}

    def __enter__(self) -> Self:
        self._simulation.__enter__()
        self._no_bus.mkdir(exist_ok=True)
        for lane in LANES:
            self._pool.submit(self._run, {machine: lane[machine] for machine in lane if machine in self._chosen})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown()
        self._simulation.__exit__(kind, error, trace)

    def findings(self, machine: str) -> Findings:
        """Wait for what came of the promises at one machine."""
        return self._awaited[machine].result()

    def _run(self, lane: Mapping[str, str]) -> None:
        for machine, family in lane.items():
            try:
                self._awaited[machine].set_result(self._held(machine, family))
            except BaseException as error:
                self._awaited[machine].set_exception(error)

    def _held(self, machine: str, family: str) -> Findings:
        """Run the kit beside the simulation, as a driver's user would find the machine."""
        facts = self._simulation.facts
        environment = {**os.environ, **facts["environment"]}
        if machine not in LANES[0]:  # or its driver's `find` would open its sisters that are under test
            environment["UMOCKDEV_DIR"] = str(self._no_bus)
        address = facts["machines"][machine]["address"]
        command = [sys.executable, "-m", "tests.drivers.conformance.held"]
        command += [str(self._simulation.folder / "simulators.json"), machine, family, address]
        done = nursery.run([*command, *sorted(self._chosen[machine])], environment, PATIENCE)
        if done.returncode:
            raise RuntimeError(f"{machine}: {done.stderr}")
        told: Findings = json.loads(done.stdout)
        return told


def named(findings: Findings, outcome: str) -> set[str]:
    """Return the names of the promises that this came of."""
    return {found["promise"] for found in findings if found["outcome"] == outcome}


def faults(machine: str, findings: Findings) -> list[str]:
    """Return what is wrong: promises that failed, and each that is not checked, or is, against what is said above."""
    wrong = [f"{found['promise']}: {found['evidence']}" for found in findings if found["outcome"] == "failed"]
    unchecked = named(findings, "not checked")
    expected = UNCHECKED[machine] & {found["promise"] for found in findings}
    wrong += [f"{name}: was not checked" for name in sorted(unchecked - expected)]
    wrong += [f"{name}: is checked by now" for name in sorted(expected - unchecked)]
    return wrong if named(findings, "passed") else [*wrong, "no promise was kept"]
