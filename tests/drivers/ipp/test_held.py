"""One queue by two addresses: the second session is refused, and no job of the first is touched."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from drivers.deadline import Deadline
from drivers.errors import DeviceError, HeldByAnother
from drivers.ipp import DRIVER
from drivers.ipp.held import Hold
from drivers.printer import Completion, Printer
from tests.drivers.ipp.scripted import LIST, PRINT, Job, Scripted, hang_up, image, scripted

CANCEL = 0x08


@pytest.fixture
def printer_behind() -> Iterator[Scripted]:
    with scripted() as told:
        told.queue["printer-uuid"] = "urn:uuid:the-printer"
        yield told


def opened(address: str) -> Printer:
    return DRIVER.open(address, Deadline.after(10))


def refused(address: str) -> None:
    with pytest.raises(HeldByAnother, match="one printer") as held:
        opened(address)
    assert not held.value.may_have_acted


def by_name(server: Scripted) -> str:
    return server.address.replace("127.0.0.1", "localhost")


def test_the_same_queue_by_another_name_cancels_no_card_in_print(server: Scripted) -> None:
    server.outcome = Job("", state=5)
    first = opened(server.address)
    said: list[Completion] = []
    printing = threading.Thread(target=lambda: said.append(first.print_card(image(first), Deadline.after(30))))
    printing.start()
    while not server.jobs:
        printing.join(0.01)
    refused(by_name(server))
    refused(server.address)
    assert not server.asked(CANCEL)
    server.jobs[1].state = 9
    printing.join(10)
    first.close()
    assert said == [Completion.SAID]
    assert server.asked(PRINT) == 1


def test_a_closed_queue_opens_again_and_a_refused_one_is_held_by_nobody_else(server: Scripted) -> None:
    for _ in range(2):
        first = opened(server.address)
        refused(by_name(server))
        first.close()
        first.close()
    opened(by_name(server)).close()


def test_an_open_that_fails_holds_nothing(server: Scripted) -> None:
    server.cancels = False
    server.jobs[1] = Job("stationd-left", state=5)
    with pytest.raises(Exception, match="cannot be seen to be over"):
        DRIVER.open(server.address, Deadline.after(0.5))
    server.jobs.clear()
    opened(by_name(server)).close()


@pytest.mark.parametrize("queue_first", [True, False])
def test_a_queue_and_the_printer_behind_it_are_one(
    server: Scripted, printer_behind: Scripted, queue_first: bool
) -> None:
    server.queue["device-uri"] = (0x45, by_name(printer_behind).encode())
    addresses = [server.address, printer_behind.address]
    first, second = addresses if queue_first else reversed(addresses)
    printer_behind.jobs[1] = Job("another-host-1", state=3)
    holder = opened(first)
    refused(second)
    assert not printer_behind.asked(CANCEL)
    holder.close()
    opened(second).close()


def test_a_printer_that_tells_no_uuid_is_known_by_its_address(server: Scripted, printer_behind: Scripted) -> None:
    del printer_behind.queue["printer-uuid"]
    server.queue["device-uri"] = (0x45, printer_behind.address.encode())
    holder = opened(server.address)
    refused(printer_behind.address)
    holder.close()


def test_two_printers_of_one_kind_are_two(server: Scripted, printer_behind: Scripted) -> None:
    with ExitStack() as both:
        for at in (server, printer_behind):
            both.callback(opened(at.address).close)


def test_what_is_held_in_part_is_not_held_at_all() -> None:
    first = Hold({"a", "b"}, "ipp")
    with pytest.raises(HeldByAnother):
        Hold({"b", "c"}, "ipp")
    Hold({"c"}, "ipp").release()
    first.release()
    Hold({"a", "b", "c"}, "ipp").release()


def test_a_queue_whose_printer_has_gone_away_is_given_no_card(server: Scripted, printer_behind: Scripted) -> None:
    """The queue would take it, and nobody could say afterwards what became of it."""
    server.queue["device-uri"] = (0x45, printer_behind.address.encode())
    printer = opened(server.address)
    card = image(printer)
    printer_behind.odd[LIST] = hang_up
    with pytest.raises(DeviceError) as gone:
        printer.print_card(card, Deadline.after(30))
    assert not gone.value.may_have_acted
    with pytest.raises(DeviceError):
        printer.status(Deadline.after(10))
    printer.close()
    with pytest.raises(DeviceError):
        opened(server.address)
    assert not server.asked(PRINT)
    del printer_behind.odd[LIST]
    printer = opened(server.address)
    assert printer.print_card(card, Deadline.after(30)) is Completion.SAID
    printer.close()


def test_a_printer_that_never_told_this_pc_of_its_jobs_is_not_taken_for_one_that_is_away(
    server: Scripted, printer_behind: Scripted
) -> None:
    server.queue["device-uri"] = (0x45, printer_behind.address.encode())
    printer_behind.odd[LIST] = hang_up
    printer = opened(server.address)
    assert printer.print_card(image(printer), Deadline.after(30)) is Completion.SAID
    printer.close()
