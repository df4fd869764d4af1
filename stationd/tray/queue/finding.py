"""How a person is found in the queue by what somebody types: no matter the case, the points and the titles. Pure."""

from __future__ import annotations

from typing import Final

_SPOKEN: Final = """
    h hj haji hajah hajjah kh dr dra drs drg drh ir prof ns amd amdkep amdkeb sag se sh si skep skm skom sp spd
    spdi sps spsi ssi sos ssos sst st stp sth mag mh mkes mkom mm mp mpd mpdi msc msi mt ba bsc phd r ra rr rm
    raden ust ustad ustadz tgk tn ny bpk ibu sdr sdri
"""

TITLES: Final = frozenset(_SPOKEN.split())
"""What may stand before or after a name and is not searched for unless nothing else is typed."""

_WITHOUT: Final = str.maketrans({".": None, "'": None, "’": None, "`": None, ",": " ", "-": " ", "/": " "})


def plain(text: str) -> str:
    """Return a text as it is compared: in one case, without points and the like."""
    return " ".join(text.casefold().translate(_WITHOUT).split())


def haystack(name: str, nik: str) -> str:
    """Return in what a person is searched."""
    return f"{plain(name)} {nik}"


def needle(typed: str) -> str:
    """Return what is searched for: what was typed, without titles."""
    words = plain(typed).split()
    return " ".join([word for word in words if word not in TITLES] or words)
