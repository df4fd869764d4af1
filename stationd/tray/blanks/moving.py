"""Blanks that come, go into a hopper, or come out of it: guided, a step at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QLineEdit, QWidget

from stationd.model.blank import CITIZENS
from stationd.model.pile import FOREIGNERS
from stationd.tray.blanks import pictures
from stationd.tray.blanks.desk import Desk
from stationd.tray.blanks.fields import Choice, Count
from stationd.tray.guided import Step
from stationd.tray.palette import Tone


def receive(desk: Desk) -> Sequence[Step]:
    """Return the steps by which a delivery is taken in: its paper, and what was counted."""
    say, name = desk.say, desk.shell.speech.name
    batch = QLineEdit()
    batch.setMaxLength(40)
    announced, counted = Count(say("announced"), 1), Count(say("counted"), 1)
    stock = Choice([(CITIZENS, name("stock", CITIZENS)), (FOREIGNERS, name("stock", FOREIGNERS))])
    paper = desk.form({say("batch"): batch, say("announced"): announced, say("stock"): stock})
    count = desk.form({say("counted"): counted})

    def take(then: Callable[[], None]) -> None:
        number, said = counted.counted or 0, announced.counted
        code, note = stock.code, batch.text().strip()

        def done() -> None:
            desk.shell.tell(say("received", n=number, batch=note), Tone.GOOD if number == said else Tone.CARE)
            then()

        desk.ask(lambda client: client.receive_blanks(note, number, code, said, note), done)

    return (
        Step(
            say("receive-paper"),
            say("receive-paper-more"),
            pictures.delivery,
            paper,
            lambda: bool(batch.text().strip()) and announced.counted is not None,
        ),
        Step(
            say("receive-count"),
            say("receive-count-more"),
            pictures.counting,
            count,
            lambda: counted.counted is not None,
            take,
        ),
    )


def load(desk: Desk) -> Sequence[Step]:
    """Return the steps by which a hopper is opened, filled, counted and closed."""
    say = desk.say
    added = Count(say("added"))
    return (
        *_open(desk),
        Step(
            say("load"),
            say("load-more"),
            pictures.filling,
            desk.form({say("added"): added}),
            lambda: added.counted is not None,
            lambda then: _move(desk, added.counted or 0, then),
        ),
        _close(desk),
    )


def unload(desk: Desk) -> Sequence[Step]:
    """Return the steps by which blanks are taken out of a hopper."""
    say = desk.say
    taken = Count(say("taken"))
    return (
        *_open(desk),
        Step(
            say("unload"),
            say("unload-more"),
            pictures.filling,
            desk.form({say("taken"): taken}),
            lambda: taken.counted is not None,
            lambda then: _move(desk, -(taken.counted or 0), then),
        ),
        _close(desk),
    )


def _open(desk: Desk) -> Sequence[Step]:
    """Return the step that opens a hopper; none if it is open already and there is no other."""
    if desk.line in desk.open_hoppers:
        return ()
    body: QWidget | None = desk.form({desk.say("line"): desk.choose_line()}) if len(desk.lines) > 1 else None

    def begin(then: Callable[[], None]) -> None:
        if desk.line in desk.open_hoppers:
            then()
        else:
            desk.ask(lambda client: client.begin_exchange(desk.line), then)

    return (Step(desk.say("open"), desk.say("open-more"), pictures.opened, body, act=begin),)


def _move(desk: Desk, count: int, then: Callable[[], None]) -> None:
    if count > 0:
        desk.ask(lambda client: client.load_blanks(desk.line, count), then)
    elif count < 0:
        desk.ask(lambda client: client.unload_blanks(desk.line, -count), then)
    else:
        then()


def _close(desk: Desk) -> Step:
    """Return the step in which everything in the hopper is counted and it is closed.

    What the book has is not said: whoever counts is not to know what should come out.
    """
    inside = Count(desk.say("inside"))
    found: list[object] = []

    def close(then: Callable[[], None]) -> None:
        number = inside.counted or 0

        def done() -> None:
            desk.told("closed", found[-1] if found else [], line=desk.line, n=number)
            then()

        desk.ask(lambda client: found.append(client.end_exchange(desk.line, number)), done)

    form = desk.form({desk.say("inside"): inside})
    return Step(
        desk.say("close"), desk.say("close-more"), pictures.counting, form, lambda: inside.counted is not None, close
    )
