"""Debian's cupsd, run privately: the print daemon that every office computer knows, as something to compare with."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 20.0

SETTINGS = """\
Listen {folder}/cups.sock
LogLevel error
Browsing Off
<Location />
  Order allow,deny
</Location>
"""

FILES = """\
ServerRoot {folder}
RequestRoot {folder}/spool
CacheDir {folder}/cache
StateDir {folder}/state
TempDir {folder}/spool
ServerKeychain {folder}/ssl
AccessLog {folder}/access.log
ErrorLog {folder}/error.log
PageLog {folder}/page.log
"""

QUEUE = """\
<Printer office>
DeviceURI socket://127.0.0.1:{port}
State Idle
Accepting Yes
</Printer>
"""
"""One raw queue for a printer on the network."""


@contextmanager
def cupsd(folder: Path, printer_port: int) -> Iterator[tuple[int, float]]:
    """Run cupsd with one queue; yields its process id and the seconds from its start until it answered."""
    program = shutil.which("cupsd", path="/usr/sbin:/usr/bin")
    if program is None:
        raise RuntimeError("cupsd is not installed; script/setup installs it (package cups-daemon)")
    for name in ("spool", "cache", "state", "ssl"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "cupsd.conf").write_text(SETTINGS.format(folder=folder))
    (folder / "cups-files.conf").write_text(FILES.format(folder=folder))
    (folder / "printers.conf").write_text(QUEUE.format(port=printer_port))
    command = [program, "-f", "-c", str(folder / "cupsd.conf"), "-s", str(folder / "cups-files.conf")]
    began = time.monotonic()
    with (folder / "cupsd.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        while not _answers(folder / "cups.sock"):
            if process.poll() is not None or time.monotonic() > began + PATIENCE:
                raise RuntimeError(f"cupsd did not come up: {(folder / 'cupsd.log').read_text()[-2000:]}")
            time.sleep(0.001)
        yield process.pid, time.monotonic() - began
    finally:
        process.terminate()
        process.wait()


def _answers(path: Path) -> bool:
    """Ask for something by HTTP; any answer will do."""
    with socket.socket(socket.AF_UNIX) as asking:
        try:
            asking.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        asking.settimeout(PATIENCE)
        asking.sendall(b"GET /printers/office HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return asking.recv(64).startswith(b"HTTP/")
