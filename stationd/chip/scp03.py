"""Secure Channel Protocol 03 as arithmetic: no card, no reader, no keys of its own.

Source: GlobalPlatform Card Specification, Amendment D, version 1.2 (S8 and S16). Static keys are asked for an AES-CMAC
only, so they may live where nobody can read them; session keys live here, for one session.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from cryptography.hazmat.primitives import constant_time
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

BLOCK = 16
SECURED = 0x04
"""The bit of CLA that says GlobalPlatform secure messaging (Card Specification 11.1.4)."""

_FURTHER, _FURTHER_SECURED = 0x40, 0x20
"""The same for classes with logical channels 4 to 19."""

_SCP03 = 0x03
_S16, _RMAC, _RENC = 0x01, 0x20, 0x40
"""Bits of `i`, the implementation of SCP03 that a card has (Amendment D, table 5-1)."""

_COUNTER_BITS = 128
_PADDING = 0x80
_RESPONSE = 0x80  # first byte of the counter block for answers (6.2.7)
_SHORT_LC, _SHORT_LE, _EXTENDED_LE = 255, 256, 65_536
_WARNINGS = frozenset({0x62, 0x63})
_SUCCESS = 0x9000


class Constant(IntEnum):
    """What is derived (Amendment D, table 4-1)."""

    CARD_CRYPTOGRAM = 0x00
    HOST_CRYPTOGRAM = 0x01
    ENC = 0x04
    MAC = 0x06
    RMAC = 0x07


class Level(IntEnum):
    """What a session protects (Amendment D, table 7-6)."""

    C_MAC = 0x01
    C_MAC_ENC = 0x03
    C_MAC_R_MAC = 0x11
    C_MAC_ENC_R_MAC = 0x13
    ALL = 0x33

    @property
    def enciphers(self) -> bool:
        """Commands' data is enciphered."""
        return bool(self & 0x02)

    @property
    def answers_authentic(self) -> bool:
        """Answers carry a MAC."""
        return bool(self & 0x10)

    @property
    def answers_enciphered(self) -> bool:
        """Answers' data is enciphered."""
        return bool(self & 0x20)


class StaticKeys(Protocol):
    """A key set that computes and is not seen."""

    @property
    def bits(self) -> int:
        """The size of its keys: 128, 192 or 256."""

    def cmac_enc(self, data: bytes) -> bytes:
        """Return the AES-CMAC of data under Key-ENC, 16 bytes."""

    def cmac_mac(self, data: bytes) -> bytes:
        """Return the AES-CMAC of data under Key-MAC, 16 bytes."""


class Malformed(ValueError):
    """An answer is not what SCP03 says."""


class NotAuthenticated(ValueError):
    """A cryptogram or MAC is not the one that the keys give."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A card's answer to INITIALIZE UPDATE (Amendment D, table 7-3).

    Attributes:
        key_version: of the key set that the card took.
        i: its implementation of SCP03.
        challenge, cryptogram: 8 or 16 bytes each.
    """

    key_version: int
    i: int
    challenge: bytes
    cryptogram: bytes


def parse_offer(data: bytes, size: int) -> Offer:
    """Read a card's answer to INITIALIZE UPDATE.

    Args:
        data: without the status word.
        size: the challenge's that was sent: 8 in S8, 16 in S16.

    Raises:
        Malformed: it is of another protocol, mode or length.
    """
    head = 13  # diversification data 10, key version, protocol, i
    if len(data) not in {head + 2 * size, head + 2 * size + 3}:  # a pseudo-random challenge brings its counter
        raise Malformed(f"{len(data)} bytes in answer to INITIALIZE UPDATE")
    version, protocol, i = data[10:head]
    if protocol != _SCP03:
        raise Malformed(f"the card speaks SCP{protocol:02X}")
    if bool(i & _S16) != (size == 2 * 8):
        raise Malformed(f"the card's i is {i:02X}, and the challenge has {size} bytes")
    return Offer(version, i, data[head : head + size], data[head + size : head + 2 * size])


def derive(cmac: Callable[[bytes], bytes], constant: Constant, context: bytes, bits: int) -> bytes:
    """Derive `bits` bits: NIST SP 800-108 in counter mode with AES-CMAC, laid out as in Amendment D, 4.1.5."""
    label = bytes(11) + bytes((constant,))
    blocks = (
        cmac(label + b"\0" + bits.to_bytes(2) + bytes((counter,)) + context)
        for counter in range(1, -(-bits // _COUNTER_BITS) + 1)
    )
    return b"".join(blocks)[: bits // 8]


class Session:
    """One session: its keys, the chaining value and the counter. Knows what to send and whether to believe.

    Args:
        static: the key set.
        level: what is protected.
        host_challenge: as it was sent, 8 or 16 bytes.
        answer: the data of the card's answer to INITIALIZE UPDATE.

    Raises:
        Malformed: the answer is not SCP03's, or its card cannot protect answers at this level.
        NotAuthenticated: the card does not have these keys.
    """

    def __init__(self, static: StaticKeys, level: Level, host_challenge: bytes, answer: bytes) -> None:
        offer = parse_offer(answer, len(host_challenge))
        if (level.answers_authentic and not offer.i & _RMAC) or (level.answers_enciphered and not offer.i & _RENC):
            raise Malformed(f"the card's i is {offer.i:02X}: it does not know level {level:02X}")
        self.level = level
        self.mac_size = len(host_challenge)
        context = host_challenge + offer.challenge
        self._aes = algorithms.AES(derive(static.cmac_enc, Constant.ENC, context, static.bits))
        self._blocks = Cipher(self._aes, modes.ECB()).encryptor()  # noqa: S305 - the standard's, one block at a time
        self._mac = derive(static.cmac_mac, Constant.MAC, context, static.bits)
        self._rmac = derive(static.cmac_mac, Constant.RMAC, context, static.bits)
        if not constant_time.bytes_eq(self._cryptogram(Constant.CARD_CRYPTOGRAM, context), offer.cryptogram):
            raise NotAuthenticated("card cryptogram")
        self._host_cryptogram = self._cryptogram(Constant.HOST_CRYPTOGRAM, context)
        self._chain = bytes(BLOCK)
        self._counter = 0

    def authentication(self) -> bytes:
        """Return the data of EXTERNAL AUTHENTICATE `84 82 <level> 00`: the first command, and in the clear."""
        header = bytes((0x84, 0x82, self.level, 0))
        return self._host_cryptogram + self._next_mac(header, self._host_cryptogram, extended=False)

    def wrap(self, header: bytes, data: bytes, *, extended: bool = False) -> bytes:
        """Return the data of a wrapped command.

        Args:
            header: CLA INS P1 P2 as they are sent (see `secured`).
            data: of the command.
            extended: it goes out with extended length fields, though its data is short.
        """
        self._counter += 1  # counts every command, whether it has data to encipher or not (6.2.6)
        if data and self.level.enciphers:
            data = self._cipher(0).encryptor().update(_pad(data))
        return data + self._next_mac(header, data, extended=extended)

    def unwrap(self, data: bytes, sw: int) -> bytes:
        """Return the data that the card meant.

        Raises:
            NotAuthenticated: the MAC, or the padding below it, is not right.
        """
        if not self.level.answers_authentic:
            return data
        if is_error(sw):
            if data:  # an error carries neither data nor MAC (6.2.5)
                raise NotAuthenticated("an error that carries data")
            return data
        data, mac = data[: -self.mac_size], data[-self.mac_size :]
        expected = _cmac(self._rmac, self._chain + data + sw.to_bytes(2))[: self.mac_size]
        if not constant_time.bytes_eq(expected, mac):
            raise NotAuthenticated("R-MAC")
        if not data or not self.level.answers_enciphered:
            return data
        if len(data) % BLOCK:
            raise NotAuthenticated("the length of the ciphertext")
        return _unpad(self._cipher(_RESPONSE).decryptor().update(data))

    def _next_mac(self, header: bytes, data: bytes, *, extended: bool) -> bytes:
        length = len(data) + self.mac_size
        lc = b"\0" + length.to_bytes(2) if extended or length > _SHORT_LC else bytes((length,))
        self._chain = _cmac(self._mac, self._chain + header + lc + data)
        return self._chain[: self.mac_size]

    def _cipher(self, first: int) -> Cipher[modes.CBC]:
        block = bytes((first,)) + self._counter.to_bytes(BLOCK - 1)
        return Cipher(self._aes, modes.CBC(self._blocks.update(block)))

    def _cryptogram(self, constant: Constant, context: bytes) -> bytes:
        return derive(lambda data: _cmac(self._mac, data), constant, context, 8 * self.mac_size)


def secured(cla: int) -> int:
    """Return a class byte with secure messaging said in it."""
    return cla | (_FURTHER_SECURED if cla & _FURTHER else SECURED)


def is_error(sw: int) -> bool:
    """Say whether an answer is an error, which has no data and is not protected (6.2.5)."""
    return sw != _SUCCESS and sw >> 8 not in _WARNINGS


def wrapped_size(level: Level, mac_size: int, size: int) -> int:
    """Return how many bytes a command's data of that size comes to."""
    return (size + BLOCK - size % BLOCK if size and level.enciphers else size) + mac_size


def most_data(level: Level, mac_size: int, wrapped: int) -> int:
    """Return how many bytes of command data fit into `wrapped` bytes once they are wrapped."""
    return _most(wrapped - mac_size, enciphered=level.enciphers)


def most_answer(level: Level, mac_size: int, wrapped: int) -> int:
    """Return how many bytes of an answer's data fit into `wrapped` bytes once they are wrapped."""
    return _most(wrapped - (mac_size if level.answers_authentic else 0), enciphered=level.answers_enciphered)


def wrapped_le(level: Level, mac_size: int, le: int | None, *, short: bool) -> int | None:
    """Return the Le of a wrapped command: what its answer comes to once it is wrapped.

    Args:
        level: the session's.
        mac_size: 8 in S8, 16 in S16.
        le: of the command itself.
        short: a short APDU is to carry it, whose answer has 256 bytes at most.
    """
    if not level.answers_authentic:
        return le
    size = le or 0
    if size and level.answers_enciphered:
        size += BLOCK - size % BLOCK
    return min(size + mac_size, _SHORT_LE if short else _EXTENDED_LE)


def _most(room: int, *, enciphered: bool) -> int:
    return room // BLOCK * BLOCK - 1 if enciphered else room  # of padding there is one byte at least


def _cmac(key: bytes, data: bytes) -> bytes:
    mac = CMAC(algorithms.AES(key))
    mac.update(data)
    return mac.finalize()


def _pad(data: bytes) -> bytes:
    padded = data + bytes((_PADDING,))
    return padded + bytes(-len(padded) % BLOCK)


def _unpad(data: bytes) -> bytes:
    content = data.rstrip(b"\0")
    if not content or content[-1] != _PADDING:  # a card may fill more than the last block: the MAC covers it
        raise NotAuthenticated("padding")
    return content[:-1]
