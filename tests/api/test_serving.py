"""The server ends, whoever is just coming in."""

from __future__ import annotations

import asyncio
import gc
import socket
import warnings
from contextlib import ExitStack
from pathlib import Path

import pytest
from aiohttp import web

from stationd.api.server import serving

COMERS = 4


@pytest.mark.parametrize("turns", range(6))
def test_who_comes_while_it_ends_is_let_go_of(tmp_path: Path, turns: int) -> None:
    async def end_after(comers: list[socket.socket]) -> None:
        async with serving(web.Application(), tmp_path / "api.sock"):
            for comer in comers:
                comer.connect(str(tmp_path / "api.sock"))
            for _ in range(turns):
                await asyncio.sleep(0)

    with ExitStack() as stack, warnings.catch_warnings(record=True) as left_open:
        warnings.simplefilter("always")
        comers = [stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(COMERS)]
        asyncio.run(end_after(comers))
        gc.collect()
        assert not [str(warning.message) for warning in left_open]
        for comer in comers:
            comer.settimeout(10)
            assert _hung_up(comer)


def _hung_up(comer: socket.socket) -> bool:
    try:
        return comer.recv(1) == b""
    except ConnectionResetError:  # it was never taken
        return True
