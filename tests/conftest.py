"""A test that cannot run here fails; it never skips in silence. And the longest files are begun first."""

from __future__ import annotations

import gc
from collections.abc import Generator, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

from tests.rig import nursery

# A loaded machine is no fault of the program: nothing here is timed. `--hypothesis-profile=thorough` looks further.
settings.register_profile("untimed", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", parent=settings.get_profile("untimed"), max_examples=1000)
settings.load_profile("untimed")

WAITING = (
    "tests/spine/test_spine.py",
    "tests/spine/test_trip.py",
    "tests/campaigns/test_morning.py",
    "tests/drivers/conformance/test_families.py",
    "tests/drivers/ipp/test_real.py",
    "tests/drivers/test_pcsc_wire.py",
    "tests/simulators/test_stage.py",
    "tests/simulators/test_usb_wire.py",
    "tests/registry/test_link_lost_wire.py",
    "tests/spine/test_families.py",
    "tests/spine/test_other_books.py",
    "tests/spine/test_demo.py",
    "tests/spine/test_faulty_day.py",
    "tests/spine/",
    "tests/drivers/gammu/",
    "tests/simulators/test_ipp_wire.py",
    "tests/campaigns/test_chip.py",
    "tests/drivers/tracing/test_jams.py",
    "tests/drivers/conformance/test_readers.py",
    "tests/simulators/test_magicard_usb.py",
    "tests/simulators/test_card_reader.py",
    "tests/simulators/registry/test_registry_durability.py",
    "tests/simulators/test_tcp_wire.py",
    "tests/simulators/test_pty_wire.py",
    "tests/drivers/test_vendor_driver.py",
    "tests/tray/test_desktop.py",
)
"""Files that run simulations, or wait for devices more than they compute: what takes longest first."""
COMPUTING = (
    "tests/press/test_line.py",
    "tests/press/test_other_lines.py",
    "tests/drivers/conformance/test_mutants.py",
    "tests/tray/test_card.py",
    "tests/tray/test_queue.py",
    "tests/documents/test_issuing.py",
    "tests/press/test_making.py",
    "tests/drivers/ipp/test_printing.py",
    "tests/station/test_counts.py",
    "tests/test_packaging.py",
    "tests/store/test_room.py",
    "tests/store/test_failing_disk.py",
    "tests/documents/test_render.py",
)
"""The longest of the others, in order."""
ONE_TEST_AT_A_TIME = ("tests/spine/test_demo.py",)
"""Files whose tests are long, and share nothing."""


@pytest.fixture(scope="session", autouse=True)
def programs_kept_ready() -> Iterator[None]:
    """Simulations begin their programs from processes that have read them already."""
    with nursery.kept():
        yield


FAILED_INSTEAD = "This would have been skipped; a test that cannot run here fails. Its reason: "


def _fail_instead(report: pytest.CollectReport | pytest.TestReport) -> None:
    """Turn a skip, by mark or by call, into a failure with the same reason. An expected failure (xfail) is no skip."""
    if report.outcome != "skipped" or hasattr(report, "wasxfail"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
    report.outcome = "failed"
    report.longrepr = f"{FAILED_INSTEAD}{reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _fail_instead(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _fail_instead(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage while six thousand tests are gathered, and never again among them: each look takes 0.2 s."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


class _FileByFile(LoadFileScheduling):
    """Hands out whole files: what takes longest first, and one worker is kept for what computes."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid if nodeid.startswith(ONE_TEST_AT_A_TIME) else str(super()._split_scope(nodeid))

    def _assign_work_unit(self, node: WorkerController) -> None:
        computes = len(self.nodes) > 1 and node is self.nodes[-1]
        kinds = (COMPUTING, WAITING) if computes else (WAITING, COMPUTING)
        self.workqueue.move_to_end(min(self.workqueue, key=lambda scope: _turn(scope, kinds)), last=False)
        super()._assign_work_unit(node)


def _turn(scope: str, kinds: tuple[tuple[str, ...], tuple[str, ...]]) -> tuple[bool, int]:
    """Say when a file's turn is: those of the first kind before those of the second, each kind by its list.

    What is in neither list computes, and comes after what is.
    """
    listed = WAITING if scope.startswith(WAITING) else COMPUTING
    number = next((number for number, file in enumerate(listed) if scope.startswith(file)), len(listed))
    return listed is not kinds[0], number


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling | None:
    """Take the place of xdist's own `--dist loadfile`."""
    return _FileByFile(config, log) if config.getvalue("dist") == "loadfile" else None
