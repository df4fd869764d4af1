"""Commands that are imported when they are called: tests start hundreds, and most of them do one small thing."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

import click
from typing_extensions import override

_HANDS: Final = "simulators.hands"
WHERE: Final = {
    "world": "simulators.commands.world",
    "machines": "simulators.commands.machines",
    "run": "simulators.commands.scenario",
    "scenarios": "simulators.commands.scenario",
    "chips": "simulators.commands.chips",
    "census": _HANDS,
    "receive": _HANDS,
    "load": _HANDS,
    "move": _HANDS,
    "fault": _HANDS,
    "chip-fault": _HANDS,
    "clear": _HANDS,
    "door": _HANDS,
    "mains": _HANDS,
    "refill": _HANDS,
    "unplug": _HANDS,
    "replug": _HANDS,
    "state": _HANDS,
    "cards": _HANDS,
}
"""Where each of `station-sim`'s is."""


class Commands(click.Group):
    """Commands that are found when they are asked for.

    Args:
        where: the module of each command, which has it under the command's own name.
    """

    def __init__(self, *args: Any, where: Mapping[str, str], **more: Any) -> None:
        super().__init__(*args, **more)
        self._where = where

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._where)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._where:
            return None
        found: click.Command = getattr(import_module(self._where[cmd_name]), cmd_name.replace("-", "_"))
        return found
