"""A card on a reader: seen, held by one, and missed when it goes."""

from __future__ import annotations

import time

from drivers.conformance.bench import Bench, Broken, require
from drivers.conformance.promise import Facet, promise
from drivers.deadline import Deadline
from drivers.encoder import SHORT, ApduTooLong, CardRemoved, CardReset, Connection, Encoder, Uid
from drivers.errors import DeadlinePassed, DeviceError, HeldByAnother

_SELECT_NOTHING = bytes.fromhex("00a4040000")  # ISO/IEC 7816-4 SELECT without a name: answered by every card somehow
_SELECT_LONG = bytes.fromhex("00a4040000") + (SHORT.command + 1).to_bytes(2) + bytes(SHORT.command + 1)


@promise("card-is-seen", "`card_present` and `connect` see the card that lies there.", Facet.ENCODER, hand=True)
def card_is_seen(bench: Bench) -> None:
    """Lay a card, look, connect, ask it something."""
    with bench.encoder() as encoder:
        require(not encoder.card_present(bench.soon()), "it sees a card where none lies")
        encoder.await_empty(bench.soon())
        bench.hands.lay_card()
        connection = encoder.connect(Deadline.after(bench.pace.field))
        require(encoder.card_present(bench.soon()), "it sees no card, and is connected to one")
        answer = connection.transmit(_SELECT_NOTHING, bench.soon())
        connection.close()
        require(answer.sw >> 8 in range(0x60, 0xA0), f"status {answer.sw:X}, which no card answers (ISO/IEC 7816-4)")
        require(connection.atr, "no answer to reset")


@promise(
    "card-is-missed", "An exchange with a card that has gone raises, and every later one too.", Facet.ENCODER, hand=True
)
def card_is_missed(bench: Bench) -> None:
    """Take the card away in mid-session."""
    with bench.encoder() as encoder:
        encoder.await_empty(bench.soon())
        bench.hands.lay_card()
        connection = encoder.connect(Deadline.after(bench.pace.field))
        bench.hands.take_card()
        for _ in range(2):
            error = _failure(connection, bench)
            require(isinstance(error, CardRemoved | CardReset), f"a card that had gone gave {error!r}")
        connection.close()
        encoder.await_empty(Deadline.after(bench.pace.field))


@promise(
    "card-has-one-user", "A card that is connected cannot be connected by another session.", Facet.ENCODER, hand=True
)
def card_has_one_user(bench: Bench) -> None:
    """Connect twice at once."""
    with bench.encoder() as first:
        first.await_empty(bench.soon())
        bench.hands.lay_card()
        connection = first.connect(Deadline.after(bench.pace.field))
        try:
            with bench.encoder() as second:
                second.connect(Deadline.after(2.0)).close()
        except HeldByAnother:
            pass
        except DeviceError as error:
            raise Broken(f"the second connection gave {error!r}") from error
        else:
            raise Broken("it was connected twice")
        connection.transmit(_SELECT_NOTHING, bench.soon())
        connection.close()


@promise(
    "passing-uid-is-no-identity",
    "A UID that a card has for one session only is not given as an identity.",
    Facet.ENCODER,
    hand=True,
)
def passing_uid_is_no_identity(bench: Bench) -> None:
    """Connect a card twice, and compare what it called itself."""
    with bench.encoder() as encoder:
        encoder.await_empty(bench.soon())
        bench.hands.lay_card()
        told: list[Uid | None] = []
        for _ in range(2):
            connection = encoder.connect(Deadline.after(bench.pace.field))
            told.append(connection.uid)
            connection.close()
        first, second = told
        lasting = first == second or not any(uid is not None and uid.may_identify for uid in told)
        require(lasting, f"it gave {first!r}, then {second!r} for one card, and said that it would stay")


@promise(
    "long-apdu-goes-or-is-refused",
    "An APDU with more data than the limits allow raises ApduTooLong, and the session goes on; any other goes.",
    Facet.ENCODER,
    hand=True,
)
def long_apdu_goes_or_is_refused(bench: Bench) -> None:
    """Send one that is just longer than a short APDU."""
    with bench.encoder() as encoder:
        encoder.await_empty(bench.soon())
        bench.hands.lay_card()
        connection = encoder.connect(Deadline.after(bench.pace.field))
        carries = connection.limits.carries(_SELECT_LONG)
        try:
            connection.transmit(_SELECT_LONG, bench.soon())
        except ApduTooLong as error:
            require(not carries, f"{error!r}, and by its limits it carries that")
            require(not error.may_have_acted, f"{error!r} says that something may have acted")
        else:
            require(carries, f"it took an APDU that is longer than its limits, {connection.limits}")
        connection.transmit(_SELECT_NOTHING, bench.soon())
        connection.close()


@promise(
    "empty-is-waited-for",
    "`await_empty` raises DeadlinePassed by its deadline while a card stays.",
    Facet.ENCODER,
    hand=True,
)
def empty_is_waited_for(bench: Bench) -> None:
    """Wait with a card there, then without."""
    with bench.encoder() as encoder:
        encoder.await_empty(bench.soon())
        bench.hands.lay_card()
        _await_present(bench, encoder)
        began = time.monotonic()
        try:
            encoder.await_empty(Deadline.after(bench.pace.short))
        except DeadlinePassed:
            took = time.monotonic() - began
            require(took <= bench.pace.short + bench.pace.slack, f"it took {took:.2f} s")
        else:
            raise Broken("it returned, and a card lies there")
        bench.hands.take_card()
        encoder.await_empty(Deadline.after(bench.pace.field))


def _await_present(bench: Bench, encoder: Encoder) -> None:
    deadline = Deadline.after(bench.pace.field)
    while not encoder.card_present(deadline):
        require(not deadline.passed, "it does not see the card that lies there")
        time.sleep(0.02)


def _failure(connection: Connection, bench: Bench) -> DeviceError | None:
    try:
        connection.transmit(_SELECT_NOTHING, bench.soon())
    except DeviceError as error:
        return error
    return None
