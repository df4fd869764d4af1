"""Every family's machines on USB are given to the station by a rule, and nobody else's are."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from drivers import catalog
from drivers.errors import PermissionRefused
from stationd.doctor import host

ROOT = Path(__file__).parents[2]
RULES = ROOT / "config/udev/70-stationd.rules"
GROUP = "stationd-devices"

# What udev reads of machines: ids and names as the drivers' sources have them, other models of a family made up.
OURS = {
    "matica_xid": [{"idVendor": "2166", "idProduct": "701d"}],
    "magicard": [{"idVendor": "0c1f", "idProduct": product} for product in ("2800", "4800", "ffff")],
    "evolis": [
        {"idVendor": "0f49", "idProduct": "0a00", "manufacturer": name}
        for name in ("Evolis", "EVOLIS", "Evolis Card Printer")
    ],
}
SOMEBODY_ELSES = [
    {"idVendor": "2166", "idProduct": "0001", "manufacturer": "Other"},
    {"idVendor": "04f9", "idProduct": "209b", "manufacturer": "Brother"},
    {"idVendor": "072f", "idProduct": "2200", "manufacturer": "ACS"},
]


def group(attributes: Mapping[str, str]) -> str:
    """Return the group that the rules give a USB device, as udev matches them: all of a line has to."""
    given = ""
    for line in RULES.read_text().splitlines():
        if line.startswith("#") or "GROUP=" not in line:
            continue
        wanted = re.findall(r'ATTR\{(\w+)\}=="([^"]*)"', line)
        assert wanted, "a rule for whatever is plugged in"
        if all(fnmatch.fnmatchcase(attributes.get(name, ""), pattern) for name, pattern in wanted):
            (given,) = re.findall(r'GROUP="([^"]+)"', line)
    return given


def test_every_family_on_usb_is_looked_at_here() -> None:
    on_usb = {name for name, driver in catalog.load().printers.items() if "usb:" in driver.addresses}
    assert on_usb == OURS.keys()


@pytest.mark.parametrize("family", OURS)
def test_a_rule_gives_each_family_to_the_station(family: str) -> None:
    assert {group(device) for device in OURS[family]} == {GROUP}


@pytest.mark.parametrize("device", SOMEBODY_ELSES)
def test_no_rule_takes_somebody_elses_device(device: Mapping[str, str]) -> None:
    assert group(device) == ""


def test_the_doctor_and_a_refused_driver_name_the_file_of_the_rules() -> None:
    assert RULES.name == host.RULES
    assert str(RULES.relative_to(ROOT)) in str(PermissionRefused("magicard usb:0c1f:4800", "open"))
    for language in ("en", "id"):
        words = (ROOT / f"stationd/words/technician.{language}.toml").read_text()
        refused = words.partition("[doctor.permission-refused]")[2].partition("\n\n")[0]
        assert str(RULES.relative_to(ROOT)) in refused
