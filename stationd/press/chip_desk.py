"""What the reader on the desk tells of any card: for a technician which chip it is, for an officer whether it is whole.

No byte that a chip holds leaves here.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from drivers.deadline import Deadline
from drivers.encoder import Connection
from drivers.errors import DeviceError
from stationd.chip.channel_errors import WrongKeys
from stationd.chip.channels import Channels
from stationd.chip.errors import ChipError, LostReply
from stationd.chip.pairing import sam_beside
from stationd.chip.profile import Profile
from stationd.chip.reading import Held, Mark, Recognised, WhoseCard, held, nobodys, recognise, unmarked
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

    Attributes:
        profiles: as given.
    """

    def __init__(self, desk: DeskReader, profiles: Mapping[str, Profile], channels: Channels) -> None:
        self._desk = desk
        self.profiles = profiles
        self._channels = channels

    def recognise(self) -> Recognised:
        """Say what card lies on the reader. Raises `TapFailed`."""
        with self._session() as (connection, deadline):
            return recognise(connection, self.profiles.values(), deadline)

    def read(self, mark: Mark = unmarked, whose: WhoseCard = nobodys, also: Sequence[Profile] = ()) -> CardRead:
        """Read the card on the reader by the first of its profiles for which the keys are here.

        A chip counts who comes with wrong keys. So each of its applications is opened once, and none after keys that
        were refused.

        Args:
            mark: of the station, where what the card holds is compared.
            whose: by which profile a card was written here.
            also: profiles that are not installed, and that cards were written by.

        Raises:
            TapFailed: there is none, it is of no profile, or it cannot be read.
        """
        with self._session() as (connection, deadline):
            refused: ChipError | DeviceError | None = None
            opened: set[str] = set()
            profiles = {profile.id: profile for profile in (*also, *self.profiles.values())}
            for match in recognise(connection, profiles.values(), deadline).matches:
                profile = profiles[match.profile]
                if profile.application.aid in opened:
                    continue
                try:
                    channel = self._channels.of(profile, sam_beside(connection))
                except DeviceError as missing:  # nothing was sent: another profile's keys may be here
                    refused = refused or missing
                    continue
                opened.add(profile.application.aid)
                try:
                    return CardRead(match.profile, held(connection, profile, channel, deadline, mark, whose))
                except LostReply:
                    raise
                except WrongKeys as wrong:
                    refused = wrong
                    break
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
