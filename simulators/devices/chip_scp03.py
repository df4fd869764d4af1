"""SCP03 computed: keys of one session, its MACs and its ciphertexts, as a chip sees them and as a host does.

GlobalPlatform Card Specification 2.3, Amendment D. Two lengths: in S8 challenges, cryptograms and transmitted MACs
have 8 bytes, in S16 (bit 1 of `i`, Amendment D 1.2) they have 16.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from enum import IntEnum

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC
from typing_extensions import override

BLOCK = 16
LEVELS = frozenset({0x01, 0x03, 0x11, 0x13, 0x33})
S8, S16 = 8, 16
C_MAC, C_ENC, R_MAC, R_ENC = 0x01, 0x02, 0x10, 0x20
I_S16, I_PSEUDO_RANDOM, I_RESPONSES = 0x01, 0x10, 0x60
SECURE = 0x04  # of CLA: GlobalPlatform's own secure messaging


class _For(IntEnum):
    """What is derived (Amendment D, table 4-1)."""

    CARD_CRYPTOGRAM = 0x00
    HOST_CRYPTOGRAM = 0x01
    CARD_CHALLENGE = 0x02
    S_ENC = 0x04
    S_MAC = 0x06
    S_RMAC = 0x07


class BadMessage(Exception):
    """A MAC or a padding is not what it has to be."""


class KeySet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Three static keys of one length, as hex digits: 16, 24 or 32 bytes each.

    Attributes:
        version: by which INITIALIZE UPDATE names it, 1–7F.
        dek: deciphers key material; here only its length counts.
    """

    version: int
    enc: str
    mac: str
    dek: str

    def __post_init__(self) -> None:
        """Raises `ValueError` for keys of unequal or wrong lengths."""
        sizes = {len(bytes.fromhex(key)) for key in (self.enc, self.mac, self.dek)}
        if len(sizes) != 1 or not sizes <= {16, 24, 32} or not 0 < self.version <= 0x7F:  # noqa: PLR2004 - AES, GP
            raise ValueError("a key set has a version of 1 to 127 and three AES keys of one length")

    def others(self) -> KeySet:
        """Return a key set of the same version and lengths that is not this one."""

        def turned(key: str) -> str:
            return bytes(byte ^ 0xFF for byte in bytes.fromhex(key)).hex()

        return KeySet(self.version, turned(self.enc), turned(self.mac), turned(self.dek))

    @override
    def __repr__(self) -> str:
        return f"KeySet(version=0x{self.version:02X}, three keys of {len(self.enc) // 2} bytes)"

    __str__ = __repr__


def _cmac(key: bytes, message: bytes) -> bytes:
    mac = CMAC(algorithms.AES(key))
    mac.update(message)
    return mac.finalize()


def _derive(key: bytes, what: _For, size: int, context: bytes) -> bytes:
    """NIST SP 800-108 in counter mode over AES-CMAC (Amendment D, 4.1.5); `size` in bytes."""
    label = bytes(11) + bytes([what, 0]) + (size * 8).to_bytes(2, "big")
    blocks = range(1, -(-size // BLOCK) + 1)
    return b"".join(_cmac(key, label + bytes([number]) + context) for number in blocks)[:size]


def card_challenge(keys: KeySet, size: int, sequence: int, aid: bytes) -> bytes:
    """Return the pseudo-random challenge of one session (6.2.2.1), of `size` bytes."""
    return _derive(bytes.fromhex(keys.enc), _For.CARD_CHALLENGE, size, sequence.to_bytes(3, "big") + aid)


@dataclass(slots=True)
class Session:
    """One secure channel session, at either end.

    Attributes:
        size: 8 or 16, the length of cryptograms and transmitted MACs.
        level: what is asked of messages; 0 until authenticated.
        chain: the whole C-MAC of the command before.
        count: commands since EXTERNAL AUTHENTICATE.
    """

    size: int
    enc: bytes = field(repr=False)
    mac: bytes = field(repr=False)
    rmac: bytes = field(repr=False)
    context: bytes = field(repr=False)
    level: int = 0
    chain: bytes = field(default=bytes(BLOCK), repr=False)
    count: int = 0

    @classmethod
    def begin(cls, keys: KeySet, host: bytes, card: bytes) -> Session:
        """Derive a session from the two challenges, whose length is the session's."""
        enc, mac = bytes.fromhex(keys.enc), bytes.fromhex(keys.mac)
        context = host + card
        return cls(
            size=len(card),
            enc=_derive(enc, _For.S_ENC, len(enc), context),
            mac=_derive(mac, _For.S_MAC, len(mac), context),
            rmac=_derive(mac, _For.S_RMAC, len(mac), context),
            context=context,
        )

    @property
    def card_cryptogram(self) -> bytes:
        """What proves the chip to the host."""
        return _derive(self.mac, _For.CARD_CRYPTOGRAM, self.size, self.context)

    @property
    def host_cryptogram(self) -> bytes:
        """What proves the host to the chip."""
        return _derive(self.mac, _For.HOST_CRYPTOGRAM, self.size, self.context)

    # Commands

    def seal(self, header: bytes, data: bytes) -> bytes:
        """Return a command's wrapped data, for a header CLA INS P1 P2. The header goes with `SECURE` set in CLA."""
        self.count += 1
        body = self._encipher(self._counter(0), data) if self.level & C_ENC and data else data
        return body + self._c_mac(header, body)[: self.size]

    def sealed_size(self, size: int) -> int:
        """Return how long that much data becomes when it is wrapped."""
        return (size // BLOCK * BLOCK + BLOCK if self.level & C_ENC and size else size) + self.size

    def seal_authenticate(self, level: int) -> bytes:
        """Return the data of EXTERNAL AUTHENTICATE and go to that level."""
        data = self.host_cryptogram
        data += self._c_mac(bytes([0x84, 0x82, level, 0]), data)[: self.size]
        self.level = level
        return data

    def open(self, header: bytes, wrapped: bytes) -> bytes:
        """Return a command's data. Raises `BadMessage`."""
        self.count += 1
        body = self.verify(header, wrapped)
        return self._decipher(self._counter(0), body) if self.level & C_ENC and body else body

    def verify(self, header: bytes, wrapped: bytes) -> bytes:
        """Check a command's C-MAC and return what it protects. Raises `BadMessage`."""
        body, mac = wrapped[: -self.size], wrapped[-self.size :]
        if not hmac.compare_digest(self._c_mac(header, body)[: self.size], mac):
            raise BadMessage("C-MAC")
        return body

    def _c_mac(self, header: bytes, body: bytes) -> bytes:
        """The MAC of a short command, which is the next chaining value (6.2.4)."""
        lc = bytes([len(body) + self.size & 0xFF])
        self.chain = _cmac(self.mac, self.chain + bytes([header[0] | SECURE]) + header[1:4] + lc + body)
        return self.chain

    # Answers

    def protect(self, data: bytes, sw: int) -> bytes:
        """Return an answer's data as it goes out. An error's answer is empty and goes unprotected (6.2.5)."""
        if not self.level & R_MAC or not protected(sw):
            return data
        body = self._encipher(self._counter(0x80), data) if self.level & R_ENC and data else data
        return body + self._r_mac(body, sw)

    def unprotect(self, data: bytes, sw: int) -> bytes:
        """Return what the chip meant. Raises `BadMessage`."""
        if not self.level & R_MAC:
            return data
        body, mac = data[: -self.size], data[-self.size :]
        if not hmac.compare_digest(self._r_mac(body, sw), mac):
            raise BadMessage("R-MAC")
        return self._decipher(self._counter(0x80), body) if self.level & R_ENC and body else body

    def room(self, most: int) -> int:
        """Return how many bytes of data an answer of at most that length can carry."""
        if not self.level & R_MAC:
            return most
        most -= self.size
        return max(0, most // BLOCK * BLOCK - 1 if self.level & R_ENC else most)

    def _r_mac(self, body: bytes, sw: int) -> bytes:
        return _cmac(self.rmac, self.chain + body + sw.to_bytes(2, "big"))[: self.size]

    # AES

    def _counter(self, first: int) -> bytes:
        return bytes([first]) + self.count.to_bytes(BLOCK - 1, "big")

    def _cbc(self, counter: bytes) -> Cipher[modes.CBC]:
        block = Cipher(algorithms.AES(self.enc), modes.ECB()).encryptor()  # noqa: S305 - one block, the ICV (6.2.6)
        return Cipher(algorithms.AES(self.enc), modes.CBC(block.update(counter) + block.finalize()))

    def _encipher(self, counter: bytes, data: bytes) -> bytes:
        padded = data + b"\x80" + bytes(-(len(data) + 1) % BLOCK)
        cipher = self._cbc(counter).encryptor()
        return cipher.update(padded) + cipher.finalize()

    def _decipher(self, counter: bytes, data: bytes) -> bytes:
        if len(data) % BLOCK:
            raise BadMessage("half a block")
        cipher = self._cbc(counter).decryptor()
        padded = (cipher.update(data) + cipher.finalize()).rstrip(b"\x00")
        if not padded.endswith(b"\x80"):
            raise BadMessage("padding")
        return padded[:-1]


def protected(sw: int) -> bool:
    """Tell whether an answer with that status carries an R-MAC (6.2.5): success and warnings do."""
    return sw == 0x9000 or sw >> 8 in {0x62, 0x63}  # noqa: PLR2004 - the status words of 6.2.5
