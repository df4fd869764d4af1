"""Key sets in a PKCS#11 token: its AES keys compute CMACs inside it, and cannot be read.

A key set `lab-gp` is two secret keys with the labels `lab-gp-enc` and `lab-gp-mac`, sensitive, not extractable, and
allowed to sign. Session keys are derived with them (Amendment D, 4.1.5), and are the station's for one session.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from typing_extensions import override

from stationd.chip.channel_errors import KeySetMissing, KeysUnavailable, PinRefused, TokenMissing, TokenSilent
from stationd.chip.keys import KeyStore
from stationd.chip.scp03 import StaticKeys
from stationd.chip.token_child import Child, Ended, Silent, Worker
from stationd.chip.token_worker import Cmac, Done, Failed, Open, Size, Why

CALL = 5.0
"""Seconds that the token may take over one thing, and that one line waits while another uses it."""

OPENING = 20.0
"""Seconds that it may take to load the library, find the token and log in."""

_KINDS: dict[Why, type[KeysUnavailable]] = {
    Why.MISSING: TokenMissing,
    Why.PIN: PinRefused,
    Why.PIN_COUNTED: PinRefused,
    Why.NO_KEY: KeySetMissing,
    Why.OTHER: KeysUnavailable,
}


class TokenKeys(KeyStore):
    """One token. Opened when a key is first asked for, and again after it failed; several threads may use it.

    Its library runs in a process of its own, which is killed when it does not answer in time.

    Args:
        module: the token's PKCS#11 library.
        token: its label.
        pin_file: a file that holds the user's PIN and nothing else; read each time the token is opened. A PIN that was
            refused is not presented again until the file has changed: a token locks itself after a few.
        start: starts the process.
    """

    def __init__(self, module: Path, token: str, pin_file: Path, start: Callable[[], Worker] = Child) -> None:
        self._module = module
        self._token = token
        self._pin_file = pin_file
        self._start = start
        self._worker: Worker | None = None
        self._salt = secrets.token_bytes(16)
        self._refused: _Refusal | None = None
        self._turn = threading.Lock()  # a session does one thing at a time

    @override
    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._token} of {self._module}>"

    @override
    def find(self, reference: str) -> StaticKeys:
        enc, mac = f"{reference}-enc", f"{reference}-mac"
        bits = {self._ask(Size(label)).bits for label in (enc, mac)}
        if len(bits) != 1:
            raise self._unavailable(f"the keys {reference!r} are of two sizes")
        return _TokenKeySet(self, enc, mac, bits.pop())

    def cmac(self, label: str, data: bytes) -> bytes:
        """Return the AES-CMAC of data under the key with that label. Raises `KeysUnavailable`."""
        return self._ask(Cmac(label, data)).mac

    @override
    def close(self) -> None:
        with self._turn:
            self._stop()

    def _ask(self, request: Size | Cmac) -> Done:
        if not self._turn.acquire(timeout=CALL):
            raise self._unavailable(f"another line has been waiting for it for {CALL:.0f} s", TokenSilent)
        try:
            with self._answering():
                return self._judged(self._opened().ask(request, CALL))
        finally:
            self._turn.release()

    @contextlib.contextmanager
    def _answering(self) -> Iterator[None]:
        """Do something with the process; one that fell silent, or ended, is forgotten."""
        try:
            yield
        except Silent:
            self._stop()
            raise self._unavailable("it does not answer; its process was ended", TokenSilent) from None
        except (Ended, OSError) as error:
            self._stop()
            raise self._unavailable(str(error), TokenMissing) from None

    def _opened(self) -> Worker:
        if self._worker is None:
            file, pin = self._pin()
            if self._refused is not None and self._refused.file == file:
                raise self._pin_refused(self._refused)
            self._worker = self._start()
            answer = self._worker.ask(Open(str(self._module), self._token, pin), OPENING)
            if isinstance(answer, Failed) and answer.why is Why.PIN_COUNTED:
                self._stop()
                self._refused = _Refusal(answer.how, file)
                raise self._pin_refused(self._refused)
            self._judged(answer)
            self._refused = None
        return self._worker

    def _pin(self) -> tuple[tuple[int, bytes], str]:
        try:
            changed, pin = self._pin_file.stat().st_mtime_ns, self._pin_file.read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise self._unavailable(f"no PIN in {self._pin_file} ({type(error).__name__})", PinRefused) from None
        return (changed, hashlib.blake2b(pin.encode(), key=self._salt).digest()), pin

    def _judged(self, answer: Done | Failed) -> Done:
        if isinstance(answer, Failed):
            if answer.why is not Why.NO_KEY:
                self._stop()  # it is opened anew for the next question
            raise self._unavailable(answer.how, _KINDS[answer.why])
        return answer

    def _stop(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.stop()

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
