"""Texts of a layout with card fields in braces: `{tempat_lahir}, {tanggal_lahir}`."""

from __future__ import annotations

import datetime
import string
import unicodedata

from stationd.model.card import CardData

_FIELDS = frozenset(CardData.__struct_fields__)


def placeholders(template: str) -> list[str]:
    """List the card fields that a text names. Raises `ValueError` saying what is expected."""
    names = []
    for _, name, spec, conversion in string.Formatter().parse(template):
        if name is None:
            continue
        if spec or conversion:
            raise ValueError("must name fields plainly, without ! or : in the braces")
        if name not in _FIELDS:
            raise ValueError(f"must name fields of the card in braces: {', '.join(sorted(_FIELDS))}")
        names.append(name)
    return names


def fill(template: str, card: CardData, dates: str) -> str:
    """Put a card's values into a text, dates written as `dates` says, letters and their marks composed (NFC)."""
    values = {name: getattr(card, name) for name in placeholders(template)}
    written = {k: _date(v, dates) if isinstance(v, datetime.date) else v for k, v in values.items()}
    return unicodedata.normalize("NFC", template.format_map(written))


def _date(date: datetime.date, pattern: str) -> str:
    return (
        pattern.replace("DD", f"{date.day:02d}").replace("MM", f"{date.month:02d}").replace("YYYY", f"{date.year:04d}")
    )
