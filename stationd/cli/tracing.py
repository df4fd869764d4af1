"""Commands that record a device's wire: `trace`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import click
import msgspec

from stationd.cli import text
from stationd.cli.console import Console, Trouble
from stationd.cli.settings_file import settings_option
from stationd.cli.spoken import SpokenCommand
from stationd.client.problems import StationAbsent

LONGEST: Final = 600
"""Seconds that one recording may last; as `stationd.doctor.tracing` has it."""

BESIDE: Final = 30.0
"""Seconds that the station may take beside the recording itself."""

VERSION: Final = 1
"""Of the trace's form; as `drivers.recording` has it."""


class ReportedView(msgspec.Struct, frozen=True):
    """What the machine reported; members as in `stationd.doctor.tracing.Reported`."""

    at: float = 0.0
    reason: str = ""
    code: str = ""
    text: str = ""


class TraceView(msgspec.Struct, frozen=True):
    """A device's wire on record; members as in `stationd.doctor.tracing.Trace`."""

    kind: str = ""
    driver: str = ""
    address: str = ""
    began: float = 0.0
    seconds: float = 0.0
    records: tuple[dict[str, Any], ...] = ()
    reported: tuple[ReportedView, ...] = ()
    failed: str = ""
    full: bool = False
    program: str = ""


@click.command(cls=SpokenCommand, help="trace")
@click.argument("device", metavar="LINE|DEVICE")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, metavar="FILE", help="trace-out")
@click.option(
    "--seconds", type=click.IntRange(1, LONGEST), default=30, show_default=True, metavar="N", help="trace-seconds"
)
@settings_option
@click.pass_obj
def trace(console: Console, device: str, out: Path, seconds: int, settings: Path) -> None:
    """Record a device's wire. A device that could not be asked makes the command fail, with what passed on record."""
    if not console.as_json:
        console.say("trace.recording", device=device, seconds=seconds)
    raw = _record(console, device, seconds, settings)
    found = msgspec.convert(raw, TraceView)
    _write(out, found)
    console.failed = bool(found.failed)
    if console.as_json:
        told = {key: value for key, value in raw.items() if key != "records"}
        console.data({**told, "passages": len(found.records), "file": str(out)})
    else:
        _show(console, found, out)


def _record(console: Console, device: str, seconds: int, settings: Path) -> Any:
    try:
        query = urlencode({"of": device, "seconds": seconds})
        return console.client.get(f"/v1/trace?{query}", Any, timeout=seconds + BESIDE)
    except StationAbsent as absent:
        if absent.cause != "station-absent":
            raise
    from stationd.cli import premises  # noqa: PLC0415 - drivers, which no other command needs

    return premises.trace_here(settings, device, seconds)


def _write(out: Path, found: TraceView) -> None:
    """Write a trace as `drivers.recording` reads it, what was reported last.

    Raises:
        Trouble: if the file cannot be written.
    """
    about = msgspec.structs.asdict(found)
    header = {name: about[name] for name in ("kind", "driver", "address", "began", "seconds", "failed", "program")}
    told = ({"t": reported.at, "diagnosis": reported} for reported in found.reported)
    lines = [{"trace": VERSION, **header}, *found.records, *told]
    try:
        out.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    except OSError as error:
        raise Trouble("file-not-written", str(out), error.strerror or "") from None


def _show(console: Console, found: TraceView, out: Path) -> None:
    console.say("trace.written", count=len(found.records), file=out)
    if found.full:
        console.say("trace.full")
    if found.failed:
        console.print(text.paragraph(found.failed, label=console.words.say("error.detail")))
    for reported in found.reported:
        console.print(f"  {reported.at:9.3f} s  {reported.reason}  {reported.code}  {reported.text}")
    if not found.reported:
        console.say("trace.nothing-reported")


COMMANDS = (trace,)
