"""A card on the desk reader that is no blank, although nobody remembers it: the book knows whose it is."""

from __future__ import annotations

import contextlib

import structlog

from drivers.deadline import Deadline
from drivers.errors import DeviceError
from stationd.chip.errors import ChipError
from stationd.press.bench import Bench
from stationd.press.desk_line import DeskBench
from stationd.press.prepare import Prepared
from stationd.press.trouble import Cause
from stationd.store.store import Store

log = structlog.get_logger()

LOOKING = 10.0
"""Seconds that reading a chip's identity may take."""


def known_card(store: Store, bench: Bench, prepared: Prepared) -> Cause | None:
    """Say that what lies on the desk reader is a card that was made here; None for whatever may be a blank.

    A station that was restarted does not remember what lies there. A finished card taken for a bad blank would be
    rejected.

    Args:
        store: the book.
        bench: of the line that is about to take what lies there.
        prepared: what it would make of it.
    """
    if not isinstance(bench, DeskBench):
        return None
    deadline = Deadline.after(LOOKING)
    try:
        with (
            bench.peeked(deadline) as connection,
            contextlib.closing(prepared.channels.engine(connection, prepared.profile)) as chip,
        ):
            held = chip.held_identity(deadline)
    except (DeviceError, ChipError):
        return None  # what it is shows when it is identified
    with store.read() as view:
        attempt = None if held is None else view.attempt_of_chip(held.hex())
    if attempt is None:
        return None
    log.info("a card that was made here lies on the desk reader", line=bench.line, attempt=attempt.attempt_id)
    bench.desk.done_with()
    return Cause("card-off-desk", "")
