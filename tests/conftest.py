"""A test that cannot run here fails; it never skips in silence."""

from __future__ import annotations

from collections.abc import Generator

import pytest

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
