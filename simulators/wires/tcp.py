"""A simulated Matica machine on the network: TCP for commands, UDP for questions, on loopback. Runs on asyncio."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable
from typing import Any, cast

from typing_extensions import override

from simulators.clock import Cancel
from simulators.devices.faults import Fault
from simulators.devices.matica_xid import Machine
from simulators.devices.matica_xid_words import MAX_WORDS, Words, greeting
from simulators.wires.port import unplug_by

HOST = "127.0.0.1"
HEADER, MIN_WORDS = 8, 2
ATTEMPTS = 20


def asyncio_later(loop: asyncio.AbstractEventLoop) -> Callable[[float, Callable[[], None]], Cancel]:
    """Make appointments with an asyncio loop."""
    return lambda seconds, act: loop.call_later(seconds, act).cancel


class TcpPort:
    """One machine's network plug. `plug` and `unplug` take effect at the loop's next turn."""

    def __init__(self, machine: Machine, port: int = 0) -> None:
        self._machine = machine
        self._wanted = port
        self._bound: int | None = None
        self._server: asyncio.Server | None = None
        self._questions: asyncio.DatagramTransport | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._chores: set[asyncio.Task[None]] = set()
        self._unmuted = asyncio.Event()
        self._chance = random.Random(0)
        machine.attach(self._power, self._wire_fault)

    @property
    def machine(self) -> Machine:
        """The machine on this wire."""
        return self._machine

    def address(self) -> str | None:
        """`tcp:host:port`, or None while unplugged."""
        return None if self._bound is None else f"tcp:{HOST}:{self._bound}"

    def lasting_address(self) -> str | None:
        """The same: a machine on the network has no other name."""
        return self.address()

    def plug(self, *, new_address: bool) -> None:
        """Put the cable in."""
        self._do(self.open(new_address=new_address))

    def unplug(self) -> None:
        """Pull the cable."""
        self._do(self.shut())

    def unmute(self) -> None:
        """Let an answer that a fault kept back go out, late."""
        self._unmuted.set()

    async def open(self, *, new_address: bool = False) -> None:
        """Listen on TCP, and on UDP one port above, as the machine does on 50730 and 50731."""
        if self._server is not None or not self._machine.powered:
            return
        wanted = 0 if new_address else self._wanted
        for _ in range(ATTEMPTS):
            server = await asyncio.start_server(self._connected, HOST, wanted, limit=1 << 20)
            port = server.sockets[0].getsockname()[1]
            try:
                await self._open_questions(port + 1)
            except OSError:
                server.close()
                if wanted:
                    raise
            else:
                self._server, self._wanted, self._bound = server, port, port
                return
        raise OSError(f"no two free ports side by side on {HOST}")

    async def _open_questions(self, port: int) -> None:
        loop = asyncio.get_running_loop()
        self._questions, _ = await loop.create_datagram_endpoint(lambda: _Questions(self._machine), (HOST, port))

    async def shut(self) -> None:
        """Stop listening and hang up."""
        self._bound = None
        server, self._server = self._server, None
        if server is not None:
            server.close()
        if self._questions is not None:
            self._questions.close()
            self._questions = None
        connections = [task for task in self._connections if task is not asyncio.current_task()]
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)

    def _do(self, chore: Any) -> None:
        task = asyncio.get_running_loop().create_task(chore)
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)

    def _power(self, on: bool) -> None:
        self._do(self.open() if on else self.shut())

    def _wire_fault(self, fault: Fault) -> None:
        unplug_by(fault, self)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._connections.add(task)
        try:
            await self._converse(reader, writer)
        except (OSError, EOFError, asyncio.CancelledError):
            pass  # the client hung up or the cable was pulled: nobody is left to tell
        finally:
            if task is not None:
                self._connections.discard(task)
            writer.transport.abort()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        words = Words(self._machine)
        last = greeting(self._machine)
        writer.write(last)
        while True:
            header = await reader.readexactly(HEADER)
            count = int.from_bytes(header[4:8], "big")
            if not MIN_WORDS <= count <= MAX_WORDS:
                return
            request = header + await reader.readexactly(4 * count)
            answered: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
            faults: list[Fault] = []
            words.take(request, answered.set_result, faults.append)
            last = await self._disturbed(answered, faults[0], last) if faults else await answered
            writer.write(last)
            await writer.drain()

    async def _disturbed(self, answered: asyncio.Future[bytes], fault: Fault, last: bytes) -> bytes:
        self._wire_fault(fault)
        if fault.kind == "last-reply" and not fault.acts:
            return last
        reply = await answered
        match fault.kind:
            case "garbage":
                return self._chance.randbytes(len(reply))
            case "half-reply":
                return reply[: len(reply) // 2]
            case "last-reply":
                return last
            case _:
                self._unmuted.clear()
                await self._unmuted.wait()
                return reply


class _Questions(asyncio.DatagramProtocol):
    """The UDP port: every message is answered at once."""

    def __init__(self, machine: Machine) -> None:
        self._words = Words(machine)
        self._transport: asyncio.DatagramTransport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    @override
    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        transport = self._transport
        if transport is not None and len(data) >= 2 * HEADER:
            lost: list[Fault] = []
            self._words.take(data, lambda reply: None if lost else transport.sendto(reply, addr), lost.append)
