"""Commands for support: `bundle`."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import time
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from stationd.cli.console import Console, Trouble
from stationd.cli.devices import raw_inventory
from stationd.cli.doctoring import raw_report
from stationd.cli.settings_file import settings_option
from stationd.cli.spoken import SpokenCommand
from stationd.client.problems import StationAbsent

PATIENCE: Final = 60.0
LOG_LINES: Final = 5000
LOG_SECONDS: Final = 20

MASK: Final = "(left out)"
"""Stands where a value of a document could have named a citizen."""

_SIXTEEN_DIGITS: Final = re.compile(r"(?<![0-9A-Za-z])[0-9]{16}(?![0-9A-Za-z])")
_DATED: Final = re.compile(r"(?<![0-9])[0-9]{6}(?:[04][1-9]|[1256][0-9]|[37][01])(?:0[1-9]|1[0-2])[0-9]{6}(?![0-9])")
"""A NIK or a family card number also where it touches letters: a date stands in its middle, a woman's day plus 40."""

_DIGEST: Final = re.compile(r"(?<![0-9A-Za-z])(?:[0-9a-f]{64}|[0-9a-f]{32})(?![0-9A-Za-z])")
"""Digests and random ids as the book has them: now and then one has sixteen digits in a row."""


def could_be_a_nik(line: str) -> bool:
    """Say whether a line holds a number that could be a NIK or a family card's."""
    return _SIXTEEN_DIGITS.search(line) is not None or _DATED.search(_DIGEST.sub("", line)) is not None


@click.command(cls=SpokenCommand, help="bundle")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True, metavar="FOLDER", help="bundle-out"
)
@click.option("--days", type=click.IntRange(1, 90), default=7, show_default=True, metavar="N", help="bundle-days")
@click.option("--log", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="bundle-log")
@settings_option
@click.pass_obj
def bundle(console: Console, out: Path, days: int, log: Path | None, settings: Path) -> None:
    """Put together what support needs, without a word about a citizen."""
    support = _support(console, settings, days)
    parts: dict[str, list[str]] = {
        "doctor.json": [_plain(raw_report(console, settings))],
        "devices.json": [_plain(raw_inventory(console, settings))],
        "settings.json": [_plain(support["settings"])],
        "versions.json": [_plain(support["versions"])],
        "book.json": [_plain({"book": support["book"], "countersigned": support["countersigned"]})],
        "events.jsonl": list(support["events"]),
    }
    parts["log.jsonl"], missing = _log_lines(log)
    kept, refused = clean(parts)
    about = {"station": support["settings"]["station"]["id"], "made": time.time(), "days": days, "log": missing}
    file = _written(out, about, kept, refused)
    if console.as_json:
        console.data({"file": str(file), "refused": refused, "log": missing})
        return
    console.say("bundle.written", file=file)
    for name, count in refused.items():
        if count:
            console.say("bundle.refused", file=name, count=count)
    if missing:
        console.say("bundle.no-log", why=missing)


def _support(console: Console, settings: Path, days: int) -> Any:
    try:
        return console.client.get(f"/v1/support?days={days}", Any, timeout=PATIENCE)
    except StationAbsent as absent:
        if absent.cause != "station-absent":
            raise
    from stationd.cli import premises  # noqa: PLC0415 - the store, which no other command needs

    return premises.support_here(settings, days)


def _plain(content: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(content), indent=2).decode()


def _log_lines(file: Path | None) -> tuple[list[str], str]:
    """Return the log's last lines, and why there are none."""
    try:
        if file is not None:
            return file.read_text(errors="replace").splitlines()[-LOG_LINES:], ""
        command = ["journalctl", "--unit", "stationd", "--lines", str(LOG_LINES), "--output", "cat", "--no-pager"]
        told = subprocess.run(command, capture_output=True, text=True, timeout=LOG_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return [], str(error)
    return told.stdout.splitlines(), "" if told.returncode == 0 else told.stderr.strip()[:200]


def clean(parts: Mapping[str, Iterable[str]]) -> tuple[dict[str, str], dict[str, int]]:
    """Leave out what could name a citizen: of a JSON document each such value, of anything else each such line.

    A document stays one that can be read. A line of the log must be one that went through the log's own net, a JSON
    object: what a library or a crash wrote beside it may quote anything.

    Returns:
        Each part's text, and how many of its values or lines were left out.
    """
    kept: dict[str, str] = {}
    refused: dict[str, int] = {}
    for name, texts in parts.items():
        if name.endswith(".json"):
            masked = [_masked(json.loads(text)) for text in texts]
            kept[name] = "".join(f"{_plain(content)}\n" for content, _ in masked)
            refused[name] = sum(count for _, count in masked)
            continue
        lines = [line for text in texts for line in text.splitlines()]
        good = [line for line in lines if not could_be_a_nik(line) and (name != "log.jsonl" or _is_object(line))]
        kept[name], refused[name] = "".join(f"{line}\n" for line in good), len(lines) - len(good)
    return kept, refused


def _masked(content: Any) -> tuple[Any, int]:
    """Return a JSON value without what could name a citizen, and how many values and keys that were."""
    if isinstance(content, dict):
        pairs = [(_masked(key), _masked(value)) for key, value in content.items()]
        count = sum(of_key + of_value for (_, of_key), (_, of_value) in pairs)
        return {key: value for (key, _), (value, _) in pairs}, count
    if isinstance(content, list):
        values = [_masked(value) for value in content]
        return [value for value, _ in values], sum(count for _, count in values)
    return (MASK, 1) if could_be_a_nik(str(content)) else (content, 0)


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _written(out: Path, about: Mapping[str, Any], parts: Mapping[str, str], refused: Mapping[str, int]) -> Path:
    """Write the bundle; when this returns it is on the stick and may be pulled out.

    Raises:
        Trouble: if it cannot be written.
    """
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(about["made"]))
    file = out / f"stationd-{about['station']}-{stamp}.zip"
    files = {
        name: {
            "bytes": len(text.encode()),
            "sha256": hashlib.sha256(text.encode()).hexdigest(),
            "refused": refused[name],
        }
        for name, text in parts.items()
    }
    try:
        out.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as stick:
            with zipfile.ZipFile(stick, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("manifest.json", _plain({**about, "files": files}))
                for name, text in parts.items():
                    archive.writestr(name, text)
            stick.flush()
            os.fsync(stick.fileno())
        folder = os.open(out, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise Trouble("file-not-written", str(file), error.strerror or "") from None
    return file


COMMANDS = (bundle,)
