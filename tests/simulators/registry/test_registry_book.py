"""The book over the wire: shipped, repeated, countersigned, read back; gaps and forks found."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import RegistryProcess, Station

    from simulators.registry.contract import Contract


def _type(answer: Any) -> str:
    return str(answer.json()["type"]).rsplit("/", 1)[1]


def test_events_are_acknowledged_and_countersigned(station: Station, contract: Contract) -> None:
    for number in range(5):
        station.write("noted", number=number, place="Désa “Rura”")
    answer = station.ship().json()
    claims = station.verified(answer["countersignature"])
    assert contract.claims_breaches("CountersignatureClaims", claims) == []
    assert answer["acked"] == claims["seq"] == 5
    assert (claims["head"], claims["station"], claims["incarnation"]) == (station.head, station.name, "inc-1")


def test_the_same_again_is_fine_and_a_longer_repeat_adds_the_rest(station: Station) -> None:
    station.write("a")
    station.write("b")
    first = station.ship().json()
    assert station.ship().json() == first
    station.write("c")
    assert station.ship(2).json()["acked"] == 3
    assert station.ship(1).json()["acked"] == 3


def test_an_older_part_is_answered_with_all_that_is_held(station: Station) -> None:
    station.write("a")
    head, text = station.head, station.texts[0]
    signature = station.signature(f"stationd book\n{station.name}\ninc-1\n1\n{head}")
    station.write("b")
    station.ship()
    answer = station.ship(1, events=[text], head=head, signature=signature)
    assert answer.json()["acked"] == 2


def test_a_gap_names_what_is_held(station: Station) -> None:
    for _ in range(4):
        station.write("a")
    answer = station.ship(3)
    assert (answer.status_code, _type(answer), answer.json()["have"]) == (409, "book-gap", 0)
    assert station.ship(1).json()["acked"] == 4
    station.write("b")
    station.write("c")
    answer = station.ship(6)
    assert (answer.status_code, _type(answer), answer.json()["have"]) == (409, "book-gap", 4)


@pytest.mark.parametrize(
    ("same", "first", "found"), [(1, 1, 2), (1, 2, 2), (1, 3, 2), (1, 4, 3), (3, 4, 4), (3, 1, 4), (0, 1, 1)]
)
def test_a_fork_names_the_first_number_known_to_differ(station: Station, same: int, first: int, found: int) -> None:
    for kind in "abcd":
        station.write(kind)
    station.ship()
    del station.texts[same:]
    for kind in "wxyz"[same:]:
        station.write(kind)
    answer = station.ship(first)
    assert (answer.status_code, _type(answer), answer.json()["seq"]) == (409, "book-fork", found)
    incidents = [i for i in station.registry.desk.ask("incidents") if i["station"] == station.name]
    assert [(i["kind"], i["subject"]) for i in incidents] == [("book-fork", f"inc-1/{found}")]
    assert [event["type"] for event in station.registry.desk.events(station.name)] == list("abcd")  # as it was


def test_a_lease_request_finds_a_fork_too(station: Station) -> None:
    station.write("a")
    station.ship()
    station.texts.clear()
    station.write("b")
    answer = station.lease()
    assert (answer.status_code, _type(answer), answer.json()["seq"]) == (409, "book-fork", 1)


def test_a_lease_says_how_far_the_registry_has_the_book(station: Station) -> None:
    station.write("a")
    assert station.lease().json()["book"]["seq"] == 0
    station.ship()
    assert station.lease().json()["book"] == {"incarnation": "inc-1", "seq": 1, "head": station.head}


def _broken(station: Station) -> dict[str, dict[str, Any]]:
    good = station.texts
    return {
        "a wrong head": {"head": "f" * 64},
        "another order": {"events": [good[1], good[0]]},
        "a changed event": {"events": [good[0].replace('"a"', '"x"'), good[1]]},
        "another number": {"events": [good[0].replace('"seq":1', '"seq":7'), good[1]]},
        "a number as text": {"events": [good[0].replace('"seq":1', '"seq":"1"'), good[1]]},
        "another station": {"events": [good[0].replace(station.name, "someone"), good[1]]},
        "no time": {"events": [good[0].replace('"time":', '"when":'), good[1]]},
        "no JSON": {"events": ["{not json}", good[1]]},
        "half a character": {"events": [good[0].replace('"a"', '"\\ud800"'), good[1]]},
    }


def test_what_does_not_follow_is_refused_whole(station: Station) -> None:
    station.write("a")
    station.write("b")
    for what, members in _broken(station).items():
        head = members.get("head", station.head)
        signature = station.signature(f"stationd book\n{station.name}\ninc-1\n2\n{head}")
        answer = station.ship(signature=signature, **members)
        assert (what, answer.status_code, _type(answer)) == (what, 422, "bad-chain")
    assert station.registry.desk.events(station.name) == []
    assert station.ship().status_code == 200


def test_a_wrong_signature_is_refused(station: Station) -> None:
    station.write("a")
    for signature in ("A" * 86, station.signature("something else")):
        answer = station.ship(signature=signature)
        assert (answer.status_code, _type(answer)) == (422, "bad-signature")


def test_a_book_stays_with_the_key_that_began_it(registry: RegistryProcess, make_station: Any) -> None:
    old: Station = make_station(registry)
    old.write("a")
    old.ship()
    new: Station = make_station(registry, old.name)
    new.texts = list(old.texts)
    new.write("b")
    assert _type(new.ship()) == "bad-signature"


def test_a_replaced_pc_finds_the_book_of_its_predecessor(registry: RegistryProcess, make_station: Any) -> None:
    old: Station = make_station(registry)
    for number in range(3):
        old.write("noted", number=number)
    old.ship()
    new: Station = make_station(registry, old.name, incarnation="inc-2")
    found = new.get("/v1/book").json()
    assert (found["incarnation"], found["have"], found["head"]) == ("inc-1", 3, old.head)
    assert found["events"] == old.texts
    assert new.verified(found["countersignature"])["head"] == old.head
    new.write("incarnation-began", cites=old.head)
    new.ship()
    assert new.get("/v1/book").json()["incarnation"] == "inc-2"
    assert new.get("/v1/book", incarnation="inc-1", **{"from": 3}).json()["events"] == old.texts[2:]


def test_a_book_of_nobody_is_unknown(station: Station) -> None:
    answer = station.get("/v1/book")
    assert (answer.status_code, _type(answer)) == (404, "book-unknown")


def test_a_long_book_is_read_in_pages(station: Station) -> None:
    for start in (1, 701):
        for _ in range(700):
            station.write("noted")
        assert station.ship(start).status_code == 200
    texts: list[str] = []
    while len(texts) < 1400:
        page = station.get("/v1/book", **{"from": len(texts) + 1}).json()["events"]
        assert 0 < len(page) <= 1000
        texts += page
    assert texts == station.texts


@pytest.mark.parametrize(
    ("kinds", "state", "seen"),
    [
        ("job-arrived", "arrived", "queued"),
        ("job-arrived job-held", "held", "held"),
        ("job-arrived job-held job-released", "arrived", "queued"),
        ("job-arrived attempt-reserved", "started", "queued"),
        ("job-arrived attempt-reserved attempt-spoiled", "arrived", "queued"),
        ("job-arrived attempt-reserved attempt-unknown", "unknown", "held"),
        ("job-arrived attempt-reserved card-accepted", "on-shelf", "on-shelf"),
        ("job-arrived attempt-reserved card-accepted job-held", "on-shelf", "on-shelf"),
        ("job-arrived card-accepted card-handed-over", "handed-over", "handed-over"),
    ],
)
def test_events_tell_where_a_card_is(station: Station, kinds: str, state: str, seen: str) -> None:
    (job_id,) = station.registry.desk.add_jobs(station.name)
    (job,) = station.jobs()
    for kind in kinds.split():
        station.write(kind, job_id=job_id, cause="nik-blocked")
    station.ship()
    assert station.registry.desk.job(job_id)["state"] == state
    found = station.get("/v1/cards", citizen_ref=job["citizen_ref"]).json()
    assert (found["state"], found["office"], found["job_id"]) == (seen, station.name, job_id)
    assert (found["reason"] is not None) == (seen == "held")
    body = {"station": station.name, "nik": job["nik"]}
    assert {**station.client.post("/v1/cards", json=body).json(), "as_of": 0} == {**found, "as_of": 0}


def test_a_card_is_where_it_arrived_last_and_its_notices_are_told_there(station: Station, make_station: Any) -> None:
    (job_id,) = station.registry.desk.add_jobs(station.name)
    (job,) = station.jobs()
    station.write("card-accepted", job_id=job_id)
    station.write("card-transferred", job_id=job_id)
    station.ship()
    other = make_station(station.registry)
    asked = {"station": other.name, "job_ids": [job_id]}
    assert other.client.post("/v1/notices", json=asked).json() == {"notices": []}
    other.write("card-arrived", job_id=job_id)
    other.write("notice-asked", job_id=job_id, number=1, channel="registry")
    other.ship()
    found = station.get("/v1/cards", citizen_ref=job["citizen_ref"]).json()
    assert (found["state"], found["office"]) == ("on-shelf", other.name)
    (notice,) = other.client.post("/v1/notices", json=asked).json()["notices"]
    assert (notice["job_id"], notice["number"], notice["delivery"]) == (job_id, 1, "asked")


def test_notices_are_seen_by_whoever_asks_for_the_card(station: Station) -> None:
    (job_id,) = station.registry.desk.add_jobs(station.name)
    (job,) = station.jobs()
    station.write("card-accepted", job_id=job_id)
    for number, kind in itertools.product((1, 2), ("notice-sent", "notice-delivered")):
        station.write(kind, job_id=job_id, number=number, channel="sms")
    station.write("notice-sent", job_id=job_id, number=3, channel="sms")
    station.ship()
    notices = station.get("/v1/cards", citizen_ref=job["citizen_ref"]).json()["notices"]
    assert [(n["number"], n["channel"], n["delivery"]) for n in notices] == [
        (1, "sms", "delivered"),
        (2, "sms", "delivered"),
        (3, "sms", "sent"),
    ]


def test_a_card_made_after_its_lease_is_an_incident(registry: RegistryProcess, make_station: Any) -> None:
    one, other = make_station(registry), make_station(registry)
    (job_id,) = registry.desk.add_jobs(one.name)
    one.jobs()
    one.give_back([job_id])
    registry.desk.ask("requeue", job_id=job_id, station=other.name)
    other.jobs()
    one.write("card-accepted", job_id=job_id)
    one.ship()
    incidents = [i for i in registry.desk.ask("incidents") if i["station"] == one.name]
    assert [(i["kind"], i["subject"]) for i in incidents] == [("card-after-lease", job_id)]
    assert registry.desk.job(job_id)["state"] == "leased"
