"""The short form of the fuzz campaign, and that it finds what it is for."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from drivers.errors import NotUnderstood
from tests.campaigns.fuzzing import run
from tests.campaigns.fuzzing.campaign import PARSERS, choose
from tests.campaigns.fuzzing.parser import UNREADABLE, Parser
from tests.campaigns.fuzzing.run import fuzz

REPLIES = 20_000 // len(PARSERS)


@pytest.mark.parametrize("name", PARSERS)
def test_a_parser_survives_damaged_replies(name: str, record_property: Callable[[str, object], None]) -> None:
    report = fuzz(PARSERS[name], REPLIES, "test")
    record_property("fuzz", report.line())
    assert not report.findings, "\n".join(map(str, report.findings))
    assert report.replies == REPLIES == report.accepted + report.refused.total()
    assert report.accepted


@pytest.mark.parametrize("name", PARSERS)
def test_what_a_device_says_when_all_is_well_is_accepted(name: str) -> None:
    parser = PARSERS[name]
    assert parser.holds(parser.replies[0], parser.read(parser.replies[0]))


def test_a_seed_draws_the_same_replies() -> None:
    drawn: list[list[bytes]] = []
    for seed in ("a", "a", "b"):
        heard: list[bytes] = []
        fuzz(Parser("odd", (b"reply",), heard.append, (), lambda _reply, _told: True), 300, seed)
        drawn.append(heard)
    assert drawn[0] == drawn[1] != drawn[2]


def test_parsers_are_chosen_by_name_and_by_family() -> None:
    assert choose(()) == list(PARSERS.values())
    assert {parser.family for parser in choose(("ipp",))} == {"ipp"}
    assert [parser.name for parser in choose(("chip tlv",))] == ["chip tlv"]
    with pytest.raises(LookupError, match="no parser tlv"):
        choose(("tlv",))


def crashing(reply: bytes) -> int:
    return reply[2]


def hanging(reply: bytes) -> None:
    while len(reply) > 8:
        pass


def dawdling(reply: bytes) -> None:
    until = time.process_time() + (0.2 if len(reply) > 1000 else 0)
    while time.process_time() < until:
        pass


def greedy(reply: bytes) -> bool:
    return len(reply) > run.LARGE and not bytes(48 << 20)


def silent(reply: bytes) -> None:
    raise NotUnderstood("", "read", b"", "something")


def credulous(reply: bytes) -> bool:
    return b"OK" in reply


@pytest.mark.parametrize(
    ("read", "wrong"),
    [
        (crashing, "IndexError"),
        (hanging, "did not come back"),
        (dawdling, "it took 0."),
        (greedy, "it took 48 MiB"),
        (silent, "does not show what was refused"),
        (credulous, "read as True, which it does not say"),
    ],
)
def test_a_parser_that_does_not_survive_is_found(
    read: Callable[[bytes], object], wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What only dawdles has time enough not to be taken for what hangs, however slow this machine is today.
    for limit, value in (("HANG", 1.0 if read is hanging else 60.0), ("SECONDS", 0.05), ("MOST", 2)):
        monkeypatch.setattr(run, limit, value)
    parser = Parser("odd", (b"OK\r",), read, UNREADABLE, lambda reply, told: not told or reply == b"OK\r")
    report = fuzz(parser, 5000, "test")
    assert not report.survived
    assert wrong in str(report.findings[0])
    assert len(report.findings) <= run.MOST
