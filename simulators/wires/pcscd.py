"""A private pcscd with virtual readers, for stations in a test.

One pcscd runs on a machine, unless each has its own /run/pcscd and its own network (vpcd listens on every interface).
Nothing is unshared here: `isolated` gives the command line that runs something in such a private place, `inside` the
one that runs more beside it. Unix sockets outside, such as the world's, are seen from there as ever.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

PORT = 0x8C7B
SLOTS = 2  # vpcd shows two slots a reader, on this port and the next
READER_NAME = "Virtual PCD"
SOCKET = Path("/run/pcscd/pcscd.comm")
LIBRARY = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
_READY_SECONDS = 10.0
_LISTEN_STATE = "0A"

_ENTER = 'ip link set lo up && mkdir -p /run/pcscd && mount -t tmpfs none /run/pcscd && exec "$@"'


class PcscdFailed(Exception):
    """The private pcscd could not be started; the text says why and what to do."""


def isolated(command: Sequence[str]) -> list[str]:
    """Return the command line that runs `command` with a network and a /run/pcscd of its own."""
    user = [] if os.geteuid() == 0 else ["--map-root-user"]
    return ["unshare", *user, "--net", "--mount", "sh", "-c", _ENTER, "isolated", *command]


def inside(pid: int, command: Sequence[str]) -> list[str]:
    """Return the command line that runs `command` in the private place of a process that `isolated` started."""
    user = [] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]
    return ["nsenter", "--target", str(pid), *user, "--net", "--mount", *command]


def reader_config(port: int = PORT, name: str = READER_NAME) -> str:
    """Return pcscd's description of a virtual reader; pcscd names its slots `<name> 00 00` and `<name> 00 01`."""
    return (
        f'FRIENDLYNAME "{name}"\n'
        f"DEVICENAME /dev/null:0x{port:04X}\n"
        f"LIBPATH {LIBRARY}\n"
        f"CHANNELID 0x{port:04X}\n"
    )  # fmt: skip


@contextmanager
def private_pcscd(folder: Path, port: int = PORT) -> Iterator[subprocess.Popen[bytes]]:
    """Run a pcscd with one virtual reader of two slots until the block ends.

    Args:
        folder: takes the reader's description (`readers/`) and pcscd's log.
        port: of the first slot.

    Raises:
        PcscdFailed: another pcscd runs here, the port is taken, or pcscd ended.
    """
    _check_free(port)
    readers = folder / "readers"
    readers.mkdir(parents=True, exist_ok=True)
    (readers / "vpcd").write_text(reader_config(port))
    log = folder / "pcscd.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["pcscd", "--foreground", "--config", str(readers)], stdout=output, stderr=subprocess.STDOUT
        )
    try:
        _await_ready(process, port, log)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=3)
        except subprocess.TimeoutExpired:  # it waits for a card that never answers
            process.kill()
            process.wait()


def _check_free(port: int) -> None:
    if not LIBRARY.exists():
        raise PcscdFailed(f"{LIBRARY} is missing; install vsmartcard-vpcd")
    if _answers(SOCKET):
        raise PcscdFailed(
            f"another pcscd already answers at {SOCKET}; stop it, or run this with a network and a /run/pcscd of its "
            "own: `unshare --net --mount`, `ip link set lo up`, `mount -t tmpfs none /run/pcscd`"
        )
    for taken in _listening() & set(range(port, port + SLOTS)):
        raise PcscdFailed(f"port {taken} is taken by another virtual reader; run this in a network of its own")


def _await_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    wanted = set(range(port, port + SLOTS))
    deadline = time.monotonic() + _READY_SECONDS
    while not (_answers(SOCKET) and wanted <= _listening()):
        if process.poll() is not None:
            raise PcscdFailed(f"pcscd ended with {process.returncode}: {log.read_text(errors='replace').strip()}")
        if time.monotonic() > deadline:
            raise PcscdFailed(f"pcscd did not listen within {_READY_SECONDS:.0f} s; its log is {log}")
        time.sleep(0.02)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


def _listening() -> set[int]:
    """Return the TCP ports that are listened on here, without connecting: vpcd would take that for a card."""
    ports = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        with contextlib.suppress(FileNotFoundError):
            for line in table.read_text().splitlines()[1:]:
                _, local, _, state, *_ = line.split()
                if state == _LISTEN_STATE:
                    ports.add(int(local.rpartition(":")[2], 16))
    return ports


@click.command()
@click.option("--dir", "folder", type=click.Path(path_type=Path), required=True, help="For its configuration and log.")
@click.option("--port", default=PORT, show_default=True, help="Of the first slot; the second has the next.")
def main(folder: Path, port: int) -> None:
    """Run a private pcscd with a virtual reader of two slots, until it is told to stop."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        with private_pcscd(folder, port) as process:
            sys.stdout.write(f"ready {SOCKET}\n")
            sys.stdout.flush()
            code = process.wait()
    except PcscdFailed as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(0)
    sys.exit(f"pcscd ended with {code}; its log is {folder / 'pcscd.log'}")


if __name__ == "__main__":
    main()
