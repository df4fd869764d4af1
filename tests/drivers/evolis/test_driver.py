"""The driver's promises, against a machine that follows a script."""

import pytest
from PIL import Image as Picture

from drivers.errors import DeadlinePassed, DeviceError, NotUnderstood, WrongDevice
from drivers.evolis import panels
from drivers.evolis.driver import Evolis
from drivers.printer import CounterKind, Image, Media, Panel, PrinterFault, Reason, Station
from tests.drivers.evolis.scripted import IMAGE, ScriptedMachine, opened, soon


@pytest.fixture
def machine():
    return ScriptedMachine()


@pytest.fixture
def printer(machine):
    printer = opened(machine)
    machine.log.clear()
    yield printer
    printer.close()
    assert machine.closed


def fault(act, *arguments):
    with pytest.raises(PrinterFault) as caught:
        act(*arguments, soon())
    return caught.value


class TestOpening:
    def test_a_machine_tells_who_it_is_and_leaves_its_errors_to_the_host(self, machine):
        printer = opened(machine)
        identity = printer.identity
        assert (identity.maker, identity.model, identity.serial) == ("Evolis", "Primacy", "10000123456")
        assert identity.firmware == "1650"
        assert machine.mode == 2

    @pytest.mark.parametrize("end", [b"\0", b"\r", b"\r\n", b"\n\0", b""])
    @pytest.mark.parametrize("most", [1000, 1])
    def test_replies_may_end_as_they_like(self, machine, end, most):
        machine.end, machine.most = end, most
        printer = opened(machine)
        printer.feed(Station.CONTACTLESS, soon())
        assert printer.status(soon()).station is Station.CONTACTLESS

    @pytest.mark.parametrize("stale", [["OK"], ["ERR RIBBON", "OK"], ["CARD"], ["41"], ["\xff\xfe"], ["OK", "OK"]])
    def test_what_another_session_left_is_not_the_serial_number(self, machine, stale):
        for reply in stale:
            machine.send(reply)
        assert opened(machine).identity.serial == machine.serial

    def test_a_picture_that_another_session_did_not_finish_is_filled_up(self, machine):
        machine.write(b"\x1bDb;y;128;" + bytes(1000), soon())
        printer = opened(machine)
        assert printer.identity.serial == machine.serial
        assert [text for text, _ in machine.downloads] == ["Db;y;128"]

    def test_a_silent_machine_takes_no_longer_than_it_was_given(self, machine):
        machine.answers["Rsn"] = [None] * 1000
        with pytest.raises(DeadlinePassed):
            opened_within(machine, 0.2)
        assert machine.closed

    @pytest.mark.parametrize("model", ["Evolis Avansia", "OK", "ERROR CDE"])
    def test_another_model_is_not_opened(self, machine, model):
        machine.model = model
        with pytest.raises(WrongDevice, match="Primacy or Zenius"):
            opened(machine)
        assert machine.closed

    def test_a_machine_that_keeps_its_errors_is_not_opened(self, machine):
        machine.answers["Pem;2"] = ["ERROR PARAMETRES"]
        with pytest.raises(PrinterFault) as caught:
            opened(machine)
        assert not caught.value.may_have_acted
        assert machine.closed


def opened_within(machine, seconds):
    from drivers.evolis.opening import _met  # noqa: PLC0415 - the deadline is this test's own

    return _met(machine, soon(seconds))


class TestStatus:
    def test_nothing_reported_is_ready(self, printer):
        status = printer.status(soon())
        assert status.ready
        assert (status.media, status.station) == (Media.NOT_PRESENT, None)

    @pytest.mark.parametrize(
        ("question", "answer", "reason"),
        [
            ("Rse;o", "0,02 Volts", Reason.COVER_OPEN),
            ("Rse;f", "0,00 Volts", Reason.MEDIA_EMPTY),
            ("Rco;l", "0", Reason.MARKER_SUPPLY_EMPTY),
            ("Rco;l", "7", Reason.MARKER_SUPPLY_LOW),
            ("Rcr", "ERR RIBBON", Reason.MARKER_SUPPLY_EMPTY),
            ("Rcr", "BLACK MARK", Reason.MARKER_SUPPLY_EMPTY),
            ("Rlr;c", "ERR NEED CLEANING", Reason.CLEANING_DUE),
            ("Rem", "0 0", Reason.POWER_RESET),
        ],
    )
    def test_a_condition_comes_with_its_answer(self, printer, machine, question, answer, reason):
        machine.answers[question] = [answer]
        (condition,) = printer.status(soon()).conditions
        assert condition.reason is reason
        assert answer.split()[0] in condition.code

    @pytest.mark.parametrize("question", ["Rse;f", "Rse;o", "Rcr", "Rlr;c", "Rco;l", "Rem"])
    def test_what_a_machine_cannot_be_asked_is_left_out(self, machine, question):
        machine.answers[question] = ["ERROR CDE"] * 10
        assert opened(machine).status(soon()).ready

    def test_the_guides_word_for_the_reminder_serves_where_the_newer_is_not_known(self, machine):
        machine.answers.update({"Rlr;c": ["ERROR CDE"] * 9, "Rlr;r": ["OK", "ERR NEED CLEANING"]})
        assert opened(machine).status(soon()).has(Reason.CLEANING_DUE)

    def test_a_reset_is_told_once_and_the_machine_taken_over_again(self, printer, machine):
        machine.mode = 0
        assert printer.status(soon()).has(Reason.POWER_RESET)
        assert machine.mode == 2
        assert printer.status(soon()).ready

    def test_a_stray_card_is_a_jam(self, printer, machine):
        machine.place = "ERR CARD"
        status = printer.status(soon())
        assert status.media is Media.JAMMED
        assert status.has(Reason.MEDIA_JAM)

    @pytest.mark.parametrize("answer", ["CONTACTLESS", "CAR", "5", "ERROR CDE", "\xe9"])
    def test_a_place_that_nobody_named_is_not_guessed(self, printer, machine, answer):
        machine.answers["Rlr;p"] = [answer]
        with pytest.raises(DeviceError):
            printer.status(soon(0.3))

    def test_another_machine_on_the_same_cable_is_noticed(self, printer, machine):
        machine.serial = "10000999999"
        with pytest.raises(NotUnderstood, match="10000123456"):
            printer.status(soon())
        with pytest.raises(WrongDevice, match="10000999999"):
            printer.status(soon(0.5))

    def test_counters_and_supplies(self, printer):
        counters = printer.counters(soon())
        assert (counters.kind, counters.cards) == (CounterKind.CARDS_FED, 40)
        assert counters.others == {"panels": 200, "cleanings": 3}
        (ribbon,) = printer.supplies(soon())
        assert (ribbon.remaining, ribbon.capacity) == (99, None)


class TestMoving:
    @pytest.mark.parametrize("station", [Station.PRINT, Station.CONTACT, Station.CONTACTLESS])
    def test_a_card_is_fed_moved_and_put_out(self, printer, machine, station):
        printer.feed(station, soon())
        assert printer.status(soon()).station is station
        printer.move(Station.CONTACTLESS, soon())
        assert machine.fed == 41
        moved = machine.log.count("Sic")
        printer.engage(Station.CONTACTLESS, soon())
        printer.release(Station.CONTACTLESS, soon())
        assert machine.log.count("Sic") == moved > 0, "it is there: another such command is another chance to go wrong"
        printer.deliver(soon())
        assert printer.status(soon()).media is Media.NOT_PRESENT

    def test_an_empty_feeder_takes_nothing_in(self, printer, machine):
        machine.feeder = 0
        refused = fault(printer.feed, Station.PRINT)
        assert refused.condition.reason is Reason.MEDIA_EMPTY
        assert not refused.may_have_acted
        assert "Si" not in machine.log

    def test_a_feeder_found_empty_on_the_way_took_nothing_in_if_nothing_is_seen(self, printer, machine):
        machine.answers["Sic"] = ["FEEDER EMPTY"]
        assert not fault(printer.feed, Station.CONTACTLESS).may_have_acted
        machine.answers["Sic"] = ["+FEEDER EMPTY"]
        assert fault(printer.feed, Station.CONTACTLESS).may_have_acted

    @pytest.mark.parametrize(
        ("answer", "reason"),
        [
            ("COVER OPEN", Reason.COVER_OPEN),
            ("HEAD TEMP", Reason.OVERHEATED),
            ("ERR NEED CLEANING", Reason.CLEANING_DUE),
            ("RIBBON", Reason.MARKER_SUPPLY_EMPTY),
            ("REJECT BOX FULL", Reason.REJECT_FULL),
            ("HOPPER FULL", Reason.OUTPUT_AREA_FULL),
        ],
    )
    def test_so_does_whatever_else_keeps_a_machine_from_feeding(self, printer, machine, answer, reason):
        machine.answers["Sic"] = [answer]
        refused = fault(printer.feed, Station.CONTACTLESS)
        assert (refused.condition.reason, refused.may_have_acted) == (reason, False)

    def test_a_cover_opened_on_the_way_may_have_let_a_card_in(self, printer, machine):
        machine.answers["Sic"] = ["+COVER OPEN"]
        assert fault(printer.feed, Station.CONTACTLESS).may_have_acted

    @pytest.mark.parametrize(
        ("answer", "reason", "acted"),
        [
            ("ERROR CDE", Reason.BAD_COMMAND, False),
            ("NACK 2", Reason.BAD_COMMAND, False),
            ("COVER OPEN", Reason.COVER_OPEN, False),
            ("NACK C", Reason.COVER_OPEN, False),
            ("\x15F", Reason.MEDIA_JAM, True),
            ("ERROR TIME OUT", Reason.MECHANICAL, True),
            ("ERR SOMETHING NEW", Reason.UNMAPPED, True),
            ("NACK Z", Reason.UNMAPPED, True),
            ("CARD", Reason.MEDIA_JAM, True),
        ],
    )
    def test_what_a_machine_answers_is_what_is_raised(self, printer, machine, answer, reason, acted):
        machine.answers["Sic"] = [answer]
        raised = fault(printer.feed, Station.CONTACTLESS)
        assert (raised.condition.reason, raised.may_have_acted) == (reason, acted)
        assert answer.removeprefix("\x15") in raised.condition.code

    @pytest.mark.parametrize("answer", ["OK", "ACK", "\x06", "ERR NEED CLEANING"])
    def test_what_is_said_to_be_done_is_looked_at(self, printer, machine, answer):
        machine.answers["Sic"] = [answer]
        raised = fault(printer.feed, Station.CONTACTLESS)
        assert raised.may_have_acted is not answer.endswith("CLEANING")
        assert "not at the contactless station" in str(raised)
        machine.answers["Sic"] = ["+" + answer]
        printer.feed(Station.CONTACTLESS, soon())

    def test_a_second_card_is_not_fed_and_none_is_moved_out_of_nothing(self, printer, machine):
        assert not fault(printer.move, Station.PRINT).may_have_acted
        assert not fault(printer.engage, Station.CONTACT).may_have_acted
        assert not fault(printer.print_and_deliver, IMAGE).may_have_acted
        for act in (printer.deliver, printer.reject):
            assert not fault(act).may_have_acted
        assert machine.fed == 40
        printer.feed(Station.PRINT, soon())
        assert not fault(printer.feed, Station.PRINT).may_have_acted
        assert machine.fed == 41
        assert not fault(printer.engage, Station.CONTACT).may_have_acted
        assert not fault(printer.move, Station.MAGNETIC).may_have_acted

    def test_a_machine_that_feeds_where_it_should_move_is_noticed(self, printer, machine):
        printer.feed(Station.CONTACTLESS, soon())
        machine.answers["Rco;c"] = ["41", "42"]
        assert "another card" in str(fault(printer.move, Station.PRINT))

    def test_a_card_that_stays_was_not_delivered(self, printer, machine):
        printer.feed(Station.PRINT, soon())
        machine.answers["Se"] = ["OK"]
        raised = fault(printer.deliver)
        assert raised.may_have_acted
        assert "still inside" in str(raised)

    def test_a_primacy_rejects_and_a_zenius_cannot(self, printer, machine):
        printer.feed(Station.PRINT, soon())
        printer.reject(soon())
        assert "Ser" in machine.log
        zenius = ScriptedMachine("ZENIUS", "99")
        other = opened(zenius)
        assert not other.capabilities.reject_bin
        other.feed(Station.PRINT, soon())
        assert not fault(other.reject).may_have_acted
        assert zenius.place == "CARD"

    def test_nothing_is_begun_after_a_reset(self, printer, machine):
        machine.mode = 0
        raised = fault(printer.feed, Station.PRINT)
        assert raised.condition.reason is Reason.POWER_RESET
        assert raised.may_have_acted
        assert "Si" not in machine.log


class TestPrinting:
    def test_every_panel_is_sent_in_the_ribbons_order(self, printer, machine):
        printer.feed(Station.CONTACTLESS, soon())
        machine.log.clear()
        printer.print_and_deliver(IMAGE, soon())
        sent = [text for text in machine.log if text[0] != "R"]
        assert sent == ["Pr;ymcko", "Ss", "Sr", "Db;y;32", "Db;m;32", "Db;c;32", "Db;k;2", "Db;o;2", "Se"]
        assert [len(data) for _, data in machine.downloads] == [411480] * 3 + [82296] * 2
        assert machine.downloads[4][1] == b"\xff" * 82296  # coated all over
        assert machine.place == "OK"

    def test_a_machine_with_one_side_refuses_to_hear_of_the_front(self, printer, machine):
        printer.feed(Station.CONTACTLESS, soon())
        machine.answers["Sr"] = ["ERROR CDE"]
        printer.print_and_deliver(IMAGE, soon())

    @pytest.mark.parametrize("command", ["Pr;ymcko", "Ss", "Sr"])
    def test_what_is_refused_before_the_first_panel_left_the_card_alone(self, printer, machine, command):
        printer.feed(Station.CONTACTLESS, soon())
        machine.answers[command] = ["ERR RIBBON TYPE"]
        raised = fault(printer.print_and_deliver, IMAGE)
        assert raised.condition.reason is Reason.MARKER_SUPPLY_EMPTY
        assert not raised.may_have_acted

    @pytest.mark.parametrize("command", ["Db;y;32", "Db;c;32", "Db;o;2", "Se"])
    @pytest.mark.parametrize("answer", ["ERROR RIBBON", "ERROR CDE", "ERR NEED CLEANING", "CARD JAM"])
    def test_what_fails_from_the_first_panel_on_may_have_spoiled_it(self, printer, machine, command, answer):
        printer.feed(Station.CONTACTLESS, soon())
        machine.answers[command] = [answer]
        assert fault(printer.print_and_deliver, IMAGE).may_have_acted

    @pytest.mark.parametrize(("question", "answer"), [("Rse;o", "0,00 Volts"), ("Rco;l", "0")])
    def test_no_card_is_spoiled_for_a_trouble_that_is_told_before(self, printer, machine, question, answer):
        printer.feed(Station.CONTACTLESS, soon())
        machine.answers[question] = [answer]
        assert not fault(printer.print_and_deliver, IMAGE).may_have_acted
        assert not machine.downloads

    def test_a_card_without_a_counted_panel_is_not_a_printed_one(self, printer, machine):
        printer.feed(Station.CONTACTLESS, soon())
        machine.answers["Rco;p"] = ["200"] * 1000
        raised = fault(printer.print_and_deliver, IMAGE)
        assert raised.may_have_acted
        assert "no panel was counted" in str(raised)

    @pytest.mark.parametrize(
        "image",
        [
            Image(648, 1016, IMAGE.panels),
            Image(1016, 648, {}),
            Image(1016, 648, {Panel.UV: IMAGE.panels[Panel.YELLOW]}),
            Image(1016, 648, {Panel.BLACK: b"\0"}),
        ],
    )
    def test_an_image_that_does_not_fit_is_refused(self, printer, image):
        printer.feed(Station.CONTACTLESS, soon())
        assert not fault(printer.print_and_deliver, image).may_have_acted

    def test_what_was_made_ready_is_sent_as_it_is(self, printer, machine, monkeypatch):
        ready = printer.make_ready(IMAGE)
        assert not machine.log, "the machine is asked nothing"
        printer.feed(Station.CONTACTLESS, soon())
        printer.print_and_deliver(IMAGE, soon())
        once, machine.downloads[:] = list(machine.downloads), []
        monkeypatch.setattr(panels, "packed", None)
        printer.feed(Station.CONTACTLESS, soon())
        printer.print_and_deliver(ready, soon())
        assert machine.downloads == once

    def test_what_was_made_ready_for_other_levels_is_made_anew(self, machine):
        finer = opened(ScriptedMachine(), levels=128).make_ready(IMAGE)
        printer = opened(machine, levels=32)
        printer.feed(Station.CONTACTLESS, soon())
        printer.print_and_deliver(finer, soon())
        assert machine.downloads[0][0] == "Db;y;32"

    def test_what_does_not_fit_is_refused_when_it_is_printed(self, printer):
        image = Image(1016, 648, {Panel.BLACK: b"\0"})
        assert printer.make_ready(image) is image

    def test_the_picture_arrives(self, machine):
        printer = opened(machine, levels=128)
        card = Picture.radial_gradient("L").resize((panels.WIDTH, panels.HEIGHT))
        card.paste(255, (0, 0, 300, 20))
        printer.feed(Station.CONTACTLESS, soon())
        printer.print_and_deliver(
            Image(1016, 648, {Panel.MAGENTA: card.tobytes(), Panel.BLACK: card.tobytes()}), soon()
        )
        by_name = dict(machine.downloads)
        bits = "".join(f"{byte:08b}" for byte in by_name["Db;m;128"])
        levels = bytes(int(bits[at : at + 7], 2) for at in range(0, len(bits), 7))
        upright = Picture.frombytes("L", (648, 1016), levels).transpose(Picture.Transpose.ROTATE_90)
        assert upright.tobytes() == card.point(lambda level: level >> 1).tobytes()
        black = Picture.frombytes("1", (648, 1016), by_name["Db;k;2"]).transpose(Picture.Transpose.ROTATE_90)
        assert black.tobytes() == card.point(lambda level: 255 * (level >> 7), "1").tobytes()


class TestLostReplies:
    @pytest.mark.parametrize("answer", [None, "+", DeadlinePassed("", "read", 1.0)])
    @pytest.mark.parametrize(("act", "command"), [("feed", "Sic"), ("print", "Db;m;32"), ("print", "Se")])
    def test_a_lost_reply_may_have_acted_and_the_session_goes_on(self, printer, machine, act, command, answer):
        if act == "print":
            printer.feed(Station.CONTACTLESS, soon())
        machine.answers[command] = [answer]
        with pytest.raises(DeadlinePassed) as caught:
            call(printer, act, soon(0.2))
        assert caught.value.may_have_acted
        assert "evolis test" in str(caught.value)
        assert printer.status(soon()).media in (Media.PRESENT, Media.NOT_PRESENT)

    @pytest.mark.parametrize("late", ["OK", "CARD", "10000123456", "40", "ERROR CDE"])
    @pytest.mark.parametrize("end", [b"\0", b""])
    def test_a_late_reply_stands_for_nothing(self, machine, late, end):
        machine.end, machine.gap = end, 0.002
        printer = opened(machine)
        machine.answers["Sic"] = ["+"]
        with pytest.raises(DeadlinePassed):
            printer.feed(Station.CONTACTLESS, soon(0.4))
        assert machine.place == "CONTACTLESS CARD"
        machine.send(late)
        status = printer.status(soon())
        assert (status.media, status.station) == (Media.PRESENT, Station.CONTACTLESS)

    def test_an_extra_reply_never_makes_a_card_vanish(self, printer, machine):
        printer.feed(Station.CONTACTLESS, soon())
        machine.send("OK")
        with pytest.raises(NotUnderstood):
            printer.status(soon())
        assert printer.status(soon()).media is Media.PRESENT


def call(printer: Evolis, act, deadline):
    if act == "feed":
        printer.feed(Station.CONTACTLESS, deadline)
    else:
        printer.print_and_deliver(IMAGE, deadline)
