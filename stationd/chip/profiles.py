"""The profiles that are installed: every TOML file of a folder that this station takes, by profile id."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import structlog
from typing_extensions import override

from stationd.chip.profile import Profile
from stationd.chip.profile_file import ProfileError, load
from stationd.chip.trust import Standing, Trust, signature_of

log = structlog.get_logger()


@dataclass(eq=False)
class BadProfile(Exception):
    """A profile's file cannot be used."""

    file: Path
    why: str

    @override
    def __str__(self) -> str:
        return f"{self.file}: {self.why}"


def load_all(folder: Path, trust: Trust) -> dict[str, Profile]:
    """Read every profile of a folder. One that nobody has signed is left out, except in a lab, and the log says so.

    Raises:
        BadProfile: for the first file that cannot be read, is no profile, repeats another's id, or has a signature that
            none of the trusted keys has made for it.
    """
    found: dict[str, Profile] = {}
    for file in sorted(folder.glob("*.toml")):
        try:
            text = file.read_bytes()
            standing = trust.standing(text, signature_of(file))
            profile = load(text.decode())
        except (ProfileError, OSError, UnicodeDecodeError) as error:
            raise BadProfile(file, str(error)) from None
        if standing is Standing.FORGED:
            raise BadProfile(file, "its signature was made for another text, or by nobody whom this station trusts")
        if not trust.takes(standing):
            log.error("profile left out: nobody has signed it", file=str(file), profile=profile.id)
            continue
        if profile.id in found:
            raise BadProfile(file, f"another file has the profile {profile.id!r} already")
        found[profile.id] = profile
    return found
