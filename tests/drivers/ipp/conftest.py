from __future__ import annotations

import pytest

from drivers.ipp import jobs, printing
from tests.drivers.ipp.scripted import scripted, two_steps


@pytest.fixture
def server():
    with scripted() as told:
        yield told


@pytest.fixture(params=["print-job", "create-job"])
def either(request, server):
    if request.param == "create-job":
        two_steps(server)
    return server


@pytest.fixture
def _quick(monkeypatch):
    """Jobs are looked at often, and a printer that has stopped is not waited for long."""
    monkeypatch.setattr(printing, "STOP_PATIENCE", 0.3)
    monkeypatch.setattr(jobs, "_FIRST_POLL", 0.01)


@pytest.fixture
def _impatient(monkeypatch):
    """An answer that stays away is not waited for long."""
    monkeypatch.setattr(jobs, "ONE_ANSWER", 0.5)
    monkeypatch.setattr(printing, "ONE_ANSWER", 0.5)
