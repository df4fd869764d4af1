"""Of what window each picture in docs/screens was made: so that one can ask which show it as it was, not as it is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from tests.rig.settings import ROOT
from tests.screens.stage import Scene

KEPT: Final = "made.json"
"""Beside the pictures: what each was made of."""

SHOWN: Final = ("stationd/tray/**/*.py", "stationd/words/tray*.toml", "tests/screens/*.py")
NOT_SHOWN: Final = frozenset({"made.py", "test_pictures.py"})
"""What a picture shows follows from the first, but for the second."""


class Made(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of one picture: its own digest, and that of the window from which it was made; both SHA-256, hexadecimal."""

    picture: str
    window: str


def window() -> str:
    """Return the digest of all that a picture follows from, as it is now."""
    whole = hashlib.sha256()
    for path in sorted(path for pattern in SHOWN for path in ROOT.glob(pattern) if path.name not in NOT_SHOWN):
        whole.update(f"{path.relative_to(ROOT)}\n".encode() + hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def picture(path: Path) -> str:
    """Return the digest of a picture."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read(folder: Path) -> dict[str, Made]:
    """Return what is kept, by the names of the files."""
    kept = folder / KEPT
    return msgspec.json.decode(kept.read_bytes(), type=dict[str, Made]) if kept.exists() else {}


def keep(folder: Path, scene: Scene, made_of: str) -> None:
    """Keep of what window a scene's pictures were made."""
    made = read(folder) | {name: Made(picture(folder / name), made_of) for name in scene.files}
    ordered = {name: made[name] for name in sorted(made) if (folder / name).exists()}
    (folder / KEPT).write_bytes(msgspec.json.format(msgspec.json.encode(ordered)) + b"\n")


def stale(folder: Path, scenes: Iterable[Scene]) -> list[str]:
    """Return the pictures that are missing, or were made of another window than today's."""
    made, now = read(folder), window()
    return [name for scene in scenes for name in scene.files if name not in made or made[name].window != now]
