"""How commands reach the chip's application: in the clear, or wrapped by a secure channel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from typing_extensions import override

from drivers.encoder import Response
from stationd.chip.apdu import Command


class SecureChannel(Protocol):
    """Wraps each command and unwraps each answer, once it is established with a chip."""

    @property
    def kind(self) -> str:
        """As a profile's `channel.kind` names it."""

    @property
    def overhead(self) -> int:
        """The most bytes that wrapping adds to a command's data, and unwrapping takes from an answer's."""

    def establish(self, send: Callable[[Command], Response]) -> None:
        """Open the channel with the application that has just been selected; a former session's state is dropped."""

    def wrap(self, command: Command) -> Command:
        """Return the command as it goes to the chip."""

    def unwrap(self, response: Response) -> Response:
        """Return the answer that the chip meant; raises if it is not authentic."""


class Plain(SecureChannel):
    """No protection: for cards that are written without keys."""

    kind = "plain"
    overhead = 0

    @override
    def establish(self, send: Callable[[Command], Response]) -> None:
        pass

    @override
    def wrap(self, command: Command) -> Command:
        return command

    @override
    def unwrap(self, response: Response) -> Response:
        return response
