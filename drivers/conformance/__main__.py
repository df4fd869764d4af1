"""`driver-conformance DRIVER ADDRESS`: holds the driver to its promises at a real machine.

It wants the machine's serial number and the number of cards that it may use up, and does nothing without both and a
yes.
The cards are blank test cards: citizens' blanks only if an officer has released and counted them. Exit codes: 0 if no
promise failed, 1 if one did, 2 if it was refused or the machine does not open.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import NoReturn

import click

from drivers import catalog
from drivers.catalog import Catalog
from drivers.conformance import report
from drivers.conformance.bench import Bench, Broken
from drivers.conformance.person import Person
from drivers.conformance.run import Finding, Outcome, Refused, hold_to, made_by
from drivers.deadline import Deadline
from drivers.encoder import Encoder
from drivers.errors import DeviceError

_REFUSED = 2
_OPEN = 30.0  # seconds for a reader to open
_WHOSE = (
    "Pakailah kartu uji, bukan blangko KTP-el. Blangko hanya bila petugas menyerahkan dan menghitungnya.\n"
    "  (Use test cards, not citizens' blanks; those only if an officer has released and counted them.)"
)
_YES = frozenset({"y", "ya", "yes"})


def _ask(text: str) -> str:
    click.echo(text, nl=False, err=True)
    line = sys.stdin.readline()
    if not line:
        raise click.Abort
    return line.strip()


@click.command()
@click.argument("driver")
@click.argument("address")
@click.option("--serial", help="The machine's serial number (a reader's name); another machine is not touched.")
@click.option(
    "--blanks", type=click.IntRange(0), help="How many blank test cards may be used up; not citizens' blanks."
)
@click.option("--yes", is_flag=True, help="Consent to that, given beforehand.")
@click.option("--reader", help="Address of the reader inside a printer (pcsc:… or serial:…).")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def main(
    driver: str, address: str, serial: str | None, blanks: int | None, yes: bool, reader: str | None, as_json: bool
) -> None:
    """Hold DRIVER, at the machine at ADDRESS, to every promise of the driver interface."""
    drivers = catalog.load()
    record = drivers.printers.get(driver) or drivers.encoders.get(driver)
    if record is None:
        known = ", ".join(sorted([*drivers.printers, *drivers.encoders]))
        refuse(drivers.broken.get(driver) or f"no driver {driver}; there are {known}")
    serial = serial or _ask("Nomor seri mesin (the machine's serial number, or the reader's name): ")
    if blanks is None:
        blanks = _number(_ask(f"{_WHOSE}\nBerapa kartu kosong boleh dipakai? (How many blank cards may be used up?) "))
    if not yes:
        question = f"Pakai sampai {blanks} kartu kosong pada mesin {serial}? (Use up to {blanks} blanks on {serial}?) "
        if _ask(f"{_WHOSE}\n{question}ya/tidak: ").lower() not in _YES:
            refuse("no consent: nothing was done")
    bench = Bench(record, address, Person(_ask), reader=_reader(drivers, reader))
    sys.exit(_run(bench, serial, blanks, as_json=as_json))


def _run(bench: Bench, serial: str, blanks: int, *, as_json: bool) -> int:
    try:
        promises = made_by(bench, serial)
    except (Refused, Broken, DeviceError) as error:
        refuse(str(error))
    findings: list[Finding] = []
    for finding in hold_to(bench, promises, blanks):
        findings.append(finding)
        click.echo(f"{finding.outcome.value}: {finding.promise.name}", err=True)
    click.echo(json.dumps(report.record(findings), indent=2) if as_json else report.table(findings))
    return int(any(finding.outcome is Outcome.FAILED for finding in findings))


def _reader(drivers: Catalog, address: str | None) -> Callable[[], Encoder] | None:
    if address is None:
        return None
    scheme = address.partition(":")[0]
    driver = next((one for one in drivers.encoders.values() if one.addresses.startswith(f"{scheme}:")), None)
    if driver is None:
        refuse(f"no driver of readers takes {scheme}: addresses")
    return lambda: driver.open(address, Deadline.after(_OPEN))


def refuse(why: str) -> NoReturn:
    """Say why, and end."""
    click.echo(why, err=True)
    sys.exit(_REFUSED)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        refuse(f"{text!r} is no number of cards: nothing was done")
    return int(text)


if __name__ == "__main__":
    main()
