"""The office's printer, by way of CUPS' own command: nothing here speaks to a print server."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from typing import Final

from typing_extensions import override

COMMAND: Final = "lp"
PATIENCE: Final = 30.0
"""Seconds that the command may take to hand a paper over."""


@dataclass(eq=False)
class NotPrinted(Exception):
    """A paper was not handed to the printer.

    Attributes:
        cause: `office-printer-not-named`, `lp-missing`, `office-printer-refuses` or `office-printer-silent`.
        printer: the queue.
        why: what the command said.
    """

    cause: str
    printer: str
    why: str = ""

    @override
    def __str__(self) -> str:
        return f"{self.printer or 'no queue'}: {self.cause}{f' ({self.why})' if self.why else ''}"


def send(pdf: bytes, printer: str, title: str) -> None:
    """Hand a PDF to a queue of this PC.

    Args:
        pdf: the paper. It goes through a pipe, so that no file of it is left behind by us.
        printer: the queue's name.
        title: what the queue shows; the paper's id, never a name.

    Raises:
        NotPrinted: if it was not taken.
    """
    if not printer:
        raise NotPrinted("office-printer-not-named", printer)
    command = shutil.which(COMMAND)
    if command is None:
        raise NotPrinted("lp-missing", printer)
    try:
        done = subprocess.run(
            [command, "-s", "-d", printer, "-t", title, "-"],
            input=pdf,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotPrinted("office-printer-silent", printer) from None
    if done.returncode:
        raise NotPrinted("office-printer-refuses", printer, done.stderr.decode(errors="replace").strip()[:200])
