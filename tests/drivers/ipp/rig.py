"""A real ippeveprinter that prints cards, and a real cupsd with a queue to it, for as long as a test lasts."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent

# The card has the name that cupsd makes of its size: under one that libcups does not know it would not find it again.
CARD_ATTRIBUTES = """
ATTR boolean color-supported true
ATTR integer copies-default 1
ATTR rangeOfInteger copies-supported 1-1
ATTR keyword media-default custom_53.98x85.6mm_53.98x85.6mm
ATTR keyword media-supported iso_a4_210x297mm,custom_53.98x85.6mm_53.98x85.6mm
ATTR keyword media-ready custom_53.98x85.6mm_53.98x85.6mm
ATTR collection media-size-supported {
  MEMBER integer x-dimension 21000
  MEMBER integer y-dimension 29700
},{
  MEMBER integer x-dimension 5398
  MEMBER integer y-dimension 8560
}
ATTR collection media-col-default {
  MEMBER collection media-size { MEMBER integer x-dimension 5398 MEMBER integer y-dimension 8560 }
}
ATTR keyword media-col-supported media-size
ATTR keyword print-color-mode-supported auto,color
ATTR keyword print-color-mode-default color
ATTR keyword print-scaling-supported auto,none
ATTR keyword sides-supported one-sided
ATTR keyword sides-default one-sided
ATTR resolution printer-resolution-default 300dpi
ATTR resolution printer-resolution-supported 300dpi
ATTR resolution pwg-raster-document-resolution-supported 300dpi
ATTR keyword pwg-raster-document-type-supported sgray_8,srgb_8
ATTR mimeMediaType document-format-supported {formats}
ATTR mimeMediaType document-format-default image/png
ATTR text printer-make-and-model "Example DTC Card"
ATTR text printer-device-id "MFG:Example;MDL:DTC Card;CMD:PWG;SN:C0042;"
ATTR text printer-firmware-string-version "3.1"
ATTR octetString printer-supply "class=supplyThatIsConsumed;type=inkRibbon;unit=impressions;maxcapacity=250;level=120;"
ATTR text printer-supply-description "YMCKO ribbon"
"""

SCRIPT = """#!/bin/sh
# The print command: keeps the document and does what the test wrote into `act`.
cp "$1" "{folder}/printed-$$" && echo "$CONTENT_TYPE" > "{folder}/type"
touch "{folder}/begun"
. "{folder}/act"
"""


CUPS_FILES = """\
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

CUPSD = """\
Listen 127.0.0.1:{port}
Browsing Off
LogLevel debug
<Location />
  Order allow,deny
  Allow all
</Location>
<Policy default>
  <Limit All>
    Order deny,allow
  </Limit>
</Policy>
"""

RAW_QUEUE = """\
<Printer cards>
DeviceURI {device}
State Idle
Accepting Yes
</Printer>
"""


@dataclass(frozen=True, slots=True)
class Machine:
    """A simulated printer behind IPP, or a queue to one."""

    address: str
    port: int
    folder: Path

    def act(self, script: str) -> None:
        """Let the next cards be printed by this shell script; STATE: and ATTR: lines to its stderr are obeyed."""
        part = self.folder / "act.part"
        part.write_text(script + "\n")
        part.replace(self.folder / "act")

    @property
    def printed(self) -> list[bytes]:
        """The documents that the print command was given."""
        return [path.read_bytes() for path in sorted(self.folder.glob("printed-*"))]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextlib.contextmanager
def running(*command: str | Path, log: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env={**os.environ, **environment}
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def await_true(what: str, true: object, log: Path, seconds: float = 15) -> None:
    until = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        assert time.monotonic() < until, f"{what} did not come: {log.read_text(errors='replace')[-2000:]}"
        time.sleep(0.02)


def listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@contextlib.contextmanager
def card_printer(
    folder: Path, formats: str = "image/pwg-raster,image/png,image/jpeg,application/pdf"
) -> Iterator[Machine]:
    """Start ippeveprinter with a bus and an Avahi of its own."""
    folder.mkdir()
    (folder / "spool").mkdir()
    (folder / "card.conf").write_text(CARD_ATTRIBUTES.replace("{formats}", formats))
    command = folder / "print"
    command.write_text(SCRIPT.format(folder=folder))
    command.chmod(0o755)
    port, bus = free_port(), f"unix:path={folder}/bus"
    machine = Machine(f"ipp://localhost:{port}/ipp/print", port, folder)
    machine.act("exit 0")
    with contextlib.ExitStack() as stack:
        log = folder / "dbus.log"
        stack.enter_context(running("dbus-daemon", "--session", f"--address={bus}", "--nofork", "--nopidfile", log=log))
        await_true("the bus", (folder / "bus").exists, log)
        log = folder / "avahi.log"
        stack.enter_context(running(sys.executable, "-u", HERE / "avahi.py", bus, log=log))
        await_true("Avahi", lambda: b"ready" in log.read_bytes(), log)
        printer_log = folder / "printer.log"
        arguments = ["-vvv", "-r", "off", "-n", "localhost", "-p", str(port), "-d", folder / "spool", "-c", command]
        arguments += ["-a", folder / "card.conf", "cards"]
        stack.enter_context(
            running("/usr/sbin/ippeveprinter", *arguments, log=printer_log, DBUS_SYSTEM_BUS_ADDRESS=bus)
        )
        await_true("ippeveprinter", lambda: listens(port), printer_log)
        yield machine


@contextlib.contextmanager
def print_daemon(device: str, *, raw: bool = False) -> Iterator[Machine]:
    """Start a private cupsd with one queue, `cards`, to that device: as lpadmin makes it, or raw."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o711)  # a cupsd that root starts works as another user
        for part in ("spool", "cache", "state", "ssl"):
            (folder / part).mkdir()
        port = free_port()
        (folder / "cupsd.conf").write_text(CUPSD.format(port=port))
        (folder / "cups-files.conf").write_text(CUPS_FILES.format(folder=folder))
        if raw:
            (folder / "printers.conf").write_text(RAW_QUEUE.format(device=device))
        log = folder / "error.log"
        command = ["/usr/sbin/cupsd", "-f", "-c", folder / "cupsd.conf", "-s", folder / "cups-files.conf"]
        with running(*command, log=folder / "cupsd.log"):
            await_true("cupsd", lambda: listens(port), folder / "cupsd.log")
            if not raw:
                administer(port, "-p", "cards", "-v", device, "-m", "everywhere", "-E")
                # lpadmin is done before cupsd has read the description that it was given.
                await_true("the queue's description", lambda: b"IPP Everywhere" in described(port), log)
            yield Machine(f"ipp://localhost:{port}/printers/cards", port, folder)


def administer(port: int, *arguments: str) -> None:
    """Run lpadmin on the private cupsd."""
    subprocess.run(["/usr/sbin/lpadmin", "-h", f"localhost:{port}", *arguments], check=True)


def described(port: int) -> bytes:
    uri = f"ipp://localhost:{port}/printers/cards"
    asked = ["ipptool", "-t", "-v", uri, "get-printer-attributes.test"]
    return subprocess.run(asked, check=False, capture_output=True).stdout
