"""One written card outside at a time, on the whole desk: two of them could be put into each other's printers.

Each would then be whole by its chip and by its print, of two citizens. The book knows what is outside, also after a
restart.
"""

from __future__ import annotations

from stationd.press.bench import Bench
from stationd.press.recovery import NOT_FOUND
from stationd.press.trouble import Cause
from stationd.store.view import View


def card_outside(view: View, bench: Bench) -> Cause | None:
    """Return what keeps a line that works with the desk reader from taking a blank; None if no card is outside.

    A card is, from when a blank is taken for it until it was accepted or rejected, whichever line it is of; in between
    it may be asked about. One that an officer looked for in vain holds up nobody.
    """
    if not bench.one_card_outside:
        return None
    route = bench.route.name
    for attempt in view.attempts_delivered():
        if attempt.route == route:
            return Cause("card-to-accept", attempt.job_id)
    asked = (view.attempt(question.attempt_id) for question in view.open_questions() if question.cause != NOT_FOUND)
    for attempt in (*view.attempts_inside(), *asked):
        if attempt.route == route:
            return Cause("card-of-another-line", attempt.line)
    return None
