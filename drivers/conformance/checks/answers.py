"""Lost and damaged answers: no success without evidence, and the truth about what may have happened."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from drivers.conformance.acts import Act, acts_of, first_act
from drivers.conformance.bench import PATTERN, Bench, Broken, picture, require
from drivers.conformance.hands import CannotDo, Lost, Trouble
from drivers.conformance.promise import Facet, promise
from drivers.deadline import Deadline
from drivers.errors import DeviceError
from drivers.printer import Completion, Printer

_SENTENCES = {
    Lost.SILENCE: "A call whose answer stays away returns only if it was done all the same.",
    Lost.GARBAGE: "A call whose answer is garbage returns only if it was done all the same.",
    Lost.HALF: "A call whose answer is cut off returns only if it was done all the same.",
    Lost.LAST: "A call that gets the answer to the last one again returns only if it was done all the same.",
}


def _no_success(how: Lost, bench: Bench) -> None:
    with bench.printer() as printer:
        names = [act.name for act in acts_of(printer)]
    looked, why_not = False, ""
    for name in names:
        bench.tidy()
        with bench.printer() as printer:
            act = next(act for act in acts_of(printer) if act.name == name)
            act.prepare(bench, printer)
            before = bench.hands.look()
            try:
                bench.hands.lose_answer(how, name, acts=False)
            except CannotDo as reason:
                why_not = str(reason)
                continue
            looked = True
            with suppress(DeviceError):
                said = act.call(printer, Deadline.after(bench.pace.lost))
                after = bench.hands.look()
                done = act.done(before, after) or said is Completion.SAID  # of which nobody believes more
                require(done, f"{name} returned with {before} before and {after} after")
    if not looked:
        raise CannotDo(why_not or "the driver offers nothing that acts")


for _how, _sentence in _SENTENCES.items():
    promise(f"no-success-by-{_how.value}", _sentence, Facet.ACTS, blanks=6, hand=True, needs=_how)(
        partial(_no_success, _how)
    )


@promise(
    "silence-leaves-doubt",
    "A call that acted, and whose answer stayed away, says that it may have acted.",
    Facet.ACTS,
    blanks=1,
    hand=True,
    needs=Lost.SILENCE,
)
def silence_leaves_doubt(bench: Bench) -> None:
    """Let the machine act and keep its answer back."""
    with bench.printer() as printer:
        act = first_act(printer)
        before = bench.hands.look()
        bench.hands.lose_answer(Lost.SILENCE, act.name, acts=True)
        error = _failure(act, printer, Deadline.after(bench.pace.lost))
        if error is None or bench.hands.look() == before:
            return  # it knew by other means that it was done, or it was not begun
        require(error.may_have_acted, f"{act.name} did something, and says that it did not: {error!r}")


@promise(
    "untouched-is-untouched",
    "A call that fails and says that it did not act has moved no card and printed on none.",
    Facet.ACTS,
    blanks=2,
    hand=True,
)
def untouched_is_untouched(bench: Bench) -> None:
    """Let the first act fail by what can be caused, and compare its word with what is so."""
    looked, why_not = False, ""
    for trouble in (Trouble.JAM, Trouble.DOOR_OPEN, Trouble.HOPPER_EMPTY):
        bench.tidy()
        with bench.printer() as printer:
            act, before = first_act(printer), bench.hands.look()
            try:
                bench.hands.cause(trouble)
            except CannotDo as reason:
                why_not = str(reason)
                continue
            looked = True
            error = _failure(act, printer, bench.soon(printer))
            after = bench.hands.look()
            if error is not None and not error.may_have_acted:
                require(after == before, f"{error!r} says untouched; before {before}, after {after}")
    if not looked:
        raise CannotDo(why_not)


@promise(
    "no-picture-in-words",
    "No error, record or log line carries bytes of a picture.",
    Facet.ACTS,
    blanks=1,
)
def no_picture_in_words(bench: Bench) -> None:
    """Let a picture fail in as many ways as can be had without a card, and search every word said."""
    words: list[str] = []
    with bench.printer() as printer:
        image = picture(printer)
        words += [repr(image), str(image), repr(printer), str(printer)]
        calls = [getattr(printer, name, None) for name in ("start_film", "print_and_deliver", "print_card")]
        printer.close()
        for call in calls:
            if call is None:
                continue
            with suppress(CannotDo):
                error = _said(call, image, Deadline.after(bench.pace.act))
                words += [] if error is None else [str(error), repr(error), repr(vars(error)), repr(error.args)]
    spoken = "\n".join(words)
    forms = (PATTERN * 2, PATTERN[::-1] * 2, bytes(255 - byte for byte in PATTERN) * 2)
    for form in forms:
        for leak in (form.hex(), form.hex(" "), repr(form)[2:-1], repr(list(form))[1:-1]):
            require(leak not in spoken, f"{leak[:24]}… stands in {spoken[:200]!r}")


def _said(call: object, image: object, deadline: Deadline) -> DeviceError | None:
    if not callable(call):
        raise CannotDo("no such call")
    try:
        call(image, deadline)
    except DeviceError as error:
        return error
    return None


def _failure(act: Act, printer: Printer, deadline: Deadline) -> DeviceError | None:
    try:
        act.call(printer, deadline)
    except DeviceError as error:
        return error
    return None


@promise(
    "works-after-a-lost-answer",
    "After a lost answer the same session, or one opened anew, works again and is in step.",
    Facet.ACTS,
    blanks=2,
    hand=True,
    needs=Lost.SILENCE,
)
def works_after_a_lost_answer(bench: Bench) -> None:
    """Lose an answer, give the machine its voice back, and act."""
    with bench.printer() as printer:
        bench.hands.lose_answer(Lost.SILENCE, "status", acts=True)
        with suppress(DeviceError):
            printer.status(Deadline.after(bench.pace.short))
    bench.tidy()
    try:
        with bench.printer() as printer:
            act, before = first_act(printer), bench.hands.look()
            act.call(printer, bench.soon(printer))
            after = bench.hands.look()
            require(act.done(before, after), f"{act.name}: before {before}, after {after}")
    except DeviceError as error:
        raise Broken(f"afterwards: {error!r}") from error
