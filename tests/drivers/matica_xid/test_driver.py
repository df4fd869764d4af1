"""What the driver makes of a machine's answers: a machine that follows a script, and no wire."""

import time

import pytest

from drivers.errors import DeviceError, StillBusy
from drivers.matica_xid.driver import MaticaXid
from drivers.matica_xid.machine import Position, Sensed
from drivers.printer import Image, Media, Panel, PrinterFault, Reason, Station
from tests.drivers.matica_xid.scripted import (
    ACTS,
    BAD,
    BUSY,
    DOOR,
    HOPPER,
    HOT,
    IMAGE,
    JAM,
    NAMES,
    PRINTING,
    RESET,
    WARMING,
    ScriptedMachine,
    acts,
    fed,
    prepared_for,
    soon,
)


@pytest.fixture
def machine():
    return ScriptedMachine()


@pytest.fixture
def printer(machine):
    return MaticaXid("matica_xid test", machine)


class TestWholeCard:
    def test_film_beside_chip_and_a_card_that_leaves(self, printer, machine):
        fed(printer)
        printer.engage(Station.CONTACTLESS, soon())
        printer.start_film(IMAGE, soon())
        machine.senses = [PRINTING] * 3
        printer.await_film(soon())
        printer.release(Station.CONTACTLESS, soon())
        printer.transfer(soon())
        assert machine.at is Position.PRINT
        printer.deliver(soon())
        everything = {Panel.YELLOW, Panel.MAGENTA, Panel.CYAN, Panel.BLACK}
        assert machine.log == [
            ("load", 2), ("engage", 2),
            ("upload", Panel.YELLOW), ("upload", Panel.MAGENTA), ("upload", Panel.CYAN), ("upload", Panel.BLACK),
            ("print_film", everything), ("release", 2), ("move", 0), ("transfer",), ("move", 5),
        ]  # fmt: skip

    def test_panels_are_turned_and_missing_colours_blank(self, printer, machine):
        fed(printer)
        printer.start_film(IMAGE, soon())
        assert machine.panels[Panel.CYAN] == bytes(range(7, -1, -1))
        assert machine.panels[Panel.YELLOW] == bytes(8)
        assert Panel.UV not in machine.panels

    def test_the_580_takes_panels_upright(self):
        machine = ScriptedMachine("XID580i")
        printer = MaticaXid("x", machine)
        printer.start_film(IMAGE, soon())
        assert machine.panels[Panel.CYAN] == bytes(range(8))

    def test_capabilities(self, printer):
        capabilities = printer.capabilities
        assert (capabilities.raster.width, capabilities.raster.height, capabilities.raster.dpi) == (4, 2, 600)
        assert capabilities.reject_bin
        assert capabilities.over_the_edge
        assert capabilities.film_beside_chip

    def test_the_last_card_of_the_hopper_is_finished(self, printer, machine):
        fed(printer)
        for act in ("engage", "release", "start_film", "await_film", "transfer", "reject"):
            machine.senses = [HOPPER] * 9
            acts(printer)[act](soon())
        assert machine.at is None


class TestBusy:
    @ACTS
    def test_busy_is_waited_out(self, printer, machine, act):
        prepared_for(printer, act)
        machine.senses = [BUSY, PRINTING, BUSY]
        acts(printer)[act](soon(1))
        assert not machine.senses

    @ACTS
    def test_busy_to_the_end_returns_by_the_deadline(self, printer, machine, act):
        prepared_for(printer, act)
        machine.senses = [BUSY] * 100_000
        began, sent = time.monotonic(), len(machine.log)
        with pytest.raises(DeviceError) as caught:
            acts(printer)[act](soon(0.1))
        assert time.monotonic() - began < 30
        if act == "await_film":
            assert isinstance(caught.value, StillBusy)
            assert caught.value.may_have_acted
        else:
            assert caught.value.condition.reason is Reason.BUSY
            assert not caught.value.may_have_acted
            assert len(machine.log) == sent

    def test_busy_after_the_act_is_not_success(self, printer, machine):
        def load(to, deadline):
            machine.senses = [BUSY] * 100_000

        machine.load = load
        with pytest.raises(StillBusy, match=r"feed: still busy after 0\.1 s"):
            printer.feed(Station.PRINT, soon(0.1))

    def test_a_film_still_printing_can_be_awaited_again(self, printer, machine):
        printer.start_film(IMAGE, soon())
        machine.senses = [PRINTING] * 1000
        with pytest.raises(StillBusy):
            printer.await_film(soon(0.05))
        machine.senses = [PRINTING]
        printer.await_film(soon())

    def test_a_move_answered_busy_is_settled_by_the_cards_place(self, printer, machine):
        fed(printer)
        machine.answers["move"] = Sensed(BUSY)
        printer.move(Station.PRINT, soon())
        machine.answers["move"], machine.obeys = Sensed(BUSY), False
        with pytest.raises(PrinterFault, match="not seen at position 2"):
            printer.move(Station.CONTACTLESS, soon())

    def test_a_transfer_answered_busy_is_no_transfer(self, printer, machine):
        prepared_for(printer, "transfer")
        machine.answers["transfer"] = Sensed(BUSY)
        with pytest.raises(PrinterFault) as caught:
            printer.transfer(soon())
        assert caught.value.may_have_acted


class TestRefused:
    def test_an_empty_hopper_feeds_nothing(self, printer, machine):
        machine.senses = [HOPPER]
        with pytest.raises(PrinterFault) as caught:
            fed(printer)
        assert caught.value.condition.reason is Reason.MEDIA_EMPTY
        assert not caught.value.may_have_acted
        assert machine.log == []

    @pytest.mark.parametrize(("code", "acted"), [(HOPPER, False), (BAD, False), (WARMING, False), (0x52A00, False),
                                                 (DOOR, True), (JAM, True), (0x52600, True), (0x39000, True),
                                                 (0x12345, True), (RESET, True), (HOT, True)])  # fmt: skip
    def test_a_load_that_the_machine_refuses(self, printer, machine, code, acted):
        machine.answers["load"] = Sensed(code)
        with pytest.raises(PrinterFault) as caught:
            fed(printer)
        assert caught.value.may_have_acted is acted
        assert caught.value.condition.code == f"{code:08X}"

    @pytest.mark.parametrize("code", [DOOR, WARMING, HOT, JAM, 0x3B200])
    @pytest.mark.parametrize("act", [name for name in NAMES if name != "await_film"])
    def test_trouble_found_before_the_act(self, printer, machine, act, code):
        prepared_for(printer, act)
        sent = len(machine.log)
        machine.senses = [code]
        with pytest.raises(PrinterFault) as caught:
            acts(printer)[act](soon())
        assert not caught.value.may_have_acted
        assert len(machine.log) == sent

    @pytest.mark.parametrize("code", [DOOR, HOT, JAM, 0x3B200])
    def test_trouble_while_the_film_is_printed_leaves_it_in_doubt(self, printer, machine, code):
        printer.start_film(IMAGE, soon())
        machine.senses = [PRINTING, code]
        with pytest.raises(PrinterFault) as caught:
            printer.await_film(soon())
        assert caught.value.may_have_acted
        with pytest.raises(PrinterFault, match="no image is being printed"):
            printer.await_film(soon())

    def test_warming_up_is_waited_out_once_the_machine_acts(self, printer, machine):
        printer.start_film(IMAGE, soon())
        machine.senses = [WARMING, PRINTING]
        printer.await_film(soon())
        assert not machine.senses

    def test_a_second_card_is_never_fed_upon_the_first(self, printer, machine):
        fed(printer)
        with pytest.raises(PrinterFault, match="a card is inside already"):
            fed(printer)
        assert machine.log == [("load", 2)]

    @pytest.mark.parametrize("act", ["move", "flip", "engage", "release", "deliver", "reject"])
    def test_nothing_is_done_to_a_card_that_is_not_there(self, printer, machine, act):
        with pytest.raises(PrinterFault, match="no card inside") as caught:
            acts(printer)[act](soon())
        assert not caught.value.may_have_acted
        assert machine.log == []

    @pytest.mark.parametrize("act", ["engage", "release", "start_film", "transfer"])
    def test_an_empty_hopper_says_nothing_of_a_card_inside(self, printer, machine, act):
        prepared_for(printer, act)
        machine.answers["print_film" if act == "start_film" else act] = Sensed(HOPPER)
        with pytest.raises(PrinterFault) as caught:
            acts(printer)[act](soon())
        assert caught.value.may_have_acted

    def test_a_reader_is_not_engaged_without_the_card(self, printer):
        fed(printer, Station.PRINT)
        with pytest.raises(PrinterFault, match="not at the contactless station"):
            printer.engage(Station.CONTACTLESS, soon())
        with pytest.raises(PrinterFault, match="no reader"):
            printer.engage(Station.MAGNETIC, soon())

    @pytest.mark.parametrize("act", ["feed", "move", "deliver", "reject"])
    def test_an_answer_without_the_card_in_place_is_no_success(self, printer, machine, act):
        prepared_for(printer, act)
        machine.obeys = False
        with pytest.raises(DeviceError) as caught:
            acts(printer)[act](soon(0.1))
        assert caught.value.may_have_acted
        assert not isinstance(caught.value, PrinterFault) or caught.value.condition.reason is Reason.MECHANICAL

    def test_clearing_the_film_winds_it_on_and_leaves_the_card_where_it_is(self, printer, machine):
        fed(printer)
        printer.start_film(IMAGE, soon())
        printer.await_film(soon())
        printer.clear_film(soon())
        assert (machine.at, machine.wound) == (Position.CONTACTLESS, 1)
        with pytest.raises(PrinterFault, match="not known to hold an image"):
            printer.transfer(soon())
        printer.start_film(IMAGE, soon())

    def test_a_move_is_not_undone_by_a_refused_question(self, printer, machine):
        fed(printer)

        def move(to, deadline, *, fresh_film=False, flip=False):
            machine.answers["position"] = Sensed(BAD)

        machine.move = move
        with pytest.raises(PrinterFault) as caught:
            printer.move(Station.PRINT, soon())
        assert caught.value.may_have_acted

    @pytest.mark.parametrize(
        "image", [Image(3, 2, {Panel.BLACK: bytes(6)}), Image(4, 2, {Panel.BLACK: bytes(7)}), Image(4, 2, {})]
    )
    def test_an_image_that_does_not_fit(self, printer, machine, image):
        with pytest.raises(PrinterFault) as caught:
            printer.start_film(image, soon())
        assert not caught.value.may_have_acted
        assert machine.log == []


class TestTurning:
    @pytest.mark.parametrize("at", [Station.PRINT, Station.CONTACTLESS, Station.CONTACT, Station.MAGNETIC])
    def test_a_card_is_turned_where_it_is(self, printer, machine, at):
        fed(printer, at)
        place = machine.at
        printer.flip(soon())
        assert (machine.at, machine.turned) == (place, True)
        assert machine.log == [("load", place), ("move", place, "flip")]

    def test_the_film_keeps_its_image(self, printer, machine):
        prepared_for(printer, "transfer")
        printer.flip(soon())
        assert machine.wound == 0
        printer.transfer(soon())

    @pytest.mark.parametrize(("code", "acted"), [(BAD, False), (WARMING, False), (BUSY, True), (HOPPER, True),
                                                 (JAM, True), (DOOR, True), (0x39100, True)])  # fmt: skip
    def test_only_an_answer_without_a_code_is_a_turn(self, printer, machine, code, acted):
        fed(printer)
        machine.answers["move"] = Sensed(code)
        with pytest.raises(PrinterFault) as caught:
            printer.flip(soon())
        assert caught.value.may_have_acted is acted

    def test_a_card_that_is_elsewhere_afterwards_is_told(self, printer, machine):
        fed(printer)
        machine.move = lambda *_, **__: setattr(machine, "at", Position.PRINT)
        with pytest.raises(PrinterFault, match="not seen at position 2") as caught:
            printer.flip(soon())
        assert caught.value.may_have_acted

    @pytest.mark.parametrize("place", [Position.REJECT, Position.EJECT])
    def test_a_card_on_its_way_out_is_left_alone(self, printer, machine, place):
        machine.at = place
        with pytest.raises(PrinterFault, match="on its way out") as caught:
            printer.flip(soon())
        assert not caught.value.may_have_acted
        assert machine.log == []


class TestStatus:
    def test_ready_with_and_without_a_card(self, printer):
        status = printer.status(soon())
        assert (status.ready, status.media, status.station) == (True, Media.NOT_PRESENT, None)
        fed(printer, Station.CONTACT)
        status = printer.status(soon())
        assert (status.media, status.station) == (Media.PRESENT, Station.CONTACT)

    def test_busy_is_told_at_once(self, printer, machine):
        machine.senses = [PRINTING]
        status = printer.status(soon())
        assert (status.media, status.has(Reason.BUSY)) == (Media.UNKNOWN, True)

    def test_a_jam(self, printer, machine):
        machine.senses = [JAM]
        assert printer.status(soon()).media is Media.JAMMED

    def test_trouble_found_while_asking_for_the_card(self, printer, machine):
        machine.senses = [DOOR]
        machine.answers["position"] = Sensed(RESET)
        status = printer.status(soon())
        assert [c.reason for c in status.conditions] == [Reason.COVER_OPEN, Reason.POWER_RESET]
        assert status.media is Media.UNKNOWN
