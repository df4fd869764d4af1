"""Batches of blanks with different chips, SAMs in their slots, two cards at once, and what befalls a chip on demand."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from simulators.chips import KINDS, SAM, Assortment, UnknownKind, load_keys
from simulators.devices.chip import AirChip
from simulators.devices.chip_faults import Mute, Yank
from simulators.devices.chip_gp import LAB_AID as GP_AID
from simulators.devices.chip_iso7816 import CHIPS
from simulators.devices.chip_iso7816 import LAB_AID as ISO_AID
from simulators.devices.chip_sam import SAM_AID
from simulators.scenarios import NoScenario, Reader, load, with_chips
from simulators.stage import lay_out_slots
from simulators.world import Snapshot, World, WorldError

SERIAL = "04112233445566"
DESK = "desk/desk-1"


def select(aid: bytes) -> bytes:
    return b"\x00\xa4\x04\x00" + bytes([len(aid)]) + aid + b"\x00"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_power_answers_and_comes_back_from_json(kind: str) -> None:
    assortment = Assortment()
    chip = assortment.of(kind).blank(SERIAL, "white")
    assert isinstance(chip, AirChip)
    assert chip.power_on().startswith(b"\x3b")
    assert len(chip.process(select(GP_AID))) >= 2
    assert assortment.restore(json.loads(json.dumps(chip.state()))).state() == chip.state()
    chip.script(Mute(at=1))
    assert chip.process(select(GP_AID)) == b""


@pytest.mark.parametrize(
    ("kind", "gp", "iso", "sam"),
    [
        ("iso7816", "6a82", "9000", "6a82"),
        ("iso7816-locked", "6a82", "6283", "6a82"),
        ("gp-scp03", "9000", "6a82", "6a82"),
        ("foreign", "6a82", "6a82", "6a82"),
        ("sam", "6a82", "6a82", "9000"),
    ],
)
def test_a_kind_is_what_it_says(kind: str, gp: str, iso: str, sam: str) -> None:
    chip = Assortment().of(kind).blank(SERIAL, "white")
    chip.power_on()
    assert [chip.process(select(aid))[-2:].hex() for aid in (GP_AID, ISO_AID, SAM_AID)] == [gp, iso, sam]


@pytest.mark.parametrize(("kind", "first", "size"), [("gp-scp03", "04", 7), ("gp-scp03-random-uid", "08", 4)])
def test_uids_are_fixed_or_say_that_they_are_not(kind: str, first: str, size: int) -> None:
    chip = Assortment().of(kind).blank(SERIAL, "white")
    uids = []
    for _ in range(3):
        chip.power_on()
        uids.append(chip.process(bytes.fromhex("FFCA000000"))[:-2])
    assert {(uid[:1].hex(), len(uid)) for uid in uids} == {(first, size)}
    assert len(set(uids)) == (1 if first == "04" else 3)


def test_a_key_that_the_file_lacks_and_a_kind_that_there_is_not_are_named(tmp_path: Path) -> None:
    with pytest.raises(UnknownKind, match="lab-gp-192"):
        Assortment(keys={"lab-gp": load_keys()["lab-gp"]}).of("gp-scp03-192")
    with pytest.raises(UnknownKind, match="iso7816-8k"):
        Assortment("banana")
    (tmp_path / "keys.toml").write_text('[lab-gp]\nenc = "00"\nmac = "00"\ndek = "00"\n')
    with pytest.raises(msgspec.ValidationError, match="three AES keys"):
        load_keys(tmp_path / "keys.toml")


def test_batches_of_different_chips_live_in_one_world_and_outlive_it() -> None:
    world = World(Assortment("gp-scp03"))
    (usual,), (other,) = world.mint(1), world.mint(1, batch="B-2", chips="iso7816-b")
    with pytest.raises(WorldError, match="banana"):
        world.mint(1, chips="banana")
    with pytest.raises(WorldError, match="no choice"):
        World(CHIPS).mint(1, chips="gp-scp03")
    again = World(Assortment())
    again.restore(msgspec.json.decode(msgspec.json.encode(world.snapshot()), type=Snapshot))
    for card, aid in ((usual, GP_AID), (other, ISO_AID)):
        again.move(card, DESK)
        again.chip_power(DESK, "on")
        answer = again.chip_apdu(DESK, select(aid))
        assert answer is not None
        assert answer[-2:] == b"\x90\x00"
        again.move(card, "hand")


def test_of_two_cards_in_a_field_one_is_seen_and_either_can_be_spoken_to() -> None:
    world = World(Assortment())
    first, second = world.mint(2)
    world.move(first, DESK)
    world.move(second, DESK)
    assert (world.in_field(DESK), world.all_in_field(DESK)) == (first, [first, second])
    assert world.chip_power(DESK, "on") is not None
    assert world.chip_apdu(DESK, select(ISO_AID)) is not None
    assert world.chip_exchange(DESK, select(ISO_AID), second) is None, "it has no power"
    assert world.chip_power(DESK, "on", second) is not None
    airs = [world.chip_air(DESK, card) for card in (first, second)]
    assert [air.uid.hex() for air in airs if air is not None] == [world.card(card).serial for card in (first, second)]
    world.move(first, "hand")
    assert (world.in_field(DESK), world.chip_air(DESK, first)) == (second, None)
    assert world.field_of(second) == DESK
    assert world.chip_exchange(DESK, select(ISO_AID), second) is not None, "its session went on"


def test_a_sam_is_seen_in_its_slot_and_pulled_out_of_it() -> None:
    world = World(Assortment())
    (sam,) = world.mint(1, SAM, SAM, chips=SAM)
    world.move(sam, "sam/desk-1")
    assert world.in_field("sam/desk-1") == sam
    atr = world.chip_power("sam/desk-1", "on")
    assert atr is not None
    assert atr[:6].hex() == "3b8c8131fe45"
    assert world.chip_air("sam/desk-1", sam) is None
    world.chip_faults(sam, [Yank(at=2)])
    assert world.chip_apdu("sam/desk-1", select(SAM_AID)) is not None
    assert world.chip_apdu("sam/desk-1", select(SAM_AID)) == b""
    assert world.card(sam).place == "hand"


def test_a_fault_can_be_added_while_a_session_goes_on() -> None:
    world = World(Assortment())
    (card,) = world.mint(1)
    world.move(card, DESK)
    world.chip_power(DESK, "on")
    world.chip_apdu(DESK, select(ISO_AID))
    world.chip_faults(card, [Mute(at=2)])
    answers = [world.chip_apdu(DESK, bytes.fromhex("00B0810000")) for _ in range(2)]
    assert answers == [bytes.fromhex("6A82"), b""]
    without = World()
    with pytest.raises(WorldError, match="scripted"):
        without.chip_faults(*without.mint(1), [Mute(at=1)])


def test_slots_are_laid_out_in_pairs_where_a_sam_wants_its_neighbour() -> None:
    plain, paired = Reader("a", DESK), Reader("b", DESK, sam=SAM)
    serial = Reader("c", DESK, kind="pn532")
    assert lay_out_slots([plain, Reader("d", DESK)]) == {"a": 0, "d": 1}
    assert lay_out_slots([plain, paired, serial, Reader("d", DESK)]) == {"a": 0, "b": 2, "d": 4}
    assert lay_out_slots([serial]) == {}


def test_a_scenario_is_played_with_other_chips_and_sams(tmp_path: Path) -> None:
    scenario = with_chips(load("ordinary"), "gp-scp03", sam=True)
    assert scenario.cards.chips == "gp-scp03"
    assert {reader.sam for reader in scenario.reader} == {"sam"}
    assert with_chips(load("ordinary"), None, sam=False) == load("ordinary")
    with pytest.raises(NoScenario, match="gp-scp03-192"):
        with_chips(load("ordinary"), "banana", sam=False)
    file = tmp_path / "day.toml"
    file.write_text(
        'title = "t"\nseed = "s"\nmachine = []\n'
        '[[reader]]\nname = "desk-1"\nfield = "desk/desk-1"\nkind = "pn532"\n'
        '[[more_cards]]\nbatch = "B-2"\nsupply = 3\nchips = "foreign"\n'
        '[[more_cards.chip_faults.2]]\nkind = "tear"\nat = 4\nkept = 3\n'
    )
    assert load(str(file)).more_cards[0].chip_faults["2"][0].at == 4
    file.write_text(file.read_text().replace('kind = "pn532"', 'kind = "pn532"\nsam = "sam"'))
    with pytest.raises(NoScenario, match="slot"):
        load(str(file))
