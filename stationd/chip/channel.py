"""How commands reach the chip's application: in the clear, or wrapped by a secure channel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from typing_extensions import override

from drivers.deadline import Deadline
from drivers.encoder import Response
from stationd.chip.apdu import Command

Send = Callable[[Command], Response]
"""Carries one command to the chip as it is, and its answer back."""


class SecureChannel(Protocol):
    """Wraps each command and unwraps each answer, once it is established with a chip.

    What goes wrong between the station and whatever computes (a token, a SAM), and an answer that is not authentic,
    are `DeviceError`: nobody knows then what the chip did.
    """

    @property
    def kind(self) -> str:
        """As a profile's `channel.kind` names it."""

    def establish(self, send: Send, deadline: Deadline) -> None:
        """Open the channel with the application that has just been selected; a former session's state is dropped.

        Raises:
            WrongKeys, Refused, NotUnderstoodAnswer: the chip will not, or is not one of ours.
            DeviceError: what computes cannot.
        """

    def wrap(self, command: Command, deadline: Deadline) -> Command:
        """Return the command as it goes to the chip. Raises `DeviceError`."""

    def unwrap(self, response: Response, deadline: Deadline) -> Response:
        """Return the answer that the chip meant. Raises `DeviceError`."""

    def close(self) -> None:
        """Forget the session and its keys, wherever they are. It may be established again. Never raises."""
        return


class Plain(SecureChannel):
    """No protection: for cards that are written without keys."""

    kind = "plain"

    @override
    def establish(self, send: Send, deadline: Deadline) -> None:
        pass

    @override
    def wrap(self, command: Command, deadline: Deadline) -> Command:
        return command

    @override
    def unwrap(self, response: Response, deadline: Deadline) -> Response:
        return response
