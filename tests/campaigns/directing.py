"""A campaign spread over several offices at a time, each a process of its own, and what came of all of them."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tests.campaigns.plan import Plan, write
from tests.campaigns.working import PARTS, Outcome, Report
from tests.rig.station import ROOT

Say = Callable[[str], None]

LOG = "campaign.log"

ENDS_WITH_US = ("setpriv", "--pdeathsig", "TERM")
"""Begins a command that is told to end when we do, however that comes."""


@dataclass(frozen=True)
class Ran:
    """One office's campaign: its plan, its folder, and its report; None if it broke down."""

    plan: Plan
    folder: Path
    report: Report | None

    @property
    def failed(self) -> bool:
        """Something does not hold, or the campaign itself broke down."""
        return self.report is None or bool(self.report.violations)

    def violations(self) -> list[str]:
        """What does not hold."""
        if self.report is not None:
            return self.report.violations
        return [f"the campaign broke down: {(self.folder / LOG).read_text()[-1500:]}"]


def run_office(plan: Plan, folder: Path, factor: float, *, kept: bool = False) -> Ran:
    """Carry out one plan in an office of its own, below a folder that is made anew.

    With `kept`, the daemon is begun in a nursery.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    write(plan, folder / "plan.json")
    report = folder / "report.json"
    command = [
        *ENDS_WITH_US,
        ROOT / "script" / "campaign",
        "worker",
        "--plan",
        folder / "plan.json",
        "--dir",
        folder / "office",
    ]
    with (folder / LOG).open("wb") as log:
        options = ["--factor", str(factor), "--report", report, *(["--kept"] if kept else [])]
        subprocess.run([*command, *options], stdout=log, stderr=log, check=False, cwd=ROOT)
    read = msgspec.json.decode(report.read_bytes(), type=Report) if report.exists() else None
    return Ran(plan, folder, read)


def run_all(plans: Sequence[Plan], folder: Path, factor: float, say: Say, *, kept: bool = False) -> list[Ran]:
    """Carry out several plans side by side; folders of what went well are removed."""

    def one(numbered: tuple[int, Plan]) -> Ran:
        number, plan = numbered
        ran = run_office(plan, folder / f"office-{number}", factor, kept=kept)
        pulls = 0 if ran.report is None else len(ran.report.outcomes)
        say(f"office {number}: {pulls} pulls, {'FAILED' if ran.failed else 'all holds'}")
        if not ran.failed:
            shutil.rmtree(ran.folder)
        return ran

    with ThreadPoolExecutor(max(1, len(plans))) as offices:
        return list(offices.map(one, enumerate(plans, start=1)))


def shrink(ran: Ran, factor: float, say: Say) -> Ran:
    """Return the shortest failing run that is found: ever more of the pulls that led up to the failure."""
    failed_at = ran.report.failed_at if ran.report is not None else 0
    until = next((i for i, pull in enumerate(ran.plan.pulls, 1) if pull.number == failed_at), len(ran.plan.pulls))
    length = 1
    while length < until:
        plan = msgspec.structs.replace(ran.plan, pulls=ran.plan.pulls[until - length : until])
        again = run_office(plan, ran.folder.with_name(f"{ran.folder.name}-last-{length}"), factor)
        say(f"its last {length} of {until} pulls alone: {'FAILED too' if again.failed else 'all holds'}")
        if again.failed:
            return again
        shutil.rmtree(again.folder)
        length *= 3
    return ran


# --- the report -------------------------------------------------------------------------------------------------------


def summary(runs: Iterable[Ran], seconds: float) -> list[str]:
    """Return the report for people: the rate, and the share that settled without a person, by kind and by point."""
    reports = [ran.report for ran in runs if ran.report is not None]
    outcomes = [outcome for report in reports for outcome in report.outcomes]
    if not outcomes:
        return ["no pull was carried out"]
    restarts = sorted(second for report in reports for second in report.restarts)
    lines = [
        f"{len(outcomes)} pulls in {seconds:.0f} s: {60 * len(outcomes) / seconds:.1f} a minute",
        f"settled without a person: {_share(outcomes)}",
        _asking(outcomes),
    ]
    if restarts:
        lines.append(f"{len(restarts)} restarts, the middle one ready after {restarts[len(restarts) // 2]:.2f} s")
    parts = ", ".join(f"{part} {sum(o.spent[part] for o in outcomes) / len(outcomes):.1f} s" for part in PARTS)
    lines.append(f"a pull takes on average: {parts}")
    for title, key in (("by what was pulled", _kind), ("by point", _point)):
        lines.append(f"{title}:")
        names = sorted({key(outcome) for outcome in outcomes})
        lines += [f"  {name:<24} {_share([o for o in outcomes if key(o) == name])}" for name in names]
    for title, words in (
        ("attempts", [name.removeprefix("attempt-") for outcome in outcomes for name in outcome.ended]),
        ("what the lines said while they waited", [cause for outcome in outcomes for cause in outcome.causes]),
        ("what people did because a line asked for it", [act for outcome in outcomes for act in outcome.helped]),
    ):
        lines.append(f"{title}: {', '.join(f'{word} {n}' for word, n in Counter(words).most_common()) or 'nothing'}")
    return lines


def as_data(runs: Iterable[Ran], seconds: float) -> dict[str, object]:
    """Return the report for programs."""
    runs = list(runs)
    outcomes = [outcome for ran in runs if ran.report for outcome in ran.report.outcomes]
    unasked = sum(outcome.unasked for outcome in outcomes)
    return {
        "seeds": [ran.plan.seed for ran in runs],
        "pulls": len(outcomes),
        "seconds": seconds,
        "pulls_per_minute": 60 * len(outcomes) / seconds if seconds else 0.0,
        "settled_alone": sum(alone(outcome) for outcome in outcomes),
        "asked": sum(outcome.asked for outcome in outcomes),
        "needed": sum(outcome.needed for outcome in outcomes) + unasked,
        "needed_not_asked": unasked,
        "restarts": [second for ran in runs if ran.report for second in ran.report.restarts],
        "alone_by_kind": _shares(outcomes, _kind),
        "alone_by_point": _shares(outcomes, _point),
        "violations": {ran.plan.seed: ran.violations() for ran in runs if ran.failed},
        "outcomes": outcomes,
    }


def alone(outcome: Outcome) -> bool:
    """Say whether a pull settled without a person."""
    return not outcome.asked and not outcome.helped


def _share(outcomes: Sequence[Outcome]) -> str:
    settled = sum(alone(outcome) for outcome in outcomes)
    return f"{settled:>4} of {len(outcomes):>4} ({100 * settled / len(outcomes):.0f} %)"


def _shares(outcomes: Sequence[Outcome], key: Callable[[Outcome], str]) -> dict[str, tuple[int, int]]:
    """Return, by kind or point, how many pulls settled without a person, of how many."""
    names = sorted({key(outcome) for outcome in outcomes})
    groups = {name: [outcome for outcome in outcomes if key(outcome) == name] for name in names}
    return {name: (sum(alone(outcome) for outcome in group), len(group)) for name, group in groups.items()}


def _asking(outcomes: Sequence[Outcome]) -> str:
    asked, needed = sum(o.asked for o in outcomes), sum(o.needed for o in outcomes)
    unasked = sum(o.unasked for o in outcomes)
    return (
        f"asked about a card: {asked}, needed: {needed + unasked}, needlessly: {asked - needed}, not asked: {unasked};"
        f" answered with a tap: {sum(o.tapped for o in outcomes)}"
    )


def _kind(outcome: Outcome) -> str:
    return outcome.kind


def _point(outcome: Outcome) -> str:
    return outcome.point if outcome.met else "point not reached"


class Stopwatch:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """How long ago that was."""
        return time.monotonic() - self._began
