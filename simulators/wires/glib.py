"""Appointments with GLib's main loop: later, or from another thread."""

from __future__ import annotations

from collections.abc import Callable

from gi.repository import GLib

from simulators.clock import Cancel


def later(seconds: float, act: Callable[[], None]) -> Cancel:
    """Make an appointment with GLib's main loop."""
    over = False

    def fire() -> bool:
        nonlocal over
        over = True
        act()
        return False

    source = GLib.timeout_add(max(0, round(seconds * 1000)), fire)

    def cancel() -> None:
        nonlocal over
        if not over:
            over = True
            GLib.source_remove(source)

    return cancel


def post(act: Callable[[], None]) -> None:
    """Run something in the thread of GLib's main loop."""

    def once() -> bool:
        act()
        return False

    GLib.idle_add(once, priority=GLib.PRIORITY_DEFAULT)
