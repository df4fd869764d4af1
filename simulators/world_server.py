"""Serves the world on a Unix socket: one JSON object a line, one answer a line.

A request is `{"op": name, …arguments}`, its answer `{"ok": result}` or `{"error": code, "text": …}`. Bytes are
standard base64. The process outlives every client; with a folder it also outlives itself.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from simulators.devices.chip import ChipFactory, Reply
from simulators.devices.chip_faults import Fault
from simulators.world import Snapshot, World, WorldError

LINE_LIMIT = 64 * 1024 * 1024
MAX_WAIT = 60.0


class FolderPictures:
    """Pictures as files named by their SHA-256."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def put(self, png: bytes) -> str:
        """Keep a picture and return its digest in hex."""
        digest = hashlib.sha256(png).hexdigest()
        (self._folder / f"{digest}.png").write_bytes(png)
        return digest

    def get(self, digest: str) -> bytes:
        """Return a picture that was kept. Raises `KeyError`."""
        try:
            return (self._folder / f"{digest}.png").read_bytes()
        except OSError:
            raise KeyError(digest) from None


def _b64(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode("ascii")


def _reply(reply: Reply | None) -> dict[str, Any] | None:
    if reply is None:
        return None
    return {"answer": _b64(reply.answer), "seconds": reply.seconds, "mishap": reply.mishap}


class WorldServer:
    """Answers requests about one world and wakes those who wait for a field to change."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._changed = asyncio.Condition()
        self._connections: set[asyncio.Task[None]] = set()
        self._operations: Mapping[str, Callable[..., Any]] = {
            "mint": world.mint,
            "move": world.move,
            "move_next": world.move_next,
            "census": world.census,
            "card": world.card,
            "stamp": self._stamp,
            "picture": lambda digest: _b64(world.picture(digest)),
            "hold": world.hold,
            "engage": world.engage,
            "in_field": world.in_field,
            "all_in_field": world.all_in_field,
            "chip_power": lambda field, action, card_id=None: _b64(world.chip_power(field, action, card_id)),
            "chip_air": world.chip_air,
            "chip_apdu": lambda field, apdu: _b64(world.chip_apdu(field, base64.b64decode(apdu, validate=True))),
            "chip_exchange": lambda field, apdu, card_id=None: _reply(
                world.chip_exchange(field, base64.b64decode(apdu, validate=True), card_id)
            ),
            "chip_faults": lambda card_id, faults: world.chip_faults(card_id, msgspec.convert(faults, list[Fault])),
            "chip_state": world.chip_state,
            "set_chip_state": world.set_chip_state,
        }

    def _stamp(self, card_id: str, side: str, png: str, source: dict[str, str]) -> None:
        self._world.stamp(card_id, side, base64.b64decode(png, validate=True), source)

    async def serve(self, path: Path) -> asyncio.Server:
        """Listen on a Unix socket at that path."""
        return await asyncio.start_unix_server(self._connected, path, limit=LINE_LIMIT)

    async def end_connections(self) -> None:
        """Hang up on every client."""
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine runs in a task
        self._connections.add(task)
        try:
            while line := await reader.readline():
                writer.write(msgspec.json.encode(await self._answer(line)) + b"\n")
                await writer.drain()
        except (ConnectionError, asyncio.CancelledError):
            pass  # the client went away or the world ends; either way there is nobody to tell
        finally:
            self._connections.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            request = msgspec.json.decode(line, type=dict[str, Any])
            name = request.pop("op", None)
            if name == "await_change":
                return {"ok": await self._await_change(**request)}
            operation = self._operations.get(name)
            if operation is None:
                return {"error": "bad-request", "text": f"no operation {name!r}"}
            result = operation(**request)
        except WorldError as error:
            return {"error": error.code, "text": str(error)}
        except (TypeError, ValueError) as error:
            return {"error": "bad-request", "text": str(error)}
        async with self._changed:
            self._changed.notify_all()
        return {"ok": result}

    async def _await_change(self, field: str, known: str | None, seconds: float) -> str | None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(seconds, MAX_WAIT)), self._changed:
                await self._changed.wait_for(lambda: self._world.in_field(field) != known)
        return self._world.in_field(field)


def _restore(world: World, snapshot: Path) -> None:
    if snapshot.exists():
        world.restore(msgspec.json.decode(snapshot.read_bytes(), type=Snapshot))


def _dump(world: World, snapshot: Path) -> None:
    half = snapshot.with_suffix(".part")
    half.write_bytes(msgspec.json.encode(world.snapshot()))
    half.replace(snapshot)


def _clear_away(socket: Path) -> None:
    socket.unlink(missing_ok=True)


async def run(socket: Path, folder: Path | None, chips: ChipFactory | None, seed: str) -> None:
    """Serve a world until SIGTERM or SIGINT; prints `ready <socket>` once it listens.

    Args:
        socket: path of the Unix socket.
        folder: where the world is kept over the process's end (`world.json`, `pictures/`); None keeps nothing.
        chips: makes the chip of each new card; None makes cards without chips.
        seed: cards' serials follow from it.
    """
    _clear_away(socket)
    world = World(chips, None if folder is None else FolderPictures(folder / "pictures"), seed=seed)
    if folder is not None:
        _restore(world, folder / "world.json")
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = WorldServer(world)
    listener = await server.serve(socket)
    sys.stdout.write(f"ready {socket}\n")
    sys.stdout.flush()
    await stop.wait()
    listener.close()
    await server.end_connections()
    if folder is not None:
        _dump(world, folder / "world.json")
    _clear_away(socket)
