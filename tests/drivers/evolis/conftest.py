"""Waits that are made for machines are cut short: the scripted ones answer at once or never."""

import pytest

from drivers.evolis import driver, link


@pytest.fixture(autouse=True, scope="session")
def short_waits():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(link, "_DRAIN", 0.002)
        patch.setattr(link, "_FIRST_WAIT", 0.03)
        patch.setattr(driver, "_SETTLING", 0.03)
        patch.setattr(driver, "_POLL", 0.005)
        yield
