"""How an attempt goes on, or ends, when a device does and does not do what it is asked."""

from __future__ import annotations

import gc
import json
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.encoder import CardMute
from drivers.errors import DeviceError
from drivers.printer import Image, PrinterFault, Reason
from simulators.devices.chip_iso7816 import CHIPS, Iso7816Chip
from stationd.chip.profile_file import load
from stationd.model import events, issuance
from stationd.model.blank import Account, Movement, Place
from stationd.press.begun_with import bound, keep
from stationd.press.inline import RetransferBench
from stationd.press.making import End, Making
from stationd.press.prepare import Prepared
from stationd.press.trouble import Cause
from stationd.store.rows import JobState
from stationd.store.verify import verify
from tests.press.fakes import FakeEncoder, FakePrinter, condition, declined, vanished
from tests.rig.truth import balances, chip_content
from tests.store.memory_keys import MemoryKeys
from tests.store.test_store import HOPPER, open_store

RETRANSFER = (issuance.INLINE_BESIDE, issuance.INLINE_IN_TURN)
PROFILE = load((Path(__file__).parents[2] / "config/profiles/lab-iso7816.toml").read_text())
OBJECTS = {name: bytes([number + 1]) * 300 for number, name in enumerate(PROFILE.objects)}


class Works:
    """One line's things: a store with blanks and an ordered job, a fake printer, its fake reader."""

    def __init__(self, folder: Path) -> None:
        self.keys = MemoryKeys()
        self.store = open_store(folder, self.keys)
        self.store._db.execute("PRAGMA synchronous=OFF")  # the mains stay on
        self.printer = FakePrinter()
        self.encoder = FakeEncoder(self.printer)
        self.gate_closed: list[Cause] = []
        self.gate_ends = False
        received = Movement(Account(Place.SUPPLY), HOPPER, 10)
        self.store.record("officer", events.HopperLoaded(line="line-1", count=10, moves=(received,)))
        self.store.record(
            "registry",
            events.JobArrived(
                job_id="j1",
                citizen_ref="citizen-1",
                issue_no=1,
                epoch=1,
                start_before=9,
                reason="first",
                urgent=None,
                layout="ktp-el",
                profile="lab-iso7816",
                policy_version=1,
                sealed_digest="00",
            ),
            events.PrintOrdered(job_id="j1"),
        )

    def close(self, cause: Cause) -> bool:
        self.gate_closed.append(cause)
        return not self.gate_ends

    def open(self) -> None:
        pass

    def make(self, route: issuance.Route = issuance.INLINE_BESIDE, attempt_id: str = "a1") -> Making:
        bench = RetransferBench(self.printer, route, self.encoder)
        reservation = events.AttemptReserved(
            attempt_id=attempt_id,
            job_id="j1",
            line="line-1",
            route=route.name,
            stock="wni",
            batch="B1",
            printer=bench.machine,
            session=bench.session,
        )
        with self.store.write("press") as transaction:
            keep(transaction, PROFILE)
            transaction.record(reservation := bound(reservation, PROFILE))
        prepared = Prepared("j1", Image(1, 1, {}), PROFILE, OBJECTS)
        return Making(self.store, bench, issuance.start(reservation), prepared, self, lambda: None)

    def state(self) -> tuple[JobState, str]:
        with self.store.read() as view:
            job = view.job("j1")
        assert job is not None
        return job.state, job.cause

    def place(self, place: Place) -> int:
        with self.store.read() as view:
            return sum(n for account, n in view.balances().items() if account.place is place)

    def steps(self, kind: str) -> list[str]:
        with self.store.read() as view:
            entries = [json.loads(text) for text in view.texts(0, 1000)]
        return [entry["step"] for entry in entries if entry["type"] == kind]

    def types(self) -> list[str]:
        with self.store.read() as view:
            return [json.loads(text)["type"] for text in view.texts(0, 1000)]


@pytest.fixture
def works(tmp_path: Path) -> Iterator[Works]:
    works = Works(tmp_path)
    yield works
    assert verify(works.store.path, works.keys).passed
    works.store.close()


def is_live(chip: Iso7816Chip) -> bool:
    return chip_content(chip.state())[0] == "5"


@pytest.mark.parametrize("route", RETRANSFER, ids=lambda route: route.name)
def test_a_card_is_made(works: Works, route: issuance.Route) -> None:
    assert works.make(route).run() is End.DELIVERED
    assert works.state() == (JobState.DELIVERED, "")
    assert (works.place(Place.HOPPER), works.place(Place.OUTPUT)) == (9, 1)
    (chip,) = works.printer.output
    assert is_live(chip)
    assert set(OBJECTS.values()) <= set(chip_content(chip.state())[1].values())


def test_what_was_opened_is_gone_with_the_attempt_and_waits_for_no_garbage_collector(works: Works) -> None:
    making = works.make()
    opened = weakref.ref(making._prepared)
    gc.disable()
    try:
        assert making.run() is End.DELIVERED
        del making
        assert opened() is None
    finally:
        gc.enable()


def test_film_and_chip_overlap_only_where_the_route_says_so(works: Works) -> None:
    works.make(issuance.INLINE_BESIDE).run()
    beside = works.types()
    assert beside.index("chip-object-written") < _position(works, "step-observed", "film")
    assert _position(works, "step-intended", "film") < beside.index("chip-object-written")


def _position(works: Works, kind: str, step: str) -> int:
    with works.store.read() as view:
        entries = [json.loads(text) for text in view.texts(0, 1000)]
    return next(i for i, e in enumerate(entries) if e["type"] == kind and e.get("step") == step)


def test_the_book_has_one_entry_for_an_object_however_many_commands_it_takes(works: Works) -> None:
    assert all(len(content) > 255 for content in OBJECTS.values()), "no one of them goes in one command"
    works.make().run()
    with works.store.read() as view:
        entries = [json.loads(text) for text in view.texts(0, 1000)]
    assert [entry["name"] for entry in entries if entry["type"] == "chip-object-written"] == list(OBJECTS)
    assert works.encoder.sent > 4 * len(OBJECTS)


def test_every_intent_is_on_the_disk_before_the_machine_is_asked(works: Works) -> None:
    seen: list[tuple[str, frozenset[issuance.Step]]] = []
    do = works.printer._do

    def look(call: str) -> None:
        with works.store.read() as view:
            seen.append((call, view.attempt("a1").open))
        do(call)

    works.printer._do = look  # type: ignore[method-assign]
    works.make().run()
    needed = {
        "feed": issuance.Step.FEED,
        "engage": None,
        "start_film": issuance.Step.FILM,
        "transfer": issuance.Step.TRANSFER,
        "deliver": issuance.Step.DELIVER,
    }
    asked = dict(seen)
    for call, step in needed.items():
        assert asked[call], f"{call} was asked with no intent open"
        assert step is None or step in asked[call]


def test_an_empty_hopper_gives_the_job_back_to_the_queue(works: Works) -> None:
    works.printer.trouble["feed"] = [declined(Reason.MEDIA_EMPTY)]
    making = works.make()
    assert making.run() is End.RELEASED
    assert making.cause is not None
    assert making.cause.word == "media-empty"
    assert works.state() == (JobState.ORDERED, "")
    assert (works.place(Place.HOPPER), works.place(Place.IN_QUESTION)) == (10, 0)


@pytest.mark.parametrize("call", ["start_film", "transfer", "deliver"])
def test_what_a_machine_declines_is_asked_again_when_its_cause_is_gone(works: Works, call: str) -> None:
    works.printer.trouble[call] = [declined(Reason.OVERHEATED), declined(Reason.COVER_OPEN)]
    assert works.make().run() is End.DELIVERED
    assert [cause.word for cause in works.gate_closed] == ["overheated", "cover-open"]
    assert works.printer.calls.count(call) == 3
    assert len(works.printer.output) == 1


@pytest.mark.parametrize("call", ["feed", "start_film", "await_film", "transfer", "deliver"])
def test_silence_is_never_taken_for_an_answer(works: Works, call: str) -> None:
    works.printer.trouble[call] = [vanished()]
    assert works.make().run() is End.INTERRUPTED
    assert works.state() == (JobState.PRINTING, "")
    assert works.printer.calls.count(call) == 1, "a lost answer is no licence to ask again"
    with works.store.read() as view:
        (attempt,) = view.attempts_inside()
    assert attempt.open


def test_a_jam_is_looked_into(works: Works) -> None:
    works.printer.trouble["transfer"] = [PrinterFault("fake", "transfer", condition(Reason.MEDIA_JAM))]
    making = works.make()
    assert making.run() is End.INTERRUPTED
    assert making.cause is not None
    assert making.cause.word == "media-jam"


def written_before() -> Iso7816Chip:
    """A chip that another attempt has used."""
    used = CHIPS.blank("04FFEEDDCCBBAA", "wni").state()
    used["memory"]["life_cycle"] = 4
    return CHIPS.restore(used)


def test_a_dead_chip_goes_to_the_reject_bin(works: Works) -> None:
    works.encoder.blind = True
    assert works.make().run() is End.SPOILED
    assert len(works.printer.rejected) == 1


def test_another_card_on_the_reader_stops_the_line_before_anything_is_written(works: Works) -> None:
    works.encoder.foreign_card = True
    works.gate_ends = True
    assert works.make().run() is End.LEFT
    assert works.encoder.sent == 0
    assert works.gate_closed[0].word == "wrong-device"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(1, 90))
def test_an_answer_lost_at_any_command_never_makes_a_live_card_unseen(
    tmp_path_factory: pytest.TempPathFactory, at: int
) -> None:
    works = Works(tmp_path_factory.mktemp("lost"))
    try:
        works.encoder.trouble[at] = CardMute("fake", "transmit")
        making = works.make()
        end = making.run()
        live = [chip for chip in [*works.printer.output, *works.printer.rejected] if is_live(chip)]
        if end is End.DELIVERED:
            assert len(live) == 1
            assert works.encoder.sent < at
        else:
            assert len(live) == 0 or making.attempt.may_be_live
            assert works.state()[0] in {JobState.HELD, JobState.PRINTING}
        assert verify(works.store.path, works.keys).passed
    finally:
        works.store.close()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    troubles=st.dictionaries(
        st.sampled_from(
            ["feed", "engage", "start_film", "await_film", "release", "transfer", "move", "deliver", "reject"]
        ),
        st.sampled_from(["declined", "jam", "vanished"]),
        max_size=3,
    )
)
def test_whatever_fails_the_blanks_add_up_and_the_book_replays(
    tmp_path_factory: pytest.TempPathFactory, troubles: dict[str, str]
) -> None:
    works = Works(tmp_path_factory.mktemp("any"))
    errors: dict[str, DeviceError] = {
        "declined": declined(Reason.BUSY),
        "jam": PrinterFault("fake", "x", condition(Reason.MEDIA_JAM)),
        "vanished": vanished(),
    }
    try:
        works.printer.trouble = {call: [errors[kind]] for call, kind in troubles.items()}
        end = works.make().run()
        inside = works.place(Place.MACHINE) + works.place(Place.IN_QUESTION)
        out = works.place(Place.OUTPUT) + works.place(Place.REJECT)
        assert works.place(Place.HOPPER) + inside + out == 10
        assert works.place(Place.OUTPUT) == len(works.printer.output)
        if end is End.DELIVERED:
            assert is_live(works.printer.output[0])
        with works.store.read() as view:
            entries = [json.loads(text) for text in view.texts(0, 1000)]
        assert sum(balances(entries).values()) == 0
        assert verify(works.store.path, works.keys).passed
    finally:
        works.store.close()


@pytest.mark.parametrize("moment", range(1, 40))
def test_a_job_revoked_at_any_moment_ends_without_a_card_for_anybody(works: Works, moment: int) -> None:
    """Untouched, the blank comes out as it is; touched, the card is rejected; out already, an officer is told."""
    now = works.printer.now
    count = now.moment

    def revoking() -> None:
        count()
        if now.moments == moment:
            works.store.record("registry", events.JobRevoked(job_id="j1"))

    now.moment = revoking  # type: ignore[method-assign]
    end = works.make().run()
    if moment > now.moments:
        assert end is End.DELIVERED, "nothing was revoked while it was made"
        return
    with works.store.read() as view:
        job = view.job("j1")
    assert job is not None
    assert job.revoked
    if end is End.DELIVERED:
        assert job.state is JobState.DELIVERED, "an officer has it, and is told"
        return
    assert end is End.RECALLED
    assert job.state is JobState.REVOKED
    assert works.place(Place.MACHINE) == works.place(Place.IN_QUESTION) == 0
    untouched = "identify" not in works.steps("step-intended")
    assert [len(works.printer.output), len(works.printer.rejected)] == ([1, 0] if untouched else [0, 1])
    assert [works.place(Place.OUTPUT), works.place(Place.REJECT)] == ([1, 0] if untouched else [0, 1])


def test_a_job_revoked_before_its_blank_is_fed_leaves_it_in_the_hopper(works: Works) -> None:
    making = works.make()
    works.store.record("registry", events.JobRevoked(job_id="j1"))
    assert making.run() is End.RECALLED
    assert works.state() == (JobState.REVOKED, "")
    assert works.place(Place.HOPPER) == 10
    assert not works.printer.calls


def test_a_revoked_blank_that_waits_untouched_for_its_reader_comes_out_whole(works: Works) -> None:
    making = works.make()
    works.encoder.gone = True
    close = works.close

    def revoked_meanwhile(cause: Cause) -> bool:
        works.store.record("registry", events.JobRevoked(job_id="j1"))
        return close(cause)

    works.close = revoked_meanwhile  # type: ignore[method-assign]
    assert making.run() is End.RECALLED
    assert works.state() == (JobState.REVOKED, "")
    (chip,) = works.printer.output
    assert not is_live(chip)
    assert works.place(Place.OUTPUT) == 1
