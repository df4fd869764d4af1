"""Beginning a new book in place of one that is lost, damaged or not to be trusted, without the daemon."""

from __future__ import annotations

import stationd.lean  # noqa: F401 - before aiohttp

# isort: split
import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from stationd.cli.console import Trouble
from stationd.cli.offline import keys_trouble, settings_of
from stationd.cli.registering import enrol_station, link_trouble
from stationd.clock import Clock
from stationd.model.blank import Account
from stationd.model.papers import PaperId, parse_id
from stationd.registry import predecessor, trusted_time
from stationd.registry.connection import Connection
from stationd.registry.errors import LinkError
from stationd.registry.sealing import SealRefused, Seals
from stationd.settings import Settings
from stationd.store.cabinet import Cabinet
from stationd.store.database import DatabaseUnusable, only_one
from stationd.store.keys import FileKeys, KeysError
from stationd.store.store import CommitFailed
from stationd.succession import Succession, opening, parse_account, replace_book, succession


@dataclass(frozen=True)
class Begun:
    """What came of it; `incarnation` is empty if counts are missing and nothing was changed."""

    incarnation: str
    report: dict[str, Any]


def begin(file: Path, code: str | None, ca: Path | None, counts: Sequence[str], papers: Sequence[str] = ()) -> Begun:
    """Begin a new book of the station that a settings file describes.

    Args:
        file: station.toml.
        code: a one-time code, if the station's keys were lost, too.
        ca: the registry's CA for enrolling, PEM.
        counts: `ACCOUNT=N`, as counted.
        papers: the last paper of a kind and year that somebody has, `daily-2026-7`: the registry may not know of it.

    Raises:
        Trouble: if it cannot be done. Nothing has been changed then, unless it says so.
    """
    settings = settings_of(file)
    counted = dict(map(_count, counts))
    told = list(map(_paper, papers))
    if code is not None:
        enrol_station(file, code, ca, again=True)
    try:
        with only_one(settings.book):
            return _begin(settings, counted, told)
    except KeysError as error:
        raise keys_trouble(error) from None
    except LinkError as error:
        raise link_trouble(error) from None
    except SealRefused as error:
        raise Trouble("odd-answer", "", str(error)) from None
    except (DatabaseUnusable, CommitFailed) as error:
        raise Trouble("database-unusable", str(error.path), error.why) from None
    except msgspec.DecodeError as error:
        raise Trouble("odd-answer", "", f"this program cannot read the old book: {error}") from None


def _begin(settings: Settings, counted: dict[Account, int], told: Sequence[PaperId]) -> Begun:
    keys = FileKeys(settings.keys)
    enrolment = keys.enrolment() if keys.ready else None
    if enrolment is None:
        raise Trouble("not-enrolled", settings.station.id, "give --registry-code, too")
    clock = Clock()
    seals = Seals(keys.sealing_private(), enrolment.signing_key)
    plan = asyncio.run(_ask(settings, keys, seals, clock))
    incarnation = ""
    aside: list[Path] = []
    if not plan.uncounted(counted):
        on_disk = Cabinet(settings.book.parent / "papers", keys).papers()
        happened = opening(plan, counted, [*told, *on_disk])
        incarnation, aside = replace_book(settings.book, keys, settings.station.id, clock.stamp, happened)
    report = _report(plan, counted) | {"incarnation": incarnation, "aside": [str(path) for path in aside]}
    if incarnation:
        path = settings.station.data / f"incarnation-{incarnation}.json"
        path.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2))
    return Begun(incarnation, report)


async def _ask(settings: Settings, keys: FileKeys, seals: Seals, clock: Clock) -> Succession:
    station = settings.station.id
    async with Connection(settings.registry.url, station, keys, clock.now) as connection:
        sample = await trusted_time.ask(connection, seals, clock.uptime)
        clock.set_trusted(sample.time, sample.at)
        before = await predecessor.fetch(connection, seals, station)
    return succession(before, sample.time + sample.error)


def _count(text: str) -> tuple[Account, int]:
    account, _, number = text.rpartition("=")
    try:
        found = parse_account(account), int(number)
    except ValueError:
        raise Trouble("no-such-account", text) from None
    if found[1] < 0:
        raise Trouble("no-such-account", text)
    return found


def _paper(text: str) -> PaperId:
    try:
        return parse_id(text)
    except ValueError:
        raise Trouble("no-such-document", text) from None


def _report(plan: Succession, counted: dict[Account, int]) -> dict[str, Any]:
    before, left = plan.predecessor, plan.heritage
    expected = plan.to_count()
    accounts = {**expected, **{account: expected.get(account, 0) for account in counted}}
    return {
        "follows": before.incarnation if before else "",
        "entries": len(before.texts) if before else 0,
        "head": before.head if before else "",
        "leases": [{"job_id": job.job_id, "was": job.state} for job in left.leases],
        "trip": left.trip.allotment_id if left.trip is not None else "",
        "allotments": [each.allotment_id for each in left.allotments],
        "papers": [f"{each.kind}-{each.year}-{each.number}" for each in left.papers],
        "shelf": [card.job_id for card in left.shelf],
        "accounts": [
            {"account": str(account), "book": said, "counted": counted.get(account)}
            for account, said in sorted(accounts.items())
        ],
        "uncounted": [str(account) for account in plan.uncounted(counted)],
    }
