"""Carries a profile out on a chip, in the parts that the press journals.

    identify → write → verify → lock            then, when the print is good:  activate

No command that may have changed the chip is ever sent again without a look. After a failure the one call that is
allowed is `inspect`, which selects again and reads back; what it finds says what may follow: `identify` on a chip
that is still blank, `resume` on one that was cut off, `lock` on one that is complete, `activate` on one that is locked.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum

from drivers.deadline import Deadline
from drivers.encoder import CardType, Connection
from stationd.chip import inspection, plan
from stationd.chip.apdu import carried
from stationd.chip.channel import Plain, SecureChannel
from stationd.chip.errors import CannotBeFinished, ForeignChip, OutOfOrder, ReadBackDiffers, Refused, WrongCardType
from stationd.chip.profile import (
    IDENTITY,
    Create,
    Lock,
    Profile,
    Select,
    Step,
    StoreData,
    UpdateBinary,
    VerifyReadback,
    kind,
    within,
)
from stationd.chip.session import Session
from stationd.chip.state import ChipIdentity, ChipState, IdentityFound, ObjectFound


class _Phase(StrEnum):
    NEW = "not identified"
    IDENTIFIED = "identified"
    UNFINISHED = "unfinished"
    WRITTEN = "written"
    VERIFIED = "verified"
    LOCKED = "locked"
    ACTIVE = "active"
    IN_QUESTION = "in question"


class Personaliser:
    """One chip, over one connection. One thread uses it.

    Each call raises a `stationd.chip.errors.ChipError`, and returns or raises by its deadline. A reader's failure
    is always a `LostReply`, which says at which step, and whether the chip may have changed.
    """

    def __init__(self, connection: Connection, profile: Profile, channel: SecureChannel | None = None) -> None:
        channel = channel if channel is not None else Plain()
        if channel.kind != kind(profile.channel):
            raise ValueError(f"the profile wants channel {kind(profile.channel)}, not {channel.kind}")
        self._profile = profile = within(profile, carried(connection))
        self._session = Session(connection, profile, channel)
        self._phase = _Phase.NEW
        self._state: ChipState | None = None
        self._tag = b""

    def identify(self, tag: bytes, deadline: Deadline, objects: Mapping[str, bytes] | None = None) -> ChipIdentity:
        """Make sure that the chip is a blank, then write its identity and read that back.

        Args:
            tag: random bytes of the profile's `identity.size`, never used before.
            deadline: for all of it.
            objects: what is to be written afterwards: a chip that says that it has no room for it is refused.

        Raises:
            WrongCardType, ForeignChip, NotBlank, WrongKeys, ChipTooSmall: before anything is written.
        """
        self._expect("identify", _Phase.NEW)
        plan.check_tag(self._profile, tag)
        self._check_card_type()
        with self._in_question():
            inspection.check_blank(self._session, self._profile, deadline)
            if objects is not None:
                inspection.check_room(self._session, self._profile, (tag, *objects.values()), deadline)
            self._run(self._steps(lambda step: _concerns(step, IDENTITY)), {IDENTITY: tag}, deadline)
        self._phase = _Phase.IDENTIFIED
        return ChipIdentity(self._profile.identity.kind, tag)

    def write(self, objects: Mapping[str, bytes], on_object: Callable[[str], None], deadline: Deadline) -> None:
        """Write every data object, in the profile's order.

        Args:
            objects: by name, exactly the profile's.
            on_object: called with the name of each object once the chip has taken all of it.
            deadline: for all of it.
        """
        self._expect("write", _Phase.IDENTIFIED)
        plan.check_objects(self._profile, objects)
        with self._in_question():
            self._write(objects, dict.fromkeys(objects, ObjectFound.ABSENT), on_object, deadline)
        self._phase = _Phase.WRITTEN

    def verify(self, objects: Mapping[str, bytes], deadline: Deadline) -> None:
        """Read every data object back. Raises `ReadBackDiffers` for the first that is not equal."""
        self._expect("verify", _Phase.WRITTEN, _Phase.VERIFIED)
        plan.check_objects(self._profile, objects)
        with self._in_question():
            self._run(
                self._steps(lambda step: isinstance(step, VerifyReadback) and step.object in objects), objects, deadline
            )
        self._phase = _Phase.VERIFIED

    def lock(self, deadline: Deadline) -> None:
        """Freeze what was read back equal, and confirm that it is frozen."""
        self._expect("lock", _Phase.VERIFIED)
        steps = self._profile.personalisation.steps
        begin = next(place for place, step in enumerate(steps) if isinstance(step, Lock))
        with self._in_question():
            self._run(steps[begin:], {}, deadline)
        self.close()  # the last selection ended the session
        self._phase = _Phase.LOCKED

    def activate(self, expected: ChipIdentity, deadline: Deadline) -> None:
        """Make a locked chip live, and confirm that it is. This is the commit point of an issue.

        Raises:
            ForeignChip: this is not the chip with that identity. Nothing was changed.
            WrongLifeCycle: it is not locked. Nothing was changed.
        """
        self._expect("activate", _Phase.NEW, _Phase.LOCKED)
        if expected.kind != self._profile.identity.kind:
            raise ValueError(f"an identity of kind {expected.kind}; the profile has {self._profile.identity.kind}")
        steps, actions = self._profile.activation.steps, plan.activation(self._profile, expected.value)
        try:
            with self._in_question():
                for place, action in enumerate(actions):
                    self._session.run(action, deadline)
                    followed = place + 1 < len(steps) and not isinstance(steps[place + 1], Select)
                    if isinstance(steps[place], Select) and followed:
                        self._session.establish(deadline)
        except (ReadBackDiffers, Refused) as error:
            if error.object != IDENTITY:
                raise
            absent = isinstance(error, Refused) and error.sw in self._profile.file_absent
            raise ForeignChip(has_application=True, has_identity=not absent) from error
        self.close()
        self._phase = _Phase.ACTIVE

    def inspect(self, objects: Mapping[str, bytes], tag: bytes, deadline: Deadline) -> ChipState:
        """Select again and say what is on the chip, changing nothing. Allowed at any time.

        Args:
            objects: what should be on it, by name.
            tag: the identity that it should have.
            deadline: for all of it.
        """
        plan.check_objects(self._profile, objects)
        plan.check_tag(self._profile, tag)
        with self._in_question():
            state = inspection.inspect(self._session, self._profile, objects, tag, deadline)
        self._state, self._tag = state, tag
        self._phase = _phase_of(state)
        return state

    def held_identity(self, deadline: Deadline) -> bytes | None:
        """Return the identity that the chip holds, whoever wrote it, changing nothing; None if it holds none."""
        with self._in_question():
            return inspection.held_identity(self._session, self._profile, deadline)

    def resume(
        self, objects: Mapping[str, bytes], on_object: Callable[[str], None], deadline: Deadline
    ) -> ChipIdentity:
        """Finish a chip that the last `inspect` found cut off: write what is missing or differs, and nothing else.

        Only for a card that has not left the reader since it was identified: an identity that was cut off before its
        first byte cannot be told from another attempt's.

        Args:
            objects: as for `inspect`.
            on_object: called for every object in the profile's order, also for those that were found equal.
            deadline: for all of it.

        Raises:
            CannotBeFinished: a file has the wrong size. Nothing was written now.
        """
        self._expect("resume", _Phase.UNFINISHED)
        plan.check_objects(self._profile, objects)
        assert self._state is not None  # noqa: S101 - the phase comes from an inspection
        wrong = tuple(name for name, found in self._state.objects.items() if found is ObjectFound.WRONG_SIZE)
        if wrong:
            raise CannotBeFinished(wrong)
        with self._in_question():
            if self._state.identity is IdentityFound.TORN:
                steps = self._steps(lambda step: _concerns(step, IDENTITY) and not isinstance(step, Create))
                self._run(steps, {IDENTITY: self._tag}, deadline)
            self._write(objects, self._state.objects, on_object, deadline)
        self._phase = _Phase.WRITTEN
        return ChipIdentity(self._profile.identity.kind, self._tag)

    def close(self) -> None:
        """Forget the session with the chip, and its keys. Never raises.

        By itself it does so after a failure, a lock and an activation. A SAM has one session: close an engine before
        another one is made.
        """
        self._session.close()

    @contextlib.contextmanager
    def _in_question(self) -> Iterator[None]:
        """Do something after whose failure only a look is allowed, in a new session."""
        self._phase = _Phase.IN_QUESTION
        try:
            yield
        except BaseException:
            self.close()
            raise

    def _write(
        self,
        objects: Mapping[str, bytes],
        found: Mapping[str, ObjectFound],
        on_object: Callable[[str], None],
        deadline: Deadline,
    ) -> None:
        for step in self._profile.personalisation.steps:
            match step:
                case Create() if step.object in objects and found[step.object] is ObjectFound.ABSENT:
                    self._run([step], objects, deadline)
                case UpdateBinary() | StoreData() if step.object in objects:
                    if found[step.object] is not ObjectFound.EQUAL:
                        self._run([step], objects, deadline)
                    on_object(step.object)
                case _:
                    pass

    def _run(self, steps: Iterable[Step], contents: Mapping[str, bytes], deadline: Deadline) -> None:
        for step in steps:
            self._session.run(plan.action(self._profile, step, contents), deadline)

    def _steps(self, wanted: Callable[[Step], bool]) -> list[Step]:
        return [step for step in self._profile.personalisation.steps if wanted(step)]

    def _check_card_type(self) -> None:
        found, allowed = self._session.card_type, self._profile.card_types
        if found is not CardType.UNKNOWN and found not in allowed:
            raise WrongCardType(found, allowed)

    def _expect(self, call: str, *phases: _Phase) -> None:
        if self._phase not in phases:
            raise OutOfOrder(call, self._phase)


def _concerns(step: Step, name: str) -> bool:
    return isinstance(step, Create | UpdateBinary | StoreData | VerifyReadback) and step.object == name


def _phase_of(state: ChipState) -> _Phase:
    if state.blank:
        return _Phase.NEW
    if state.unfinished:
        return _Phase.UNFINISHED
    if not state.complete:
        return _Phase.IN_QUESTION
    named = {"open": _Phase.VERIFIED, "locked": _Phase.LOCKED, "active": _Phase.ACTIVE}
    return named.get(state.life_cycle or "", _Phase.IN_QUESTION)
