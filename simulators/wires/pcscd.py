"""A private pcscd with virtual readers, for stations in a test.

One pcscd runs on a machine, unless each has its own /run/pcscd and its own network (vpcd listens on every interface).
Nothing is unshared here: `isolated` gives the command line that runs something in such a private place, `inside` the
one that runs more beside it. Unix sockets outside, such as the world's, are seen from there as ever.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

PORT = 0x6C7B
"""Not vpcd's usual 0x8C7B: that is among the ports which Linux gives to whoever opens a connection (32768 and above),
and pcscd then finds its reader's port in use now and then."""
SLOTS = 2  # vpcd shows two slots a reader, on this port and the next
READER_NAME = "Virtual PCD"
SOCKET = Path("/run/pcscd/pcscd.comm")
LIBRARY = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
_READY_SECONDS = 30.0
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


def reader_config(port: int = PORT, name: str = READER_NAME, library: Path = LIBRARY) -> str:
    """Return pcscd's description of a virtual reader; pcscd names its slots as `slot_name` does."""
    return (
        f'FRIENDLYNAME "{name}"\n'
        f"DEVICENAME /dev/null:0x{port:04X}\n"
        f"LIBPATH {library}\n"
        f"CHANNELID 0x{port:04X}\n"
    )  # fmt: skip


def slot_name(slot: int) -> str:
    """Return how pcscd names a slot, counted over all readers: its reader, 00, and the slot in that."""
    return f"{_reader_name(slot // SLOTS)} 00 {slot % SLOTS:02X}"


def _reader_name(number: int) -> str:
    """Each needs a name of its own: pcscd counts up only those that it finds on USB."""
    return READER_NAME if number == 0 else f"{READER_NAME} {number + 1}"


def _configs(folder: Path, ports: Sequence[int]) -> Iterator[str]:
    """Describe a reader for each two ports. Each has its own copy of the library, whose state is not made for two."""
    for number, port in enumerate(ports[::SLOTS]):
        library = folder / f"libifdvpcd-{number}.so"
        shutil.copyfile(LIBRARY, library)
        yield reader_config(port, _reader_name(number), library.absolute())


@contextmanager
def private_pcscd(folder: Path, port: int = PORT, slots: int = SLOTS) -> Iterator[subprocess.Popen[bytes]]:
    """Run a pcscd with virtual readers of two slots each until the block ends.

    Args:
        folder: takes the readers' description (`readers/`) and pcscd's log.
        port: of the first slot; the others have the next ones.
        slots: how many are needed.

    Raises:
        PcscdFailed: another pcscd runs here, the port is taken, or pcscd ended.
    """
    ports = range(port, port + -(-slots // SLOTS) * SLOTS)
    _check_free(ports)
    readers = folder / "readers"
    readers.mkdir(parents=True, exist_ok=True)
    (readers / "vpcd").write_text("\n".join(_configs(folder, ports)))
    log = folder / "pcscd.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["pcscd", "--foreground", "--config", str(readers)], stdout=output, stderr=subprocess.STDOUT
        )
    try:
        _await_ready(process, ports, log)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=3)
        except subprocess.TimeoutExpired:  # it waits for a card that never answers
            process.kill()
            process.wait()


def _check_free(ports: Sequence[int]) -> None:
    if not LIBRARY.exists():
        raise PcscdFailed(f"{LIBRARY} is missing; install vsmartcard-vpcd")
    if _answers(SOCKET):
        raise PcscdFailed(
            f"another pcscd already answers at {SOCKET}; stop it, or run this with a network and a /run/pcscd of its "
            "own: `unshare --net --mount`, `ip link set lo up`, `mount -t tmpfs none /run/pcscd`"
        )
    for taken in _listening() & set(ports):
        raise PcscdFailed(f"port {taken} is taken by another virtual reader; run this in a network of its own")


def _await_ready(process: subprocess.Popen[bytes], ports: Sequence[int], log: Path) -> None:
    wanted = set(ports)
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
@click.option("--port", default=PORT, show_default=True, help="Of the first slot; the others have the next ones.")
@click.option("--slots", default=SLOTS, show_default=True, help="How many are needed.")
def main(folder: Path, port: int, slots: int) -> None:
    """Run a private pcscd with virtual readers of two slots each, until it is told to stop."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        with private_pcscd(folder, port, slots) as process:
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
