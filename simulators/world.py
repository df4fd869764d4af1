"""The physical world: every card exists once, lies in one place, and remembers what was done to it.

Places are strings: `supply`, `store`, `hopper/<machine>`, `feed/<machine>` (its slot for a single card),
`machine/<machine>` (the one card in its transport), `output/<machine>`, `reject/<machine>`, `aside/<machine>` (blanks
that it cannot use), `desk/<reader>`, `sam/<reader>` (its second slot, inside), `hand`, `shelf`, `floor`. A place is a
queue: cards leave it in the order in which they came.

A field is a place where a reader can see a card: `desk/<reader>` whenever a card lies there (two may; a reader that
can tell only one of them sees the first), `sam/<reader>`, and `machine/<machine>` while the machine holds its card at
the contactless station with the reader engaged.

This module is pure but for the clock and the pictures it is given; `world_server` serves it to other processes.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from typing import Protocol

import msgspec

from simulators.devices.chip import Air, AirChip, Chip, ChipAssortment, ChipFactory, ChipState, Mishap, Reply, TimedChip
from simulators.devices.chip_faults import Fault

SINGLES = frozenset({"supply", "store", "hand", "shelf", "floor"})
KINDS = frozenset({"hopper", "feed", "machine", "output", "reject", "aside", "desk", "sam"})
FIELDS = frozenset({"machine", "desk", "sam"})
CAPACITY = {"hopper": 200, "feed": 1, "machine": 1, "desk": 2, "sam": 1}
CONTACTLESS = "contactless"


class WorldError(Exception):
    """What was asked cannot happen in the physical world.

    Attributes:
        code: a keyword (`empty`, `full`, `no-card`, `no-place`, `bad-request`).
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Print(msgspec.Struct, forbid_unknown_fields=True):
    """One pass of a printer over one side of a card.

    Attributes:
        side: `front` or `back`.
        picture: SHA-256 of the PNG, by which the world's picture store knows it.
        source: what the printer says it printed from (panels, film number).
    """

    side: str
    picture: str
    source: dict[str, str]
    at: float


class Step(msgspec.Struct, forbid_unknown_fields=True):
    """A card's arrival at a place."""

    place: str
    at: float


class Card(msgspec.Struct, forbid_unknown_fields=True):
    """One physical card.

    Attributes:
        serial: its chip's fixed serial, seven bytes in hex.
        history: every place it has been at, the present one last.
        chip: its chip's persistent memory; None for a card without a chip.
    """

    id: str
    serial: str
    stock_type: str
    batch: str
    history: list[Step]
    prints: list[Print] = []
    chip: ChipState | None = None

    @property
    def place(self) -> str:
        """Where it is now."""
        return self.history[-1].place


class MachineState(msgspec.Struct, forbid_unknown_fields=True):
    """How a machine holds its card: at which of its stations, and whether the reader there is engaged."""

    station: str | None = None
    engaged: bool = False


class Snapshot(msgspec.Struct, forbid_unknown_fields=True):
    """All of the world but the pictures, as it is written to disk."""

    cards: list[Card]
    places: dict[str, list[str]]
    machines: dict[str, MachineState]


class Pictures(Protocol):
    """Where PNG pictures are kept, by their SHA-256."""

    def put(self, png: bytes) -> str:
        """Keep a picture and return its digest in hex."""

    def get(self, digest: str) -> bytes:
        """Return a picture that was kept. Raises `KeyError`."""


class MemoryPictures:
    """Pictures for a world that lives as long as its process."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def put(self, png: bytes) -> str:
        """Keep a picture and return its digest in hex."""
        digest = hashlib.sha256(png).hexdigest()
        self._kept[digest] = png
        return digest

    def get(self, digest: str) -> bytes:
        """Return a picture that was kept. Raises `KeyError`."""
        return self._kept[digest]


def check_place(place: str) -> str:
    """Return the kind of a place (`hopper` of `hopper/matica-1`). Raises `WorldError` if there is no such place."""
    if place in SINGLES:
        return place
    kind, _, owner = place.partition("/")
    if kind not in KINDS or not owner or "/" in owner:
        raise WorldError("no-place", f"there is no place {place!r}")
    return kind


class World:
    """All cards, where they lie, and the chips in them."""

    def __init__(
        self,
        chips: ChipFactory | None = None,
        pictures: Pictures | None = None,
        clock: Callable[[], float] = time.time,
        seed: str = "",
    ) -> None:
        self._factory = chips
        self._pictures = MemoryPictures() if pictures is None else pictures
        self._clock = clock
        self._seed = seed
        self._cards: dict[str, Card] = {}
        self._chips: dict[str, Chip] = {}
        self._powered: set[str] = set()
        self._places: dict[str, list[str]] = {}
        self._machines: dict[str, MachineState] = {}

    # Cards and places

    def mint(self, count: int, stock_type: str = "white", batch: str = "batch-1", chips: str = "") -> list[str]:
        """Make that many new blank cards in `supply` and return their ids; `chips` is a kind other than the usual."""
        if count < 0:
            raise WorldError("bad-request", f"cannot make {count} cards")
        factory = self._maker(chips)
        made = []
        for _ in range(count):
            card_id = f"card-{len(self._cards) + 1:06d}"
            serial = "04" + hashlib.sha256(f"{self._seed}/{card_id}".encode()).hexdigest()[:12]
            card = Card(card_id, serial, stock_type, batch, [Step("supply", self._clock())])
            if factory is not None:
                self._chips[card_id] = factory.blank(serial, stock_type)
            self._cards[card_id] = card
            self._places.setdefault("supply", []).append(card_id)
            made.append(card_id)
        return made

    def move(self, card_id: str, to: str) -> None:
        """Take one card, wherever it lies, to a place. Raises `WorldError` (`full`, `no-card`, `no-place`)."""
        card = self._card(card_id)
        self._check_room(to, 1)
        before = self.field_of(card_id)
        self._places[card.place].remove(card_id)
        if card.place.startswith("machine/") and card.place != to:
            self.hold(card.place, None)
        self._places.setdefault(to, []).append(card_id)
        card.history.append(Step(to, self._clock()))
        if before is not None:
            self._lose_power(card_id)

    def move_next(self, source: str, to: str, count: int = 1) -> list[str]:
        """Take the next cards of a queue to another place, all or none; return their ids.

        Raises `WorldError` (`empty`, `full`, `no-place`).
        """
        check_place(source)
        waiting = self._places.get(source, [])
        if count < 0 or len(waiting) < count:
            raise WorldError("empty", f"{source} holds {len(waiting)} cards, {count} were wanted")
        self._check_room(to, count)
        taken = waiting[:count]
        for card_id in taken:
            self.move(card_id, to)
        return taken

    def census(self) -> dict[str, list[str]]:
        """Every place that holds a card, with the ids of its cards in order."""
        return {place: list(cards) for place, cards in sorted(self._places.items()) if cards}

    def card(self, card_id: str) -> Card:
        """All that is true of one card, its chip's memory included. The caller must not change it."""
        card = self._card(card_id)
        card.chip = self.chip_state(card_id)
        return card

    def stamp(self, card_id: str, side: str, png: bytes, source: dict[str, str]) -> None:
        """Put a picture on one side of a card. A card remembers every pass, good or not."""
        if side not in {"front", "back"}:
            raise WorldError("bad-request", f"a card has no side {side!r}")
        card = self._card(card_id)
        card.prints = [*card.prints, Print(side, self._pictures.put(png), source, self._clock())]

    def picture(self, digest: str) -> bytes:
        """Return the PNG of a print."""
        try:
            return self._pictures.get(digest)
        except KeyError:
            raise WorldError("bad-request", f"no picture {digest}") from None

    # Machines and fields

    def hold(self, place: str, station: str | None) -> None:
        """Say at which of its stations a machine holds its card (`contactless` is the one with the reader)."""
        self._set_machine(place, MachineState(station, self._machine(place).engaged))

    def engage(self, place: str, engaged: bool) -> None:
        """Bring a machine's contactless reader to the card, or take it away."""
        self._set_machine(place, MachineState(self._machine(place).station, engaged))

    def in_field(self, field: str) -> str | None:
        """Return the id of the card that a reader at that place sees: of two, the one that came first."""
        return next(iter(self.all_in_field(field)), None)

    def all_in_field(self, field: str) -> list[str]:
        """Return the ids of all cards that are near the reader at that place."""
        kind = check_place(field)
        if kind not in FIELDS:
            raise WorldError("no-place", f"{field} has no reader")
        if kind == "machine":
            state = self._machine(field)
            if state.station != CONTACTLESS or not state.engaged:
                return []
        return list(self._places.get(field, []))

    def field_of(self, card_id: str) -> str | None:
        """Return the field in which a card is seen, if it is in one."""
        place = self._card(card_id).place
        return place if check_place(place) in FIELDS and card_id in self.all_in_field(place) else None

    # Chips

    def chip_power(self, field: str, action: str, card_id: str | None = None) -> bytes | None:
        """Switch the chip in a field `on`, `off`, `reset` it, or `reselect` it without taking its power.

        Of two cards it is the first, unless `card_id` says which.

        Returns:
            the answer to reset; None after `off` and `reselect`, or if no chip is there.
        """
        if action not in {"on", "off", "reset", "reselect"}:
            raise WorldError("bad-request", f"a chip's power can be on, off, reset or reselect, not {action!r}")
        card_id = self._seen(field, card_id)
        chip = None if card_id is None else self._chips.get(card_id)
        if card_id is None or chip is None:
            return None
        if action == "reselect":
            if card_id in self._powered and isinstance(chip, AirChip):
                chip.reselect()
            return None
        self._lose_power(card_id)
        if action == "off":
            return None
        self._powered.add(card_id)
        return chip.power_on()

    def chip_apdu(self, field: str, apdu: bytes) -> bytes | None:
        """Let the chip in a field answer; None if no powered chip is there."""
        reply = self.chip_exchange(field, apdu)
        return None if reply is None else reply.answer

    def chip_air(self, field: str, card_id: str) -> Air | None:
        """Return what a contactless reader learns of a powered chip in its field; None if it has no such chip there."""
        if self._seen(field, card_id) is None or card_id not in self._powered:
            return None
        chip = self._chips[card_id]
        return chip.air() if isinstance(chip, AirChip) else None

    def chip_exchange(self, field: str, apdu: bytes, card_id: str | None = None) -> Reply | None:
        """Let the chip in a field answer, and tell the time it takes; None if no powered chip is there.

        A card that a mishap takes out of the field goes to `hand` from a desk; a machine loses touch with it.
        """
        card_id = self._seen(field, card_id)
        if card_id is None or card_id not in self._powered:
            return None
        chip = self._chips[card_id]
        reply = chip.exchange(apdu) if isinstance(chip, TimedChip) else Reply(chip.process(apdu))
        if reply.mishap is Mishap.RESET:
            self._lose_power(card_id)
        elif reply.mishap is Mishap.GONE and check_place(field) == "machine":
            self.engage(field, engaged=False)
        elif reply.mishap is Mishap.GONE:
            self.move(card_id, "hand")
        return reply

    def chip_faults(self, card_id: str, faults: list[Fault]) -> None:
        """Add faults to the script of a card's chip, powered or not; they count from its next command."""
        self._card(card_id)
        chip = self._chips.get(card_id)
        if not isinstance(chip, AirChip):
            raise WorldError("bad-request", f"nothing can be scripted to befall the chip of {card_id}")
        chip.script(*faults)

    def chip_state(self, card_id: str) -> ChipState | None:
        """Return the persistent memory of a card's chip, in a field or not."""
        self._card(card_id)
        chip = self._chips.get(card_id)
        return None if chip is None else chip.state()

    def set_chip_state(self, card_id: str, state: ChipState) -> None:
        """Replace a card's chip by one with that persistent memory, without power."""
        self._card(card_id)
        if self._factory is None:
            raise WorldError("bad-request", "this world makes cards without chips")
        self._powered.discard(card_id)
        self._chips[card_id] = self._factory.restore(state)

    # Keeping

    def snapshot(self) -> Snapshot:
        """All of the world but the pictures."""
        return Snapshot([self.card(card_id) for card_id in self._cards], self.census(), dict(self._machines))

    def restore(self, snapshot: Snapshot) -> None:
        """Become the world that a snapshot tells of. No chip has power."""
        self._cards = {card.id: card for card in snapshot.cards}
        self._places = {place: list(cards) for place, cards in snapshot.places.items()}
        self._machines = dict(snapshot.machines)
        self._powered = set()
        self._chips = {}
        for card in snapshot.cards:
            if card.chip is not None:
                self.set_chip_state(card.id, card.chip)

    # Inside

    def _card(self, card_id: str) -> Card:
        try:
            return self._cards[card_id]
        except KeyError:
            raise WorldError("no-card", f"there is no card {card_id!r}") from None

    def _maker(self, kind: str) -> ChipFactory | None:
        if not kind:
            return self._factory
        if not isinstance(self._factory, ChipAssortment):
            raise WorldError("bad-request", f"this world has no choice of chips: no {kind!r}")
        try:
            return self._factory.of(kind)
        except ValueError as unknown:
            raise WorldError("bad-request", str(unknown)) from None

    def _seen(self, field: str, card_id: str | None) -> str | None:
        if card_id is None:
            return self.in_field(field)
        return card_id if card_id in self.all_in_field(field) else None

    def _check_room(self, place: str, count: int) -> None:
        capacity = CAPACITY.get(check_place(place))
        held = len(self._places.get(place, []))
        if capacity is not None and held + count > capacity:
            raise WorldError("full", f"{place} holds {held} of {capacity} cards; {count} more do not fit")

    def _machine(self, place: str) -> MachineState:
        if check_place(place) != "machine":
            raise WorldError("no-place", f"{place} is not a machine")
        return self._machines.get(place, MachineState())

    def _set_machine(self, place: str, state: MachineState) -> None:
        seen = self.in_field(place)
        self._machines[place] = state
        if seen is not None and self.in_field(place) is None:
            self._lose_power(seen)

    def _lose_power(self, card_id: str) -> None:
        if card_id in self._powered:
            self._powered.discard(card_id)
            self._chips[card_id].power_off()
