"""What `script/campaign power` starts for each of its offices."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import click
import msgspec

from tests.campaigns import plan as plans
from tests.campaigns.directing import alone
from tests.campaigns.office import Office
from tests.campaigns.working import Campaign, Outcome
from tests.rig import nursery


@click.command(hidden=True)
@click.option("--plan", "plan_file", type=click.Path(path_type=Path), required=True)
@click.option("--dir", "folder", type=click.Path(path_type=Path), required=True)
@click.option("--factor", type=float, required=True)
@click.option("--report", "report_file", type=click.Path(path_type=Path), required=True)
@click.option("--kept", is_flag=True)
def worker(*, plan_file: Path, folder: Path, factor: float, report_file: Path, kept: bool) -> None:
    """Carry out one plan in one office, alone in its namespaces."""
    plan = plans.read(plan_file)

    def tell(outcome: Outcome) -> None:
        settled = "alone" if alone(outcome) else f"asked {outcome.asked} {'; '.join(outcome.helped)}"
        point = outcome.point if outcome.met else f"({outcome.point})"
        ended = " ".join((*outcome.ended, *(f"({cause})" for cause in outcome.causes)))
        click.echo(f"{outcome.number:>4} {outcome.kind:<9} {point:<24} {outcome.seconds:5.1f} s  {settled}  {ended}")

    with nursery.kept() if kept else nullcontext(), Office(folder, factor, plan.broken) as office:
        report = Campaign(office, plan).run(tell)
    report_file.write_bytes(msgspec.json.encode(report))
    for violation in report.violations:
        click.echo(f"VIOLATION {violation}")
