"""Kits and partners at the registry: halves paired, trips leased to their end, lists taken and answered."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.simulators.registry.conftest import RegistryProcess, Station

STATED = {"unused": {"B-1": 3}, "unfit": 0, "spoiled": 1, "finished": [{"job_id": "j"}], "gone": {"citizen": 5}}
ROW = {
    "row": 2,
    "nik": "7316024107900001",
    "name": "SITTI CONTOH",
    "born": "1990-07-01",
    "kelurahan": "Juppandang",
    "reason": "first",
}


@pytest.fixture
def pair(registry: RegistryProcess, make_station: Any) -> tuple[Station, Station]:
    return make_station(registry), make_station(registry)


def ways(station: Station) -> dict[str, tuple[int | None, int | None]]:
    answer = station.get("/v1/allotments")
    assert answer.status_code == 200, answer.text
    return {way["leg"]: (way["given"], way["taken"]) for way in answer.json()["allotments"]}


def test_halves_are_paired_as_the_books_come_and_a_difference_is_an_incident(
    registry: RegistryProcess, pair: tuple[Station, Station]
) -> None:
    office, kit = pair
    allotment = f"al-{office.name}"
    assert ways(office) == {}
    office.write("allotment-given", allotment_id=allotment, kit=kit.name, count=10)
    assert office.ship().status_code == 200
    assert ways(office) == {"out": (10, None)}
    assert ways(kit) == {}
    kit.write("allotment-taken", allotment_id=allotment, office=office.name, count=10)
    kit.write("trip-closed", allotment_id=allotment, stated=STATED)
    assert kit.ship().status_code == 200
    assert ways(kit) == {"out": (10, 10), "back": (5, None)}
    office.write("allotment-taken-back", allotment_id=allotment, kit=kit.name, unused=2, unfit=0, spoiled=1, finished=1)
    office.ship()
    assert ways(office) == {"out": (10, 10), "back": (5, 4)}
    incidents = [each for each in registry.desk.ask("incidents") if each["subject"].endswith(allotment)]
    assert [(each["kind"], each["subject"]) for each in incidents] == [("allotment-differs", f"back/{allotment}")]


@pytest.mark.parametrize("first", ["stranger", "office"])
def test_a_half_of_another_sender_pairs_with_nothing_and_is_named(
    registry: RegistryProcess, pair: tuple[Station, Station], make_station: Any, first: str
) -> None:
    office, kit = pair
    stranger = make_station(registry)
    allotment = f"al-{office.name}"

    def given() -> None:
        office.write("allotment-given", allotment_id=allotment, kit=kit.name, count=10)
        assert office.ship().status_code == 200

    def intruded() -> None:
        stranger.write("allotment-taken", allotment_id=allotment, office=office.name, count=10)
        stranger.write("trip-closed", allotment_id=allotment, stated=STATED)
        stranger.write(
            "allotment-taken-back", allotment_id=allotment, kit=kit.name, unused=3, unfit=0, spoiled=1, finished=1
        )
        assert stranger.ship().status_code == 200

    for step in (intruded, given) if first == "stranger" else (given, intruded):
        step()
    assert ways(office) == {"out": (10, None)}
    kit.write("allotment-taken", allotment_id=allotment, office="somebody-else", count=10)
    kit.ship()
    assert ways(office) == {"out": (10, None)}
    found = [each for each in registry.desk.ask("incidents") if each["subject"].endswith(allotment)]
    assert sorted((each["kind"], each["station"], each["subject"].partition("/")[0]) for each in found) == sorted(
        ("allotment-other-sender", name, leg)
        for name, leg in (
            (stranger.name, "out"),
            (stranger.name, "back"),
            (stranger.name, "back"),
            (kit.name, "out"),
        )
    )


def test_what_a_kit_seals_for_its_office_is_given_to_that_office_alone(
    registry: RegistryProcess, pair: tuple[Station, Station], make_station: Any
) -> None:
    office, kit = pair
    stranger = make_station(registry)
    allotment = f"al-{office.name}"

    def asked(station: Station) -> str | None:
        answer = station.get("/v1/home-names", allotment_id=allotment)
        assert answer.status_code == 200, answer.text
        return answer.json()["sealed"]  # type: ignore[no-any-return]

    def handed_in(station: Station, sealed: str) -> None:
        body = {"station": station.name, "allotment_id": allotment, "office": office.name, "sealed": sealed}
        assert station.client.post("/v1/home-names", json=body).status_code == 200

    handed_in(stranger, "not the kit's")
    handed_in(kit, "first")
    handed_in(kit, "a.b.c.d.e")
    assert asked(office) is None, "no book has said whose allotment it is"
    office.write("allotment-given", allotment_id=allotment, kit=kit.name, count=10)
    office.ship()
    assert asked(office) == "a.b.c.d.e"
    assert (asked(kit), asked(stranger)) == (None, None)


def test_a_half_that_is_not_as_the_contract_says_changes_nothing(station: Station) -> None:
    station.write("allotment-given", allotment_id="al-odd", count="many")
    station.write("trip-closed", allotment_id="al-odd", stated=[])
    station.write("allotment-taken-back", allotment_id=7, unused=1)
    assert station.ship().status_code == 200
    assert ways(station) == {}


@pytest.mark.parametrize("first", ["office", "kit"])
def test_a_card_that_came_home_lies_at_the_office_whichever_book_comes_first(
    registry: RegistryProcess, pair: tuple[Station, Station], first: str
) -> None:
    office, kit = pair
    (job_id,) = registry.desk.add_jobs(kit.name)
    kit.jobs(1)
    for kind in ("job-arrived", "card-accepted", "card-transferred"):
        kit.write(kind, job_id=job_id)
    office.write("kit-card-taken", job_id=job_id, allotment_id="al-1")
    for station in (office, kit) if first == "office" else (kit, office):
        station.ship()
    job = registry.desk.job(job_id)
    assert (job["state"], job["station"]) == ("on-shelf", office.name)
    assert not [each for each in registry.desk.ask("incidents") if each["subject"] == job_id]


def test_what_is_leased_for_a_trip_may_be_started_until_it_ends_and_only_under_a_grant(
    registry: RegistryProcess, pair: tuple[Station, Station]
) -> None:
    office, kit = pair
    registry.desk.add_jobs(kit.name, 2, start_within=60)
    until = int(time.time()) + 3 * 86_400
    trip = {"allotment_id": "al-1", "until": until}
    assert kit.jobs(5, trip=trip) == []
    registry.desk.ask("grant-trips", kit=kit.name, office=office.name, blanks=20, lasts=4 * 86_400)
    assert kit.jobs(5, trip={**trip, "until": until + 2 * 86_400}) == []
    jobs = kit.jobs(5, trip=trip)
    assert [job["start_before"] for job in jobs] == [until, until]
    grants = kit.verified(kit.get("/v1/policy").json()["policy"])["mobile"]
    assert grants[0]["kit_key"]["x"] == kit.book_key.as_dict(private=False)["x"]
    assert kit.verified(kit.get("/v1/policy").json()["policy"])["mobile"] == grants
    assert office.verified(office.get("/v1/policy").json()["policy"])["mobile"] == grants


def test_a_partners_list_is_taken_once_and_each_row_is_answered(registry: RegistryProcess, station: Station) -> None:
    body = {"station": station.name, "list_id": "pl-1", "partner": "LSM 7", "rows": [ROW, {**ROW, "row": 3}]}
    for _ in range(2):
        answer = station.client.post("/v1/partner-lists", json=body)
        assert (answer.status_code, answer.json()) == (200, {"list_id": "pl-1", "rows": 2})
    other = station.client.post("/v1/partner-lists", json={**body, "partner": "LSM 8"})
    assert (other.status_code, other.json()["type"].rpartition("/")[2]) == (409, "list-differs")

    def states() -> list[tuple[str, str | None]]:
        said = station.get("/v1/partner-lists", list_id="pl-1").json()
        return [(row["state"], row["cause"]) for row in said["rows"]]

    assert states() == [("received", None), ("received", None)]
    (job_id,) = registry.desk.add_jobs(station.name)
    named = {"station": station.name, "list_id": "pl-1"}
    registry.desk.ask("decide-row", **named, row=2, job_id=job_id)
    registry.desk.ask("decide-row", **named, row=3, cause="has-a-card")
    assert states() == [("queued", None), ("refused", "has-a-card")]
    assert registry.desk.ask("partner-list", **named)[0] == ROW
    assert station.get("/v1/partner-lists", list_id="pl-9").status_code == 404


def test_another_stations_list_is_nobodys_business(registry: RegistryProcess, pair: tuple[Station, Station]) -> None:
    one, other = pair
    one.client.post(
        "/v1/partner-lists", json={"station": one.name, "list_id": "pl-2", "partner": "LSM 7", "rows": [ROW]}
    )
    assert other.get("/v1/partner-lists", list_id="pl-2").status_code == 404
