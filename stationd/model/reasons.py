"""Why a person sets a card or a job aside, and where a card was found.

Closed lists, because free words would bring citizens into the book.
"""

from __future__ import annotations

from enum import StrEnum


class SpoilReason(StrEnum):
    """What an officer found wrong with a card that had come out."""

    PRINT_FLAW = "print-flaw"
    PRINT_MISPLACED = "print-misplaced"
    SCRATCHED = "scratched"
    CARD_DAMAGED = "card-damaged"
    CHIP_SILENT = "chip-silent"
    WRONG_DATA = "wrong-data"
    REVOKED = "revoked"
    OTHER = "other"


class ReturnReason(StrEnum):
    """Why a job is given back unprinted."""

    CITIZEN_WITHDREW = "citizen-withdrew"
    DATA_WRONG = "data-wrong"
    OTHER_OFFICE = "other-office"
    CANNOT_BE_MADE_HERE = "cannot-be-made-here"
    TRIP_ENDED = "trip-ended"
    OTHER = "other"


class WithdrawReason(StrEnum):
    """Why a finished card is taken from the shelf."""

    REVOKED = "revoked"
    PRINT_FLAW = "print-flaw"
    CARD_DAMAGED = "card-damaged"
    CHIP_SILENT = "chip-silent"
    WRONG_DATA = "wrong-data"
    OTHER = "other"


class TransferReason(StrEnum):
    """Why a finished card goes to another office."""

    OWNER_LIVES_THERE = "owner-lives-there"
    OWNER_ASKED = "owner-asked"
    UNCOLLECTED = "uncollected"
    WRONG_OFFICE = "wrong-office"
    TRIP_ENDED = "trip-ended"
    OTHER = "other"


class DropReason(StrEnum):
    """Why a delivery that was asked for is not waited for any more."""

    REFUSED = "refused"
    LOST_ON_THE_WAY = "lost-on-the-way"
    REST_NOT_COMING = "rest-not-coming"
    OTHER = "other"


class FrontReason(StrEnum):
    """Why one person is served before those who came earlier."""

    AT_COUNTER = "at-counter"
    FRAIL = "frail"
    FROM_AFAR = "from-afar"
    TRAVELS = "travels"
    SECOND_COMING = "second-coming"
    OTHER = "other"


class FoundWhere(StrEnum):
    """Where a card is that was printed before the station's book was lost."""

    SHELF = "shelf"
    HANDED_OVER = "handed-over"
