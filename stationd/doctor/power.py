"""A probe of the power: is there a UPS that can be asked, and what does the computer run on?"""

from __future__ import annotations

from collections.abc import Iterator

from stationd.doctor.finding import Finding, soon, stops, well
from stationd.doctor.premises import Premises
from stationd.press.power import ON_BATTERY, Supply, look


def supplies(premises: Premises) -> Iterator[Finding]:
    """Say of each supply that is set whether it answers, and whether a card may be begun on it."""
    power = premises.settings.power
    subjects = {"ups": power.ups, "own_battery": f"{power.own_battery} %"}
    for name, found in look(power).items():
        match found.supply:
            case Supply.MAINS:
                yield well("power-there", subjects[name], found.detail)
            case Supply.BATTERY:
                yield stops(ON_BATTERY.word, subjects[name], found.detail)
            case Supply.UNKNOWN:
                yield soon("power-not-told", subjects[name], found.detail)
