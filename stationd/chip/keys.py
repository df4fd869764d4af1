"""Where key sets are: profiles name them by reference, a store finds them, and nobody sees a byte of a key.

Two stores: `LabKeys`, software keys of a file, for benches; and a PKCS#11 token (`stationd.chip.token`), in which keys
compute and from which they cannot be read. With a SAM (`stationd.chip.sam`) the station has no key store.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Protocol

import msgspec
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.cmac import CMAC
from msgspec import Meta, Struct
from typing_extensions import override

from stationd.chip.channel_errors import KeysUnavailable
from stationd.chip.scp03 import StaticKeys

KeyHex = Annotated[str, Meta(pattern=r"^([0-9A-Fa-f]{32}|[0-9A-Fa-f]{48}|[0-9A-Fa-f]{64})$")]


class KeyStore(Protocol):
    """Finds key sets by reference."""

    def find(self, reference: str) -> StaticKeys:
        """Return a key set. Raises `KeysUnavailable`."""

    def close(self) -> None:
        """Let go of whatever holds them."""
        return


class NoKeys(KeyStore):
    """The store of a station that has none."""

    @override
    def find(self, reference: str) -> StaticKeys:
        raise KeysUnavailable("keys", "find", f"no key store is set up, and the profile names the keys {reference!r}")


class LabKeySet(StaticKeys):
    """Software keys. Its text and its `repr` show their size and nothing else."""

    def __init__(self, enc: bytes, mac: bytes) -> None:
        self._enc = enc
        self._mac = mac

    @override
    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.bits} bits>"

    @property
    @override
    def bits(self) -> int:
        return 8 * len(self._enc)

    @override
    def cmac_enc(self, data: bytes) -> bytes:
        return _cmac(self._enc, data)

    @override
    def cmac_mac(self, data: bytes) -> bytes:
        return _cmac(self._mac, data)


class _Entry(Struct, forbid_unknown_fields=True):
    enc: KeyHex
    mac: KeyHex
    dek: KeyHex = ""
    version: Annotated[int, Meta(ge=0, le=0x7F)] = 0

    @override
    def __repr__(self) -> str:
        return f"<a key set of {4 * len(self.enc)} bits>"


class LabKeys(KeyStore):
    """Key sets of a file, for benches and simulators: never for cards that somebody gets.

    The file is TOML with one table a set, `[lab-gp]`, and in it `enc` and `mac` in hexadecimal. `dek` and `version` may
    be there for others: profiles say which key version they mean.

    Raises:
        KeysUnavailable: the file cannot be read, or is no such file. What it holds is not shown.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            entries = msgspec.toml.decode(file.read_bytes(), type=dict[str, _Entry])
        except OSError as error:
            raise KeysUnavailable(str(file), "read", str(error.strerror)) from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            place = re.search(r"at `(\$[^`]*)`", str(error))
            where = place[1] if place else "its text"
            raise KeysUnavailable(str(file), "read", f"{where} is not what a file of keys has there") from None
        self._sets = {name: self._set(name, entry) for name, entry in entries.items()}

    @override
    def __repr__(self) -> str:
        return f"<{type(self).__name__} {', '.join(self._sets)}>"

    @override
    def find(self, reference: str) -> StaticKeys:
        if reference not in self._sets:
            raise KeysUnavailable(str(self._file), "find", f"it has no keys {reference!r}")
        return self._sets[reference]

    def _set(self, name: str, entry: _Entry) -> LabKeySet:
        if len(entry.enc) != len(entry.mac):
            raise KeysUnavailable(str(self._file), "read", f"the keys {name!r} are of two sizes")
        return LabKeySet(bytes.fromhex(entry.enc), bytes.fromhex(entry.mac))


def _cmac(key: bytes, data: bytes) -> bytes:
    mac = CMAC(algorithms.AES(key))
    mac.update(data)
    return mac.finalize()
