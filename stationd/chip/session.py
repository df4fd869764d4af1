"""Sends a plan's exchanges to one chip and judges the answers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from drivers.deadline import Deadline
from drivers.encoder import CardType, Connection, Response
from drivers.errors import DeviceError
from stationd.chip import plan
from stationd.chip.apdu import SUCCESS, Command, exchange
from stationd.chip.channel import SecureChannel
from stationd.chip.errors import (
    ForeignChip,
    LostReply,
    NotUnderstoodAnswer,
    ReadBackDiffers,
    Refused,
    WrongLifeCycle,
)
from stationd.chip.plan import Action, Exchange
from stationd.chip.profile import Profile
from stationd.chip.secured import ESTABLISH


class Session:
    """One chip, over one connection and channel. Of what was done it remembers which file is the current one."""

    def __init__(self, connection: Connection, profile: Profile, channel: SecureChannel) -> None:
        self._connection = connection
        self._profile = profile
        self._channel = channel
        named = {"fcp": plan.FCP_TEMPLATE, "fci": plan.FCI_TEMPLATE}
        self._application_template = named[profile.application.answer]
        self._current: str | None = None

    @property
    def card_type(self) -> CardType:
        """How the card speaks, as far as the reader tells."""
        return self._connection.card_type

    def establish(self, deadline: Deadline) -> None:
        """Open the channel with the application that is selected."""

        def send(command: Command) -> Response:
            return self._transmit(command, ESTABLISH, None, deadline)

        with _lost(ESTABLISH, None):
            self._channel.establish(send, deadline)

    def close(self) -> None:
        """Forget the channel's session and its keys. Never raises."""
        self._channel.close()

    def send(self, command: Command, step: str, name: str | None, deadline: Deadline) -> Response:
        """Carry out one command that only reads, for a step with an object; return its answer, whatever it is."""
        self._current = None
        return self._secured(command, step, name, deadline)

    def select_application(self, step: str, deadline: Deadline) -> Response:
        """Select the profile's application, for a step, and return the answer, whatever it is.

        It is never wrapped: selecting ends the session of whatever channel there was.
        """
        self._current = None
        return self._transmit(plan.select_application(self._profile), step, None, deadline)

    def run(self, action: Action, deadline: Deadline) -> None:
        """Carry out one action. Raises a `ChipError` at the first answer that does not count as done."""
        for one in action.exchanges:
            if one.opens is not None and one.opens == self._current and not one.needed:
                continue
            self._current = None if one.opens is not None or one.life_cycle is not None else self._current
            carry = self._secured if one.life_cycle is None else self._transmit
            response = carry(one.command, action.do, action.object, deadline, alters=one.alters)
            self._judge(action, one, response)
            selects = one.size is not None or not one.needed
            if one.opens is not None and (selects or response.sw == SUCCESS):  # a CREATE that says 6A89 opens nothing
                self._current = one.opens

    def life_cycle(self, answer: Response) -> str | None:
        """Return the state that the answer to the application's selection shows; None if it shows none."""
        value = plan.file_control(answer.data, self._application_template).get(plan.LIFE_CYCLE, b"")
        return self._profile.life_cycle.name(value[0]) if len(value) == 1 else None

    def file_size(self, answer: Response) -> int | None:
        """Return the size that the answer to a file's selection shows; None if it shows none."""
        value = plan.file_control(answer.data, plan.FCP_TEMPLATE).get(plan.FILE_SIZE)
        return int.from_bytes(value) if value else None

    def _secured(
        self, command: Command, step: str, name: str | None, deadline: Deadline, *, alters: bool = False
    ) -> Response:
        with _lost(step, name):
            wrapped = self._channel.wrap(command, deadline)
        response = self._transmit(wrapped, step, name, deadline, alters=alters)
        with _lost(step, name, alters=alters):  # an answer that cannot be believed is none
            return self._channel.unwrap(response, deadline)

    def _transmit(
        self, command: Command, step: str, name: str | None, deadline: Deadline, *, alters: bool = False
    ) -> Response:
        limits = self._profile.limits
        answer_by = deadline.sooner(limits.answer_seconds)
        with _lost(step, name, alters=alters):
            return exchange(self._connection, command, answer_by, limits.length, limits.max_command_data)

    def _judge(self, action: Action, one: Exchange, response: Response) -> None:
        if one.life_cycle is not None:
            self._judge_life_cycle(action, one, response)
        if response.sw not in one.accept:
            raise Refused(action.do, action.object, response.sw, tuple(sorted(one.accept)))
        if one.size is not None:
            size = self.file_size(response)
            if size is None:
                raise NotUnderstoodAnswer(action.do, action.object, "file size")
            if size != one.size:
                raise ReadBackDiffers(action.do, action.object, one.size, size, offset=None)
        if one.content is not None and one.content != response.data:
            size, found = len(one.content), len(response.data)
            raise ReadBackDiffers(action.do, action.object, size, found, offset=one.offset)

    def _judge_life_cycle(self, action: Action, one: Exchange, response: Response) -> None:
        # The state says more than the status word that comes with it, so it is judged first.
        if response.sw in self._profile.application_absent:
            raise ForeignChip(has_application=False, has_identity=False)
        found = self.life_cycle(response)
        if found is None:
            if response.sw in one.accept:
                raise NotUnderstoodAnswer(action.do, action.object, "life cycle byte")
        elif found != one.life_cycle:
            raise WrongLifeCycle(action.do, action.object, expected=str(one.life_cycle), found=found)


@contextlib.contextmanager
def _lost(step: str, name: str | None, *, alters: bool = False) -> Iterator[None]:
    """Whatever fails between the station and the chip: no answer came to this step."""
    try:
        yield
    except DeviceError as failure:
        raise LostReply(step, name, failure, may_have_acted=alters and failure.may_have_acted) from failure
