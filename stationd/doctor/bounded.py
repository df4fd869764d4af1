"""Calls that may hang, side by side, and never waited for longer than was said."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from stationd.structs import prepare_structs

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """What became of one call.

    Attributes:
        value: what it returned; None if it did not.
        error: what it raised; a `TimeoutError` if it was still at it when the time was over.
    """

    value: T | None
    error: Exception | None


def all_within(calls: Mapping[str, Callable[[], T]], seconds: float) -> dict[str, Outcome[T]]:
    """Make every call in a thread of its own and return what each came to, in the order of the calls.

    A call that hangs is left behind with its thread, which does not keep the program from ending; whatever it comes to
    later is not looked at.
    """
    prepare_structs()
    done: dict[str, Outcome[T]] = {}
    threads = [threading.Thread(target=_run, args=(name, call, done), daemon=True) for name, call in calls.items()]
    for thread in threads:
        thread.start()
    until = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    finished = dict(done)
    late = f"no answer within {seconds:.0f} s"
    return {name: finished.get(name, Outcome(None, TimeoutError(late))) for name in calls}


def _run(name: str, call: Callable[[], T], done: dict[str, Outcome[T]]) -> None:
    try:
        done[name] = Outcome(call(), None)
    except Exception as error:  # whatever a vendor's driver raises is a result of its own
        done[name] = Outcome(None, error)
