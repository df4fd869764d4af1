"""Mutants that say what is not so: of answers, of troubles, of counts."""

from __future__ import annotations

from drivers.conformance.bench import PATTERN
from drivers.conformance.hands import Lost, Trouble
from drivers.deadline import Deadline
from drivers.errors import DeadlinePassed, Disconnected, NotUnderstood
from drivers.printer import (
    Condition,
    CounterKind,
    Counters,
    Image,
    PrinterFault,
    Reason,
    Station,
    Status,
)
from tests.drivers.conformance.breaking import breaks
from tests.drivers.conformance.exemplar import CODES, Direct, Exemplar, Machine, Retransfer

# Answers


def believing(how: Lost) -> type[Retransfer]:
    class Believes(Retransfer):
        """Takes a damaged answer to `deliver` for a success."""

        def deliver(self, deadline: Deadline) -> None:
            lost = self.machine.lost
            try:
                super().deliver(deadline)
            except (DeadlinePassed, NotUnderstood):
                if lost is None or lost[0] is not how or lost[2]:
                    raise

    return Believes


for _how in Lost:
    breaks(f"no-success-by-{_how.value}")(believing(_how))


@breaks("silence-leaves-doubt")
class SilenceIsNothing(Retransfer):
    def feed(self, to: Station, deadline: Deadline) -> None:
        try:
            super().feed(to, deadline)
        except DeadlinePassed as error:
            error.may_have_acted = False
            raise


@breaks("untouched-is-untouched")
class AJamIsNothing(Retransfer):
    def feed(self, to: Station, deadline: Deadline) -> None:
        try:
            super().feed(to, deadline)
        except PrinterFault as fault:
            fault.may_have_acted = False
            raise


@breaks("works-after-a-lost-answer")
class StaysOutOfStep(Retransfer):
    def status(self, deadline: Deadline) -> Status:
        try:
            return super().status(deadline)
        except DeadlinePassed:
            self.machine.out_of_step = True
            raise

    def feed(self, to: Station, deadline: Deadline) -> None:
        if self.machine.out_of_step:
            self.machine.out_of_step = False
            raise NotUnderstood(self.name, "feed", b"?", "an answer")
        super().feed(to, deadline)


@breaks("no-picture-in-words")
class ShowsThePicture(Retransfer):
    def start_film(self, image: Image, deadline: Deadline) -> None:
        try:
            super().start_film(image, deadline)
        except Disconnected:
            raise NotUnderstood(self.name, "start_film", PATTERN * 8, "less") from None


# Troubles


def misnaming(wrong: Trouble) -> type[Exemplar]:
    base = Direct if wrong is Trouble.OUTPUT_FULL else Retransfer

    class Misnames(base):  # type: ignore[valid-type, misc]
        """Calls one trouble something else."""

        def named(self, trouble: Trouble) -> Condition:
            reason = Reason.MECHANICAL if wrong is not Trouble.JAM else Reason.FILM_EMPTY
            return Condition(reason if trouble is wrong else CODES[trouble], trouble.value, "wrong")

    return Misnames


for _trouble in Trouble:
    breaks(f"told-{_trouble.value}")(misnaming(_trouble))


@breaks("works-after-trouble")
class OnceWrongAlwaysWrong(Retransfer):
    sulks = False

    def feed(self, to: Station, deadline: Deadline) -> None:
        if self.sulks:
            raise self.refuse("feed")
        self.sulks = Trouble.DOOR_OPEN in self.machine.troubles
        super().feed(to, deadline)


# Counters


class Counting(Retransfer):
    def count(self) -> int:
        return self.machine.fed

    kind = CounterKind.CARDS_FED

    def counters(self, deadline: Deadline) -> Counters:
        super().counters(deadline)
        return Counters(self.kind, self.count(), {})


@breaks("counts-one-a-card")
class CountsPrintsToo(Counting):
    def count(self) -> int:
        return self.machine.fed + self.machine.prints


@breaks("counts-its-kind")
class SaysPrintedAndCountsFed(Counting):
    kind = CounterKind.CARDS_PRINTED


@breaks("counts-for-life")
class BeginsAnewWithEachSession(Counting):
    def __init__(self, machine: Machine, address: str) -> None:
        super().__init__(machine, address)
        self.before = machine.fed

    def count(self) -> int:
        return self.machine.fed - self.before
