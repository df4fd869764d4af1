"""Whatever a station can name has its sentences, in both languages, with the same fields."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import string
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

import drivers
import stationd
from drivers.encoder import CardMute
from drivers.errors import DeviceError
from drivers.printer import PrinterFault, Reason
from stationd import words
from stationd.chip.errors import ChipError
from stationd.cli.__main__ import stationctl
from stationd.clock import Trust
from stationd.model.blank import Place
from stationd.model.declared_time import NoDeclaration
from stationd.model.field_events import ReportKind
from stationd.model.issuance import Step
from stationd.model.job import HoldCause, RefusalCause, Urgency
from stationd.model.job import Reason as JobReason
from stationd.model.mobile import Leg, NotAway, Wrong
from stationd.model.partner_list import ListFault, RowFault
from stationd.model.policy import Bar, Consent
from stationd.model.policy_tables import Addressee
from stationd.model.readiness import Lack
from stationd.model.reasons import (
    DropReason,
    FoundWhere,
    FrontReason,
    ReturnReason,
    SpoilReason,
    TransferReason,
    WithdrawReason,
)
from stationd.model.ruling import NotThis, Remedy
from stationd.model.settling import Explanation, Origin, State, Verdict
from stationd.model.shelf import Channel, Collector, Delivery, Shown
from stationd.press.notice import LineState
from stationd.press.trouble import cause_of
from stationd.registry.errors import LinkError
from stationd.registry.sealing import SealCause
from stationd.registry.slips import SlipCause
from stationd.station import Answer
from stationd.station.shelf_rows import CardState, TapFound
from stationd.store.rows import JobState
from stationd.words import LANGUAGES, Words, catalogue, choose, table

NAMES: dict[str, type[StrEnum]] = {
    "job-state": JobState,
    "line-state": LineState,
    "place": Place,
    "step": Step,
    "reason": JobReason,
    "urgent": Urgency,
    "trust": Trust,
    "answer": Answer,
    "answer-means": Answer,
    "spoil": SpoilReason,
    "return": ReturnReason,
    "withdraw": WithdrawReason,
    "transfer": TransferReason,
    "found-where": FoundWhere,
    "front": FrontReason,
    "drop": DropReason,
    "collector": Collector,
    "shown": Shown,
    "channel": Channel,
    "delivery": Delivery,
    "card-state": CardState,
    "tap-found": TapFound,
    "consent": Consent,
    "remedy": Remedy,
    "report-kind": ReportKind,
    "addressee": Addressee,
    "origin": Origin,
    "explanation": Explanation,
    "discrepancy-state": State,
    "leg": Leg,
    "row-fault": RowFault,
    "trip-off": Wrong,
}
"""The groups of names, and what each must name."""

CALLS_WITH_CAUSES = {"Refused": 1, "Cause": 0, "Trouble": 0, "TapFailed": 0}
"""Calls in the program that name a cause, and which argument it is."""

ROOT = Path(stationd.__file__).parent


def modules(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def kinds(base: type[Exception]) -> Iterator[type[Exception]]:
    for kind in base.__subclasses__():
        yield kind
        yield from kinds(kind)


def kebab(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


@cache
def spelled_causes() -> frozenset[str]:
    """Causes that the program spells out where it raises or reports them."""
    found = set()
    for source in ROOT.rglob("*.py"):
        module = ast.parse(source.read_text())
        for node in ast.walk(module):
            if isinstance(node, ast.Call):
                found |= set(_spelled(node))
        if source.parent.name == "press":
            found |= {word for node in module.body if isinstance(node, ast.Assign) for word in _named(node)}
    return frozenset(value for value in found if re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", value))


def _named(assign: ast.Assign) -> Iterator[str]:
    """Words that the press gives a name to, for its causes; the other thing it names is itself."""
    names = {target.id for target in assign.targets if isinstance(target, ast.Name)}
    if isinstance(assign.value, ast.Constant) and isinstance(assign.value.value, str) and names.isdisjoint({"ACTOR"}):
        yield assign.value.value


def _spelled(call: ast.Call) -> Iterator[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    position = CALLS_WITH_CAUSES.get(name)
    if position is not None and len(call.args) > position:
        yield from (c.value for c in ast.walk(call.args[position]) if isinstance(c, ast.Constant) and c.value)
    if name in {"JobHeld", "StationProblem", "StationAbsent"}:
        values = [*call.args[:1], *(keyword.value for keyword in call.keywords if keyword.arg == "cause")]
        yield from (v.value for v in values if isinstance(v, ast.Constant))


def device_causes() -> set[str]:
    list(modules(drivers))
    failures = {kebab(kind.__name__) for kind in kinds(DeviceError) if kind is not PrinterFault}
    return failures | {*Reason}


def chip_causes() -> set[str]:
    return {kebab(kind.__name__) for kind in kinds(ChipError) if kind.__name__ != "StepError"}


def problems_of_the_api() -> set[str]:
    source = (ROOT / "api" / "problems.py").read_text()
    return {cause for cause in re.findall(r"/problems/([a-z-]+)", source) if not cause.endswith("-")}


CAUSES: dict[str, Callable[[], Iterable[str]]] = {
    "an officer may not print": lambda: Bar,
    "a declared time is not taken": lambda: NoDeclaration,
    "a job is held": lambda: HoldCause,
    "a rule refuses a job": lambda: NotThis,
    "a station is not ready": lambda: Lack,
    "a mobile kit makes no card": lambda: NotAway,
    "a slip is not taken": lambda: SlipCause,
    "a partner's list cannot be read": lambda: ListFault,
    "a partner's list is not at the registry": lambda: ["list-waits", "list-refused"],
    "an officer may not approve": lambda: [Verdict.IS_REQUESTER, Verdict.NOT_SUPERVISOR],
    "a discrepancy is in another state": lambda: [f"discrepancy-is-{state}" for state in State],
    "a job is in another state": lambda: [f"job-is-{state}" for state in JobState],
    "the program spells it out": lambda: spelled_causes() - {"cause"},
    "a device fails": device_causes,
    "a chip is not encoded": chip_causes,
    "the registry fails": lambda: [kebab(kind.__name__) for kind in kinds(LinkError)],
    "the api answers a problem": problems_of_the_api,
    "the api's server refuses": lambda: ["http-403", "http-404", "http-405", "http-413"],
    "the client fails": lambda: ["station-absent", "station-silent", "socket-not-ours", "odd-answer"],
}


def test_both_languages_have_the_same_keys() -> None:
    assert catalogue("id").keys() == catalogue("en").keys()


def test_every_sentence_has_the_same_fields_in_both_languages_and_is_not_empty() -> None:
    catalogues = [catalogue(language) for language in LANGUAGES]
    for key in sorted(catalogue("id")):
        fields = [
            {field for _, field, _, _ in string.Formatter().parse(words[key]) if field is not None}
            for words in catalogues
        ]
        assert fields[0] == fields[1], key
        assert all(words[key].strip() for words in catalogues), key


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("group", NAMES)
def test_everything_with_a_name_has_one(group: str, language: str) -> None:
    missing = [code for code in NAMES[group] if code not in Words(language).codes(group)]
    assert not missing


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("why", CAUSES)
def test_every_cause_has_its_sentences(why: str, language: str) -> None:
    spoken = Words(language)
    causes = list(CAUSES[why]())
    assert causes
    unexplained = [cause for cause in causes if spoken.cause(cause).do == spoken.say("fallback.do")]
    assert not unexplained


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_is_not_taken_as_a_job_is_explained_as_that(language: str) -> None:
    explained = Words(language).codes("refusal")
    assert not [c for c in (*RefusalCause, *SealCause, "card-under-way") if f"{c}.what" not in explained]


def test_the_words_that_are_spelled_out_are_found() -> None:
    """If the program is rewritten so that causes are named in another way, the test above must follow."""
    assert {"no-such-job", "store-locked", "job-was-revoked", "spoils-in-a-row", "interrupted"} <= spelled_causes()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_cause_says_what_and_what_to_do_in_whole_sentences(language: str) -> None:
    for key, sentence in catalogue(language).items():
        if key.startswith(("cause.", "refusal.")) and not key.endswith(".command"):
            assert sentence[0].isupper() or sentence[0] == "{", key
            assert sentence[-1] == ".", key


def test_every_command_that_is_offered_exists() -> None:
    for key, command in catalogue("id").items():
        if key.endswith(".command") and command.startswith("stationctl "):
            assert command.split()[1] in stationctl.commands, key


def test_the_same_command_helps_in_both_languages() -> None:
    commands = {key for key in catalogue("id") if key.startswith("cause.") and key.endswith(".command")}
    differing = {key for key in commands if catalogue("id")[key] != catalogue("en")[key]}
    assert differing <= {"cause.no-station-keys.command"}  # a word of it is to be filled in


@given(st.text(), st.text(), st.sampled_from(LANGUAGES), st.sampled_from(["cause", "refusal"]))
def test_any_cause_can_be_said(code: str, subject: str, language: str, group: str) -> None:
    explained = Words(language).cause(code, subject, group=group)
    assert explained.code == code
    assert explained.do
    known = {key.split(".")[1] for key in catalogue(language) if key.startswith(("cause.", "refusal."))}
    assert code in known or (code or "?") in explained.what


@given(st.text(), st.text(), st.text(), st.sampled_from(LANGUAGES))
def test_any_hold_and_any_spoil_can_be_said(code: str, detail: str, job_id: str, language: str) -> None:
    spoken = Words(language)
    assert spoken.hold(code, detail, job_id).what
    assert spoken.hold("spoiled", detail, job_id).what.startswith(spoken.cause("spoiled").what)
    assert spoken.spoil(code)
    assert spoken.name("place", code) in (code, *(catalogue(language)[f"place.{place}"] for place in Place))


def test_what_spoiled_a_blank_is_said_with_the_hold() -> None:
    spoken = Words("en")
    assert spoken.hold("spoiled", "scratched", "j1").what == "Its blank was spoiled. Scratched."
    assert spoken.hold("spoiled", "media-jam", "j1").what.endswith("A card is stuck inside the printer.")
    assert "write the chip" in spoken.hold("unknown", "write", "j1").what
    assert spoken.hold("spoiled", "missing", "j1").command == "stationctl release j1"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_in_hand_that_the_machine_lost_is_accounted_for_before_the_job_is_released(language: str) -> None:
    held = Words(language).hold("spoiled", "card-not-found", "j1")
    assert "stationctl blanks count reject/LINE=N" in held.do
    assert held.do.endswith(Words(language).cause("spoiled").do)
    assert held.command == "stationctl release j1"


def test_one_code_may_mean_two_things() -> None:
    """What was sent is not understood; or a device's answer is."""
    spoken = Words("en")
    assert "sent" in spoken.cause("not-understood", group="refusal").what
    assert "device" in spoken.cause("not-understood").what


@pytest.mark.parametrize(
    ("option", "variable", "language"),
    [
        (None, None, "id"),
        ("en", None, "en"),
        (None, "en_US.UTF-8", "en"),
        (None, "EN", "en"),
        ("id", "en", "id"),
        (None, "C", "id"),
        (None, "nl", "id"),
        ("fr", "en", "en"),
    ],
)
def test_the_language_is_the_options_then_the_environments_then_indonesian(
    option: str | None, variable: str | None, language: str
) -> None:
    assert choose(option, {} if variable is None else {words.VARIABLE: variable}) == language


def test_a_failure_is_named_as_the_press_names_it() -> None:
    """The names that this test derives from classes are those that the press writes into the book."""
    assert cause_of(CardMute("reader", "connect")).word == kebab("CardMute") == "card-mute"


def test_the_page_of_causes_is_the_catalogues() -> None:
    """If this fails: python -m stationd.words.table > docs/causes.md."""
    assert (ROOT.parent / "docs" / "causes.md").read_text(encoding="utf-8") == table.page()
