"""Notices that the registry gives: each goes off and arrives as its clock goes on, or fails as scripted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.registry import clerk
from simulators.registry.enquiries import notices, whereabouts
from simulators.registry.notifying import ACTS, DELIVERED_AFTER, SENT_AFTER, Fate, script_notices
from simulators.registry.state import Registry

STATION = "7316-01"
ASKED = 1_785_600_000


class Clock:
    now = float(ASKED)

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def registry(tmp_path: Path, clock: Clock) -> Iterator[Registry]:
    opened = Registry(tmp_path / "registry", seed="notified", clock=clock)
    clerk.code(opened, STATION)
    yield opened
    opened.close()


def asked(registry: Registry, channel: str = "registry") -> str:
    """A station has asked for two notices about a card."""
    (job_id,) = clerk.add_jobs(registry, STATION)
    with registry.database.transaction():
        for number in (1, 2):
            row = {"job_id": job_id, "number": number, "at": ASKED, "channel": channel, "delivery": "asked"}
            registry.database.set_notice(row)
    return str(job_id)


def told(registry: Registry, job_id: str) -> list[tuple[int, str, int]]:
    rows = notices(registry, STATION, [job_id])["notices"]
    job = registry.database.job(job_id)
    assert job is not None
    assert whereabouts(registry, citizen_ref=job["citizen_ref"])["notices"] == [
        {name: row[name] for name in ("number", "at", "channel", "delivery")} for row in rows
    ]
    return [(row["number"], row["delivery"], row["at"] - ASKED) for row in rows]


@pytest.mark.parametrize(
    ("fate", "sent", "later"),
    [
        (None, ("sent", SENT_AFTER), ("delivered", SENT_AFTER + DELIVERED_AFTER)),
        (Fate.FAIL, ("failed", SENT_AFTER), ("failed", SENT_AFTER)),
        (Fate.LOSE, ("sent", SENT_AFTER), ("sent", SENT_AFTER)),
        (Fate.FORGET, ("asked", 0), ("asked", 0)),
    ],
)
def test_a_notice_moves_by_itself_or_as_scripted(
    registry: Registry, clock: Clock, fate: Fate | None, sent: tuple[str, int], later: tuple[str, int]
) -> None:
    job_id = asked(registry)
    if fate is not None:
        ACTS["script-notices"](registry, fate.value, job_id=job_id, number=1)
    clock.now = ASKED + SENT_AFTER - 1
    assert told(registry, job_id) == [(1, "asked", 0), (2, "asked", 0)]
    clock.now += 1
    assert told(registry, job_id) == [(1, *sent), (2, "sent", SENT_AFTER)]
    clock.now += DELIVERED_AFTER - 1
    assert told(registry, job_id) == [(1, *sent), (2, "sent", SENT_AFTER)]
    registry.put_clock_forward(1)
    assert told(registry, job_id) == [(1, *later), (2, "delivered", SENT_AFTER + DELIVERED_AFTER)]


def test_what_a_station_has_put_down_goes_on_from_there_and_its_own_modem_is_its_own(
    registry: Registry, clock: Clock
) -> None:
    ours, theirs = asked(registry), asked(registry, "sms")
    with registry.database.transaction():
        row = {"job_id": ours, "number": 1, "at": ASKED + 900, "channel": "registry", "delivery": "sent"}
        registry.database.set_notice(row)
    clock.now = ASKED + 900 + DELIVERED_AFTER
    assert told(registry, ours)[0] == (1, "delivered", 900 + DELIVERED_AFTER)
    assert told(registry, theirs) == [(1, "asked", 0), (2, "asked", 0)]


def test_the_more_exact_script_counts_and_an_unknown_fate_is_none(registry: Registry, clock: Clock) -> None:
    one, other = asked(registry), asked(registry)
    script_notices(registry, "fail")
    script_notices(registry, "deliver", job_id=one)
    script_notices(registry, "forget", job_id=one, number=2)
    clock.now = ASKED + SENT_AFTER
    assert [delivery for _, delivery, _ in told(registry, one)] == ["sent", "asked"]
    assert [delivery for _, delivery, _ in told(registry, other)] == ["failed", "failed"]
    with pytest.raises(ValueError, match="perhaps"):
        script_notices(registry, "perhaps")
