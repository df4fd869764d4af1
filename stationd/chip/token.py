"""Key sets in a PKCS#11 token: its AES keys compute CMACs inside it, and cannot be read.

A key set `lab-gp` is two secret keys with the labels `lab-gp-enc` and `lab-gp-mac`, sensitive, not extractable, and
allowed to sign. Session keys are derived with them (Amendment D, 4.1.5), and are the station's for one session.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

import pkcs11
from typing_extensions import override

from stationd.chip.channel_errors import KeySetMissing, KeysUnavailable, PinRefused, TokenMissing
from stationd.chip.keys import KeyStore
from stationd.chip.scp03 import StaticKeys

_T = TypeVar("_T")

_PIN = (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange, pkcs11.PinExpired, pkcs11.PinLocked)
_COUNTED = (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange, pkcs11.PinLocked)
"""What a token says to a PIN that it counts, or would: to be told so again brings it nearer to its lock."""

_MISSING = (pkcs11.NoSuchToken, pkcs11.TokenNotPresent, pkcs11.TokenNotRecognised, pkcs11.DeviceRemoved)


class _Key(Protocol):
    """What a secret key of the token can do; the library makes its classes up from what the token says."""

    def sign(self, data: bytes, *, mechanism: pkcs11.Mechanism) -> bytes: ...

    def __getitem__(self, attribute: pkcs11.Attribute) -> Any: ...


class TokenKeys(KeyStore):
    """One token. Opened when a key is first asked for, and again after it failed; several threads may use it.

    Args:
        module: the token's PKCS#11 library.
        token: its label.
        pin_file: a file that holds the user's PIN and nothing else; read each time the token is opened. A PIN that was
            refused is not presented again until the file has changed: a token locks itself after a few.
    """

    def __init__(self, module: Path, token: str, pin_file: Path) -> None:
        self._module = module
        self._token = token
        self._pin_file = pin_file
        self._session: pkcs11.Session | None = None
        self._salt = secrets.token_bytes(16)
        self._refused: _Refusal | None = None
        self._turn = threading.RLock()  # a session does one thing at a time

    @override
    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._token} of {self._module}>"

    @override
    def find(self, reference: str) -> StaticKeys:
        enc, mac = f"{reference}-enc", f"{reference}-mac"
        bits = {self._bits(enc), self._bits(mac)}
        if len(bits) != 1:
            raise self._unavailable(f"the keys {reference!r} are of two sizes")
        return _TokenKeySet(self, enc, mac, bits.pop())

    def cmac(self, label: str, data: bytes) -> bytes:
        """Return the AES-CMAC of data under the key with that label. Raises `KeysUnavailable`."""
        return self._with(label, lambda key: bytes(key.sign(data, mechanism=pkcs11.Mechanism.AES_CMAC)))

    @override
    def close(self) -> None:
        with self._turn:
            session, self._session = self._session, None
            if session is not None:
                with contextlib.suppress(pkcs11.PKCS11Error):  # a token that was pulled
                    session.close()

    def _bits(self, label: str) -> int:
        def judged(key: _Key) -> int:
            if key[pkcs11.Attribute.EXTRACTABLE] or not key[pkcs11.Attribute.SENSITIVE]:
                raise self._unavailable(f"its key {label!r} can be read out: it is to be sensitive, not extractable")
            return 8 * int(key[pkcs11.Attribute.VALUE_LEN])

        return self._with(label, judged)

    def _with(self, label: str, use: Callable[[_Key], _T]) -> _T:
        with self._turn:
            try:
                key = self._opened().get_key(object_class=pkcs11.ObjectClass.SECRET_KEY, label=label)
                return use(cast("_Key", key))
            except pkcs11.NoSuchKey:
                raise self._unavailable(f"it has no key {label!r}", KeySetMissing) from None
            except pkcs11.MultipleObjectsReturned:
                raise self._unavailable(f"it has several keys {label!r}") from None
            except (pkcs11.PKCS11Error, RuntimeError) as error:
                self.close()
                raise self._unavailable(f"{type(error).__name__} {error}".strip(), _kind(error)) from None

    def _opened(self) -> pkcs11.Session:
        if self._session is None:
            try:
                changed, pin = self._pin_file.stat().st_mtime_ns, self._pin_file.read_text().strip()
            except (OSError, UnicodeDecodeError) as error:
                raise self._unavailable(f"no PIN in {self._pin_file} ({type(error).__name__})", PinRefused) from None
            file = (changed, hashlib.blake2b(pin.encode(), key=self._salt).digest())
            if self._refused is not None and self._refused.file == file:
                raise self._pin_refused(self._refused)
            token = pkcs11.lib(str(self._module)).get_token(token_label=self._token)
            try:
                self._session = token.open(user_pin=pin)
            except _COUNTED as refusal:
                self._refused = _Refusal(type(refusal).__name__, file)
                raise self._pin_refused(self._refused) from None
            self._refused = None
        return self._session

    def _pin_refused(self, refusal: _Refusal) -> KeysUnavailable:
        until = f"until {self._pin_file} is changed it is not tried again, as a token locks itself"
        return self._unavailable(f"{refusal.how}: it does not take the PIN; {until}", PinRefused)

    def _unavailable(self, why: str, kind: type[KeysUnavailable] = KeysUnavailable) -> KeysUnavailable:
        return kind(f"token {self._token}", "use", why)


@dataclass(frozen=True, slots=True)
class _Refusal:
    """A PIN that the token did not take.

    Attributes:
        how: the library's word for it.
        file: when the file was changed, and a digest of what it holds, of use to this process alone.
    """

    how: str
    file: tuple[int, bytes] = field(repr=False)


def _kind(error: RuntimeError) -> type[KeysUnavailable]:
    if isinstance(error, _PIN):
        return PinRefused
    bare = type(error) in {pkcs11.PKCS11Error, RuntimeError}  # so the library says that the module cannot be loaded
    return TokenMissing if bare or isinstance(error, _MISSING) else KeysUnavailable


class _TokenKeySet(StaticKeys):
    """Two keys of a token, by their labels."""

    def __init__(self, token: TokenKeys, enc: str, mac: str, bits: int) -> None:
        self._token = token
        self._enc = enc
        self._mac = mac
        self._bits = bits

    @property
    @override
    def bits(self) -> int:
        return self._bits

    @override
    def cmac_enc(self, data: bytes) -> bytes:
        return self._token.cmac(self._enc, data)

    @override
    def cmac_mac(self, data: bytes) -> bytes:
        return self._token.cmac(self._mac, data)
