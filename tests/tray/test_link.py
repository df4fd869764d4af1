"""How the window asks: acts are never kept waiting by what is only looked at, and what is long is fetched seldom."""

from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from stationd.client.client import Client
from stationd.tray.known import LONGEST, Topic
from stationd.tray.link import FETCHERS, WORKERS
from tests.api.house import House
from tests.rig.officers_window import OfficersWindow


def test_fetches_that_hang_keep_no_act_waiting(office: OfficersWindow, house: House) -> None:
    house.arrive("j1")
    office.enter(house.signed_in())
    release, ended, acted = threading.Event(), [], []

    def hang(_: Client) -> bool:
        return release.wait(30)

    try:
        for _ in range(FETCHERS + WORKERS + 1):  # as many as there are threads, and one that waits for its turn
            office.tray.link.fetch(hang, ended.append, ended.append)
        office.tray.link.ask(lambda client: client.order("j1"), lambda _: acted.append("j1"), key="order-this")
        office.until(lambda: acted)
        assert house.station.status().jobs == {"ordered": 1}
        assert ended == []
    finally:
        release.set()
    office.until(lambda: ended == [True] * (FETCHERS + WORKERS + 1))


@given(st.floats(0, 100), st.floats(0, 100))
def test_what_is_long_takes_a_fifth_of_the_time_at_most_and_is_never_left_for_long(pause: float, took: float) -> None:
    topic = Topic("long", lambda _: None, pause=pause)
    after = topic.pause_after(took)
    if pause == 0:
        assert after == 0
        return
    assert after >= pause
    assert after >= 5 * took - 1e-6 or after >= took + LONGEST
    assert after <= max(pause, took + LONGEST)
