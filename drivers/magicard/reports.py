"""What a machine's port and its status report."""

from __future__ import annotations

from collections.abc import Iterator

from drivers.magicard import codes
from drivers.magicard.protocol import ErrorReport, Information, PortStatus
from drivers.printer import Cleanings, Condition, Reason


def busy(port: PortStatus) -> Condition:
    """Return what a port reports while the machine is at work."""
    return Condition(Reason.BUSY, f"port {port.byte:02X}", "busy")


def unnamed(port: PortStatus) -> Condition:
    """Return what a port reports that shows an error which the machine does not name."""
    return Condition(Reason.UNMAPPED, f"port {port.byte:02X}", "an error that the machine does not name")


def shown(report: ErrorReport) -> Condition | None:
    """Return the error that a machine shows, with its own words."""
    if (report.major, report.minor) == (0, 0):
        return None
    return codes.condition(report.major, report.minor, report.text)


def error(information: Information) -> Condition | None:
    """Return the error that stands in a machine's status."""
    if (information.major, information.minor) == (0, 0):
        return None
    return codes.condition(information.major, information.minor)


def hindrances(port: PortStatus, information: Information) -> Iterator[Condition]:
    """What keeps a machine that shows no error from printing."""
    if port.empty:
        yield Condition(Reason.MEDIA_EMPTY, f"port {port.byte:02X}", "the hopper has no cards")
    shots, used = information.shots, information.shots_used
    if shots and used is not None and used >= shots:
        yield Condition(Reason.MARKER_SUPPLY_EMPTY, f"shots {used}/{shots}", "the ribbon is used up")


def cleanings(information: Information) -> Cleanings:
    """Return what a machine counts of its cleaning; an interval of 0 asks for none."""
    every = information.clean_interval or None
    return Cleanings(information.cleans, information.since_clean, every, 0 < (every or 0) <= information.since_clean)


def cleaning(information: Information) -> Iterator[Condition]:
    """Say that a cleaning is due."""
    if cleanings(information).due:
        code = f"cards {information.since_clean}/{information.clean_interval}"
        yield Condition(Reason.CLEANING_DUE, code, "the machine wants to be cleaned")
