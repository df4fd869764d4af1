"""What a paper says that goes with a kit's bags, there or back: from the book, with the signed slip."""

from __future__ import annotations

from collections.abc import Callable

from stationd.documents.forms.allotment import Consignment
from stationd.model import mobile_events
from stationd.model.entry import Entry
from stationd.store.view import View


def consignment_of(view: View, entry: Entry | None, station: str, slip: Callable[[str], str]) -> Consignment | None:
    """Return what an entry says was sent between an office and a kit; the last such if there is none.

    Args:
        view: the book.
        entry: by which blanks were given, or a trip was closed.
        station: this one.
        slip: writes the signed slip of an allotment.
    """
    if entry is None:
        found = (view.last_of(mobile_events.AllotmentGiven), view.last_of(mobile_events.TripClosed))
        entry = max((each for each in found if each is not None), key=lambda each: each.envelope.seq, default=None)
    match entry.event if entry is not None else None:
        case mobile_events.AllotmentGiven() as given:
            ways, stock = (station, given.kit, False), given.stock
            rows = [(f"Blangko, kiriman {batch or '-'}", count) for batch, count in sorted(given.batches.items())]
            allotment_id = given.allotment_id
        case mobile_events.TripClosed() as closed:
            trip = next(each for each in view.trips() if each.allotment_id == closed.allotment_id)
            ways, stock, allotment_id = (trip.office, station, True), trip.stock, closed.allotment_id
            stated = closed.stated
            rows = [
                (f"Blangko tidak terpakai, kiriman {batch or '-'}", n) for batch, n in sorted(stated.unused.items())
            ]
            rows += [
                ("Blangko yang cipnya tidak dapat ditulis", stated.unfit),
                ("Kartu rusak", stated.spoiled),
                ("Kartu jadi yang belum diambil", len(stated.finished)),
            ]
        case _:
            return None
    assert entry is not None  # noqa: S101 - the match above found its event
    return Consignment(
        seq=entry.envelope.seq,
        time=entry.envelope.time,
        allotment_id=allotment_id,
        office=ways[0],
        kit=ways[1],
        stock=stock,
        back=ways[2],
        rows=tuple(rows),
        slip=slip(allotment_id),
    )
