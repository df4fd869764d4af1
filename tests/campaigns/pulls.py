"""`script/campaign power` and `broken`."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
import msgspec

from tests.campaigns import plan as plans
from tests.campaigns.broken import VARIANTS
from tests.campaigns.directing import Ran, Stopwatch, as_data, run_all, run_office, shrink, summary
from tests.rig.station import ROOT

FACTOR = 50.0
FOLDER = ROOT / "campaign-run"

BREAKING = {
    "synchronous-off": ("mains",),
    "intent-after-the-move": ("kill", "mains"),
    "resume-on-absence": ("mains", "power", "taken"),
    "film-from-before": ("kill", "mains", "power", "usb"),
    "counted-twice": ("kill", "usb"),
    "activation-before-print": ("kill", "mains", "power", "taken"),
}
"""What is pulled from a station that is broken in each way."""

folder_option = click.option("--dir", "folder", type=click.Path(path_type=Path), default=FOLDER, show_default=True)
offices_option = click.option(
    "--offices", default=6, show_default=True, help="How many stations are worked side by side."
)
kept_option = click.option(
    "--kept", is_flag=True, help="Fork the daemon from a process that has read it: it is ready sooner than in life."
)
factor_option = click.option("--factor", default=FACTOR, show_default=True, help="How much quicker devices work here.")


@click.command()
@click.option("--runs", default=50, show_default=True, help="How many pulls in all.")
@click.option("--seed", default="1", show_default=True)
@click.option("--plan", "plan_file", type=click.Path(path_type=Path), help="Repeat a plan that was kept, instead.")
@offices_option
@click.option("--kind", "kinds", type=click.Choice(plans.KINDS), multiple=True, help="Pull only this; may be repeated.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the report there, too.")
@kept_option
@factor_option
@folder_option
def power(
    *,
    runs: int,
    seed: str,
    plan_file: Path | None,
    offices: int,
    kinds: tuple[str, ...],
    json_file: Path | None,
    kept: bool,
    factor: float,
    folder: Path,
) -> None:
    """Pull power, cables and services, and see that no blank, job or card is lost or doubled."""
    offices = max(1, min(offices, runs))
    if plan_file is not None:
        drawn = [plans.read(plan_file)]
    else:
        shares = [runs // offices + (number < runs % offices) for number in range(offices)]
        drawn = [plans.draw(f"{seed}.{n}", share, kinds or plans.KINDS) for n, share in enumerate(shares, start=1)]
    watch = Stopwatch()
    ran = run_all(drawn, folder, factor, click.echo, kept=kept)
    seconds = watch.seconds
    for line in summary(ran, seconds):
        click.echo(line)
    if json_file is not None:
        json_file.write_bytes(msgspec.json.encode(as_data(ran, seconds)))
    for one in ran:
        if one.failed:
            _tell_failure(one, factor)
    if any(one.failed for one in ran):
        sys.exit(1)
    click.echo("violations: none")


def _tell_failure(ran: Ran, factor: float) -> None:
    for violation in ran.violations():
        click.echo(f"VIOLATION (seed {ran.plan.seed}) {violation}")
    small = ran if ran.report is None else shrink(ran, factor, click.echo)
    click.echo(f"evidence: {ran.folder}; to repeat: script/campaign power --plan {small.folder / 'plan.json'}")


@click.command()
@click.option("--runs", default=60, show_default=True, help="How many pulls each broken station has to survive.")
@click.option("--seed", default="broken", show_default=True)
@offices_option
@click.option("--variant", "variants", type=click.Choice(sorted(VARIANTS)), multiple=True, help="Only this one.")
@factor_option
@folder_option
def broken(runs: int, seed: str, offices: int, variants: tuple[str, ...], factor: float, folder: Path) -> None:
    """Show that a station that is broken on purpose is caught, and by what."""
    survived = []

    def one(variant: str) -> None:
        ran = run_office(plans.draw(seed, runs, BREAKING[variant], variant), folder / variant, factor)
        if ran.report is None or not ran.report.violations:
            survived.append(variant)
            click.echo(f"{variant}: NOT CAUGHT by {runs} pulls; see {ran.folder}")
        else:
            click.echo(f"{variant}: caught at pull {ran.report.failed_at}: {ran.report.violations[0]}")

    with ThreadPoolExecutor(offices) as side_by_side:
        list(side_by_side.map(one, variants or tuple(VARIANTS)))
    sys.exit(1 if survived else 0)
