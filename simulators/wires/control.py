"""A hand on a machine: faults, the door, ribbon and film, the mains, the cable. Newline JSON on a Unix socket.

`{"machine": "matica-1", "op": "fault", "fault": {…}}` → `{"ok": …}` or `{"error": text}`.
"""

from __future__ import annotations

import json
import socket
import socketserver
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from typing_extensions import override

from simulators.devices.faults import Fault
from simulators.wires.port import Port, Poster

ANSWER_WITHIN = 10.0


class ControlError(Exception):
    """A hand asked for what cannot be done."""


class Hands:
    """Carries out what a hand asks, in the machines' own thread."""

    def __init__(self, ports: dict[str, Port]) -> None:
        self._ports = ports

    def do(self, request: dict[str, Any]) -> Any:
        """Do one thing; return what there is to tell. Raises `ControlError`."""
        arguments = dict(request)
        operation = arguments.pop("op", None)
        if operation == "machines":
            return {name: self._tell(port) for name, port in self._ports.items()}
        port = self._ports.get(arguments.pop("machine", None))
        if port is None:
            raise ControlError(f"no such machine; there are {', '.join(self._ports)}")
        acts: dict[str, Callable[..., Any]] = {
            "state": self._tell,
            "fault": self._fault,
            "clear": self._clear,
            "door": lambda port, closed: port.machine.door(closed=closed),
            "mains": lambda port, on, card="stay": port.machine.mains(on=on, card=card),
            "refill": lambda port: port.machine.refill(),
            "unplug": lambda port: port.unplug(),
            "replug": lambda port, new_address=False: port.plug(new_address=new_address),
        }
        act = acts.get(str(operation))
        if act is None:
            raise ControlError(f"no operation {operation!r}")
        try:
            return act(port, **arguments)
        except (TypeError, msgspec.ValidationError) as error:
            raise ControlError(str(error)) from None

    @staticmethod
    def _tell(port: Port) -> dict[str, Any]:
        return {"address": port.address(), **port.machine.tell()}

    @staticmethod
    def _fault(port: Port, fault: dict[str, Any]) -> None:
        machine = port.machine
        decoded = msgspec.convert(fault, Fault)
        if decoded.kind not in machine.kinds:
            raise ControlError(f"{decoded.kind} cannot befall it; what can: {', '.join(sorted(machine.kinds))}")
        if decoded.command is None and decoded.after is None:
            machine.happen(decoded)
        else:
            machine.expect(decoded)

    @staticmethod
    def _clear(port: Port, condition: str) -> list[Any] | None:
        """End something. Of the script, returns the faults that will not come any more."""
        if condition == "script":
            return [msgspec.to_builtins(fault) for fault in port.machine.script.clear()]
        if condition == "mute":
            port.unmute()
        else:
            port.machine.clear(condition)
        return None


class ControlServer:
    """Serves hands on a Unix socket, in threads beside the machines' loop."""

    def __init__(self, path: Path, hands: Hands, post: Poster) -> None:
        path.unlink(missing_ok=True)

        def ask(request: dict[str, Any]) -> Any:
            done: Future[Any] = Future()

            def act() -> None:
                try:
                    done.set_result(hands.do(request))
                except Exception as error:  # told to the hand, whatever it is: the machines must live on
                    done.set_exception(error)

            post(act)
            return done.result(ANSWER_WITHIN)

        class Handler(socketserver.StreamRequestHandler):
            @override
            def handle(self) -> None:
                for line in self.rfile:
                    try:
                        answer = {"ok": ask(json.loads(line))}
                    except Exception as error:  # as above
                        answer = {"error": f"{type(error).__name__}: {error}"}
                    self.wfile.write(json.dumps(answer).encode() + b"\n")

        class Server(socketserver.ThreadingUnixStreamServer):
            daemon_threads = True

        self._path = path
        self._server = Server(str(path), Handler)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while not self._closing.is_set():
            self._server.handle_request()

    def close(self) -> None:
        """Stop serving."""
        self._closing.set()
        with suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self._path))  # wakes the thread that waits for somebody
            self._thread.join(ANSWER_WITHIN)
        self._server.server_close()


def ask_control(path: Path | str, request: dict[str, Any]) -> Any:
    """Ask a control socket for one thing. Raises `ControlError` if it refuses, `OSError` if nobody is there."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(ANSWER_WITHIN)
        connection.connect(str(path))
        connection.sendall(json.dumps(request).encode() + b"\n")
        with connection.makefile("rb") as lines:
            answer = json.loads(lines.readline())
    if "error" in answer:
        raise ControlError(answer["error"])
    return answer["ok"]
