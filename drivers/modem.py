"""What the station asks of a GSM modem: send one short message, and say what became of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from typing_extensions import override

from drivers.deadline import Deadline
from drivers.errors import DeviceError


@dataclass(eq=False)
class ModemRefused(DeviceError):
    """The modem, or its network, said that it did not send the message. `code` is its word for why."""

    code: str = ""
    may_have_acted = False

    @override
    def what(self) -> str:
        return f"the message was not sent (code {self.code or '?'}); check credit, SIM card and signal"


@dataclass(eq=False)
class ModemAbsent(DeviceError):
    """No modem answered before the message was handed over. `why` is what was said of it."""

    why: str = ""
    may_have_acted = False

    @override
    def what(self) -> str:
        return f"no modem answers ({self.why or 'silence'}); check its cable and the address"


@dataclass(eq=False)
class ModemSilent(DeviceError):
    """The message was handed over, and what became of it was not said in time: it may have gone."""

    @override
    def what(self) -> str:
        return "the modem did not say in time whether the message went"


class Modem(ABC):
    """A modem. Calls may come from any thread, one at a time."""

    @abstractmethod
    def send(self, number: str, text: str, deadline: Deadline) -> None:
        """Send one short message.

        Args:
            number: digits, with a leading + for an international one.
            text: at most 160 characters of the GSM alphabet.
            deadline: by which it is to be known.

        Raises:
            ModemRefused, ModemAbsent: it was not sent.
            ModemSilent: it may have been.
        """
