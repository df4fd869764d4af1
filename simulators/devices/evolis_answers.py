"""What an Evolis machine says of itself: replies to its read commands, and its status words."""

from __future__ import annotations

from collections.abc import Callable

from simulators.devices.evolis_body import CONTACT, CONTACTLESS, PRINT, Body
from simulators.devices.evolis_data import ERRORS, RIBBON_ENDED_ERROR, Cause, Information, Warning_

Answer = Cause | str
FIRMWARE = "SIM1000"
HIGH, LOW = "5,00 Volts", "0,00 Volts"
NEED_CLEANING = "ERR NEED CLEANING"
NO_TAG = "ERR RIB DETECTION"
STUCK = "ERR CARD"
ROUGH = 5
"""`Rco;l` tells the prints left only so exactly: the guide calls it inaccurate."""


def _volts(yes: bool) -> str:
    return HIGH if yes else LOW


def _where(body: Body) -> Answer:
    if body.card() is None:
        return Cause.OK
    places = {PRINT: "CARD", CONTACT: "SMART CARD", CONTACTLESS: "CONTACTLESS CARD"}
    return STUCK if body.station is None else places[body.station]


def _until_cleaning(body: Body) -> int:
    return max(0, body.settings.cleaning_every - body.counters["since"])


def _cleaning(body: Body) -> Answer:
    due = body.is_so("cleaning-due") or _until_cleaning(body) == 0
    return NEED_CLEANING if due else Cause.OK


def _tag(body: Body, number: int) -> Answer:
    return NO_TAG if body.is_so("ribbon-missing") else str(number)


def _rough(number: int) -> str:
    return str(round(number / ROUGH) * ROUGH)


_ANSWERS: dict[str, Callable[[Body], Answer]] = {
    "Rtp": lambda body: body.model.name,
    "Rsn": lambda body: body.settings.serial,
    "Rkn": lambda body: "3200" + body.settings.serial[-5:],
    "Rfv": lambda _: FIRMWARE,
    "Rok": lambda _: Cause.OK,
    "Rcr": lambda body: Cause.RIBBON if body.no_ribbon() else Cause.OK,
    "Rco;p": lambda body: str(body.head.panels),
    "Rco;c": lambda body: str(body.counters["cards"]),
    "Rco;a": lambda body: str(body.settings.cleaning_every),
    "Rco;m": lambda body: str(body.settings.cleaning_refuses),
    "Rco;n": lambda body: str(body.counters["cleanings"]),
    "Rco;r": lambda body: str(_until_cleaning(body)),
    "Rco;rc": lambda body: str(_until_cleaning(body)),
    "Rco;l": lambda body: _rough(0 if body.no_ribbon() else body.head.left),
    "Rrt;qty": lambda body: _tag(body, body.settings.ribbon),
    "Rrt;count": lambda body: _tag(body, max(0, body.head.left)),
    "Rlr;p": _where,
    "Rlr;h": lambda body: "CARD" if body.is_so("output-full") else Cause.NO_CARD,
    "Rlr;r": _cleaning,
    "Rlr;c": _cleaning,
    "Rse;f": lambda body: _volts(not body.is_so("hopper-empty")),
    "Rse;o": lambda body: _volts(not body.is_so("door-open")),
    "Rse;p": lambda body: _volts(body.card() is not None),
}


def ask(body: Body, question: str) -> Answer:
    """Return the answer to a read command (`Rco;c`); a question that the machine does not know is refused."""
    known = _ANSWERS.get(question)
    if known is not None:
        return known(body)
    return (
        Cause.PARAMETER
        if any(name.partition(";")[0] == question.partition(";")[0] for name in _ANSWERS)
        else (Cause.COMMAND)
    )


def status_words(body: Body, *, host_manages: bool) -> tuple[int, int, int]:
    """Return information, warning and error. No source says by which command a client would read them."""
    information = {
        Information.PRINT: body.station == PRINT,
        Information.SMART: body.station == CONTACT,
        Information.CONTACTLESS: body.station == CONTACTLESS,
        Information.PRINTER_MASTER: not host_manages,
        Information.RIBBON_LOW: 0 < body.head.left <= body.settings.ribbon_low,
        Information.CLEANING_MANDATORY: body.is_so("cleaning-due"),
        Information.CLEANING: _cleaning(body) == NEED_CLEANING,
        Information.RESET: body.fresh,
        Information.BUSY: body.busy(),
    }
    warning = {
        Warning_.REJECT_FULL: body.settings.reject_box and body.is_so("reject-full"),
        Warning_.FEEDER_EMPTY: body.is_so("hopper-empty"),
        Warning_.COOLING: body.works.doing("cool"),
        Warning_.HOPPER_FULL: body.is_so("output-full"),
        Warning_.RIBBON_ENDED: body.is_so("ribbon-out"),
        Warning_.COVER_OPEN: body.is_so("door-open"),
        Warning_.NO_RIBBON: body.is_so("ribbon-missing"),
    }
    error = ERRORS.get(body.trouble_left, 0) if body.trouble_left is not None else 0
    if body.trouble_left is Cause.RIBBON and body.is_so("ribbon-out"):
        error = RIBBON_ENDED_ERROR
    return sum(flag for flag, on in information.items() if on), sum(f for f, on in warning.items() if on), error
