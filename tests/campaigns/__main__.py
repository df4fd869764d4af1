"""`script/campaign`: pull the plug of a working station a thousand times, and count the world after each."""

from __future__ import annotations

import click

from simulators.commands import Commands

WHERE = {
    "power": "tests.campaigns.pulls",
    "broken": "tests.campaigns.pulls",
    "fuzz": "tests.campaigns.fuzzing.command",
    "conformance": "tests.campaigns.conformance",
    "day": "tests.campaigns.days",
    "year": "tests.campaigns.book_year",
    "chip": "tests.campaigns.chip",
    "morning": "tests.campaigns.morning",
    "trip": "tests.campaigns.trip",
    "matrix": "tests.campaigns.matrix_command",
    "cells": "tests.campaigns.matrix_command",
    "worker": "tests.campaigns.worker",
}
"""Where each campaign's command is."""


@click.group(cls=Commands, where=WHERE)
def main() -> None:
    """Campaigns against a whole station in its simulated world, and against whatever reads what a device says."""


if __name__ == "__main__":
    main()
