"""A test that cannot run here fails; it never skips in silence. And the longest files are begun first."""

from __future__ import annotations

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

SIMULATIONS = (
    "tests/spine/",
    "tests/campaigns/test_morning.py",
    "tests/campaigns/test_chip.py",
    "tests/drivers/conformance/test_families.py",
    "tests/drivers/conformance/test_readers.py",
    "tests/drivers/gammu/",
    "tests/tray/test_desktop.py",
)
"""Their files run simulations, or wait for devices: they wait more than they compute."""
ONE_TEST_AT_A_TIME = "tests/drivers/conformance/test_families.py", "tests/drivers/conformance/test_readers.py"
"""Files whose tests share nothing that is dear to start, and are long."""


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


class _FileByFile(LoadFileScheduling):
    """Hands out whole files: what takes longest first, and one worker is kept for what computes."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid if nodeid.startswith(ONE_TEST_AT_A_TIME) else str(super()._split_scope(nodeid))

    def _assign_work_unit(self, node: WorkerController) -> None:
        computes = len(self.nodes) > 1 and node is self.nodes[-1]
        wanted = [scope for scope in self.workqueue if scope.startswith(SIMULATIONS) is not computes]
        if wanted:
            self.workqueue.move_to_end(wanted[0], last=False)
        super()._assign_work_unit(node)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling | None:
    """Take the place of xdist's own `--dist loadfile`."""
    return _FileByFile(config, log) if config.getvalue("dist") == "loadfile" else None
