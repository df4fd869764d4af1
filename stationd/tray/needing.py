"""What is wanted of a person, in words, and on which screen it is done."""

from __future__ import annotations

from typing import Final

from stationd.tray.condition import Need, Wish
from stationd.tray.words import Speech

PAGE: Final = {Wish.QUESTION: "questions", Wish.LINE: "card", Wish.STOPPED: "card", Wish.CARD: "card"}
"""The screen on which each is done, and there is none of that name: the first."""


def need_words(need: Need, speech: Speech) -> tuple[str, str]:
    """Return what is the matter and what to do."""
    match need.wish:
        case Wish.QUESTION:
            return speech.say("need.question", line=need.line), speech.say("need.question-do")
        case Wish.CARD:
            return speech.say("need.card"), speech.say("need.card-do")
        case _:
            explained = speech.words.standing(need.cause, need.detail, need.line)
            return speech.say("need.line", line=need.line, what=explained.what), explained.do
