"""Commands about the book: `verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import msgspec

from stationd.cli import text
from stationd.cli.console import Console
from stationd.cli.spoken import SpokenCommand
from stationd.client.client import VERIFYING
from stationd.client.status import VerificationView


@click.command(cls=SpokenCommand, help="verify")
@click.option("--offline", "settings", type=click.Path(path_type=Path), metavar="FILE", help="verify-offline")
@click.pass_obj
def verify(console: Console, settings: Path | None) -> None:
    """Check the whole book. A finding makes the command fail."""
    if settings is None:
        raw = console.client.get("/v1/verification", Any, timeout=VERIFYING)
    else:
        from stationd.cli import offline  # noqa: PLC0415 - cryptography and the store, which no other command needs

        raw = offline.verify_book(settings)
    report = msgspec.convert(raw, VerificationView)
    console.failed = bool(report.findings)
    if console.as_json:
        console.data(raw)
    else:
        _show(console, report)


def _show(console: Console, report: VerificationView) -> None:
    say = console.words.say
    if not report.findings:
        passed = say(
            "verify.passed",
            entries=report.entries,
            commits=report.signed_commits,
            countersigned=report.countersigned,
        )
        console.print(text.paragraph(passed))
        console.print(f"{say('verify.head')}: {report.head.digest}")
        return
    console.print(text.paragraph(say("verify.failed", findings=len(report.findings), entries=report.entries)))
    for finding in report.findings:
        console.print(text.paragraph(finding, "  "))
    console.print(text.paragraph(say("verify.do"), label=say("error.do")))


COMMANDS = (verify,)
