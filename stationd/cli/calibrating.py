"""Commands that set a printer right: `calibrate`."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

import click
import msgspec

from stationd.cli import text
from stationd.cli.console import Console, Trouble
from stationd.cli.spoken import SpokenCommand
from stationd.model.calibration import FARTHEST, NONE, PANELS, Calibration

PATH: Final = "/v1/calibrations"


@click.command(cls=SpokenCommand, help="calibrate")
@click.argument("serial", required=False)
@click.option("--x", type=click.FloatRange(-FARTHEST, FARTHEST), metavar="MM", help="calibrate-x")
@click.option("--y", type=click.FloatRange(-FARTHEST, FARTHEST), metavar="MM", help="calibrate-y")
@click.option("--gamma", multiple=True, metavar="PANEL=NUMBER", help="calibrate-gamma")
@click.option("--reset", is_flag=True, help="calibrate-reset")
@click.pass_obj
def calibrate(
    console: Console, serial: str | None, x: float | None, y: float | None, gamma: tuple[str, ...], *, reset: bool
) -> None:
    """Set what is named and leave the rest as it is; show what is set where nothing is named."""
    kept = console.client.get(PATH, dict[str, Calibration])
    if serial is not None and (reset or gamma or x is not None or y is not None):
        before = NONE if reset else kept.get(serial, NONE)
        wanted = Calibration(
            before.x if x is None else x,
            before.y if y is None else y,
            {**before.gamma, **dict(_gamma(told) for told in gamma)},
        )
        console.client.post(f"{PATH}/{quote(serial, safe='')}", msgspec.to_builtins(wanted))
        kept = {**kept, serial: wanted}
    shown = kept if serial is None else {serial: kept.get(serial, NONE)}
    if console.as_json:
        console.data(shown)
    elif not shown:
        console.say("calibrate.none")
    else:
        header = [console.words.say(f"calibrate.{column}") for column in ("serial", "x", "y", "gamma")]
        console.print(text.table([_row(name, calibration) for name, calibration in shown.items()], header))


def _row(serial: str, calibration: Calibration) -> tuple[str, ...]:
    bent = ", ".join(f"{panel} {gamma:g}" for panel, gamma in calibration.gamma.items())
    return serial, f"{calibration.x:+.2f}", f"{calibration.y:+.2f}", bent or "-"


def _gamma(told: str) -> tuple[str, float]:
    """Read `PANEL=NUMBER`. Raises `Trouble` if it is none."""
    panel, _, number = told.partition("=")
    try:
        msgspec.convert({"gamma": {panel: float(number)}}, Calibration)
    except (ValueError, msgspec.ValidationError):
        raise Trouble("not-a-gamma", told, f"{', '.join(PANELS)}; 0.25 to 4") from None
    return panel, float(number)


COMMANDS = (calibrate,)
