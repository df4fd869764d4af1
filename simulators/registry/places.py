"""Where invented citizens live and were first registered: real names of regions, so that lengths are true to life."""

from __future__ import annotations

from dataclasses import dataclass

PROVINCE = "SULAWESI SELATAN"
KABUPATEN = "KABUPATEN ENREKANG"
ISSUED_AT = "ENREKANG"

VILLAGES: dict[str, tuple[str, ...]] = {
    "MAIWA": ("BANGKALA", "BOTTO MALLANGGA", "SALO DUA", "MANGKAWANI"),
    "ENREKANG": ("JUPPANDANG", "GALONTA", "LEORAN", "PUSERREN", "LEWAJA", "KARUENG", "TUARA"),
    "BARAKA": ("BARAKA", "TOMENAWA", "BALLA", "BONTONGAN"),
    "ANGGERAJA": ("LAKAWAN", "MATARAN", "TANETE", "BAMBAPUANG", "PEKALOBEAN"),
    "ALLA": ("KALOSI", "KAMBIOLANGI", "BUNTU SUGI", "MATA ALLO", "SUMILLAN"),
    "MALUA": ("MALUA", "BONTO", "KOLAI", "RANTE MARIO"),
    "MASALLE": ("MASALLE", "BUNTU SARONG", "RAMPUNAN"),
    "BAROKO": ("BAROKO", "BENTENG ALLA UTARA", "TONGKO"),
}
"""The villages (kelurahan and desa) of some kecamatan of Enrekang."""


@dataclass(frozen=True, slots=True)
class Region:
    """A kabupaten or kota in which people were first registered.

    Attributes:
        code: its four digits, as they stand first in a NIK.
        birthplace: the town that people born there name.
        kecamatan: how many it has; their codes run from 01.
    """

    code: str
    birthplace: str
    kecamatan: int


HOME = Region("7316", "ENREKANG", 12)

ELSEWHERE: tuple[Region, ...] = (
    Region("7315", "PINRANG", 12),
    Region("7314", "PANGKAJENE SIDENRENG", 11),
    Region("7318", "MAKALE", 19),
    Region("7371", "MAKASSAR", 14),
    Region("7373", "PALOPO", 9),
    Region("3175", "JAKARTA TIMUR", 10),
    Region("3578", "SURABAYA", 31),
    Region("6472", "SAMARINDA", 10),
    Region("7472", "BAUBAU", 8),
    Region("9471", "JAYAPURA", 5),
)
