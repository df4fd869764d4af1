"""A registry as a running process: HTTPS on loopback, the desk on a Unix socket, until told to stop."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from simulators.registry import clerk, clerk_mobile, desk, notifying
from simulators.registry.state import Registry
from simulators.registry.web import Service

ENDPOINT: Final = "endpoint.json"
"""The file in the registry's folder that says where it is."""

VIOLATIONS: Final = "violations.jsonl"
"""The file in the registry's folder that takes a line for each breach of the contract, by either side."""

_PORT: Final = "port"
_LOOKING: Final = frozenset({"jobs", "claims", "events", "station", "stations", "void-chips", "incidents"})


async def run(
    folder: Path,
    *,
    port: int = 0,
    seed: str = "",
    stations: Iterable[str] = (),
    ready: Callable[[dict[str, Any]], None] = lambda _: None,
) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        folder: everything the registry keeps, made if missing. Started again on it, all goes on at the same port.
        port: on 127.0.0.1; 0 takes the port of the last time, or any.
        seed: the citizens follow from it; that of the first start counts.
        stations: who gets an enrolment code if it has neither enrolled nor an unused code.
        ready: called with what is in `endpoint.json` once calls are answered.
    """
    stop = _stop_signal()  # before anyone is told that we are here
    registry = Registry(folder, seed=seed)
    service = Service(registry, folder / VIOLATIONS)
    listener = _listen(port or _kept_port(folder))
    chosen = int(listener.getsockname()[1])
    (folder / _PORT).write_text(str(chosen))
    (folder / desk.SOCKET).unlink(missing_ok=True)  # left by one that was killed
    runner = web.AppRunner(service.application(), access_log=None, auto_decompress=False, shutdown_timeout=2.0)
    await runner.setup()
    site = web.SockSite(runner, listener, ssl_context=registry.authority.server_context())
    await site.start()

    async def do(act: Callable[..., Any], arguments: dict[str, Any]) -> Any:
        done = await service.run(act, registry, **arguments)
        if act.__name__ not in _LOOKING:
            service.bell.ring()
        return done

    counter = await desk.serve(folder / desk.SOCKET, clerk.ACTS | clerk_mobile.ACTS | notifying.ACTS, do)
    try:
        await service.run(_codes, registry, stations)
        ready(await service.run(_announce, registry, folder, chosen))
        await stop.wait()
    finally:
        counter.close()
        service.bell.close()
        await runner.cleanup()
        service.close()
        registry.close()


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    return listener


def _kept_port(folder: Path) -> int:
    kept = folder / _PORT
    return int(kept.read_text()) if kept.exists() else 0


def _codes(registry: Registry, stations: Iterable[str]) -> None:
    waiting = {code["station"] for code in registry.database.codes()}
    for station in stations:
        if station not in waiting and registry.database.enrolment(station) is None:
            clerk.code(registry, station)


def _announce(registry: Registry, folder: Path, port: int) -> dict[str, Any]:
    endpoint = {
        "url": f"https://127.0.0.1:{port}",
        "ca": str(registry.authority.certificate_path.absolute()),
        "desk": str((folder / desk.SOCKET).absolute()),
        "violations": str((folder / VIOLATIONS).absolute()),
        "codes": {code["station"]: code["code"] for code in registry.database.codes()},
        "pid": os.getpid(),
    }
    fresh = folder / f"{ENDPOINT}.new"
    fresh.write_text(json.dumps(endpoint, indent=2))
    fresh.replace(folder / ENDPOINT)
    return endpoint


def _stop_signal() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
