"""Probes of what chips are written with: the profiles, the token that holds keys, and the SAMs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from typing import Final

import msgspec

from drivers.deadline import Deadline
from drivers.errors import DeviceError
from stationd.chip.channel_errors import KeysUnavailable
from stationd.chip.channels import Channels
from stationd.chip.profile import PlainChannel, Profile, SamChannel
from stationd.chip.profiles import BadProfile, read_one
from stationd.chip.setup import key_store, trust_of
from stationd.chip.trust import Trust
from stationd.doctor.finding import Finding, Level, soon, stopped_by, stops, well
from stationd.doctor.ledger import enrolment_of
from stationd.doctor.premises import Premises
from stationd.settings import ReaderSettings, SettingsWrong
from stationd.store import database

ASKING: Final = 5.0
"""Seconds that a SAM may take to open a session."""


def profiles(premises: Premises) -> Iterator[Finding]:
    """See which profiles this station takes, and why not the others."""
    taken: list[str] = []
    left_out: list[tuple[str, str]] = []
    for file, outcome in _read(premises):
        match outcome:
            case Profile():
                taken.append(f"{outcome.id} {outcome.version}")
            case None:
                left_out.append((file, f"{file}.sig"))
            case BadProfile():
                yield stops("profile-refused", file, str(outcome))
    # Without any no card can be made; beside others it may be a draft.
    yield from (soon("profile-unsigned", *each) if taken else stops("profile-unsigned", *each) for each in left_out)
    if taken:
        yield well("profiles-taken", ", ".join(taken))


def keys(premises: Premises) -> Iterator[Finding]:
    """See that the station's key store has every key set that a profile names.

    The running daemon has the token for itself: what is wrong with it stands in its line's cause.
    """
    wanted = sorted({p.channel.keys for p in _taken(premises) if not isinstance(p.channel, PlainChannel | SamChannel)})
    if not wanted or premises.running is not None:
        return
    try:
        store = key_store(premises.settings)
    except SettingsWrong as wrong:
        yield _weighed(premises, stops("keys-unavailable", "", str(wrong)))
        return
    with closing(store):
        for reference in wanted:
            try:
                bits = store.find(reference).bits
            except KeysUnavailable as failure:
                yield _weighed(premises, stopped_by(failure, reference))
                if failure.whole:
                    break  # nor will it have the others, and a token counts wrong PINs
            else:
                yield well("card-keys-there", reference, f"AES-{bits}")


def sams(premises: Premises) -> Iterator[Finding]:
    """See that each reader has a SAM that opens a session. Asked only where no daemon runs."""
    wanted = [profile for profile in _taken(premises) if isinstance(profile.channel, SamChannel)]
    if not wanted or premises.running is not None:
        return
    settings = premises.settings
    named = [(line.name, line.encoder) for line in settings.line if line.encoder is not None]
    if settings.desk is not None:
        named.append(("desk", settings.desk))
    for name, reader in named:
        try:
            _ask(premises, reader, wanted)
        except DeviceError as failure:
            yield _weighed(premises, stopped_by(failure, name))
        else:
            yield well("sam-answers", name)


def _weighed(premises: Premises, finding: Finding) -> Finding:
    """Weigh what keeps cards of some profiles from being made: it stops a station that has no profile without keys.

    Outside a lab there is none: a plain profile is refused there, so that what keys or SAM lack stops every card.
    """
    others = any(isinstance(profile.channel, PlainChannel) for profile in _taken(premises))
    return msgspec.structs.replace(finding, level=Level.SOON) if others else finding


def _ask(premises: Premises, reader: ReaderSettings, wanted: list[Profile]) -> None:
    """Open a session at a reader's SAM for each profile. Raises `DeviceError`."""
    deadline = Deadline.after(ASKING)
    channels = Channels()
    if reader.sam is None:
        channels.try_sam(wanted[0], None, deadline)  # says in a line's words that none is set up
        return
    driver = premises.catalog.encoders.get(reader.sam.driver)
    if driver is None:
        return  # said by another probe
    with closing(driver.open(reader.sam.address, deadline)) as slot:
        for profile in wanted:
            channels.try_sam(profile, slot, deadline)


def _read(premises: Premises) -> Iterator[tuple[str, Profile | BadProfile | None]]:
    """Yield each profile's file with what it is: a profile, None for one that is left out, or why it is refused."""
    try:
        trust, used = _trust(premises), _used(premises)
    except SettingsWrong as wrong:
        yield str(wrong.file), BadProfile(wrong.file, str(wrong))
        return
    for file in sorted(premises.settings.folders.profiles.glob("*.toml")):
        try:
            yield str(file), read_one(file, trust, used)
        except BadProfile as bad:
            yield str(file), bad


def _taken(premises: Premises) -> list[Profile]:
    return [outcome for _, outcome in _read(premises) if isinstance(outcome, Profile)]


def _trust(premises: Premises) -> Trust:
    enrolment = enrolment_of(premises)
    known = enrolment is not None and "x" in enrolment.signing_key
    return trust_of(premises.settings, enrolment.signing_key if enrolment is not None and known else None)


def _used(premises: Premises) -> Mapping[str, int]:
    """Return the versions that the station has worked with, as far as its book can be read here."""
    path = premises.settings.book
    with suppress(sqlite3.Error, OSError, database.DatabaseUnusable):
        if path.is_file() and premises.settings.lab is None:
            with closing(database.connect(path, read_only=True)) as db:
                return dict(db.execute("SELECT profile, version FROM profiles"))
    return {}
