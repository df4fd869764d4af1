"""The profiles that are installed: every TOML file of a folder, by profile id."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from typing_extensions import override

from stationd.chip.profile import Profile
from stationd.chip.profile_file import ProfileError, load


@dataclass(eq=False)
class BadProfile(Exception):
    """A profile's file cannot be used."""

    file: Path
    why: str

    @override
    def __str__(self) -> str:
        return f"{self.file}: {self.why}"


def load_all(folder: Path) -> dict[str, Profile]:
    """Read every profile of a folder.

    Raises:
        BadProfile: for the first file that cannot be read, is no profile, or repeats another's id.
    """
    found: dict[str, Profile] = {}
    for file in sorted(folder.glob("*.toml")):
        try:
            profile = load(file.read_text())
        except (ProfileError, OSError, UnicodeDecodeError) as error:
            raise BadProfile(file, str(error)) from None
        if profile.id in found:
            raise BadProfile(file, f"another file has the profile {profile.id!r} already")
        found[profile.id] = profile
    return found
