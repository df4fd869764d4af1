"""The profiles that are installed: every TOML file of a folder that this station takes, by profile id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import structlog
from typing_extensions import override

from stationd.chip.profile import Profile
from stationd.chip.profile_file import ProfileError, load
from stationd.chip.profile_rules import weaknesses
from stationd.chip.trust import Standing, Trust, signature_of

log = structlog.get_logger()

NOTHING: Final[Mapping[str, int]] = MappingProxyType({})
"""What a station has used that is new."""


@dataclass(eq=False)
class BadProfile(Exception):
    """A profile's file cannot be used."""

    file: Path
    why: str

    @override
    def __str__(self) -> str:
        return f"{self.file}: {self.why}"


def load_all(folder: Path, trust: Trust, used: Mapping[str, int] = NOTHING) -> dict[str, Profile]:
    """Read every profile of a folder. One that nobody has signed is left out, except in a lab, and the log says so.

    Args:
        folder: where they lie.
        trust: whose profiles are taken.
        used: the newest version of each profile that the station has worked with: whoever can put an older one in its
            place, signature and all, must not bring back what it was replaced for.

    Raises:
        BadProfile: for the first file that cannot be read, is no profile, repeats another's id, has a signature that
            none of the trusted keys has made for it, is of an older version than was used, or is fit for a lab only.
    """
    found: dict[str, Profile] = {}
    for file in sorted(folder.glob("*.toml")):
        profile = read_one(file, trust, used)
        if profile is None:
            log.error("profile left out: nobody has signed it", file=str(file))
            continue
        if profile.id in found:
            raise BadProfile(file, f"another file has the profile {profile.id!r} already")
        found[profile.id] = profile
    return found


def read_one(file: Path, trust: Trust, used: Mapping[str, int] = NOTHING) -> Profile | None:
    """Read one profile; None for one that is left out because nobody has signed it. Arguments as for `load_all`.

    Raises:
        BadProfile: as for `load_all`.
    """
    try:
        text = file.read_bytes()
        standing = trust.standing(text, signature_of(file))
        if standing is Standing.FORGED:
            raise BadProfile(file, "its signature was made for another text, or by nobody whom this station trusts")
        if not trust.takes(standing):
            return None  # unread: what nobody has signed is given to no parser
        profile = load(text.decode())
    except (ProfileError, OSError, UnicodeDecodeError) as error:
        raise BadProfile(file, str(error)) from None
    weak = None if trust.lab else next(weaknesses(profile), None)
    if weak is not None:
        raise BadProfile(file, weak[1])
    if profile.version < used.get(profile.id, 0):
        why = f"version {profile.version} is older than version {used[profile.id]}, which this station has used"
        raise BadProfile(file, f"{why}; install that one or a newer one")
    return profile
