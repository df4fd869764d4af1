"""A synchronous client of the world: one method per operation. Use one client per thread that waits."""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, cast

import msgspec

from simulators.devices.chip import Air, ChipState, Mishap, Reply
from simulators.devices.chip_faults import Fault
from simulators.world import Card, WorldError


class WorldClient:
    """A connection to the world's socket. Raises `WorldError` for what the world refuses, `OSError` if it is gone."""

    def __init__(self, path: Path | str) -> None:
        self._lock = threading.Lock()
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise
        self._lines = self._socket.makefile("rb")

    def close(self) -> None:
        """Hang up; a call that waits fails with `OSError`."""
        with contextlib.suppress(OSError):  # the world hung up first
            self._socket.shutdown(socket.SHUT_RDWR)
        self._lines.close()
        self._socket.close()

    def __enter__(self) -> WorldClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def mint(self, count: int, stock_type: str = "white", batch: str = "batch-1", chips: str = "") -> list[str]:
        """Make that many new blank cards in `supply` and return their ids; `chips` is a kind other than the usual."""
        return cast("list[str]", self._ask("mint", count=count, stock_type=stock_type, batch=batch, chips=chips))

    def move(self, card_id: str, to: str) -> None:
        """Take one card, wherever it lies, to a place."""
        self._ask("move", card_id=card_id, to=to)

    def move_next(self, source: str, to: str, count: int = 1) -> list[str]:
        """Take the next cards of a queue to another place, all or none; return their ids."""
        return cast("list[str]", self._ask("move_next", source=source, to=to, count=count))

    def census(self) -> dict[str, list[str]]:
        """Every place that holds a card, with the ids of its cards in order."""
        return cast("dict[str, list[str]]", self._ask("census"))

    def card(self, card_id: str) -> Card:
        """All that is true of one card, its chip's memory included."""
        return msgspec.convert(self._ask("card", card_id=card_id), Card)

    def stamp(self, card_id: str, side: str, png: bytes, source: dict[str, str]) -> None:
        """Put a picture on one side (`front`, `back`) of a card."""
        self._ask("stamp", card_id=card_id, side=side, png=base64.b64encode(png).decode(), source=source)

    def picture(self, digest: str) -> bytes:
        """Return the PNG of a print."""
        return base64.b64decode(self._ask("picture", digest=digest))

    def hold(self, place: str, station: str | None) -> None:
        """Say at which of its stations the machine at `place` holds its card."""
        self._ask("hold", place=place, station=station)

    def engage(self, place: str, engaged: bool) -> None:
        """Bring the contactless reader of the machine at `place` to the card, or take it away."""
        self._ask("engage", place=place, engaged=engaged)

    def in_field(self, field: str) -> str | None:
        """Return the id of the card that a reader at that place sees."""
        return cast("str | None", self._ask("in_field", field=field))

    def await_change(self, field: str, known: str | None, seconds: float) -> str | None:
        """Wait until a reader sees another card than `known` (None: no card), or the time is up; return what it sees.

        The world waits at most 60 s. The connection is busy meanwhile.
        """
        return cast("str | None", self._ask("await_change", field=field, known=known, seconds=seconds))

    def all_in_field(self, field: str) -> list[str]:
        """Return the ids of all cards that are near the reader at that place."""
        return cast("list[str]", self._ask("all_in_field", field=field))

    def chip_power(self, field: str, action: str, card_id: str | None = None) -> bytes | None:
        """Switch the chip in a field `on`, `off`, or `reset` it; return its ATR, None after `off` or without a chip."""
        return self._bytes(self._ask("chip_power", field=field, action=action, card_id=card_id))

    def chip_air(self, field: str, card_id: str) -> Air | None:
        """Return what a contactless reader learns of a powered chip in its field; None if it has no such chip there."""
        return msgspec.convert(self._ask("chip_air", field=field, card_id=card_id), Air | None)

    def chip_apdu(self, field: str, apdu: bytes) -> bytes | None:
        """Let the chip in a field answer; None if no powered chip is there."""
        return self._bytes(self._ask("chip_apdu", field=field, apdu=base64.b64encode(apdu).decode()))

    def chip_exchange(self, field: str, apdu: bytes, card_id: str | None = None) -> Reply | None:
        """Like `chip_apdu`, and tell the time that a real chip would take and what befell the card."""
        told = self._ask("chip_exchange", field=field, apdu=base64.b64encode(apdu).decode(), card_id=card_id)
        if told is None:
            return None
        mishap = told["mishap"]
        return Reply(base64.b64decode(told["answer"]), told["seconds"], None if mishap is None else Mishap(mishap))

    def chip_faults(self, card_id: str, *faults: Fault) -> None:
        """Add faults to the script of a card's chip, powered or not; they count from its next command."""
        self._ask("chip_faults", card_id=card_id, faults=msgspec.to_builtins(list(faults)))

    def chip_state(self, card_id: str) -> ChipState | None:
        """Return the persistent memory of a card's chip, in a field or not."""
        return cast("ChipState | None", self._ask("chip_state", card_id=card_id))

    def set_chip_state(self, card_id: str, state: ChipState) -> None:
        """Replace the persistent memory of a card's chip; it loses power."""
        self._ask("set_chip_state", card_id=card_id, state=state)

    def _ask(self, operation: str, **arguments: object) -> Any:
        line = json.dumps({"op": operation, **arguments}).encode() + b"\n"
        with self._lock:
            self._socket.sendall(line)
            answer = self._lines.readline()
        if not answer.endswith(b"\n"):
            raise ConnectionResetError("the world hung up")
        decoded = json.loads(answer)
        if "error" in decoded:
            raise WorldError(decoded["error"], decoded["text"])
        return decoded["ok"]

    @staticmethod
    def _bytes(encoded: str | None) -> bytes | None:
        return None if encoded is None else base64.b64decode(encoded)
