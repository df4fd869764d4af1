"""Notices are given when they are due, each with its own state, and never twice because something was late."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from typing_extensions import override

from drivers.deadline import Deadline
from drivers.gammu.protocol import TEXT
from drivers.modem import Modem, ModemAbsent, ModemRefused, ModemSilent
from stationd.model.shelf import AGAIN, DAY
from stationd.noticing import Noticing
from stationd.registry.contract import NoticeNews
from stationd.registry.errors import Unreachable
from stationd.words import LANGUAGES, Words
from tests.api.house import NOW, OFFICER
from tests.station.shelves import ShelfHouse


class FakeModem(Modem):
    """Fails as it is told, and remembers what it sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.trouble: Exception | None = None

    @override
    def send(self, number: str, text: str, deadline: Deadline) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.sent.append((number, text))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ShelfHouse]:
    with ShelfHouse(tmp_path) as served:
        yield served


def noticing(house: ShelfHouse, modem: Modem | None = None, news: Sequence[NoticeNews] | None = None) -> Noticing:
    async def ask(job_ids: Sequence[str]) -> Sequence[NoticeNews]:
        if news is None:
            raise Unreachable("/v1/notices", "down")
        return news

    return Noticing(house.store, house.station.rules, modem, "KTP-el Anda siap.", ask)


def told(house: ShelfHouse, job_id: str) -> list[tuple[int, str, str]]:
    with house.store.read() as view:
        return [(row.number, row.channel, row.delivery) for row in view.notice_rows(job_id)]


def later(house: ShelfHouse, seconds: float) -> None:
    house.clock.set_trusted(NOW + seconds, house.clock.uptime())


def test_rule_10_the_registry_is_asked_once_for_each_notice_and_says_what_became_of_it(house: ShelfHouse) -> None:
    house.shelve("j1", "j2")
    news = [NoticeNews(number=1, at=1, channel="registry", delivery="delivered", job_id="j1")]
    news += [
        NoticeNews(number=n, at=1, channel="registry", delivery="lost", job_id=j) for n, j in ((1, "j2"), (7, "j9"))
    ]
    notices = noticing(house, news=news)
    for _ in range(3):
        notices.tend()
        asyncio.run(notices.ask_news())
    assert told(house, "j1") == [(1, "registry", "delivered")]
    assert told(house, "j2") == [(1, "registry", "asked")]
    assert [event["type"] for event in house.events()].count("notice-asked") == 2
    later(house, 70 * DAY)
    notices.tend()
    assert told(house, "j2")[-1] == (2, "registry", "asked")
    house.station.hand_over("j1", "owner", "old-card", OFFICER)
    later(house, 200 * DAY)
    notices.tend()
    assert told(house, "j2")[-1][0] == 3
    assert len(told(house, "j1")) == 2


def test_what_the_registry_still_says_of_the_try_before_does_not_end_the_next_one(house: ShelfHouse) -> None:
    house.shelve("j1")
    news = [NoticeNews(number=1, at=int(NOW) + 3600, channel="registry", delivery="failed", job_id="j1")]
    notices = noticing(house, news=news)
    notices.tend()
    asyncio.run(notices.ask_news())
    assert told(house, "j1") == [(1, "registry", "failed")]
    later(house, AGAIN + 3600)
    notices.tend()
    asyncio.run(notices.ask_news())
    assert told(house, "j1") == [(1, "registry", "asked")]
    for delivery in ("sent", "delivered"):
        news[:] = [NoticeNews(number=1, at=int(NOW + AGAIN) + 3590, channel="registry", delivery=delivery, job_id="j1")]
        asyncio.run(notices.ask_news())
        assert told(house, "j1") == [(1, "registry", delivery)]


def test_nothing_is_due_while_the_time_is_unknown(house: ShelfHouse) -> None:
    house.shelve("j1")
    house.lose_the_time()
    noticing(house).tend()
    assert told(house, "j1") == []


def test_a_registry_out_of_reach_takes_nothing_back(house: ShelfHouse) -> None:
    house.shelve("j1")
    notices = noticing(house)
    notices.tend()
    asyncio.run(notices.ask_news())
    assert told(house, "j1") == [(1, "registry", "asked")]


def test_by_sms_where_there_is_a_modem_and_a_mobile_number(house: ShelfHouse) -> None:
    house.shelve("j1")
    modem = FakeModem()
    noticing(house, modem).tend()
    assert modem.sent == [("081200000000", "KTP-el Anda siap.")]
    assert told(house, "j1") == [(1, "sms", "sent")]
    noticing(house, modem).tend()
    assert len(modem.sent) == 1


@pytest.mark.parametrize("trouble", [ModemRefused("m", "send", "38"), ModemAbsent("m", "send")])
def test_what_the_modem_did_not_send_goes_through_the_registry_a_day_later(
    house: ShelfHouse, trouble: Exception
) -> None:
    house.shelve("j1")
    modem = FakeModem()
    modem.trouble = trouble
    notices = noticing(house, modem)
    notices.tend()
    notices.tend()
    assert told(house, "j1") == [(1, "sms", "failed")]
    later(house, AGAIN + 3600)
    notices.tend()
    assert told(house, "j1") == [(1, "registry", "asked")]


def test_what_may_have_gone_is_not_sent_again(house: ShelfHouse) -> None:
    house.shelve("j1")
    modem = FakeModem()
    modem.trouble = ModemSilent("m", "send")
    notices = noticing(house, modem)
    notices.tend()
    modem.trouble = None
    later(house, AGAIN + 3600)
    notices.tend()
    assert (told(house, "j1"), modem.sent) == ([(1, "sms", "doubtful")], [])


def test_a_message_that_a_dying_daemon_left_is_doubtful_and_not_sent_again(house: ShelfHouse) -> None:
    house.shelve("j1")
    modem = FakeModem()
    modem.trouble = KeyboardInterrupt()  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        noticing(house, modem).tend()
    assert told(house, "j1") == [(1, "sms", "begun")]
    modem.trouble = None
    after = noticing(house, modem)
    after.settle_begun()
    after.tend()
    assert (told(house, "j1"), modem.sent) == ([(1, "sms", "doubtful")], [])


def test_the_message_is_one_message_and_names_nobody() -> None:
    for language in LANGUAGES:
        text = Words(language).say("shelf.sms", office="Anggeraja Selatan Dua Puluh Lima Timur A")
        assert TEXT.fullmatch(text), text


def test_nobodys_number_is_opened_before_its_turn_and_each_opening_is_in_the_log(
    house: ShelfHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stationd.noticing.WITH_MODEM", 2)
    house.shelve("j1", "j2", "j3")
    modem = FakeModem()
    notices = noticing(house, modem)
    for sent in (2, 3, 3):
        notices.tend()
        logged = [(each.actor, each.job_id, each.purpose) for each in house.station.processed(OFFICER)]
        assert logged == [("notices", f"j{number}", "notice") for number in range(1, sent + 1)]
        assert len(modem.sent) == sent
