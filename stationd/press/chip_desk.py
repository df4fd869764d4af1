"""What the reader on the desk tells of any card: for a technician which chip it is, for an officer whether it is whole.

No byte that a chip holds leaves here.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from drivers.deadline import Deadline
from drivers.encoder import Connection
from drivers.errors import DeviceError
from stationd.chip.channels import Channels
from stationd.chip.errors import ChipError, LostReply
from stationd.chip.pairing import sam_beside
from stationd.chip.profile import Profile
from stationd.chip.reading import Held, Recognised, held, recognise
from stationd.press.desk_reader import DeskReader
from stationd.press.tap import PATIENCE, TURN, TapFailed, tap_failed
from stationd.press.trouble import cause_of


@dataclass(frozen=True)
class CardRead:
    """A card whose content was read.

    Attributes:
        profile: by which it was read.
        held: what it holds, as a digest.
    """

    profile: str
    held: Held


class ChipDesk:
    """Looks at cards on the desk reader, changing nothing.

    Args:
        desk: the reader.
        profiles: the installed ones, by id.
        channels: to the chips.
    """

    def __init__(self, desk: DeskReader, profiles: Mapping[str, Profile], channels: Channels) -> None:
        self._desk = desk
        self._profiles = profiles
        self._channels = channels

    def recognise(self) -> Recognised:
        """Say what card lies on the reader. Raises `TapFailed`."""
        with self._session() as (connection, deadline):
            return recognise(connection, self._profiles.values(), deadline)

    def read(self) -> CardRead:
        """Read the card on the reader by the first of the profiles that it carries and lets itself be read by.

        Raises:
            TapFailed: there is none, it is of no profile, or it cannot be read.
        """
        with self._session() as (connection, deadline):
            seen = recognise(connection, self._profiles.values(), deadline)
            refused: ChipError | None = None
            for match in seen.matches:
                profile = self._profiles[match.profile]
                try:
                    channel = self._channels.of(profile, sam_beside(connection))
                    return CardRead(match.profile, held(connection, profile, channel, deadline))
                except LostReply:
                    raise
                except ChipError as error:
                    refused = error
            if refused is None:
                raise TapFailed("foreign-chip")
            raise TapFailed(cause_of(refused).word, str(refused))

    @contextlib.contextmanager
    def _session(self) -> Iterator[tuple[Connection, Deadline]]:
        deadline = Deadline.after(PATIENCE)
        try:
            with (
                self._desk.held(deadline.sooner(TURN)) as reader,
                contextlib.closing(reader.connect(deadline)) as connection,
            ):
                yield connection, deadline
        except LostReply as lost:
            raise tap_failed(lost.failure) from None
        except DeviceError as trouble:
            raise tap_failed(trouble) from None
