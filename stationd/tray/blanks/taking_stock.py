"""Counting everything, and closing the day: guided."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QWidget

from stationd.client.blanks import BalanceView
from stationd.model.blank import CITIZENS, Place
from stationd.model.pile import Counted
from stationd.tray.blanks import pictures
from stationd.tray.blanks.desk import Desk
from stationd.tray.blanks.fields import Count
from stationd.tray.blanks.outlook import countable
from stationd.tray.guided import Step


def take_stock(desk: Desk) -> Sequence[Step]:
    """Return the step in which piles are counted; what was left empty is not held against the book."""
    say = desk.say
    piles = countable(desk.stocked.accounts, desk.lines, CITIZENS)
    counts = {pile: Count(_name(desk, pile)) for pile in piles}
    found: list[object] = []

    def enter(then: Callable[[], None]) -> None:
        counted = [
            Counted(Place(pile.place), count.counted, pile.line, pile.stock)
            for pile, count in counts.items()
            if count.counted is not None
        ]

        def done() -> None:
            desk.told("stock-taken", found[-1] if found else [])
            then()

        desk.ask(lambda client: found.append(client.take_stock(counted)), done)

    fields: dict[str, QWidget] = {_name(desk, pile): count for pile, count in counts.items()}
    some = lambda: any(count.counted is not None for count in counts.values())  # noqa: E731
    return (Step(say("count"), say("count-more"), pictures.counting, desk.form(fields), some, enter),)


def close_day(desk: Desk) -> Sequence[Step]:
    """Return the steps by which the hoppers are emptied, the store counted, and locked."""
    say = desk.say
    hoppers = {line: Count(say("out-of", line=line)) for line in desk.lines}
    stocks = sorted({account.stock for account in desk.stocked.accounts if account.place == Place.STORE} | {CITIZENS})
    stores = {stock: Count(_name(desk, BalanceView(Place.STORE, "", stock))) for stock in stocks}
    found: list[object] = []

    def lock(then: Callable[[], None]) -> None:
        emptied = {line: count.counted or 0 for line, count in hoppers.items()}
        stored = {stock: count.counted or 0 for stock, count in stores.items()}

        def done() -> None:
            desk.told("day-closed", found[-1] if found else [])
            then()

        desk.ask(lambda client: found.append(client.close_day(emptied, stored)), done)

    emptying: dict[str, QWidget] = {say("out-of", line=line): count for line, count in hoppers.items()}
    storing: dict[str, QWidget] = {count.accessibleName(): count for count in stores.values()}
    return (
        Step(
            say("empty"),
            say("empty-more"),
            pictures.opened,
            desk.form(emptying),
            lambda: all(count.counted is not None for count in hoppers.values()),
        ),
        Step(
            say("store"),
            say("store-more"),
            pictures.locking,
            desk.form(storing),
            lambda: all(count.counted is not None for count in stores.values()),
            lock,
        ),
    )


def _name(desk: Desk, pile: BalanceView) -> str:
    name = desk.shell.speech.name
    stock = "" if pile.stock == CITIZENS else name("stock", pile.stock)
    words = [name("place", pile.place), pile.line, stock]
    text = " ".join(word for word in words if word)
    return text[:1].upper() + text[1:]
