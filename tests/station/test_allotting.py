"""An office gives blanks to a kit and takes back what comes home."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from stationd.mobile_post import MobilePost
from stationd.model.mobile import Finished, InBags, Statement
from stationd.registry import slips
from stationd.registry.contract import PairedAllotment
from stationd.registry.slips import OutSlip
from stationd.store.keys import FileKeys
from tests.api.house import NOW, OFFICER, STATION, House
from tests.station.mobile_places import NOTHING, OTHER, SUPERVISOR, back_slip, granted, other_keys
from tests.station.test_blanks import blanks, refused

CARD = Finished("job-1", "ref-0001", 1, "c0ffee")
SAID = Statement(unused={"B-2026-07": 3}, spoiled=2, finished=(CARD,), gone={"citizen": 3, "missing": 1})


@pytest.fixture
def kit(tmp_path: Path) -> FileKeys:
    return other_keys(tmp_path)


@pytest.fixture
def office(tmp_path: Path, kit: FileKeys) -> Iterator[House]:
    with House(tmp_path) as served:
        served.station.rules.go_by(granted(kit, kit=False))
        served.station.receive_blanks("B-2026-07", 8, OFFICER)
        served.station.receive_blanks("B-2026-08", 20, OFFICER)
        yield served
        assert asyncio.run(served.station.verify()).passed


def test_what_is_given_leaves_the_store_with_a_slip_that_anyone_can_check(office: House) -> None:
    given = office.station.allot(OTHER, 10, SUPERVISOR)
    assert blanks(office) == {"store": 18, f"allotted/{given.allotment_id}": 10}
    slip = slips.read(f" {given.slip[:70]}\n{given.slip[70:]}\n", OutSlip, office.keys.book_public())
    assert (slip.office, slip.kit, slip.count) == (STATION, OTHER, 10)
    assert slip.batches == {"B-2026-07": 8, "B-2026-08": 2}
    assert len(given.slip) < 700
    assert office.station.slip(given.allotment_id) == given.slip


def test_what_may_not_be_given_is_not(office: House, kit: FileKeys) -> None:
    refused("supervisor-needed", lambda: office.station.allot(OTHER, 10, OFFICER))
    refused("no-mobile-grant", lambda: office.station.allot("kit-9", 10, SUPERVISOR))
    refused("allotment-too-large", lambda: office.station.allot(OTHER, 61, SUPERVISOR))
    refused("store-too-small", lambda: office.station.allot(OTHER, 29, SUPERVISOR))
    refused("no-such-allotment", lambda: office.station.slip("al-9"))
    office.station.allot(OTHER, 10, SUPERVISOR)
    refused("kit-has-allotment", lambda: office.station.allot(OTHER, 1, SUPERVISOR))


def test_what_comes_home_is_counted_and_each_card_is_on_the_shelf(office: House, kit: FileKeys) -> None:
    given = office.station.allot(OTHER, 10, SUPERVISOR)
    slip = back_slip(kit, given.allotment_id, SAID)
    assert office.station.take_back(slip, InBags(3, 2, 1), [], OFFICER) == []
    assert blanks(office) == {"store": 21, "reject": 2, "shelf": 1, "citizen": 3, "missing": 1}
    assert [card.job_id for card in office.station.shelf()] == ["job-1"]
    refused("allotment-taken-back", lambda: office.station.take_back(slip, InBags(3, 2, 1), [], OFFICER))


def test_what_comes_home_otherwise_than_the_kit_says_is_a_discrepancy(office: House, kit: FileKeys) -> None:
    given = office.station.allot(OTHER, 10, SUPERVISOR)
    slip = back_slip(kit, given.allotment_id, SAID)
    refused("finished-not-named", lambda: office.station.take_back(slip, InBags(3, 2, 0), [], OFFICER))
    refused("no-such-card-on-slip", lambda: office.station.take_back(slip, InBags(3, 2, 0), ["job-9"], OFFICER))
    found = office.station.take_back(slip, InBags(2, 3, 0), ["job-1"], OFFICER)
    told = {d.subject.rpartition("/")[2]: (d.expected, d.found) for d in office.station.discrepancies()}
    assert len(found) == 3
    assert told == {"store": (3, 2), "reject": (2, 3), "shelf": (1, 0)}
    assert blanks(office) == {"store": 20, "reject": 3, "in-question": 2, "citizen": 3, "missing": 1}


def test_a_slip_that_is_forged_or_of_another_allotment_moves_nothing(office: House, kit: FileKeys) -> None:
    given = office.station.allot(OTHER, 10, SUPERVISOR)
    slip = back_slip(kit, given.allotment_id, SAID)
    before = blanks(office)
    refused("slip-wrong-signature", lambda: office.station.take_back(f"{slip[:-6]}AAAAAA", NOTHING, [], OFFICER))
    refused("slip-not-understood", lambda: office.station.take_back(given.slip, NOTHING, [], OFFICER))
    refused("no-such-allotment", lambda: office.station.take_back(back_slip(kit, "al-9", SAID), NOTHING, [], OFFICER))
    assert blanks(office) == before


def test_the_registry_pairs_the_halves_and_a_mismatch_is_a_discrepancy_here_too(office: House, kit: FileKeys) -> None:
    given = office.station.allot(OTHER, 10, SUPERVISOR).allotment_id
    post = MobilePost(office.store, None, office.station.names_came)  # type: ignore[arg-type]
    post.compare([PairedAllotment(allotment_id=given, leg="out", given=10, taken=None)])
    assert [half.state for half in office.station.mobile().halves] == ["alone"]
    paired = PairedAllotment(allotment_id=given, leg="out", given=10, taken=9)
    post.compare([paired])
    post.compare([paired])
    (half,) = office.station.mobile().halves
    assert (half.state, half.there) == ("differs", 9)
    (found,) = office.station.discrepancies()
    assert (found.origin, found.expected, found.found) == ("allotment", 10, 9)
    office.station.explain(found.discrepancy_id, "missing", OFFICER)
    assert office.station.settle(found.discrepancy_id, SUPERVISOR) == "settled"
    office.station.take_back(back_slip(kit, given, SAID), InBags(3, 2, 1), [], OFFICER)
    post.compare([PairedAllotment(allotment_id=given, leg="back", given=6, taken=6)])
    assert [half.state for half in office.station.mobile().halves] == ["differs", "paired"]


def test_a_grant_that_was_dropped_while_the_kit_is_away_does_not_keep_its_blanks_out(
    office: House, kit: FileKeys
) -> None:
    given = office.station.allot(OTHER, 10, SUPERVISOR)
    slip = back_slip(kit, given.allotment_id, SAID)
    (grant,) = granted(kit, kit=False).mobile
    newer = msgspec.structs.replace(grant, valid_from=int(NOW) + 1, kit_key=office.keys.book_public())
    for version, mobile in ((100, (newer, grant)), (101, ())):
        office.station.rules.adopt(msgspec.structs.replace(granted(kit, kit=False), version=version, mobile=mobile))
    refused("no-mobile-grant", lambda: office.station.allot(OTHER, 1, SUPERVISOR))
    assert office.station.take_back(slip, InBags(3, 2, 1), [], OFFICER) == []


def test_blanks_that_a_kit_used_count_in_the_offices_rate_and_those_that_came_back_do_not(
    office: House, kit: FileKeys
) -> None:
    given = office.station.allot(OTHER, 10, SUPERVISOR)
    day = (int(NOW) + 7 * 3600) // 86_400
    with office.store.read() as view:
        assert [(day.toordinal(), n) for day, n in view.used_by_day(0, 7).items()] == [(719_163 + day, 10)]
        assert view.begun_since(0) == {}
        assert view.used_by_day(0, 7, line="") == view.used_by_day(0, 7)
    office.clock.set_trusted(NOW + 86_400, office.clock.uptime())
    (seen,) = [one for one in office.station.forecast() if one.supply == "blanks"]
    assert (seen.rate, seen.left) == (10, 18)
    office.station.take_back(back_slip(kit, given.allotment_id, SAID), InBags(3, 2, 1), [], OFFICER)
    (seen,) = [one for one in office.station.forecast() if one.supply == "blanks"]
    assert (seen.rate, seen.left) == (7, 21)


def test_what_a_kit_claims_beyond_its_allotment_is_one_discrepancy_also_once_the_registry_has_both_halves(
    office: House, kit: FileKeys
) -> None:
    given = office.station.allot(OTHER, 5, SUPERVISOR).allotment_id
    beyond = msgspec.structs.replace(SAID, unused={"B-2026-07": 3}, gone={"citizen": 3})
    found = office.station.take_back(back_slip(kit, given, beyond), InBags(3, 2, 1), [], OFFICER)
    assert [(d.discrepancy_id, d.expected, d.found) for d in office.station.discrepancies()] == [(found[0], 5, 9)]
    (_, back) = office.station.mobile().halves
    assert (back.leg, back.told) == ("back", True)
    post = MobilePost(office.store, None, office.station.names_came)  # type: ignore[arg-type]
    post.compare([PairedAllotment(allotment_id=given, leg="back", given=7, taken=6)])
    assert [d.discrepancy_id for d in office.station.discrepancies()] == found
