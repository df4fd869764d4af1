"""What officers do about themselves and each other: approve an act, change a PIN, make a code for a new one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QWidget

from stationd.tray.actions import Actions, Deed, signed_in
from stationd.tray.asking import Asking, Field
from stationd.tray.known import Knowledge
from stationd.tray.link import Link
from stationd.tray.palette import Tone
from stationd.tray.problem import Problem
from stationd.tray.sign_in import CARD_KEY, LONGEST_ID, LONGEST_PIN
from stationd.tray.theme import Look
from stationd.tray.words import Speech

if TYPE_CHECKING:
    from stationd.client.officers import ApprovalView, CodeView

MINUTE: Final = 60

NEEDS_SUPERVISOR: Final = "supervisor-needed"
"""The cause by which an act is refused that a supervisor may approve."""


class Officers:
    """Shows the forms.

    Args:
        speech: words.
        look: sizes.
        link: to the daemon.
        window: on top of which they are shown.
        tell: says at the window's foot what was done.
    """

    def __init__(
        self, speech: Speech, look: Look, link: Link, window: QWidget, tell: Callable[[str, Tone], None]
    ) -> None:
        self._speech, self._look, self._link, self._window, self._tell = speech, look, link, window, tell

    def add_actions(self, actions: Actions) -> None:
        """Put what can be done into the menu."""
        for deed in (
            Deed("change-pin", self.change_pin, why_not=signed_in, group="officers"),
            Deed("give-code", self.give_code, why_not=_supervising, group="officers"),
        ):
            actions.add(deed, self._window)

    def approve(self, act: Callable[[str], object]) -> Asking:
        """Ask a supervisor to approve an act, and do it then. The officer stays signed in, and the page as it is.

        Args:
            act: is given the approval, which the client sends with this one act.
        """

        def approved(approval: ApprovalView) -> None:
            form.accept()
            act(approval.approval)

        def by_pin(typed: Sequence[str]) -> None:
            officer, pin = typed[0].strip(), typed[1]
            self._link.ask(lambda client: client.approve(officer, pin), approved, form.refuse, key="approve")

        def by_card() -> None:
            form.wait("sign-in.lay-card")
            self._link.ask(lambda client: client.approve_by_card(), approved, form.refuse, key="approve")

        fields = Field("approve.officer", LONGEST_ID), Field("approve.pin", LONGEST_PIN, secret=True)
        form = self._form("approve", fields, by_pin)
        form.also("approve.by-card", by_card, CARD_KEY)
        return form

    def change_pin(self) -> Asking:
        """Let the officer who is signed in choose another PIN; they sign in with it then."""

        def change(typed: Sequence[str]) -> None:
            old, pin, again = typed
            if pin != again:
                form.refuse(Problem("pin-typed-otherwise", status=200))
                return
            self._link.ask(lambda client: client.change_pin(old, pin), changed, form.refuse, key="change-pin")

        def changed(_: None) -> None:
            form.accept()
            self._link.sign_out()

        names = "change-pin.old", "sign-in.pin-new", "sign-in.pin-again"
        form = self._form("change-pin", [Field(name, LONGEST_PIN, secret=True) for name in names], change)
        return form

    def give_code(self) -> Asking:
        """Let a supervisor make a one-time code by which another officer sets their PIN."""

        def give(typed: Sequence[str]) -> None:
            officer = typed[0].strip()
            self._link.ask(lambda client: client.give_pin_code(officer), given, form.refuse, key="give-code")

        def given(code: CodeView) -> None:
            say = self._speech.say
            lasts = say("give-code.lasts", officer=code.officer, minutes=int(code.lasts // MINUTE))
            form.notice.say(Tone.GOOD, say("give-code.is", code=code.code), lasts)
            form.do.setEnabled(False)
            form.leave.setText(say("give-code.read"))
            form.leave.setAccessibleName(say("give-code.read"))
            form.leave.setFocus()

        form = self._form("give-code", [Field("sign-in.officer", LONGEST_ID)], give)
        return form

    def _form(self, key: str, fields: Sequence[Field], act: Callable[[Sequence[str]], object]) -> Asking:
        form = Asking(self._speech, self._look, key, fields, act, self._window)
        form.open()
        return form


def _supervising(known: Knowledge) -> str:
    """A deputy is an operator here and asks as one: whether they are one, only the station knows."""
    return signed_in(known) or ("" if known.may("supervisor", "operator") else "not-your-role")
