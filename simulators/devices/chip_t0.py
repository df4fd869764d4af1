"""T=0 as a card sees it: a header, a byte P3, and data in one direction only (ISO/IEC 7816-3, 10.3 and 12.2).

A command with data has no Le, and what it answers waits for GET RESPONSE. A reader that sends anything else is refused,
as no reader could have put it on the contacts.
"""

from __future__ import annotations

from collections.abc import Callable

from simulators.devices.chip_command import SHORT_MAX, Refusal, Sw

_HEADER, _INS = 4, 1
_GET_RESPONSE = 0xC0
_SW_BYTES = 2


class Characters:
    """The transport of one card from one reset to the next."""

    def __init__(self) -> None:
        self._waiting = b""
        self._sw = b""

    def carry(self, tpdu: bytes, obey: Callable[[bytes], bytes]) -> bytes:
        """Answer one command of the transport, by what the card's program answers to it as an APDU.

        Args:
            tpdu: header, P3, and the data if P3 counts them.
            obey: answers an APDU with data and status word.

        Raises:
            Refusal: the bytes are no command of T=0, or the program refuses it.
        """
        body = tpdu[_HEADER:]
        if len(tpdu) < _HEADER or (len(body) > 1 and len(body) != 1 + body[0]):
            raise Refusal(Sw.WRONG_LENGTH)
        if tpdu[_INS] == _GET_RESPONSE:
            return self._fetched(body[0] if body else 0)
        self._waiting = b""
        if len(body) > 1:
            return self._kept(obey(tpdu + b"\x00"))
        answer = obey(tpdu)
        size = len(answer) - _SW_BYTES
        if body and size and size != (body[0] or SHORT_MAX):
            raise Refusal(Sw.WRONG_LE | _low_byte(size))
        return answer

    def _kept(self, answer: bytes) -> bytes:
        """Let what a command with data answers wait, and say how much it is."""
        self._waiting, self._sw = answer[:-_SW_BYTES], answer[-_SW_BYTES:]
        return self._told() if self._waiting else self._sw

    def _fetched(self, p3: int) -> bytes:
        if not self._waiting:
            raise Refusal(Sw.CONDITIONS_NOT_SATISFIED)
        wanted = p3 or SHORT_MAX
        if wanted > len(self._waiting):
            raise Refusal(Sw.WRONG_LE | _low_byte(len(self._waiting)))
        part, self._waiting = self._waiting[:wanted], self._waiting[wanted:]
        return part + (self._told() if self._waiting else self._sw)

    def _told(self) -> bytes:
        return (Sw.MORE_DATA | _low_byte(len(self._waiting))).to_bytes(_SW_BYTES, "big")


def _low_byte(size: int) -> int:
    return 0 if size >= SHORT_MAX else size
