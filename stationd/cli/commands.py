"""Which command is in which module: it is imported when it is called, with what it shows and asks for."""

from __future__ import annotations

from collections import UserDict
from importlib import import_module
from typing import Any, Final

import click
from typing_extensions import override

ROOMS: Final = {
    "officers": ("sign-in", "sign-out", "whoami", "pin"),
    "looking": ("status", "queue"),
    "storytelling": ("story",),
    "ruling": ("why", "forecast", "coverage"),
    "field": ("report", "readiness"),
    "privacy": ("privacy",),
    "printing": ("print", "cancel"),
    "picturing": ("preview",),
    "jobs": ("accept", "spoil", "release", "return", "questions", "answer"),
    "settling": ("settle",),
    "shelf": ("shelf",),
    "watching": ("watch",),
    "trips": ("mobile",),
    "partners": ("partner",),
    "lines": ("line", "test-print"),
    "counting": ("blanks",),
    "documents": ("document", "day", "verify-document"),
    "timekeeping": ("time",),
    "book": ("verify",),
    "enrolling": ("enrol",),
    "incarnation": ("incarnation",),
    "devices": ("devices",),
    "doctoring": ("doctor",),
    "cleaning": ("clean",),
    "tracing": ("trace",),
    "bundling": ("bundle",),
    "calibrating": ("calibrate",),
    "chips": ("chip", "profile"),
}
"""Commands by the module beside this one that has them among its `COMMANDS`. What is done first stands first."""


class LateCommands(UserDict[str, Any]):
    """All commands by name; it holds the module of each."""

    def __init__(self) -> None:
        super().__init__({name: room for room, names in ROOMS.items() for name in names})

    @override
    def __getitem__(self, name: str) -> click.Command:
        room = import_module(f"{__package__}.{self.data[name]}")
        found: click.Command = next(command for command in room.COMMANDS if command.name == name)
        return found
