"""What a line does about attempts that were inside the machine when the daemon went away.

Absence proves nothing: the card may be anywhere and the chip in any state. So each becomes a question to a person, and
the line waits for the answer before it feeds another blank.
"""

from __future__ import annotations

from stationd.model import events
from stationd.model.issuance import Attempt, CardRegion, Step
from stationd.press.making import ACTOR, unknown
from stationd.press.trouble import Cause
from stationd.store.store import Store

INTERRUPTED = Cause("interrupted", "the daemon ended while the card was being made")


def give_up_open_attempts(store: Store, line: str) -> None:
    """Make every attempt that was left inside a line unknown. One whose blank was never fed is released instead."""
    with store.write(ACTOR) as transaction:
        for attempt in transaction.attempts_inside():
            if attempt.line != line:
                continue
            if attempt.card is CardRegion.RESERVED and not attempt.open:
                transaction.record(
                    events.AttemptReleased(attempt_id=attempt.attempt_id, job_id=attempt.job_id, cause=INTERRUPTED.word)
                )
            else:
                transaction.record(unknown(attempt, _last_step(attempt), INTERRUPTED))


def _last_step(attempt: Attempt) -> Step:
    """Return the step to ask about: the one that was under way, else the last that was done."""
    order = list(Step)
    return max(attempt.open or attempt.done, key=order.index)
