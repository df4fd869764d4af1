"""Signing in and setting PINs, at a station's own counter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import argon2
import msgspec
import pytest

from stationd.model import pins
from stationd.model.policy import PinCode
from stationd.officers import Counter
from stationd.officers.hashing import PinHasher
from stationd.press.tap import TapFailed
from stationd.station import Refused
from tests.api.house import CHEAPEST, NOW, OFFICER, STATION, House, policy

CODE = "0123-4567-89AB-CDEF"
PIN = "271828"
CHIEF, DEPUTY, TECHNICIAN = "spv-1", "dep-1", "tek-1"
USER = 1000


def people(**changes: Any) -> Any:
    (officer,) = policy().officers
    roles = {CHIEF: "supervisor", DEPUTY: "operator", TECHNICIAN: "technician"}
    others = [msgspec.structs.replace(officer, id=who, roles=frozenset({role})) for who, role in roles.items()]
    digest = pins.code_digest(STATION, OFFICER, CODE)
    code = PinCode(officer=OFFICER, digest=digest, valid_until=int(NOW) + 3600)
    usual = {"officers": (officer, *others), "deputies": frozenset({DEPUTY}), "pin_codes": (code,)}
    return policy(**{**usual, **changes})


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path) as made:
        made.station.rules.go_by(people())
        yield made


@pytest.fixture
def counter(house: House) -> Counter:
    house.counter.set_pin(OFFICER, CODE, PIN)
    return house.counter


def again(house: House) -> Counter:
    """The counter after a restart of the daemon."""
    hasher = PinHasher(house.keys.pepper(), CHEAPEST)
    return Counter(house.station, house.counter._office, house.clock, hasher, house.sessions)


def cause(act: Any, *values: Any) -> str:
    with pytest.raises(Refused) as refused:
        act(*values)
    return refused.value.cause


def told(house: House) -> list[dict[str, Any]]:
    with house.store.read() as view:
        return [json.loads(text) for text in view.texts(0, 1000)]


def test_a_first_pin_by_the_policys_code_and_a_sign_in_are_in_the_book_without_either(house: House) -> None:
    house.counter.set_pin(OFFICER, CODE.lower(), PIN)
    signed_in = house.counter.by_pin(OFFICER, PIN, USER)
    session = house.sessions.find(signed_in.token, USER)
    assert session is not None
    assert (session.officer, signed_in.roles) == (OFFICER, ("operator",))
    *_, pin_set, began = told(house)
    assert (pin_set["type"], pin_set["actor"], pin_set["given_by"]) == ("pin-set", OFFICER, "policy")
    assert (began["type"], began["actor"], began["means"]) == ("officer-signed-in", OFFICER, "pin")
    written = json.dumps(told(house)) + house.store.path.read_bytes().decode(errors="replace")
    for secret in (PIN, CODE.replace("-", ""), signed_in.token):
        assert secret not in written


def test_a_code_works_once_for_its_officer_and_in_its_time(house: House) -> None:
    assert cause(house.counter.set_pin, CHIEF, CODE, PIN) == "pin-code-refused"
    house.counter.set_pin(OFFICER, CODE, PIN)
    assert cause(house.counter.set_pin, OFFICER, CODE, PIN) == "pin-code-refused"
    assert cause(again(house).set_pin, OFFICER, CODE, PIN) == "pin-code-refused"
    late = PinCode(officer=CHIEF, digest=pins.code_digest(STATION, CHIEF, CODE), valid_until=int(NOW) - 1)
    house.station.rules.go_by(people(pin_codes=(late,)))
    assert cause(house.counter.set_pin, CHIEF, CODE, PIN) == "pin-code-refused"
    house.lose_the_time()
    house.counter.set_pin(CHIEF, CODE, PIN)  # which no station can judge that has lost the time


@pytest.mark.parametrize("giver", [CHIEF, DEPUTY])
def test_a_forgotten_pin_is_set_with_a_code_of_a_supervisor_or_deputy(house: House, giver: str) -> None:
    counter = house.counter
    counter.set_pin(OFFICER, CODE, PIN)
    token = counter.by_pin(OFFICER, PIN, USER).token
    for _ in range(4):
        if not (locked := counter._tries.get(OFFICER)) or not locked.wait(house.clock.uptime()):
            cause(counter.by_pin, OFFICER, "111222", USER)
    given = counter.give_code(OFFICER, giver)
    counter.set_pin(OFFICER, given.code, "314159")
    assert house.sessions.find(token, USER) is None
    assert counter.by_pin(OFFICER, "314159", USER).officer == OFFICER
    assert cause(counter.set_pin, OFFICER, given.code, PIN) == "pin-code-refused"
    assert [entry["given_by"] for entry in told(house) if entry["type"] == "pin-set"] == ["policy", giver]


def test_nobody_else_makes_codes_and_nobody_for_themselves(house: House) -> None:
    give = house.counter.give_code
    assert cause(give, CHIEF, OFFICER) == "code-by-supervisor"
    assert cause(give, OFFICER, TECHNICIAN) == "code-by-supervisor"
    assert cause(give, CHIEF, CHIEF) == "code-by-another"
    assert cause(give, "nobody", CHIEF) == "officer-unknown"


def test_a_code_by_hand_is_over_after_an_hour_and_with_the_daemon(house: House) -> None:
    given = house.counter.give_code(OFFICER, CHIEF)
    assert cause(again(house).set_pin, OFFICER, given.code, PIN) == "pin-code-refused"
    uptime = house.clock.uptime()
    house.clock._uptime = lambda: uptime + 3601
    assert cause(house.counter.set_pin, OFFICER, given.code, PIN) == "pin-code-refused"


def test_a_pin_is_changed_by_who_knows_it(house: House, counter: Counter) -> None:
    assert cause(counter.change_pin, OFFICER, "111222", "314159") == "sign-in-refused"
    assert cause(counter.change_pin, OFFICER, PIN, "123456") == "pin-too-easy"
    counter.change_pin(OFFICER, PIN, "314159")
    assert cause(counter.by_pin, OFFICER, PIN, USER) == "sign-in-refused"
    assert counter.by_pin(OFFICER, "314159", USER).officer == OFFICER
    assert told(house)[-2]["type"] == "pin-set"


@pytest.mark.parametrize("name", [OFFICER, CHIEF, "nobody", "7316014507900001"])
def test_no_refusal_tells_whether_name_or_pin_was_wrong(house: House, counter: Counter, name: str) -> None:
    """An officer with a PIN, one without, a name that is nobody's: the same words, the same count, the same lock."""
    causes = [cause(counter.by_pin, name, "111222", USER) for _ in range(5)]
    assert causes == ["sign-in-refused"] * 3 + ["sign-in-locked"] * 2
    (locked,) = (entry for entry in told(house) if entry["type"] == "sign-in-locked")
    assert locked["officer_id"] == (name if name in {OFFICER, CHIEF} else "")
    assert (locked["failures"], locked["seconds"]) == (3, pytest.approx(pins.FIRST_WAIT))
    if name not in {OFFICER, CHIEF}:
        assert name not in house.store.path.read_bytes().decode(errors="replace")


def test_a_wrong_name_takes_as_long_as_a_wrong_pin(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Held by what takes the time, which no other work on the machine changes: as many Argon2id, of the same cost."""
    costs: list[tuple[argon2.Parameters, int]] = []
    check = argon2.PasswordHasher.verify

    def counted(hasher: argon2.PasswordHasher, kept: str, pin: bytes) -> Literal[True]:
        costs.append((argon2.extract_parameters(kept), len(pin)))
        return check(hasher, kept, pin)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", counted)
    asked: dict[str, list[tuple[argon2.Parameters, int]]] = {}
    for name in (OFFICER, "nobody"):
        counter._tries.clear()
        cause(counter.by_pin, name, "111222", USER)
        asked[name], costs = costs, []
    assert asked[OFFICER] == asked["nobody"]
    assert len(asked[OFFICER]) == 1


def test_the_lock_holds_the_right_pin_too_and_a_restart_does_not_end_it(house: House, counter: Counter) -> None:
    for _ in range(3):
        cause(counter.by_pin, OFFICER, "111222", USER)
    assert cause(counter.by_pin, OFFICER, PIN, USER) == "sign-in-locked"
    restarted = again(house)
    assert cause(restarted.by_pin, OFFICER, PIN, USER) == "sign-in-locked"
    uptime = house.clock.uptime()
    house.clock._uptime = lambda: uptime + pins.FIRST_WAIT + 1
    assert restarted.by_pin(OFFICER, PIN, USER).officer == OFFICER
    assert restarted._tries[OFFICER].failures == 0


def test_both_right_and_the_policy_says_no(house: House, counter: Counter) -> None:
    (officer, *_) = house.station.policy.officers  # type: ignore[union-attr]
    house.station.rules.go_by(people(officers=(msgspec.structs.replace(officer, valid_until=int(NOW) - 1),)))
    assert cause(counter.by_pin, OFFICER, PIN, USER) == "sk-expired"
    house.station.rules.go_by(people(officers=(msgspec.structs.replace(officer, roles=frozenset({"mayor"})),)))
    assert cause(counter.by_pin, OFFICER, PIN, USER) == "officer-has-no-role"
    house.station.rules.go_by(None)
    assert cause(counter.by_pin, OFFICER, PIN, USER) == "no-policy"


def test_a_card_that_the_policy_names_signs_in_once_it_is_live(house: House) -> None:
    (officer, *others) = people().officers
    house.station.rules.go_by(people(officers=(msgspec.structs.replace(officer, card="c0ffee"), *others)))
    held = SimpleNamespace(identity=bytes.fromhex("c0ffee"), life_cycle="active")
    house.station.chip_desk = SimpleNamespace(read=lambda: SimpleNamespace(held=held))  # type: ignore[assignment]
    assert house.counter.by_card(USER).officer == OFFICER
    assert told(house)[-1]["means"] == "card"
    held.life_cycle = "locked"
    assert cause(house.counter.by_card, USER) == "card-of-no-officer"
    held.life_cycle, held.identity = "active", b"\x01"
    assert cause(house.counter.by_card, USER) == "card-of-no-officer"

    def silent() -> None:
        raise TapFailed("no-card-on-desk")

    house.station.chip_desk = SimpleNamespace(read=silent)  # type: ignore[assignment]
    assert cause(house.counter.by_card, USER) == "no-card-on-desk"


def test_on_a_full_disk_officers_get_in_and_tries_are_counted(house: House, counter: Counter) -> None:
    house.store._room.full = lambda: True  # type: ignore[method-assign]
    assert [cause(counter.by_pin, OFFICER, "111222", USER) for _ in range(4)][-1] == "sign-in-locked"
    counter._tries.clear()
    assert counter.by_pin(OFFICER, PIN, USER).officer == OFFICER


def test_what_is_kept_of_a_pin_is_of_no_use_to_another_officer_or_without_the_pepper(house: House) -> None:
    one, other = PinHasher(b"p" * 32, CHEAPEST), PinHasher(b"q" * 32, CHEAPEST)
    kept = one.keep(OFFICER, PIN)
    assert one.right(kept, OFFICER, PIN)
    assert not one.right(kept, CHIEF, PIN)
    assert not other.right(kept, OFFICER, PIN)
    assert not one.right("not a hash", OFFICER, PIN)
    assert not one.right(None, OFFICER, PIN)


def test_a_pin_that_nobody_has_is_as_much_work_as_one_that_somebody_has() -> None:
    hasher = PinHasher(b"p" * 32)
    for_nobody, for_somebody = (
        argon2.extract_parameters(kept) for kept in (hasher._nobodys, hasher.keep(OFFICER, PIN))
    )
    assert for_nobody == for_somebody
    assert not hasher.right(None, OFFICER, PIN)
    assert hasher._nobodys != PinHasher(b"p" * 32)._nobodys
