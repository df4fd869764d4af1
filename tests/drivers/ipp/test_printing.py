"""One card through a queue that answers oddly: what is said, what is left in the queue, and what is admitted."""

from __future__ import annotations

import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.deadline import Deadline
from drivers.errors import DeviceError, Disconnected
from drivers.ipp import DRIVER, pictures, printing
from drivers.ipp.jobs import JobLost
from drivers.printer import Completion, Image, Media, Panel, PrinterFault, Reason
from tests.drivers.ipp.scripted import (
    CANCEL,
    CREATE,
    LIST,
    LOOK,
    PRINT,
    SEND,
    Job,
    hang_up,
    http,
    image,
    ipp,
    nothing_waits,
    print_card,
    scripted,
    silence,
    two_steps,
)
from tests.drivers.until import Until

pytestmark = pytest.mark.usefixtures("_quick")


def test_a_card_is_said_to_be_printed(either):
    assert print_card(either) is Completion.SAID
    (sent,) = [request for request in either.requests if request.operation in (PRINT, SEND)]
    assert b"\x89PNG" in sent.body
    names = {request.job_name for request in either.requests if request.operation in (PRINT, CREATE)}
    assert len(names) == 1
    assert names.pop().startswith("stationd-")


def test_a_document_that_was_made_ready_is_sent_as_it_is(server, monkeypatch):
    printer = DRIVER.open(server.address, Deadline.after(30))
    ready = printer.make_ready(image(printer))
    printer.print_card(image(printer), Deadline.after(30))
    monkeypatch.setattr(pictures, "document", None)
    printer.print_card(ready, Deadline.after(30))
    printer.close()
    anew, made_before = (request.body for request in server.requests if request.operation == PRINT)
    assert anew[anew.index(b"\x89PNG") :] == made_before[made_before.index(b"\x89PNG") :]


def test_an_image_that_does_not_fit_is_not_made_ready(server):
    printer = DRIVER.open(server.address, Deadline.after(30))
    small = Image(1, 1, {Panel.BLACK: b"\0"})
    assert printer.make_ready(small) is small
    printer.close()


def test_each_attempt_has_a_name_of_its_own(server):
    print_card(server)
    print_card(server)
    assert len({job.name for job in server.jobs.values()}) == 2


@pytest.mark.parametrize(
    ("queue", "reason", "code"),
    [
        ({"printer-state-reasons": "media-empty-error", "printer-state": 5}, Reason.MEDIA_EMPTY, "media-empty-error"),
        ({"printer-state-reasons": "media-jam-warning"}, Reason.MEDIA_JAM, "media-jam-warning"),
        ({"printer-state-reasons": ["media-low-report", "cover-open"]}, Reason.COVER_OPEN, "cover-open"),
        ({"printer-state": 5}, Reason.UNMAPPED, "stopped"),
        ({"printer-state": 5, "printer-state-reasons": "paused"}, Reason.UNMAPPED, "paused"),
        ({"printer-state": 9}, Reason.UNMAPPED, "unknown"),
        ({"printer-is-accepting-jobs": False}, Reason.UNMAPPED, "not-accepting-jobs"),
        ({"queued-job-count": 1}, Reason.BUSY, "processing"),
        ({"printer-state": 4}, Reason.BUSY, "processing"),
    ],
)
def test_nothing_is_sent_to_a_queue_that_is_not_ready(server, queue, reason, code):
    server.queue.update(queue)
    with pytest.raises(PrinterFault) as fault:
        print_card(server)
    assert (fault.value.condition.reason, fault.value.condition.code) == (reason, code)
    assert not fault.value.may_have_acted
    assert not server.asked(PRINT)


@pytest.mark.parametrize("reasons", ["media-low", "marker-supply-low-warning", "none", "something-new"])
def test_what_stops_nobody_stops_no_card(server, reasons):
    server.queue["printer-state-reasons"] = reasons
    assert print_card(server) is Completion.SAID


def test_an_unknown_reason_is_told_by_its_keyword(server):
    server.queue["printer-state-reasons"] = ["vendor-thing-error", "media-jam", "none"]
    printer = DRIVER.open(server.address, Deadline.after(5))
    status = printer.status(Deadline.after(5))
    assert [(told.reason, told.code) for told in status.conditions] == [
        (Reason.UNMAPPED, "vendor-thing-error"),
        (Reason.MEDIA_JAM, "media-jam"),
    ]
    assert status.media is Media.JAMMED


def test_an_idle_print_daemon_is_not_believed_about_the_last_job(server):
    server.queue["operations-supported"] = [2, 8, 9, 10, 11, 0x4002]
    server.queue["printer-state-reasons"] = "media-jam-warning"
    assert print_card(server) is Completion.SAID
    server.queue["printer-state"] = 5
    with pytest.raises(PrinterFault):
        print_card(server)


@pytest.mark.parametrize("state", [7, 8])
def test_a_job_that_was_begun_and_ended_badly_may_have_acted(either, state):
    either.outcome = Job("", state, begun=True, reasons="aborted-by-system")
    with pytest.raises(PrinterFault) as fault:
        print_card(either)
    assert fault.value.may_have_acted
    assert fault.value.condition.code == "aborted-by-system"


def test_a_job_that_the_queue_says_it_never_began_did_nothing(either):
    either.outcome = Job("", 8, begun=False, reasons="document-format-error")
    with pytest.raises(PrinterFault) as fault:
        print_card(either)
    assert not fault.value.may_have_acted
    assert fault.value.condition.reason is Reason.BAD_COMMAND


def test_completed_with_errors_is_no_success(server):
    server.outcome = Job("", 9, reasons="job-completed-with-errors")
    with pytest.raises(PrinterFault) as fault:
        print_card(server)
    assert fault.value.may_have_acted


def test_a_jam_that_is_gone_when_its_job_ends_is_still_the_cause(server, monkeypatch):
    monkeypatch.setattr(printing, "STOP_PATIENCE", 20.0)
    server.outcome = Job("", 5)

    def begin(request, _):
        server.queue["printer-state-reasons"] = "media-jam-error"
        return server.answer(request)

    def look(request, _):
        if server.asked(LOOK) == 3:  # somebody has cleared it, and the printer gave the job up
            server.queue["printer-state-reasons"] = "none"
            server.jobs[1].state, server.jobs[1].reasons = 8, "aborted-by-system"
        return server.answer(request)

    server.odd |= {PRINT: begin, LOOK: look}
    with pytest.raises(PrinterFault) as fault:
        print_card(server)
    assert fault.value.condition.reason is Reason.MEDIA_JAM
    assert fault.value.may_have_acted


LOST = {
    "hang-up": hang_up,
    "silence": silence,
    "garbage": lambda *_: b"\x00\xff\x00garbage\r\n\r\n",
    "half": lambda request, _: http(ipp(0, request.number, (2, {"job-id": 1})))[:-9],
    "another-id": lambda request, _: http(ipp(0, request.number + 1, (2, {"job-id": 1}))),
    "no-job": lambda request, _: http(ipp(0, request.number)),
    "error-500": lambda *_: http(b"", "500 Oops", "text/plain"),
    "internal": lambda request, _: http(ipp(0x0500, request.number)),
    "html": lambda *_: http(b"<html>", kind="text/html"),
}


def lost(server, operation, how):
    """The operation is done, and its reply is replaced once."""

    def answer(request, connection):
        server.odd.pop(operation)
        server.answer(request)
        return LOST[how](request, connection)

    server.odd[operation] = answer


@pytest.mark.parametrize("how", sorted(LOST.keys() - {"silence"}))
def test_a_job_whose_reply_was_lost_is_found_by_its_name(either, how):
    lost(either, PRINT if 2 in either.queue["operations-supported"] else CREATE, how)
    assert print_card(either) is Completion.SAID
    assert len(either.jobs) == 1


@pytest.mark.parametrize("how", sorted(LOST.keys() - {"internal", "silence"}))
def test_a_lost_reply_to_a_document_is_a_question_to_its_job(server, how):
    two_steps(server)
    server.outcome = Job("", 5)

    def answer(request, connection):
        server.jobs[request.job_id].state = 9
        return LOST[how](request, connection)

    server.odd[SEND] = answer
    assert print_card(server) is Completion.SAID


@pytest.mark.usefixtures("_impatient")
def test_a_job_that_is_not_found_may_yet_be_printed(server):
    server.odd[PRINT] = hang_up
    with pytest.raises(Disconnected) as broken:
        print_card(server)
    assert broken.value.may_have_acted
    assert server.asked(LIST) > 2


@pytest.mark.usefixtures("_impatient")
def test_a_job_without_its_document_prints_nothing(server):
    two_steps(server)
    server.odd[CREATE] = hang_up
    with pytest.raises(Disconnected) as broken:
        print_card(server)
    assert not broken.value.may_have_acted


def test_a_document_that_is_refused_leaves_no_job(server):
    two_steps(server)
    server.outcome = Job("", 4, begun=False)
    server.odd[SEND] = lambda request, _: http(ipp(0x040A, request.number))
    with pytest.raises(PrinterFault) as fault:
        print_card(server)
    assert fault.value.condition.code == "0x040a"
    assert not fault.value.may_have_acted
    assert nothing_waits(server)


@pytest.mark.parametrize(("status", "reason"), [(0x040B, Reason.BAD_COMMAND), (0x0507, Reason.BUSY)])
def test_a_job_that_is_refused_did_nothing(either, status, reason):
    either.odd[PRINT] = either.odd[CREATE] = lambda request, _: http(ipp(status, request.number))
    with pytest.raises(PrinterFault) as fault:
        print_card(either)
    assert not fault.value.may_have_acted
    assert fault.value.condition.reason is reason


def test_what_the_queue_would_do_otherwise_is_taken_back(server):
    two_steps(server)
    server.outcome = Job("", 4, begun=False)
    server.odd[CREATE] = lambda request, _: http(
        ipp(0x0001, request.number, (5, {"media": "om_card_54x86mm"}), (2, {"job-id": server.accept(request)}))
    )
    with pytest.raises(PrinterFault) as fault:
        print_card(server)
    assert fault.value.condition.code == "media"
    assert not fault.value.may_have_acted
    assert not server.asked(SEND)
    assert nothing_waits(server)


def test_another_job_under_our_number_is_not_ours(server):
    server.outcome = Job("", 5)

    def restarted(request, _):
        server.jobs[request.job_id] = Job("somebody's", 9)
        return server.answer(request)

    server.odd[LOOK] = restarted
    with pytest.raises(JobLost, match="another job") as fault:
        print_card(server)
    assert fault.value.may_have_acted
    assert not server.asked(CANCEL)


def test_a_job_that_is_forgotten_may_have_been_printed(server):
    server.odd[LOOK] = lambda request, _: http(ipp(0x0406, request.number))
    with pytest.raises(JobLost, match="does not know") as fault:
        print_card(server)
    assert fault.value.may_have_acted


@pytest.mark.usefixtures("_impatient")
def test_a_question_without_an_answer_is_asked_again(server):
    failures = iter([hang_up, silence, LOST["garbage"], LOST["html"]])

    def answer(request, connection):
        odd = next(failures, None)
        return server.answer(request) if odd is None else odd(request, connection)

    server.odd[LOOK] = answer
    assert print_card(server) is Completion.SAID


def test_close_ends_a_call_under_way(server):
    server.outcome = Job("", 5)
    printer = DRIVER.open(server.address, Deadline.after(30))
    followed = threading.Event()

    def answer(request, _):
        followed.set()
        return server.answer(request)

    def close():
        followed.wait()
        printer.close()

    server.odd[LOOK] = answer
    closing = threading.Thread(target=close)
    closing.start()
    started = time.monotonic()
    with pytest.raises(Disconnected) as closed:
        printer.print_card(image(printer), Deadline.after(120))
    assert time.monotonic() - started < 40
    closing.join()
    assert closed.value.may_have_acted
    with pytest.raises(Disconnected):
        printer.status(Deadline.after(1))


@pytest.mark.parametrize(
    ("panels", "width"),
    [
        ({}, None),
        ({Panel.BLACK: b"short"}, None),
        ({Panel.UV: None}, None),
        ({Panel.BLACK: None}, 10),
    ],
)
def test_an_image_that_does_not_fit_is_refused(server, panels, width):
    printer = DRIVER.open(server.address, Deadline.after(5))
    raster = printer.capabilities.raster
    blank = bytes(raster.width * raster.height)
    given_ = {panel: blank if plane is None else plane for panel, plane in panels.items()}
    with pytest.raises(PrinterFault) as fault:
        printer.print_card(Image(width or raster.width, raster.height, given_), Deadline.after(5))
    assert fault.value.condition.reason is Reason.BAD_COMMAND
    assert not fault.value.may_have_acted


@settings(max_examples=15)
@given(st.sampled_from([PRINT, LOOK, LIST, CANCEL]), st.integers(0), st.integers(0, 7))
def test_no_mutated_reply_is_a_false_success(operation, place, bit):
    """The job never gets beyond *processing*: whatever one bit is wrong in every reply, nobody says it is done.

    Its state is the one number that could be flipped into another truth, so that byte is spared.
    """
    with scripted() as server, pytest.MonkeyPatch.context() as patch:
        patch.setattr(printing, "_without_reserve", lambda _: Until.true(lambda: len(server.requests) >= 11))
        server.outcome = Job("", 5)

        def mutate(request, _):
            reply = bytearray(server.answer(request))
            at = place % len(reply)
            if at != reply.find(b"job-state\x00\x04") + 14:
                reply[at] ^= 1 << bit
            return bytes(reply)

        server.odd[operation] = mutate
        with pytest.raises(DeviceError):
            print_card(server, Until.true(lambda: len(server.requests) >= 17))
