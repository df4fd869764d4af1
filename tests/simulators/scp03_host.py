"""A host's side of SCP03 for tests at every level and key length, on primitives of its own.

It shares nothing with the simulated chip but the published rules, which `test_chip_scp03` holds both against.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import cmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.kbkdf import KBKDFCMAC, CounterLocation, Mode

Send = Callable[[bytes], bytes]


def kdf(key: bytes, constant: int, bits: int, context: bytes) -> bytes:
    """Amendment D, 4.1.5, as NIST SP 800-108 with the counter after the fixed part."""
    fixed = bytes(11) + bytes([constant, 0]) + bits.to_bytes(2, "big") + context
    derive = KBKDFCMAC(
        algorithms.AES, Mode.CounterMode, bits // 8, 1, None, CounterLocation.MiddleFixed, None, None, fixed,
        break_location=15,
    )  # fmt: skip
    return derive.derive(key)


def mac(key: bytes, *parts: bytes) -> bytes:
    """AES-CMAC."""
    context = cmac.CMAC(algorithms.AES(key))
    for part in parts:
        context.update(part)
    return context.finalize()


@dataclass
class Host:
    """One session: `establish`, then `transmit` plain commands."""

    send: Send
    enc: bytes
    mac: bytes
    level: int
    size: int = 8
    version: int = 0x30
    chain: bytes = bytes(16)
    counter: int = 0
    sent: list[bytes] = field(default_factory=list)

    def establish(self, challenge: bytes | None = None) -> int:
        """Authenticate both ways; return the status of the last answer. Fails if the chip's cryptogram is wrong."""
        challenge = bytes(range(self.size)) if challenge is None else challenge
        answer = self.send(bytes([0x80, 0x50, self.version, 0, self.size]) + challenge + b"\x00")
        if answer[-2:] != b"\x90\x00":
            return int.from_bytes(answer[-2:], "big")
        card, cryptogram = answer[13 : 13 + self.size], answer[13 + self.size : 13 + 2 * self.size]
        context, bits = challenge + card, len(self.enc) * 8
        self.s_enc, self.s_mac = kdf(self.enc, 4, bits, context), kdf(self.mac, 6, bits, context)
        self.s_rmac = kdf(self.mac, 7, bits, context)
        assert cryptogram == kdf(self.s_mac, 0, self.size * 8, context), "the chip has other keys"
        data = kdf(self.s_mac, 1, self.size * 8, context)
        return int.from_bytes(self.send(self._with_mac(bytes([0x84, 0x82, self.level, 0]), data))[-2:], "big")

    def transmit(self, header: str, data: bytes = b"", le: int | None = None) -> tuple[bytes, int]:
        """Send one command; return data and status. `header` is CLA INS P1 P2 in hex, as before wrapping."""
        self.counter += 1
        first = bytearray(bytes.fromhex(header))
        first[0] |= 4
        if self.level & 2 and data:
            data = self._cbc(0, encrypt=True, data=data + b"\x80" + bytes(-(len(data) + 1) % 16))
        apdu = self._with_mac(bytes(first), data) + (b"" if le is None else bytes([le & 0xFF]))
        self.sent.append(apdu)
        answer = self.send(apdu)
        body, sw = answer[:-2], int.from_bytes(answer[-2:], "big")
        if self.level & 0x10 and (sw == 0x9000 or sw >> 8 in {0x62, 0x63}):
            body, tag = body[: -self.size], body[-self.size :]
            assert tag == mac(self.s_rmac, self.chain, body, answer[-2:])[: self.size], "wrong R-MAC"
            if self.level & 0x20 and body:
                body = self._cbc(0x80, encrypt=False, data=body).rstrip(b"\x00")[:-1]
        return body, sw

    def _with_mac(self, header: bytes, data: bytes) -> bytes:
        head = header + bytes([len(data) + self.size])
        self.chain = mac(self.s_mac, self.chain, head, data)
        return head + data + self.chain[: self.size]

    def _cbc(self, first: int, *, encrypt: bool, data: bytes) -> bytes:
        block = Cipher(algorithms.AES(self.s_enc), modes.ECB()).encryptor()  # noqa: S305 - the ICV
        icv = block.update(bytes([first]) + self.counter.to_bytes(15, "big")) + block.finalize()
        cipher = Cipher(algorithms.AES(self.s_enc), modes.CBC(icv))
        context = cipher.encryptor() if encrypt else cipher.decryptor()
        return context.update(data) + context.finalize()
