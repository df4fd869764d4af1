"""Cards through programs that we did not write: ippeveprinter, and cupsd in front of it."""

from __future__ import annotations

import contextlib
import hashlib
import io
import ssl
import subprocess
import threading

import pytest
from PIL import Image as Pillow

from drivers.addresses import parse_queue
from drivers.deadline import Deadline
from drivers.errors import DeviceError, WrongDevice
from drivers.ipp import DRIVER
from drivers.ipp.jobs import JobLost, Jobs
from drivers.ipp.opening import find_printers
from drivers.ipp.queue import JobState, Queue
from drivers.printer import CardCounter, CardTransport, Completion, Identity, Image, Panel, PrinterFault, Reason, Supply
from tests.drivers.ipp.rig import administer, await_true, card_printer, print_daemon
from tests.drivers.ipp.test_pictures import read_by_cups
from tests.drivers.until import Until

SIZE = (1011, 638)
_SESSIONS = contextlib.ExitStack()


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    with card_printer(tmp_path_factory.mktemp("ipp") / "printer") as machine:
        yield machine


@pytest.fixture(scope="module")
def cups(machine):
    with print_daemon(machine.address) as daemon:
        yield daemon


@pytest.fixture(scope="module")
def raw_queue(machine):
    with print_daemon(machine.address, raw=True) as daemon:
        yield daemon


@pytest.fixture(autouse=True)
def _fresh(machine):
    machine.act("exit 0")
    for path in [*machine.folder.glob("printed-*"), machine.folder / "begun"]:
        path.unlink(missing_ok=True)
    yield
    _SESSIONS.close()
    await_true("the printer's rest", lambda: not jobs(machine), machine.folder / "printer.log")


def jobs(queue):
    return Queue(parse_queue(queue.address), "test").jobs("not-completed", Deadline.after(5))


@pytest.fixture
def looks(monkeypatch):
    """How often the driver has looked whether a job goes on: one entry each."""
    looks = []

    def counted(look):
        def look_and_count(*arguments):
            looks.append(look.__name__)
            return look(*arguments)

        return look_and_count

    for look in (Jobs.look, Jobs.goes_on_behind):
        monkeypatch.setattr(Jobs, look.__name__, counted(look))
    return looks


def after_more(looks, count):
    """A deadline that comes when the driver has looked so many times more."""
    enough = len(looks) + count
    return Until.true(lambda: len(looks) >= enough)


def work_until(monkeypatch, true):
    """The part of the time in which a card is waited for is over when that is true."""
    monkeypatch.setattr("drivers.ipp.printing._without_reserve", lambda _deadline: Until.true(true))


def once_cancelled(monkeypatch, then):
    """Do something as soon as the queue has answered to the first Cancel-Job."""
    cancel = Queue.cancel_job

    def cancelled(*arguments):
        cancel(*arguments)
        then()

    monkeypatch.setattr(Queue, "cancel_job", cancelled)


def session(address, deadline):
    """Begin a session in place of the one before, which ends: a queue opens once."""
    _SESSIONS.close()
    return _SESSIONS.enter_context(contextlib.closing(DRIVER.open(address, deadline)))


def opened(queue, query=""):
    return session(queue.address + query, Deadline.after(10))


def card():
    """An upright card with its top left in full cyan and a black line."""
    width, height = SIZE
    cyan = Pillow.new("L", SIZE)
    cyan.paste(255, (0, 0, 100, 100))
    black = Pillow.new("L", SIZE)
    black.paste(255, (0, 300, width, 310))
    return Image(width, height, {Panel.CYAN: cyan.tobytes(), Panel.BLACK: black.tobytes()})


def shows_the_card(picture):
    """True for the card turned anticlockwise: its top is on the left."""
    return [picture.getpixel(at) for at in ((50, 960), (305, 500), (50, 500))] == [
        (0, 255, 255),
        (0, 0, 0),
        (255, 255, 255),
    ]


def test_what_the_printer_is(machine):
    printer = opened(machine)
    raster = printer.capabilities.raster
    assert (raster.width, raster.height, raster.dpi) == (*SIZE, 300)
    assert raster.panels == {Panel.YELLOW, Panel.MAGENTA, Panel.CYAN, Panel.BLACK}
    assert printer.identity == Identity("Example", "DTC Card", "C0042", "3.1")
    assert printer.supplies(Deadline.after(5)) == (Supply("YMCKO ribbon", 120, 250, None),)
    assert printer.status(Deadline.after(5)).ready
    assert not isinstance(printer, CardCounter | CardTransport)


def test_a_card_is_printed_as_the_printers_own_raster(machine, tmp_path):
    assert opened(machine).print_card(card(), Deadline.after(30)) is Completion.SAID
    (document,) = machine.printed
    _, pixels = read_by_cups(tmp_path, document)
    assert shows_the_card(Pillow.frombytes("RGB", SIZE[::-1], pixels))


@pytest.mark.parametrize("kind", ["image/png", "image/jpeg", "application/pdf"])
def test_a_card_is_printed_as_the_document_that_is_taken(tmp_path, kind):
    with card_printer(tmp_path / "printer", kind) as machine:
        assert opened(machine).print_card(card(), Deadline.after(30)) is Completion.SAID
        (document,) = machine.printed
        assert (machine.folder / "type").read_text().strip() == kind
        if kind == "image/png":
            assert shows_the_card(Pillow.open(io.BytesIO(document)))


def test_an_encrypted_queue_has_the_certificate_that_the_address_names(machine):
    shown = ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("localhost", machine.port), timeout=10))
    address = machine.address.replace("ipp://", "ipps://")
    pinned = hashlib.sha256(shown).hexdigest()
    printer = session(f"{address}?sha256={pinned}", Deadline.after(10))
    assert printer.print_card(card(), Deadline.after(30)) is Completion.SAID
    for query in ("", f"?sha256={'0' * 64}"):
        with pytest.raises(WrongDevice) as wrong:
            session(address + query, Deadline.after(10))
        assert not wrong.value.may_have_acted


def test_a_card_that_fails_in_the_printer_may_have_been_spoiled(machine):
    machine.act("exit 1")
    with pytest.raises(PrinterFault) as fault:
        opened(machine).print_card(card(), Deadline.after(30))
    assert fault.value.may_have_acted
    assert fault.value.condition.code == "aborted-by-system"


def test_an_empty_hopper_is_told_waited_for_and_filled(machine):
    goes_on, told = machine.folder / "goes-on", []
    goes_on.unlink(missing_ok=True)
    machine.act(
        f"echo STATE: +media-empty-error >&2; until [ -e {goes_on} ]; do sleep 0.05; done; "
        "echo STATE: -media-empty-error >&2; sleep 1"
    )

    def tell(reported):
        told.append({condition.reason for condition in reported})
        if Reason.MEDIA_EMPTY in told[-1]:
            goes_on.touch()  # the officer, who was told

    assert opened(machine).print_card(card(), Deadline.after(60), tell) is Completion.SAID
    assert {Reason.MEDIA_EMPTY} in told
    assert told[-1] == {Reason.BUSY}, "and that it has been mended"


@pytest.mark.parametrize("through", ["machine", "cups"])
def test_a_card_that_the_printer_may_print_long_after_its_cancel_is_looked_for(
    machine, through, request, looks, monkeypatch
):
    """ippeveprinter, cancelled at a card that it has begun, finishes it as soon as it can, and calls it canceled."""
    goes_on = machine.folder / "goes-on"
    goes_on.unlink(missing_ok=True)
    machine.act(
        f"echo STATE: +media-empty-error >&2; until [ -e {goes_on} ]; do sleep 0.05; done; "
        "echo STATE: -media-empty-error >&2"
    )
    queue = request.getfixturevalue(through)
    printer = opened(queue)
    told, lookings = [], []
    work_until(monkeypatch, lambda: told and told[-1][0].reason is Reason.MEDIA_EMPTY)
    once_cancelled(monkeypatch, lambda: lookings.append(after_more(looks, 4)))
    try:
        with pytest.raises(PrinterFault) as fault:
            printer.print_card(card(), Until.true(lambda: lookings and lookings[0].passed), told.append)
        assert fault.value.may_have_acted
        assert fault.value.condition.reason is Reason.MEDIA_EMPTY
        assert "cannot be seen to be over" in str(fault.value)
        assert printer.status(Deadline.after(5)).has(Reason.BUSY)
        with pytest.raises(PrinterFault) as second:  # or the next card would get this print
            printer.print_card(card(), Deadline.after(5))
        assert not second.value.may_have_acted
        with pytest.raises(JobLost):
            session(queue.address, after_more(looks, 4))
    finally:
        goes_on.touch()
    monkeypatch.undo()
    machine.act("exit 0")
    again = opened(queue)
    assert len(machine.printed) == 1
    assert again.print_card(card(), Deadline.after(30)) is Completion.SAID


def test_a_begun_card_that_was_cancelled_is_not_called_unprinted(machine, monkeypatch):
    """It is over, and the queue says canceled: the card is printed all the same."""
    goes_on, told = machine.folder / "goes-on", []
    goes_on.unlink(missing_ok=True)
    machine.act(f"until [ -e {goes_on} ]; do sleep 0.05; done")
    work_until(monkeypatch, lambda: told)
    once_cancelled(monkeypatch, goes_on.touch)
    with pytest.raises(PrinterFault, match="whether the card was printed is not known") as fault:
        opened(machine).print_card(card(), Deadline.after(60), told.append)
    assert fault.value.may_have_acted
    assert fault.value.condition.reason is Reason.BUSY
    assert not jobs(machine)
    assert len(machine.printed) == 1


def test_nothing_is_given_to_a_printer_with_its_cover_open(tmp_path):
    with card_printer(tmp_path / "printer") as machine:
        machine.act("echo STATE: +cover-open >&2")
        printer = opened(machine)
        printer.print_card(card(), Deadline.after(30))
        assert printer.status(Deadline.after(5)).has(Reason.COVER_OPEN)
        with pytest.raises(PrinterFault) as fault:
            printer.print_card(card(), Deadline.after(30))
        assert fault.value.condition.reason is Reason.COVER_OPEN
        assert not fault.value.may_have_acted
        assert len(machine.printed) == 1


def test_a_card_goes_through_the_print_daemon_to_the_printer(cups, machine, tmp_path):
    printer = opened(cups)
    assert printer.capabilities.raster.width == SIZE[0]
    assert printer.print_card(card(), Deadline.after(30)) is Completion.SAID
    (document,) = machine.printed
    _, pixels = read_by_cups(tmp_path, document)
    assert shows_the_card(Pillow.frombytes("RGB", SIZE[::-1], pixels))
    assert not jobs(cups)


def test_a_job_that_the_daemon_never_began_did_nothing(cups, machine):
    printer = opened(cups)
    subprocess.run(["/usr/sbin/cupsdisable", "-h", f"localhost:{cups.port}", "cards"], check=True)
    try:
        with pytest.raises(PrinterFault) as fault:
            printer.print_card(card(), Deadline.after(10))
        assert fault.value.condition.code == "paused"
        assert not fault.value.may_have_acted
    finally:
        subprocess.run(["/usr/sbin/cupsenable", "-h", f"localhost:{cups.port}", "cards"], check=True)


def test_a_queue_paused_in_between_keeps_no_job(cups, machine, monkeypatch):
    """Its state was read, and then somebody pauses it: the job stays pending, and is taken back unbegun."""
    printer = opened(cups)
    monkeypatch.setattr("drivers.ipp.printing.STOP_PATIENCE", 0.5)
    document = printer._document

    def paused_meanwhile(image):
        status = printer._status(Deadline.after(5))
        monkeypatch.setattr(printer, "_status", lambda _deadline: status)
        subprocess.run(["/usr/sbin/cupsdisable", "-h", f"localhost:{cups.port}", "cards"], check=True)
        return document(image)

    monkeypatch.setattr(printer, "_document", paused_meanwhile)
    try:
        with pytest.raises(PrinterFault) as fault:
            printer.print_card(card(), Deadline.after(20))
        assert not fault.value.may_have_acted
        assert fault.value.condition.code == "paused"
        assert "nothing was printed" in str(fault.value)
        assert not jobs(cups)
    finally:
        subprocess.run(["/usr/sbin/cupsenable", "-h", f"localhost:{cups.port}", "cards"], check=True)
    assert not machine.printed


def test_a_jam_seen_through_the_daemon_is_told_once(cups, machine, monkeypatch):
    goes_on = machine.folder / "goes-on"
    goes_on.unlink(missing_ok=True)
    machine.act(
        f"echo STATE: +media-jam-error >&2; until [ -e {goes_on} ]; do sleep 0.05; done; "
        "echo STATE: -media-jam-error >&2; exit 1"
    )
    monkeypatch.setattr("drivers.ipp.printing.STOP_PATIENCE", 0.5)
    once_cancelled(monkeypatch, goes_on.touch)
    printer = opened(cups)
    with pytest.raises(PrinterFault) as fault:
        printer.print_card(card(), Deadline.after(60))
    assert fault.value.condition.reason is Reason.MEDIA_JAM
    assert fault.value.may_have_acted
    assert not jobs(cups)
    await_true("the printer's rest", lambda: not jobs(machine), machine.folder / "printer.log")
    machine.act("exit 0")
    assert printer.status(Deadline.after(5)).ready  # cupsd still repeats the jam
    assert printer.print_card(card(), Deadline.after(30)) is Completion.SAID


def test_a_session_that_ended_in_the_middle_leaves_nothing_behind(cups, machine, looks):
    goes_on = machine.folder / "goes-on"
    goes_on.unlink(missing_ok=True)
    machine.act(f"until [ -e {goes_on} ]; do sleep 0.05; done")
    printer = opened(cups)

    def interrupt():
        await_true("the card", (machine.folder / "begun").exists, machine.folder / "printer.log")
        printer.close()

    interrupting = threading.Thread(target=interrupt)
    interrupting.start()
    try:
        with pytest.raises(DeviceError) as closed:
            printer.print_card(card(), Deadline.after(60))
        assert closed.value.may_have_acted
        interrupting.join()
        with pytest.raises(JobLost, match="behind"):
            session(cups.address, after_more(looks, 4))
        assert not jobs(cups)
    finally:
        goes_on.touch()
    opened(cups).close()
    assert not jobs(machine)


def test_queues_of_the_daemon_are_found(cups):
    assert find_printers(("127.0.0.1", cups.port)) == [f"ipp://127.0.0.1:{cups.port}/printers/cards"]


def test_a_queue_that_knows_no_card_opens_only_when_told_the_media(raw_queue, machine):
    with pytest.raises(WrongDevice, match="media="):
        opened(raw_queue)
    printer = opened(raw_queue, "?media=custom_53.98x85.6mm_53.98x85.6mm")
    assert printer.print_card(card(), Deadline.after(30)) is Completion.SAID
    assert len(machine.printed) == 1


def test_a_queue_that_is_not_there(cups):
    with pytest.raises(DeviceError) as refused:
        session(cups.address + "-x", Deadline.after(5))
    assert not refused.value.may_have_acted


def test_a_queue_that_takes_no_jobs(cups):
    subprocess.run(["/usr/sbin/cupsreject", "-h", f"localhost:{cups.port}", "cards"], check=True)
    try:
        with pytest.raises(PrinterFault) as fault:
            opened(cups).print_card(card(), Deadline.after(10))
        assert fault.value.condition.code == "not-accepting-jobs"
    finally:
        subprocess.run(["/usr/sbin/cupsaccept", "-h", f"localhost:{cups.port}", "cards"], check=True)


def test_a_printer_that_is_switched_off_under_its_queue(tmp_path, monkeypatch):
    with contextlib.ExitStack() as stack:
        with card_printer(tmp_path / "printer") as machine:
            cups = stack.enter_context(print_daemon(machine.address))
        administer(cups.port, "-p", "cards", "-o", "printer-error-policy=retry-job")
        work_until(monkeypatch, lambda: any(job.state is JobState.PROCESSING for job in jobs(cups)))
        with pytest.raises(PrinterFault) as fault:
            opened(cups).print_card(card(), Deadline.after(60))
        assert fault.value.may_have_acted
        assert not jobs(cups)
