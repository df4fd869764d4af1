from __future__ import annotations

import pytest

from tests.drivers.ipp.scripted import scripted


@pytest.fixture
def server():
    with scripted() as told:
        yield told
