"""An Evolis machine does what it is told, one thing after another, and says truly what came of it."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from simulators.clock import ManualClock
from simulators.devices.evolis_data import BITS, Durations, EvolisSettings, Heat, panel_size
from simulators.devices.evolis_head import Head
from simulators.devices.evolis_panels import decode, unpack
from simulators.devices.faults import Fault
from tests.simulators.evolis_line import BLACK, COLUMNS, CYAN, JOB, LINES, YELLOW, Line, frame, pack


@pytest.fixture
def line() -> Line:
    return Line()


def picture(line: Line, card: str, number: int = -1) -> Image.Image:
    return Image.open(io.BytesIO(line.world.picture(line.world.card(card).prints[number].picture)))


# Panels


def test_a_panel_has_1016_lines_of_648_pixels() -> None:
    assert [panel_size(levels) for levels in (2, 32, 64, 128)] == [82296, 411480, 493776, 576072]


@given(
    st.lists(st.sampled_from([b"", b"\xff" * 81, b"\x01", b"\x00\x80", bytes(range(1, 82))]), min_size=1, max_size=9)
)
def test_a_compressed_panel_is_what_it_was(kinds: list[bytes]) -> None:
    lines = (kinds * LINES)[:LINES]
    packed = b"".join(b"\xff" if one == b"\xff" * 81 else bytes([len(one)]) + one for one in lines)
    assert unpack(packed) == b"".join(one.ljust(81, b"\0") for one in lines)
    for spoilt in (packed + b"\0", packed[:-1], b"\x52" + packed):
        with pytest.raises(ValueError, match=r"line|lines"):
            unpack(spoilt)


@settings(max_examples=10, deadline=None)
@given(st.sampled_from(sorted(BITS)), st.lists(st.integers(0, 127), min_size=8, max_size=8))
def test_a_panel_is_read_as_it_was_packed(levels: int, values: list[int]) -> None:
    wanted = [value % levels for value in values]
    ink = decode(pack(wanted, BITS[levels]) * (COLUMNS * LINES // 8), levels)
    assert [round(dot * (levels - 1) / 255) for dot in ink.tobytes()[-8:]] == wanted


def test_a_picture_lies_upright_on_the_card(line: Line) -> None:
    first_line_ends = bytearray(panel_size(2))
    first_line_ends[COLUMNS // 8 - 1] = 0x01  # the last dot of the first line: upper left corner of the card
    assert line.ask("Ss") == "OK"
    assert line.ask(frame("Db;k;2;", bytes(first_line_ends))) == "OK"
    assert line.ask("Se") == "OK"
    made = picture(line, line.cards[0])
    assert made.size == (1016, 648)
    assert made.getpixel((0, 0)) == (0, 0, 0)
    assert made.getpixel((1, 0)) == made.getpixel((0, 1)) == (255, 255, 255)


def test_colours_are_mixed_as_inks(line: Line) -> None:
    assert set(line.print_card()) == {"OK"}
    assert picture(line, line.cards[0]).getcolors() == [(COLUMNS * LINES, (0, 255, 0))], "yellow and cyan"
    (made,) = line.world.card(line.cards[0]).prints
    assert made.source == {"ribbon": "1", "panels": "black+cyan+magenta+overcoat+yellow"}


# Cards


def test_a_card_goes_to_the_reader_is_seen_there_and_comes_out(line: Line) -> None:
    assert line.ask("Rlr;p") == "OK"
    assert line.ask("Sic") == "OK"
    assert line.ask("Rlr;p") == "CONTACTLESS CARD"
    assert line.world.in_field("machine/e") == line.cards[0]
    assert line.ask("Si") == "OK"
    assert line.ask("Rlr;p") == "CARD"
    assert line.world.in_field("machine/e") is None
    assert line.ask("Rco;c") == "1"
    assert line.ask("Se") == "OK"
    assert line.world.census()["output/e"] == [line.cards[0]]


def test_the_card_that_was_encoded_is_the_one_that_is_printed(line: Line) -> None:
    assert line.ask("Sic") == "OK"
    assert set(line.print_card()) == {"OK"}
    assert line.world.census()["output/e"] == [line.cards[0]]
    assert line.ask("Rco;c") == "1"
    assert line.ask("Rco;p") == "5"


def test_a_machine_can_keep_the_card_and_take_it_to_the_reader_again(line: Line) -> None:
    assert line.ask("Pneab;E") == "OK"
    assert set(line.print_card()) == {"OK"}
    assert line.ask("Rlr;p") == "CARD"
    assert len(line.world.card(line.cards[0]).prints) == 1
    assert line.ask("Sic") == "OK"
    assert line.world.in_field("machine/e") == line.cards[0]
    assert line.ask("Se") == "OK"
    assert line.world.census()["output/e"] == [line.cards[0]]


def test_panels_printed_singly_leave_one_picture_and_the_card_inside(line: Line) -> None:
    assert line.ask("Si") == "OK"
    for part in JOB:
        assert line.ask(part) == "OK"
        assert line.ask(f"Sp;{chr(part[4])}") == "OK"
    assert line.ask("Sic") == "OK"
    (made,) = line.world.card(line.cards[0]).prints
    assert made.source["panels"].count("+") == 4


def test_a_bad_card_goes_to_the_reject_box_until_that_is_full() -> None:
    line = Line(reject=1)
    for answer in ("OK", "REJECT BOX FULL"):
        assert line.ask("Si") == "OK"
        assert line.ask("Ser") == answer
    assert line.world.census()["reject/e"] == [line.cards[0]]
    assert line.world.census()["machine/e"] == [line.cards[1]]


@pytest.mark.parametrize(
    ("option", "command"), [("reject_box", "Ser"), ("contactless", "Sic"), ("flipper", "Sv"), ("contact", "Sis")]
)
def test_an_option_that_is_not_built_in_is_refused(option: str, command: str) -> None:
    line = Line(**{option: False})
    assert line.ask("Si") == "OK"
    assert line.ask(command) == "OPT NOT AVAILABLE"


def test_nothing_can_be_put_out_of_an_empty_machine(line: Line) -> None:
    assert line.ask("Se") == "NO CARD"
    assert line.ask("Ser") == "NO CARD"


def test_both_sides_with_a_flipper() -> None:
    line = Line(flipper=True)
    for part in ("Ss", "Sr", YELLOW, "Sv", BLACK, "Se"):
        assert line.ask(part) == "OK"
    assert [made.side for made in line.world.card(line.cards[0]).prints] == ["front", "back"]


# What runs out


def test_a_set_of_the_ribbon_is_used_up_however_little_of_it_was_printed() -> None:
    line = Line([Fault(kind="jam", command="print")], ribbon_left=2)
    for part in ("Ss", YELLOW):
        assert line.ask(part) == "OK"
    assert line.ask("Se") == "CARD JAM"
    assert line.machine.tell()["ribbon_left"] == 1
    (made,) = line.world.card(line.cards[0]).prints
    assert "yellow" in made.source["cut"]


def test_a_ribbon_that_ended_is_said_and_a_new_one_helps() -> None:
    line = Line(ribbon_left=1)
    assert set(line.print_card()) == {"OK"}
    assert line.ask("Rcr") == "ERROR RIBBON"
    assert line.ask("Ss") == "OK"
    assert line.ask(BLACK) == "OK"
    assert line.ask("Se") == "ERROR RIBBON"
    assert line.machine.tell()["code"].split()[1] == "00080000"
    line.machine.refill()
    assert line.ask("Rco;l") == "300"
    assert set(line.print_card()) == {"OK"}


def test_a_colour_that_is_not_on_the_ribbon_is_not_printed() -> None:
    line = Line(ribbon_panels="k")
    assert line.ask("Ss") == "OK"
    assert line.ask(CYAN) == "OK"
    assert line.ask("Se") == "ERROR RIBBON"


def test_an_empty_feeder_is_said_and_shown(line: Line) -> None:
    line.world.move_next("hopper/e", "store", 10)
    assert line.ask("Sic") == "FEEDER EMPTY"
    assert line.ask("Rse;f") == "0,00 Volts"
    line.world.move_next("store", "hopper/e", 1)
    assert line.ask("Rse;f") == "5,00 Volts"
    assert line.ask("Sic") == "OK"


def test_a_full_output_keeps_the_card_inside() -> None:
    line = Line([Fault(kind="output-full", after=0.0)])
    line.clock.advance(1)
    assert line.print_card()[-1] == "HOPPER FULL"
    assert line.ask("Rlr;h") == "CARD"
    line.machine.clear("output-full")
    assert line.ask("Se") == "OK"
    assert len(line.world.card(line.cards[0]).prints) == 1


def test_a_machine_that_needs_cleaning_says_so_and_at_last_refuses() -> None:
    line = Line(cleaning_every=1, cleaning_refuses=2)
    for _ in range(2):
        assert line.ask("Si") == "OK"
        assert line.ask("Se") == "OK"
        assert line.ask("Rlr;r") == "ERR NEED CLEANING"
    assert line.ask("Si") == "NEED CLEANING"
    assert line.ask("Scp") == "ERROR RIBBON"
    line.machine.happen(Fault(kind="ribbon-missing"))
    assert line.ask("Scp") == "OK"
    assert [line.ask(question) for question in ("Rlr;r", "Rco;n", "Rrt;qty")] == ["OK", "1", "ERR RIB DETECTION"]


def test_a_hot_head_waits_until_it_has_cooled_down() -> None:
    heat = Heat(room=30, panel=20, second=1, limit=60, resume=40)
    head = Head(EvolisSettings(name="e", heat=heat), 1.0, ManualClock().now)
    assert head.cooling() is None
    for _ in range(2):
        head.printing("k", Image.new("L", (COLUMNS, LINES))).end()
    pause = head.cooling()
    assert pause is not None
    assert (pause.what, pause.seconds) == ("cool", 30)


def test_a_batch_takes_as_long_as_the_maker_says() -> None:
    durations = Durations()
    panels = sum(durations.panel(panel) for panel in "ymcko")
    assert 16 <= durations.feed + durations.ribbon + panels + durations.eject <= 19


# What goes wrong


def test_the_cover_stops_a_print_and_its_panel_is_half_there() -> None:
    line = Line()
    assert line.ask("Ss") == "OK"
    assert line.ask(BLACK) == "OK"
    line.talk.take(frame("Se"))
    line.clock.advance(1.5)
    line.machine.door(closed=False)
    assert line.heard() == ["COVER OPEN"]
    assert line.ask("Rse;o") == "0,00 Volts"
    assert line.ask("Se") == "COVER OPEN"
    line.machine.door(closed=True)
    assert line.ask("Se") == "OK"
    (made,) = line.world.card(line.cards[0]).prints
    assert "cut" in made.source


@pytest.mark.parametrize("inside", [True, False])
def test_a_card_that_does_not_come_out_of_the_feeder(inside: bool) -> None:
    line = Line([Fault(kind="feed-jam", command="load", card_inside=inside)])
    assert line.ask("Si") == "ERROR FEEDER"
    assert line.ask("Rlr;p") == ("ERR CARD" if inside else "OK")
    assert line.ask("Rco;c") == "0"
    line.machine.clear("jam")
    assert line.ask("Si") == "OK"


def test_a_panel_that_failed_beside_an_upload_is_told_by_the_next_command() -> None:
    line = Line([Fault(kind="jam", command="panel", nth=2, fraction=0.5)])
    assert line.ask("Ss") == "OK"
    assert line.ask(YELLOW) == "OK"
    assert line.ask(CYAN) == "OK"
    assert line.ask("Se") == "CARD JAM"


def test_a_printer_that_manages_its_errors_is_silent_until_somebody_helps() -> None:
    line = Line(managed_by="printer")
    line.world.move_next("hopper/e", "store", 10)
    line.talk.take(frame("Sic"))
    line.clock.advance(600)
    assert line.heard() == []
    line.world.move_next("store", "hopper/e", 10)
    line.clock.advance(10)
    assert line.heard() == ["OK"]


def test_power_takes_the_settings_and_leaves_the_card_the_counters_and_the_ribbon() -> None:
    line = Line(managed_by="printer")
    assert line.ask("Pem;2") == "OK"
    assert set(line.print_card()) == {"OK"}
    assert line.ask("Sic") == "OK"
    line.machine.mains(on=False)
    assert line.world.in_field("machine/e") is None
    line.talk.forget()
    line.machine.mains(on=True)
    assert line.machine.tell()["code"].startswith("00810001"), "reset, busy, its own master"
    assert line.ask("Rlr;p") == "CARD"
    assert [line.ask(question) for question in ("Rem", "Rco;c", "Rco;p")] == ["0;0", "2", "5"]
    assert line.machine.tell()["ribbon_left"] == 299


@pytest.mark.parametrize(("fate", "place"), [("eject", "output/e"), ("reject", "reject/e")])
def test_a_machine_may_put_its_card_out_when_power_returns(fate: str, place: str) -> None:
    line = Line()
    assert line.ask("Si") == "OK"
    line.machine.mains(on=False)
    line.machine.mains(on=True, card=fate)  # type: ignore[arg-type]
    line.clock.advance(60)
    assert line.world.census()[place] == [line.cards[0]]


COMMANDS = st.sampled_from(
    ["Si", "Sic", "Se", "Ser", "Ss", "Sp;k", "Rlr;p", "Pneab;E", "Pneab;A", "Srs", "Ssd;k", "Sv"]
)
HANDS = st.sampled_from(["door", "jam", "mains", "refill", "clear"])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(COMMANDS, HANDS), max_size=25), st.integers(0, 40))
def test_cards_are_kept_and_the_machine_goes_on_whatever_happens(acts: list[str], tenths: int) -> None:
    line = Line()
    for act in acts:
        match act:
            case "door":
                line.machine.door(closed=False)
                line.machine.door(closed=True)
            case "jam":
                line.machine.happen(Fault(kind="jam"))
            case "mains":
                line.machine.mains(on=False)
                line.talk.forget()
                line.machine.mains(on=True)
            case "refill":
                line.machine.refill()
            case "clear":
                line.machine.clear("jam")
            case _:
                line.talk.take(frame(act))
        line.clock.advance(tenths / 10)
        assert sorted(card for cards in line.world.census().values() for card in cards) == line.cards
    line.machine.door(closed=False)
    line.machine.door(closed=True)
    line.clock.advance(600)
    line.machine.clear("jam")
    line.clock.advance(600)
    line.heard()
    assert line.ask("Rok") == "OK"
