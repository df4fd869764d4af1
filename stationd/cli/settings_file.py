"""The option that says where a station's settings are, for commands that also work where no daemon runs."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

USUAL: Final = Path("/etc/stationd/station.toml")

settings_option = click.option(
    "--settings", type=click.Path(path_type=Path), default=USUAL, metavar="FILE", help="settings-file"
)
