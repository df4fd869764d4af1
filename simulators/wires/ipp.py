"""A simulated card printer behind IPP: a real `ippeveprinter`, and a real `cupsd` with a queue to it.

Both are CUPS's own programs. The printer runs one command for each document, which hands it to the machine
(`ipp_command`). Both listen on loopback only.
"""

from __future__ import annotations

import asyncio
import contextlib
import grp
import json
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from simulators.devices.faults import Fault
from simulators.devices.queue_printer import Job, Machine
from simulators.wires.port import unplug_by

READY_WITHIN = 30.0
END_WITHIN = 5.0
QUEUE = "cards"
CUPS_USER = "lp"
"""As whom cupsd's filters run, if it is root's; also their group."""
IPPEVEPRINTER, CUPSD, LPADMIN = "/usr/sbin/ippeveprinter", "/usr/sbin/cupsd", "/usr/sbin/lpadmin"

ATTRIBUTES = """
ATTR boolean color-supported true
ATTR rangeOfInteger copies-supported 1-1
ATTR integer copies-default 1
ATTR keyword media-default custom_cr80_53.98x85.6mm
ATTR keyword media-ready custom_cr80_53.98x85.6mm
ATTR keyword media-supported custom_cr80_53.98x85.6mm
ATTR collection media-size-supported {{ MEMBER integer x-dimension 5398 MEMBER integer y-dimension 8560 }}
ATTR collection media-col-default {{
  MEMBER collection media-size {{ MEMBER integer x-dimension 5398 MEMBER integer y-dimension 8560 }}
  MEMBER integer media-bottom-margin 1
  MEMBER integer media-left-margin 1
  MEMBER integer media-right-margin 1
  MEMBER integer media-top-margin 1
}}
ATTR keyword media-col-supported media-size,media-bottom-margin,media-left-margin,media-right-margin,media-top-margin
ATTR integer media-bottom-margin-supported 1
ATTR integer media-left-margin-supported 1
ATTR integer media-right-margin-supported 1
ATTR integer media-top-margin-supported 1
ATTR keyword print-color-mode-default color
ATTR keyword print-color-mode-supported auto,color
ATTR keyword print-scaling-supported auto,none,fill
ATTR keyword sides-default one-sided
ATTR keyword sides-supported one-sided
ATTR resolution printer-resolution-default 300dpi
ATTR resolution printer-resolution-supported 300dpi
ATTR resolution pwg-raster-document-resolution-supported 300dpi
ATTR keyword pwg-raster-document-type-supported srgb_8
ATTR mimeMediaType document-format-default image/pwg-raster
ATTR mimeMediaType document-format-supported image/pwg-raster,image/png,image/jpeg
ATTR text printer-make-and-model "{model}"
ATTR text printer-device-id "MFG:Example;MDL:{model};SN:{serial};"
ATTR keyword marker-types ribbonWax
ATTR name marker-names "YMCKO ribbon"
ATTR name marker-colors "#00FFFF#FF00FF#FFFF00"
ATTR integer marker-high-levels 100
ATTR integer marker-low-levels 10
ATTR integer marker-levels {level}
"""
"""How `ippeveprinter` describes the card printer.

Without any margin cupsd would offer a borderless medium under another name than that of its default one. A hundredth of
a millimetre is none on the card.
"""

CUPS_FILES = """
ServerRoot {folder}
ServerBin /usr/lib/cups
DataDir /usr/share/cups
CacheDir {folder}/cache
StateDir {folder}/state
RequestRoot {folder}/spool
TempDir {folder}/temp
AccessLog {logs}/cupsd-access.log
ErrorLog {logs}/cupsd-error.log
PageLog {logs}/cupsd-page.log
User {user}
Group {group}
SystemGroup root
"""

CUPSD_CONF = """
Listen 127.0.0.1:{port}
Listen {folder}/cups.sock
Browsing No
WebInterface No
DefaultAuthType None
ErrorPolicy retry-current-job
LogLevel info
<Location />
  Order allow,deny
  Allow localhost
</Location>
<Policy default>
  <Limit All>
    Order allow,deny
    Allow localhost
  </Limit>
</Policy>
"""


class PrinterFailed(Exception):
    """One of CUPS's programs did not start; the text says which, and the end of its log."""


def _free_port(wanted: int) -> int:
    with socket.create_server(("127.0.0.1", wanted)) as server:
        return int(server.getsockname()[1])


class IppPort:
    """One machine's place in the network.

    Args:
        machine: whose it is.
        folder: takes `ipp-<machine>`, with all that the programs keep.
    """

    def __init__(self, machine: Machine, folder: Path) -> None:
        self._machine = machine
        self._folder = folder.absolute() / f"ipp-{machine.settings.name}"
        self._port = machine.settings.address
        self._cups_port = 0
        self._cups: Path | None = None
        self._programs: list[subprocess.Popen[bytes]] = []
        self._printer: subprocess.Popen[bytes] | None = None
        self._server: asyncio.Server | None = None
        self._jobs: set[asyncio.StreamWriter] = set()
        self._unmuted = asyncio.Event()
        machine.attach(self._power, self._wire_fault)

    @property
    def machine(self) -> Machine:
        """The machine on this wire."""
        return self._machine

    def address(self) -> str | None:
        """The printer's own address; None while unplugged."""
        return None if self._printer is None else self.lasting_address()

    def lasting_address(self) -> str:
        """The printer's own address."""
        return f"ipp://localhost:{self._port}/ipp/print"

    def queue_address(self) -> str:
        """The address of cupsd's queue to it."""
        return f"ipp://localhost:{self._cups_port}/printers/{QUEUE}"

    async def open(self) -> None:
        """Start everything. Raises `PrinterFailed`."""
        (self._folder / "spool").mkdir(parents=True, exist_ok=True)
        self._server = await asyncio.start_unix_server(self._print, self._folder / "machine.sock")
        bus = f"unix:path={self._folder}/bus"
        self._start("dbus", "dbus-daemon", "--session", f"--address={bus}", "--nofork", "--nopidfile")
        await self._await("dbus", (self._folder / "bus").exists)
        self._start("avahi", sys.executable, "-m", "simulators.wires.ipp_bus", bus)
        await self._await("avahi", lambda: b"ready" in self._log("avahi").read_bytes())
        self._port = _free_port(self._port)
        self._write_files()
        self.plug(new_address=False)
        await self._await("printer", lambda: _listens(self._port))
        await self._open_queue()

    async def shut(self) -> None:
        """End everything."""
        self.unplug()
        if self._server is not None:
            self._server.close()
        for writer in list(self._jobs):
            writer.transport.abort()
        programs, self._programs = self._programs, []
        for program in reversed(programs):
            await asyncio.to_thread(_end, program)
        if self._cups is not None:
            shutil.rmtree(self._cups, ignore_errors=True)

    def plug(self, *, new_address: bool) -> None:
        """Put the cable in: the printer listens again."""
        if self._printer is not None or not self._machine.powered:
            return
        if new_address:
            self._port = _free_port(0)
        attributes = self._folder / "attributes"
        settings = self._machine.settings
        level = self._machine.ribbon_left * 100 // settings.ribbon
        attributes.write_text(ATTRIBUTES.format(model=settings.model, serial=settings.serial, level=level))
        self._printer = self._start(
            "printer",
            *(
                IPPEVEPRINTER,
                "-vv",
                "-r",
                "off",
                "-n",
                "localhost",
                "-p",
                str(self._port),
            ),
            *("-d", self._folder / "spool", "-c", self._folder / "command", "-a", attributes, settings.model),
            DBUS_SYSTEM_BUS_ADDRESS=f"unix:path={self._folder}/bus",
        )

    def unplug(self) -> None:
        """Pull the cable: the printer is not there, and forgets its jobs."""
        printer, self._printer = self._printer, None
        if printer is not None:
            self._programs.remove(printer)
            printer.kill()
            printer.wait()

    def unmute(self) -> None:
        """Let the end of a job that a fault kept back be told, late."""
        self._unmuted.set()

    # What befalls the wire

    def _power(self, on: bool) -> None:
        if on:
            self.plug(new_address=False)
        else:
            self.unplug()

    def _wire_fault(self, fault: Fault) -> None:
        unplug_by(fault, self)

    # Documents

    async def _print(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._jobs.add(writer)
        try:
            file = json.loads(await reader.readline())["file"]
            completed: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

            def say(line: str) -> None:
                if not writer.is_closing():
                    writer.write(line.encode() + b"\n")

            def done(ok: bool) -> None:
                if not completed.done():
                    completed.set_result(ok)

            job = Job(await asyncio.to_thread(Path(file).read_bytes), say, done)
            fault = self._machine.print(job)
            muted = fault is not None and fault.kind == "mute"
            if muted:
                self._unmuted.clear()  # now: whoever lets it be told before the job's end has let it
            if fault is not None:
                self._wire_fault(fault)
            ok = await self._completed(job, completed, reader)
            if muted:
                await self._unmuted.wait()
            say(f"END {0 if ok else 1}")
            await writer.drain()
        except (OSError, asyncio.CancelledError):
            pass  # the printer was switched off, or its job cancelled: nobody is left to tell
        finally:
            self._jobs.discard(writer)
            writer.transport.abort()

    async def _completed(self, job: Job, completed: asyncio.Future[bool], reader: asyncio.StreamReader) -> bool:
        """Wait for the job's end, and meanwhile for the word that it was cancelled."""
        cancelled = asyncio.ensure_future(reader.readline())
        try:
            await asyncio.wait((completed, cancelled), return_when=asyncio.FIRST_COMPLETED)
            if cancelled.done() and cancelled.result():
                self._machine.cancel(job)
            return await completed
        finally:
            cancelled.cancel()

    # Programs

    def _write_files(self) -> None:
        command = self._folder / "command"
        where = self._folder / "machine.sock"
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m simulators.wires.ipp_command "{where}" "$1"\n')
        command.chmod(0o755)

    async def _open_queue(self) -> None:
        cups = self._cups = _cups_folder()
        self._cups_port = _free_port(0)
        user = group = CUPS_USER
        if os.getuid():
            user, group = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
        described = CUPS_FILES.format(folder=cups, logs=self._folder, user=user, group=group)
        (cups / "cups-files.conf").write_text(described)
        (cups / "cupsd.conf").write_text(CUPSD_CONF.format(folder=cups, port=self._cups_port))
        files = ("-c", cups / "cupsd.conf", "-s", cups / "cups-files.conf")
        self._start("cupsd", CUPSD, "-f", *files)
        await self._await("cupsd", lambda: _listens(self._cups_port))
        made = await asyncio.create_subprocess_exec(
            *(LPADMIN, "-h", f"localhost:{self._cups_port}", "-p", QUEUE, "-E", "-v", self.lasting_address()),
            *("-m", "everywhere"),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        said, _ = await made.communicate()
        if made.returncode:
            raise PrinterFailed(f"no queue could be made: {said.decode(errors='replace')}")

    def _log(self, name: str) -> Path:
        return self._folder / f"{name}.log"

    def _start(self, name: str, *command: str | Path, **environment: str) -> subprocess.Popen[bytes]:
        with self._log(name).open("ab") as output:
            program = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", "--", *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **environment},
            )
        self._programs.append(program)
        return program

    async def _await(self, name: str, true: Callable[[], Any]) -> None:
        try:
            async with asyncio.timeout(READY_WITHIN):
                while not true():  # noqa: ASYNC110 - another process cannot set an event of ours
                    await asyncio.sleep(0.05)
        except TimeoutError:
            said = self._log(name).read_text(errors="replace").strip().splitlines()[-20:]
            raise PrinterFailed(f"{name} did not start:\n" + "\n".join(said)) from None


def _cups_folder() -> Path:
    """Make a folder for cupsd: its filters run as another user, who cannot look into every place."""
    folder = Path(tempfile.mkdtemp(prefix="cups-"))
    folder.chmod(0o755)
    for name in ("cache", "state", "spool", "temp", "ppd"):
        (folder / name).mkdir()
        if os.getuid() == 0:
            shutil.chown(folder / name, CUPS_USER, CUPS_USER)
    return folder


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _end(program: subprocess.Popen[bytes]) -> None:
    program.terminate()
    try:
        program.wait(END_WITHIN)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()
