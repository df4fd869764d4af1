"""One line at work on chips that something befalls: the station's line, book, chip engine and reader driver.

The reader is pcscd's virtual one, with its SAM beside it, and the chip the simulated world's. There is no daemon, no
registry, and no printer but one that moves cards.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from drivers.catalog import Catalog, PrinterDriver
from drivers.catalog import load as installed
from drivers.printer import Image
from simulators.world_client import WorldClient
from stationd.chip.channels import Channels
from stationd.chip.keys import LabKeys
from stationd.chip.profile import Profile
from stationd.chip.profile_file import load
from stationd.model import events
from stationd.model.blank import Account, Movement, Place
from stationd.press import line as line_module
from stationd.press.desk_reader import DeskReader
from stationd.press.line import Line
from stationd.press.notice import LineState
from stationd.press.opening import Opening
from stationd.press.prepare import Prepared
from stationd.settings import DeviceSettings, LineSettings, ReaderSettings
from stationd.store.chronicle import Stamp
from stationd.store.rows import JobRow, JobState
from stationd.store.store import Store
from stationd.store.verify import verify
from stationd.structs import prepare_structs
from tests.campaigns.chip_faults import FAULTS, RESUMED, SPOILED, UNFIT, VERIFIED, Ended, Shift
from tests.campaigns.chip_machine import BareMachine
from tests.rig.chips import CHIPS, Chips
from tests.rig.truth import PROFILES, accounts, chip_content, files_of_profile
from tests.store.memory_keys import MemoryKeys

LINE = "line-1"
BATCH = "B-1"
LIVE = "5"
PATIENCE = 60.0
LOOK = 0.1
ANSWER = 2.0
"""Seconds for which a chip is waited for, whose time is a hundredth of life's here."""

SIZES = {"biodata": 40, "photo": 300, "signature": 1, "finger_left": 9, "finger_right": 9}
"""As few commands as show every kind of them: one object of two blocks is enough."""

WRITES = frozenset({"e0", "d6", "e2"})
LOCKS = frozenset({"04", "f0"})
READ = "b0"


def quicken() -> None:
    """Let lines look again at once at what was in their way, and make ready for several, as a daemon does."""
    prepare_structs()
    line_module.IDLE, line_module.POLL = 0.1, 0.05


class Works:
    """One line, its book and its machine, for one profile.

    Args:
        folder: of the book.
        facts: of the running simulation.
        machine: the machine's name, and its reader's.
        chips: what is written, and where the keys are.
        sizes: of the data objects, in bytes.
        answer: seconds for which a chip is waited for, if not as the profile says.
    """

    def __init__(
        self,
        folder: Path,
        facts: Mapping[str, Any],
        machine: str,
        chips: Chips,
        sizes: Mapping[str, int] = SIZES,
        answer: float | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._machine = machine
        self._chips = chips
        self._sizes = sizes
        reader = facts["readers"][machine]
        self._log = Path(reader["busy_log"])
        profile = load((PROFILES / f"{chips.profile}.toml").read_text())
        limits = replace(profile.limits, answer_seconds=answer or profile.limits.answer_seconds)
        self.profile: Profile = replace(profile, limits=limits)
        self._channels = Channels(LabKeys(Path(facts["chip_keys"])) if chips.keys else None)
        self.world = WorldClient(facts["world"])
        self.keys = MemoryKeys()
        self.store = Store(folder / "book.db", self.keys, "kec-chips", "inc-1", _now)
        bare = BareMachine(self.world, machine)
        catalog = Catalog({"bare": PrinterDriver("bare", lambda *_: bare, list, "")}, installed().encoders, {})
        sam = DeviceSettings("pcsc", reader["sam"]) if chips.sam else None
        settings = LineSettings(
            LINE, DeviceSettings("bare", machine), ReaderSettings(reader["kind"], reader["address"], sam)
        )
        self.line = Line(
            settings, Opening(catalog, DeskReader(None, catalog)), self.store, self._prepare, lambda _: None
        )
        self.line.start()

    def close(self) -> None:
        """End the line and clear its machine for the next one."""
        self.line.stop()
        self.line.join(PATIENCE)
        for place, cards in self.world.census().items():
            for card in cards if place.endswith(f"/{self._machine}") and not place.startswith("sam/") else ():
                self.world.move(card, "floor")
        self.world.close()
        self.store.close()

    def make(self, number: int, fault: str = "", at: int = 0) -> Ended:
        """Order one card, let something befall its chip, and say how it ended."""
        job = f"j{number}"
        (card,) = self.world.mint(1, chips=self._chips.kind)
        if fault:
            self.world.chip_faults(card, FAULTS[fault][1](at))
        self.world.move(card, f"hopper/{self._machine}")
        before, heard, blank = len(self.entries()), len(self.heard()), self._content(card)
        began = time.monotonic()
        self._order(job)
        ended = self._await_end(job, began, len(self._unfit()))
        entries = self.entries()[before:]
        found = [str(entry["cause"]) for entry in entries if entry["type"] == "blank-unfit"]
        if found:
            return Ended(at, UNFIT, found, violations=[*ended, *self._harmed(card, blank)], seconds=_since(began))
        violations = [*ended, *self._compare_blanks(), *self._judge(job, card, entries, self.heard()[heard:])]
        causes = [str(entry["cause"]) for entry in entries if entry["type"] in {"step-failed", "step-declined"}]
        end = RESUMED if any(entry["type"] == "attempt-resumed" for entry in entries) else VERIFIED
        if self._state(job) is not JobState.DELIVERED:
            end = SPOILED
            violations += [] if causes and _names_evidence(entries) else ["spoiled without evidence in the book"]
        self.line.resume()
        return Ended(at, end, causes, self._content(card)[0] == LIVE, violations, _since(began))

    def verified(self) -> list[str]:
        """Say what is wrong with the book as a whole."""
        return [] if verify(self.store.path, self.keys).passed else ["the book does not verify"]

    # --- work -------------------------------------------------------------------------------------------------------

    def _order(self, job: str) -> None:
        arrived = events.JobArrived(
            job_id=job,
            citizen_ref=f"citizen-{job}",
            issue_no=1,
            epoch=1,
            start_before=9,
            reason="first",
            urgent=None,
            layout="ktp-el",
            profile=self._chips.profile,
            policy_version=1,
            sealed_digest="00",
        )
        self._load()
        self.store.record("registry", arrived, events.PrintOrdered(job_id=job))
        self.line.wake()

    def _load(self) -> None:
        loaded = Movement(Account(Place.SUPPLY), Account(Place.HOPPER, LINE, batch=BATCH), 1)
        self.store.record("op-1", events.HopperLoaded(line=LINE, count=1, moves=(loaded,)))

    def _prepare(self, row: JobRow, *_: object) -> Prepared:
        return Prepared(row.job_id, Image(1, 1, {}), self.profile, objects_of(row.job_id, self._sizes), self._channels)

    def _await_end(self, job: str, began: float, unfit: int) -> list[str]:
        """Wait until a job's card is made or given up; for a blank that came out unfit it gets another, once."""
        while time.monotonic() < began + PATIENCE:
            if self.line.status.state is LineState.ASKING:
                return ["a person was asked, and the card is inside"]
            if self._state(job) in {JobState.DELIVERED, JobState.HELD}:
                return []
            if len(self._unfit()) > unfit:
                unfit += 1
                self.world.move(*self.world.mint(1, chips=self._chips.kind), f"hopper/{self._machine}")
                self._load()
                self.line.wake()
            time.sleep(LOOK)
        return [f"after {PATIENCE:.0f} s the line is still {self.line.status}"]

    def _state(self, job: str) -> JobState:
        with self.store.read() as view:
            row = view.job(job)
        return JobState.QUEUED if row is None else row.state

    # --- what came of it --------------------------------------------------------------------------------------------

    def entries(self) -> list[dict[str, Any]]:
        """Return all of the book."""
        with self.store.read() as view:
            return [json.loads(text) for text in view.texts(0, 100_000)]

    def heard(self) -> list[str]:
        """Return the instruction of each command that a chip in this reader has heard."""
        works = (json.loads(line)["what"] for line in self._log.read_text().splitlines()) if self._log.exists() else ()
        return [what.removeprefix("command ") for what in works if what not in {"command ca", "rest"}]

    def _unfit(self) -> list[dict[str, Any]]:
        return [entry for entry in self.entries() if entry["type"] == "blank-unfit"]

    def _harmed(self, card: str, blank: tuple[str, dict[int, bytes]]) -> Iterator[str]:
        """Hold an unfit blank against what it was."""
        if self._content(card) != blank:
            yield "unfit, and something was written to it"
        yield from self._compare_blanks()

    def _content(self, card: str) -> tuple[str, dict[int, bytes]]:
        state = self.world.chip_state(card)
        assert state is not None
        return chip_content(state)

    def _compare_blanks(self) -> Iterator[str]:
        """Hold the book's accounts against the world's piles."""
        said, found = accounts(self.entries()), self.world.census()
        for place in ("hopper", "machine", "output", "reject"):
            book, counted = said[place, LINE], len(found.get(f"{place}/{self._machine}", ()))
            if place == "output":
                book += said["unfit", LINE]  # they come out there
            if book != counted:
                yield f"{place}: {book} by the book, {counted} in the world"
        if any(entry["type"] == "discrepancy-found" for entry in self.entries()):
            yield "the machine's counter is said to differ"
        if said["in-question", LINE]:
            yield f"{said['in-question', LINE]} blanks in question"

    def _judge(self, job: str, card: str, entries: Sequence[Mapping[str, Any]], heard: Sequence[str]) -> Iterator[str]:
        """Hold a card that came out, or did not, against its chip."""
        life, files = self._content(card)
        if self._state(job) is not JobState.DELIVERED:
            if life == LIVE:
                yield "a live card that the book has as spoiled"
            return
        if life != LIVE:
            yield f"delivered, and its chip is in state {life}"
        where = files_of_profile(self._chips.profile)
        differ = [name for name, content in objects_of(job, self._sizes).items() if files.get(where[name]) != content]
        if differ:
            yield f"delivered, and its chip does not hold {', '.join(differ)}"
        identity = next((str(e["identity"]) for e in entries if e["type"] == "chip-identified"), "")
        if bytes.fromhex(identity) not in files.values():
            yield "delivered, and its chip has not the identity in the book"
        read = _reads_after_last_write(heard)
        if read < self._least_reads():
            yield f"delivered, and only {read} reads after the last write"

    def _least_reads(self) -> int:
        room = self.profile.room.answer
        return sum(-(-size // room) for size in self._sizes.values())


def _now() -> Stamp:
    return Stamp(time.time(), "trusted", "boot", time.monotonic())


def _since(began: float) -> float:
    return time.monotonic() - began


def objects_of(job: str, sizes: Mapping[str, int]) -> dict[str, bytes]:
    """Return a job's data objects: no two jobs' are alike."""
    number = int(job[1:])
    return {name: bytes((number + at) % 251 + 1 for at in range(size)) for name, size in sizes.items()}


def _reads_after_last_write(heard: Sequence[str]) -> int:
    """Count the reads between the last command that wrote an object and the first that locked after it."""
    last = max((place for place, ins in enumerate(heard) if ins in WRITES), default=-1)
    after = heard[last + 1 :]
    lock = next((place for place, ins in enumerate(after) if ins in LOCKS), len(after))
    return sum(ins == READ for ins in after[:lock])


def _names_evidence(entries: Sequence[Mapping[str, Any]]) -> bool:
    """Say whether the book names the step, the cause and the fate of a spoiled card."""
    failed = [entry for entry in entries if entry["type"] == "step-failed" and entry["step"] and entry["cause"]]
    spoiled = [entry for entry in entries if entry["type"] == "attempt-spoiled" and entry["cause"]]
    rejected = [e for e in entries if e["type"] == "step-observed" and e["step"] == "reject"]
    return bool(failed or any(e["type"] == "attempt-resumed" and e["condemned"] for e in entries)) and bool(
        spoiled and rejected
    )


def work(folder: Path, facts: Mapping[str, Any], machine: str, shift: Shift, each: int = 1) -> Shift:
    """Make a card for every command, or every so manieth, of a shift's profile, and note how each ended."""
    with closing(Works(folder, facts, machine, CHIPS[shift.profile], answer=ANSWER)) as line:
        line.store._db.execute("PRAGMA synchronous=OFF")  # nobody pulls the mains here
        before = len(line.heard())
        shift.ended.append(line.make(0))
        shift.commands = len(line.heard()) - before
        for number, at in enumerate(range(1, shift.commands + 1, each), start=1):
            if shift.ended[-1].violations:
                break
            shift.ended.append(line.make(number, shift.fault, at))
        shift.broken = "; ".join(line.verified())
    return shift
