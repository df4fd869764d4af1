"""What a Magicard machine answers.

Layouts are those of the maker's file format document and of the USB capture in `pc-coholic/magicardppd`. The document's
list for INF, and the maker's own driver, have 33 fields. The answers to STA are laid out as the backend of
`Performed/selphy_print` takes them apart.
"""

from __future__ import annotations

from simulators.devices.magicard_body import Body
from simulators.devices.magicard_data import MESSAGES, Trouble

FIRMWARE, MAKER = "3.05", "Magicard "
VENDOR = 0x0C1F
_ERROR_WORD = {"ENG": "Error code", "DEU": "Fehlercode"}


def framed(leaders: int, text: str) -> bytes:
    """Put SOH before and ETX behind, and 05s before all."""
    return b"\x05" * leaders + b"\x01" + text.encode("latin-1") + b"\x03"


def major_minor(code: int) -> tuple[int, int]:
    """Split a code."""
    return divmod(code, 100)


def error(code: int, language: str) -> str:
    """Answer to ERR: in words, in figures, and a third line that the capture has."""
    major, minor = major_minor(code)
    if code == Trouble.OK:
        return "STAPrinterstatus OK.\n00:00\n(c0300)"
    known = MESSAGES.get(code, {"ENG": "Call service."})
    spoken = language if language in known else "ENG"
    return f"STA{known[spoken]}\n{_ERROR_WORD[spoken]} - {major:02d}:{minor:02d}\n(c0201)"


def info(body: Body, code: int) -> str:
    """Answer to INF: the document's fields, errors parted by a colon."""
    settings, counters = body.settings, body.counters
    major, minor = major_minor(code)
    film = body.film
    shots = settings.shots if film else 0
    fields = [
        "0",  # a plain model: no duplex, no magnetic stripe
        body.model.name,
        "0",
        settings.serial,
        f"H{settings.serial}",
        f"P{settings.serial}",
        FIRMWARE,
        "2",
        str(int(settings.hand_feed)),
        *(str(counters[name]) for name in ("cards", "cards_on_head", "panels")),
        *(str(counters[name]) for name in ("cleans", "panels_since_clean", "cards_since_clean")),
        str(settings.cards_between_cleans),
        str(settings.head_position),
        "50",
        "50",
        f"{major}:{minor}",
        film,
        str(shots),
        str(shots - body.shots_left if film else 0),
        "MA300YMCKO" if film else "",
        "60",
        "60",
        "60",
        "0",
        "0",
        "0",
        "1",
        "1",
    ]
    return "STA$$" + ",".join(fields) + ","


def about(body: Body, key: str) -> str | None:
    """Answer to STA about one thing; None if the machine does not know it."""
    settings, counters = body.settings, body.counters
    known = {
        "MSR": settings.serial,
        "PSR": f"H{settings.serial}",
        "BSR": f"P{settings.serial}",
        "VRS": FIRMWARE,
        "FDC": "25",
        "FSS": "50",
        "FPP": str(settings.head_position),
        "FSP": "50",
        "FEP": "50",
        "MDL": "0",
        "VID": str(VENDOR),
        "PID": str(product(body)),
        "USN": settings.serial,
        "UPN": MAKER,
        "MAC": "000000000000",
        **dict.fromkeys(("DYN", "IPA", "SNM", "GWY"), "0"),
        "TCQ": str(counters["cards"]),
        "TCP": str(counters["cards_on_head"]),
        "TCN": str(counters["cleans"]),
        "CCQ": str(counters["cards_since_clean"]),
        "TPQ": str(counters["panels"]),
        "CPQ": str(counters["panels_since_clean"]),
        "CCP": str(settings.cards_between_cleans),
        "DFR": str(body.shots_left),
        "CLP": "ON",
    }
    return f"STA,{key}{known[key]}," if key in known else None


def product(body: Body) -> int:
    """Return the machine's USB product id."""
    return body.settings.product or body.model.product
