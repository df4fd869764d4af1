"""A card that comes to no end is taken back from its queue: what is left there, and what is admitted."""

from __future__ import annotations

import time

import pytest

from drivers.deadline import Deadline
from drivers.ipp import DRIVER, printing
from drivers.ipp.jobs import JobLost
from drivers.printer import Completion, PrinterFault, Reason
from tests.drivers.ipp.scripted import CANCEL, LOOK, PRINT, Job, http, ipp, nothing_waits, print_card, silence
from tests.drivers.until import Until

pytestmark = pytest.mark.usefixtures("_quick")


@pytest.fixture
def _in_short(server, monkeypatch):
    """The working part of the time is over after two looks; there is time enough to take a job back in."""
    monkeypatch.setattr(printing, "_without_reserve", lambda _: Until.true(lambda: server.asked(LOOK) >= 2))


def taken_back(server, state, *, begun):
    server.outcome = Job("", state, begun)
    with pytest.raises(PrinterFault) as fault:
        print_card(server)
    assert fault.value.condition.reason is Reason.BUSY
    assert server.asked(CANCEL)
    assert nothing_waits(server)
    return fault.value


@pytest.mark.usefixtures("_in_short")
@pytest.mark.parametrize("state", [3, 4])
def test_at_the_deadline_a_job_is_taken_back_unbegun(either, state):
    assert not taken_back(either, state, begun=False).may_have_acted


@pytest.mark.usefixtures("_in_short")
@pytest.mark.parametrize("state", [3, 5])
def test_at_the_deadline_a_job_is_taken_back_that_was_begun(server, state):
    assert taken_back(server, state, begun=True).may_have_acted


def test_a_stopped_printer_is_not_waited_for_until_the_deadline(server):
    server.outcome = Job("", 6)
    started = time.monotonic()
    server.odd[PRINT] = lambda request, _: (
        server.queue.update({"printer-state": 5, "printer-state-reasons": "media-jam-error"}) or server.answer(request)
    )
    with pytest.raises(PrinterFault) as fault:
        print_card(server, Deadline.after(120))
    assert time.monotonic() - started < 40
    assert fault.value.condition.reason is Reason.MEDIA_JAM
    assert fault.value.may_have_acted
    assert nothing_waits(server)


@pytest.mark.usefixtures("_in_short")
def test_a_job_that_completes_while_it_is_taken_back_is_printed(server):
    server.outcome = Job("", 5)

    def too_late(request, _):
        server.jobs[request.job_id].state = 9
        return http(ipp(0x0404, request.number))

    server.odd[CANCEL] = too_late
    assert print_card(server) is Completion.SAID


@pytest.mark.usefixtures("_in_short")
def test_a_job_that_does_not_let_itself_be_cancelled_is_said_to_be_there(server):
    server.outcome, server.cancels = Job("", 3, begun=False), False
    with pytest.raises(JobLost, match="it is pending") as lost:
        print_card(server, Until.true(lambda: server.asked(LOOK) > 5))
    assert lost.value.may_have_acted


@pytest.mark.usefixtures("_impatient", "_in_short")
@pytest.mark.parametrize(("looks", "since"), [(5, ""), (7, "; since then no answer within ")])
def test_a_question_that_the_deadline_cuts_short_hides_nothing(server, looks, since):
    """What was seen last is said, and a silence only where it had its time."""
    server.outcome, server.cancels = Job("", 3, begun=False), False

    def look(request, connection):
        return server.answer(request) if server.asked(LOOK) < 5 else silence(request, connection)

    server.odd[LOOK] = look
    with pytest.raises(JobLost) as lost:
        print_card(server, Until.true(lambda: server.asked(LOOK) >= looks))
    assert lost.value.detail.startswith(f"it is pending{since}")
    assert ("since" in lost.value.detail) is bool(since)


def test_jobs_of_an_earlier_session_are_taken_back_at_open(server):
    server.jobs = {1: Job("stationd-old", 3), 2: Job("a letter", 3), 3: Job("stationd-done", 9)}
    DRIVER.open(server.address, Deadline.after(5)).close()
    assert [job.state for job in server.jobs.values()] == [7, 3, 9]
