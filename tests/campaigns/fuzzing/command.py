"""`script/campaign fuzz`."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import msgspec

from tests.campaigns.directing import Stopwatch
from tests.campaigns.fuzzing import campaign as fuzzing


@click.command()
@click.option("--runs", default=1_000_000, show_default=True, help="How many replies, over all parsers chosen.")
@click.option("--seed", default="1", show_default=True)
@click.option("--parser", "names", multiple=True, help="Only this parser or family; may be repeated.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the report there, too.")
def fuzz(runs: int, seed: str, names: tuple[str, ...], json_file: Path | None) -> None:
    """Put damaged replies to every parser of what a device says."""
    try:
        chosen = fuzzing.choose(names)
    except LookupError as error:
        raise click.BadParameter(str(error)) from None
    watch = Stopwatch()
    reports = list(fuzzing.run(chosen, runs, seed, click.echo))
    for line in fuzzing.summary(reports, watch.seconds):
        click.echo(line)
    if json_file is not None:
        json_file.write_bytes(msgspec.json.encode([report.as_data() for report in reports]))
    sys.exit(not all(report.survived for report in reports))
