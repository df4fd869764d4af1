"""While a hopper stands open its line begins no card, whoever restarts the daemon; then it goes on by itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from stationd.model import stock_events
from stationd.press.notice import LineState
from tests.press.test_line import Office


def until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def entries(office: Office, type_: str) -> int:
    with office.store.read() as view:
        return sum(f'"type":"{type_}"' in text for text in view.texts(0, -1))


def test_a_line_waits_while_its_hopper_stands_open(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.store.record("officer", stock_events.ExchangeBegan(line="line-1"))
    for _ in range(2):  # the second time after a restart
        line = office.line()
        line.start()
        try:
            until(lambda line=line: line.status.cause == "exchange-open")
            assert line.status.state is LineState.WAITING
            for _ in range(5):
                line.wake()
                time.sleep(0.02)
            assert entries(office, "attempt-reserved") == 0
        finally:
            line.stop()
            line.join(10)
    assert entries(office, "line-stopped") == 2  # once for each daemon, however often the line looks
    line = office.line()
    line.start()
    try:
        until(lambda: line.status.cause == "exchange-open")
        office.store.record("officer", stock_events.ExchangeEnded(line="line-1", counted=10))
        line.wake()
        until(lambda: entries(office, "attempt-reserved") == 1)
    finally:
        line.stop()
        line.join(20)
        office.store.close()
