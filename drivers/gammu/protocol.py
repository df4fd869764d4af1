"""What `gammu` is told and what it says. Pure: text in, text out.

Source: gammu(1) and gammurc(5) of Debian's gammu 1.42, and what that program was seen to print. The message and the
number go to it on its standard input (`gammu batch`), because arguments of a process can be read by every user.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

NUMBER: Final = re.compile(r"\+?[0-9]{5,15}")
"""A telephone number as it is handed on."""

TEXT: Final = re.compile(r"[A-Za-z0-9 .,:;/()+?!'-]{1,160}")
"""What a message may hold: letters that every handset shows, and nothing that ends an argument."""

_ADDRESS = re.compile(r"(?P<connection>[a-z0-9-]+):(?P<port>/[\w./@+-]+)")
_BEGUN = "Sending SMS"
_SENT = re.compile(r"OK, message reference=\d+")
_REFUSED = re.compile(r"error (\d+), message reference")


def settings_text(address: str) -> str:
    """Return the settings file for an address.

    Raises:
        ValueError: if the address is none.
    """
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise ValueError("a modem's address is gammu's connection and the port, as at:/dev/ttyUSB0")
    if found["connection"] == "dummy":
        return f"[gammu]\nmodel = dummy\nconnection = none\nport = {found['port']}\n"
    return f"[gammu]\nport = {found['port']}\nconnection = {found['connection']}\n"


def command_text(number: str, text: str) -> str:
    """Return what the program is told to send.

    Raises:
        ValueError: if number or text cannot be handed on. It quotes neither.
    """
    if not NUMBER.fullmatch(number):
        raise ValueError("not a telephone number")
    if not TEXT.fullmatch(text):
        raise ValueError("not a text of one message")
    return f'sendsms TEXT {number} -text "{text}"\n'


class Said(Enum):
    """What became of a message."""

    SENT = "sent"
    REFUSED = "refused"
    NOT_BEGUN = "not-begun"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the program's output comes to. `detail` is a code, or its last line where that says why."""

    said: Said
    detail: str = ""


def outcome(output: str) -> Outcome:
    """Read what the program printed until it ended, or was ended.

    What it exits with is not asked: it is the output that says how far it came.
    """
    before, begun, after = output.partition(_BEGUN)
    if not begun:
        lines = [line.strip() for line in before.splitlines() if line.strip()]
        why = lines[-1] if lines and "sendsms" not in lines[-1] else ""
        return Outcome(Said.NOT_BEGUN, why)
    if _SENT.search(after):
        return Outcome(Said.SENT)
    refused = _REFUSED.search(after)
    return Outcome(Said.SILENT) if refused is None else Outcome(Said.REFUSED, refused[1])
