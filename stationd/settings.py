"""station.toml → typed settings. An error names the file, the key, the value found and what is expected."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import parse_qsl, unquote

import msgspec
from typing_extensions import override

_Word = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$")]


class StationSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which station this is.

    Attributes:
        id: as the registry knows it.
        kecamatan: code of the sub-district it serves (`73.16.01`).
        data: folder of the book and of the keys.
    """

    id: _Word
    kecamatan: Annotated[str, msgspec.Meta(pattern=r"^\d\d\.\d\d\.\d\d$")]
    data: Path


class ApiSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The api's Unix socket, and who may ask there.

    Attributes:
        socket: where it is.
        users: numeric ids of this computer's users from whose desktops officers may sign in.
        idle_lock: seconds without an act after which an officer has to sign in again.
    """

    socket: Path
    users: tuple[Annotated[int, msgspec.Meta(ge=0, lt=2**32)], ...] = ()
    idle_lock: Annotated[int, msgspec.Meta(ge=30, le=3600)] = 300


class RegistrySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The central registry.

    Attributes:
        url: `https://host[:port]`.
        jobs: how many unprinted jobs to hold here, so that work goes on when the network does not.
    """

    url: Annotated[str, msgspec.Meta(pattern=r"^https://[^/]+$")]
    jobs: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 20


class FolderSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the authority's data files are.

    Attributes:
        layouts, profiles: folders of them.
        profile_signers: PEM files of public Ed25519 keys: whose profiles are taken, beside the registry's own.
    """

    layouts: Path
    profiles: Path
    profile_signers: tuple[Path, ...] = ()


class LabSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Names a station that is a bench: what it makes is nobody's card.

    Attributes:
        name: of the lab.
        keys: a file of card keys, for chips of the lab (`stationd.chip.keys.LabKeys`).
    """

    name: _Word
    keys: Path | None = None


class TokenSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The PKCS#11 token that holds card keys.

    Attributes:
        module: its library.
        label: the token's.
        pin_file: a file with the user's PIN.
    """

    module: Path
    label: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
    pin_file: Path


class DeviceSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A device of a line: the driver's name and the address in that driver's own syntax."""

    driver: _Word
    address: Annotated[str, msgspec.Meta(min_length=1)]


class ReaderSettings(DeviceSettings, frozen=True, forbid_unknown_fields=True):
    """A reader of chips.

    Attributes:
        sam: the slot of the SAM that holds the keys for its cards, where they are in one.
    """

    sam: DeviceSettings | None = None


class LineSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One production line.

    Attributes:
        name: as it stands in the book.
        printer: its printer.
        encoder: the reader inside the printer; None for a printer that has none, whose cards are written on the desk.
        film_beside_chip: film is printed while the chip is written. Only for a machine on which a technician has seen
            it work; off by default.
    """

    name: _Word
    printer: DeviceSettings
    encoder: ReaderSettings | None = None
    film_beside_chip: bool = False


class OfficeSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands on the office's papers, and where they are printed. What is not said is left out.

    Attributes:
        province, kabupaten, kecamatan: names, without the word before: `SULAWESI SELATAN`, `ENREKANG`, `ANGGERAJA`.
        kabupaten_is: `kabupaten` or `kota`.
        dinas: the service's name.
        address: street, telephone and the like, in one line.
        place: where papers are signed.
        head_title, head, head_number: who signs for the office: the post, the name, and the NIP.
        printer: the name of a CUPS queue of this PC.
    """

    province: str = ""
    kabupaten: str = ""
    kecamatan: str = ""
    kabupaten_is: Literal["kabupaten", "kota"] = "kabupaten"
    dinas: str = "Dinas Kependudukan dan Pencatatan Sipil"
    address: Annotated[str, msgspec.Meta(max_length=300)] = ""
    place: str = ""
    head_title: str = "Kepala Seksi Pelayanan"
    head: str = ""
    head_number: str = ""
    printer: Annotated[str, msgspec.Meta(pattern=r"^([A-Za-z0-9_][A-Za-z0-9_.-]{0,126})?$")] = ""


class PowerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the computer and its printers run on.

    Attributes:
        ups: a UPS that Network UPS Tools knows, `name@host` or `name@host:port`: no card is begun on its battery.
        own_battery: percent of the computer's own battery below which no card is begun while it discharges; 0: it is
            not looked at.
    """

    ups: Annotated[str, msgspec.Meta(pattern=r"^([A-Za-z0-9._-]{1,64}@[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?)?$")] = ""
    own_battery: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of station.toml.

    Attributes:
        desk: the reader on the officer's desk, if there is one.
        lab: if this is a bench, and no office.
        token: where the keys of cards are, if they are not in a SAM.
        office: what stands on its papers.
        modem: by which notices go out; without one the registry gives them.
        power: a UPS, and the computer's own battery.
    """

    station: StationSettings
    api: ApiSettings
    registry: RegistrySettings
    folders: FolderSettings
    line: tuple[LineSettings, ...] = ()
    desk: ReaderSettings | None = None
    lab: LabSettings | None = None
    token: TokenSettings | None = None
    office: OfficeSettings = OfficeSettings()
    modem: DeviceSettings | None = None
    power: PowerSettings = PowerSettings()

    @property
    def book(self) -> Path:
        """The database file."""
        return self.station.data / "book.db"

    @property
    def keys(self) -> Path:
        """The folder of the station's keys."""
        return self.station.data / "keys"

    @property
    def papers(self) -> Path:
        """The folder of sealed papers."""
        return self.station.data / "papers"


@dataclass(eq=False)
class SettingsWrong(Exception):
    """A settings file that cannot be used.

    Attributes:
        file: which one.
        key: dotted path of the setting; empty if the file itself is wrong.
        value: what stands there, as text.
        expected: what should stand there.
    """

    file: Path
    key: str
    value: str
    expected: str

    @override
    def __str__(self) -> str:
        where = f"{self.file}: {self.key}" if self.key else f"{self.file}"
        found = f" is {self.value}" if self.value else ""
        return f"{where}{found}; expected {self.expected}"


def load(file: Path) -> Settings:
    """Read a settings file and check all that the daemon needs. Relative paths in it are relative to the file.

    Raises:
        SettingsWrong: with the key, the value and what is expected.
    """
    settings = read(file)
    _check_folders(file, settings)
    return settings


def read(file: Path) -> Settings:
    """Read a settings file, as `load` does, for whoever draws no card: the authority's files may be missing.

    Raises:
        SettingsWrong: with the key, the value and what is expected.
    """
    try:
        raw = tomllib.loads(file.read_text())
    except OSError as error:
        raise SettingsWrong(file, "", "", f"a readable file ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsWrong(file, _repeated_key(file), "", f"TOML ({error})") from None
    try:
        settings = msgspec.convert(raw, Settings, dec_hook=lambda kind, value: _path(file, kind, value))
    except msgspec.ValidationError as error:
        raise _explained(file, raw, str(error)) from None
    _check_lines(file, settings)
    return settings


def _path(file: Path, kind: type, value: object) -> object:
    if kind is Path and isinstance(value, str) and value:
        return file.parent / value
    raise ValueError("Expected `path`")  # msgspec adds the key to a ValueError


_WORD_MEANT = "1 to 64 letters, digits and . _ - without spaces, such as line-1"

_PATTERNS: Mapping[str, str] = {
    "id": "the station's id at the registry: letters, digits and . _ - without spaces, such as kec-731602",
    "kecamatan": "the code of a kecamatan with its dots, such as 73.16.02",
    "printer": "the name of a CUPS queue, as `lpstat -e` lists it",
    "ups": "a UPS as Network UPS Tools names it, such as ups@127.0.0.1 or ups@127.0.0.1:3493",
    "url": "an https address without a path or a final slash, such as https://registry.example.go.id",
}
"""What the patterns mean, by the last part of a setting's key."""

_GONE: Mapping[str, str] = {
    "api.officers": "users = [1000], the ids of this computer's users, instead: officers sign in with a PIN or card",
}
"""What stands in the place of settings that there once were."""

_NOTHING = object()


def _explained(file: Path, raw: object, message: str) -> SettingsWrong:
    """Turn msgspec's message into key, value and expectation."""
    expectation, _, path = message.partition(" - at `$")
    steps = re.findall(r"[A-Za-z_]\w*|\[\d+\]", path)
    if unknown := re.search(r"unknown field `(.+?)`", expectation):
        steps.append(unknown[1])
        expectation = _GONE.get(".".join(steps), "no such key; remove it or correct its spelling")
    elif missing := re.search(r"missing required field `(.+?)`", expectation):
        steps.append(missing[1])
        expectation = "this key to be there"
    value = raw
    key = ""
    for step in steps:
        match value:
            case Mapping():
                value = value.get(step, _NOTHING)
            case list() if step[1:-1].isdigit():
                value = value[int(step[1:-1])]
            case _:
                value = _NOTHING
        key += step if step.startswith("[") or not key else f".{step}"
    expected = expectation.removeprefix("Expected ").partition(", got")[0]
    if "matching regex" in expected:
        expected = _PATTERNS.get(key.rpartition(".")[2], _WORD_MEANT)
    return SettingsWrong(file, key, "" if value is _NOTHING else repr(value), expected)


def _repeated_key(file: Path) -> str:
    """Return the dotted key that stands in a file twice, which its reader tells by line only; empty if none does."""
    try:
        lines = file.read_text().splitlines()
    except UnicodeDecodeError:
        return ""
    table = ""
    seen: set[str] = set()
    for line in lines:
        if header := re.match(r"\s*(\[\[?)\s*([A-Za-z0-9_.-]+)\s*\]", line):
            table = header[2]
            if header[1] == "[[":
                seen = {key for key in seen if not key.startswith(f"{table}.")}
            elif f"[{table}]" in seen:
                return table
            seen.add(f"[{table}]")
        elif setting := re.match(r"""\s*["']?([A-Za-z0-9_.-]+)["']?\s*=""", line):
            key = f"{table}.{setting[1]}" if table else setting[1]
            if key in seen:
                return key
            seen.add(key)
    return ""


def _check_folders(file: Path, settings: Settings) -> None:
    for name, folder in (("layouts", settings.folders.layouts), ("profiles", settings.folders.profiles)):
        if not any(folder.glob("*.toml")):
            raise SettingsWrong(file, f"folders.{name}", repr(str(folder)), f"a folder that holds {name} (*.toml)")


def _check_lines(file: Path, settings: Settings) -> None:
    names = [line.name for line in settings.line]
    for number, line in enumerate(settings.line):
        if names.index(line.name) != number:
            raise SettingsWrong(file, f"line[{number}].name", repr(line.name), "a name that no other line has")
    desk = _slot(settings.desk)
    for kind in ("printer", "encoder"):
        slots = [_slot(getattr(line, kind)) for line in settings.line]
        for number, slot in enumerate(slots):
            key = f"line[{number}].{kind}.address"
            if slot is not None and slots.index(slot) != number:
                raise SettingsWrong(file, key, repr(slot.address), "a device that no other line has")
            if slot is not None and slot == desk:
                raise SettingsWrong(file, key, repr(slot.address), "another reader than the one on the desk")
    _check_sams(file, settings)


def _check_sams(file: Path, settings: Settings) -> None:
    """See that each reader has a SAM of its own, in a slot where nobody looks for cards."""
    readers = {f"line[{number}].encoder": line.encoder for number, line in enumerate(settings.line)}
    readers["desk"] = settings.desk
    taken = [_slot(reader) for reader in readers.values()]
    for name, reader in readers.items():
        slot = _slot(None if reader is None else reader.sam)
        if slot is not None and slot in taken:
            expected = "a slot of its own, that no line and no desk has for cards or for its SAM"
            raise SettingsWrong(file, f"{name}.sam.address", repr(slot.address), expected)
        taken.append(slot)


@dataclass(frozen=True)
class _Slot:
    """What tells one device from another in the settings; `address` is as it is written there.

    One address can be written in several ways: letters of either case, members behind the `?` in any order, marks for
    blanks. That a serial number and a USB port mean one device shows when it is opened.
    """

    same: tuple[str, str, tuple[tuple[str, str], ...]]
    address: str = field(compare=False)


def _slot(device: DeviceSettings | None) -> _Slot | None:
    if device is None:
        return None
    head, _, query = device.address.strip().casefold().partition("?")
    members = tuple(sorted(parse_qsl(query, keep_blank_values=True)))
    return _Slot((device.driver.strip().casefold(), " ".join(unquote(head).split()), members), device.address)
