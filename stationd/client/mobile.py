"""The part of the api's client that is about mobile kits and partners' lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from stationd.client.blanks import BlankCalls
from stationd.model.blank import CITIZENS

_T = TypeVar("_T")


class TallyView(msgspec.Struct, frozen=True):
    """What a trip's blanks have come to; members as in `stationd.model.mobile.Tally`."""

    allotted: int = 0
    printed: int = 0
    spoiled: int = 0
    returned: int = 0
    missing: int = 0
    in_question: int = 0
    unused: int = 0
    unfit: int = 0
    bin: int = 0
    shelf: int = 0
    loose: dict[str, int] = {}


class OffView(msgspec.Struct, frozen=True):
    """One thing that keeps a trip from being closed; members as in `stationd.model.mobile.Off`."""

    wrong: str = ""
    where: str = ""
    expected: int = 0
    found: int = 0


class TripTermsView(msgspec.Struct, frozen=True):
    """A trip's terms; members as in `stationd.store.mobile_view.TripRow`."""

    allotment_id: str = ""
    office: str = ""
    announced: int = 0
    jobs: int = 0
    begins: int = 0
    until: int = 0
    offline: bool = False
    place: str = ""
    state: str = ""
    figures: TallyView | None = None


class TripView(msgspec.Struct, frozen=True):
    """A trip that is not closed; members as in `stationd.station.trips.Trip`."""

    row: TripTermsView = TripTermsView()
    tally: TallyView = TallyView()
    off: tuple[OffView, ...] = ()


class AllotmentView(msgspec.Struct, frozen=True):
    """Blanks that a kit has or had; members as in `stationd.store.mobile_view.AllotmentRow`."""

    allotment_id: str = ""
    kit: str = ""
    count: int = 0
    since: float = 0.0
    back: float | None = None


class HalfView(msgspec.Struct, frozen=True):
    """A half of an allotment; members as in `stationd.store.mobile_view.HalfRow`."""

    allotment_id: str = ""
    leg: str = ""
    count: int = 0
    there: int | None = None
    state: str = ""


class MobileView(msgspec.Struct, frozen=True):
    """What there is of kits at a station; members as in `stationd.station.trips.Mobile`."""

    is_kit: bool = False
    bar: str = ""
    trip: TripView | None = None
    trips: tuple[TripTermsView, ...] = ()
    allotments: tuple[AllotmentView, ...] = ()
    halves: tuple[HalfView, ...] = ()


class AllottedView(msgspec.Struct, frozen=True):
    """Blanks that were given; members as in `stationd.station.allotting.Allotted`."""

    allotment_id: str = ""
    slip: str = ""


class RefusedRowView(msgspec.Struct, frozen=True):
    """A row of a list that is not taken; members as in `stationd.model.partner_list.BadRow`."""

    row: int = 0
    fault: str = ""
    column: str = ""
    first: int | None = None


class SubmittedView(msgspec.Struct, frozen=True):
    """What became of a list; members as in `stationd.station.partners.Submitted`."""

    list_id: str = ""
    rows: int = 0
    good: int = 0
    refused: tuple[RefusedRowView, ...] = ()


class PartnerListView(msgspec.Struct, frozen=True):
    """A partner's list; members as in `stationd.store.mobile_view.PartnerListRow`."""

    list_id: str = ""
    partner: str = ""
    rows: int = 0
    good: int = 0
    bad: int = 0
    double: int = 0
    since: float = 0.0
    state: str = ""
    cause: str = ""


class RowStateView(msgspec.Struct, frozen=True):
    """What became of a row; members as in `stationd.registry.contract.RowState`."""

    row: int = 0
    state: str = ""
    cause: str | None = None
    job_id: str | None = None


class ListStatesView(msgspec.Struct, frozen=True):
    """What became of a list's rows; members as in `stationd.registry.contract.PartnerStates`."""

    list_id: str = ""
    as_of: int = 0
    rows: tuple[RowStateView, ...] = ()


class MobileCalls(BlankCalls):
    """What can be asked about kits and lists."""

    def mobile(self) -> MobileView:
        """Return what there is of kits at this station."""
        return self.get("/v1/mobile", MobileView)

    def allot(self, kit: str, count: int, stock: str = CITIZENS) -> AllottedView:
        """Give blanks of the store to a kit, as a supervisor."""
        body = {"kit": kit, "count": count, "stock": stock}
        return msgspec.convert(self.post("/v1/mobile/allotments", body), AllottedView)

    def slip(self, allotment_id: str) -> str:
        """Return the signed slip of an allotment."""
        path = f"/v1/mobile/allotments/{quote(allotment_id, safe='')}/slip"
        return self.get(path, dict[str, str]).get("slip", "")

    def take_back(
        self, slip: str, unused: int, spoiled: int, finished: int, *, unfit: int = 0, absent: Sequence[str] = ()
    ) -> list[str]:
        """Take what a kit hands in; returns the ids of the discrepancies that were found."""
        body = {"slip": slip, **_bags(unused, spoiled, finished, unfit), "absent": list(absent)}
        found = self.post("/v1/mobile/homecomings", body)
        return [str(each) for each in found or ()]

    def home_names(self, allotment_id: str) -> str:
        """Return who waits for the finished cards of a closed trip, sealed for its office."""
        path = f"/v1/mobile/allotments/{quote(allotment_id, safe='')}/names"
        return self.get(path, dict[str, str]).get("names", "")

    def take_names(self, names: str) -> int:
        """Take in who waits for a kit's cards; returns for how many it is known by that."""
        return int(self.post("/v1/mobile/homecomings/names", {"names": names})["taken"])

    def open_trip(self, slip: str, counted: int, *, jobs: int, until: int, place: str = "") -> str:
        """Begin a trip, as a supervisor; returns the allotment's id."""
        body = {"slip": slip, "counted": counted, "jobs": jobs, "until": until, "place": place}
        return str(self.post("/v1/mobile/trips", body)["allotment_id"])

    def begin_closing(self) -> None:
        """Begin no card on the trip any more."""
        self.post("/v1/mobile/trip/closing")

    def check_trip(self, unused: int, spoiled: int, finished: int, unfit: int = 0) -> list[OffView]:
        """Return what keeps the trip from being closed, if the bags hold this."""
        found = self.post("/v1/mobile/trip/check", _bags(unused, spoiled, finished, unfit))
        return msgspec.convert(found, list[OffView])

    def declare_missing_on_trip(self, count: int) -> None:
        """Declare blanks of the trip missing, as a supervisor."""
        self.post("/v1/mobile/trip/missing", {"count": count})

    def close_trip(self, unused: int, spoiled: int, finished: int, unfit: int = 0) -> str:
        """End the trip, as a supervisor; returns the slip for the office."""
        return str(self.post("/v1/mobile/trip/close", _bags(unused, spoiled, finished, unfit))["slip"])

    def submit_list(self, partner: str, content: bytes) -> SubmittedView:
        """Hand a partner's list in."""
        answer = self.post(f"/v1/partner-lists?{urlencode({'partner': partner})}", msgspec.Raw(content))
        return msgspec.convert(answer, SubmittedView)

    def partner_lists(self) -> list[PartnerListView]:
        """Return the partners' lists that were handed in here."""
        return self.get("/v1/partner-lists", list[PartnerListView])

    def list_states(self, list_id: str) -> ListStatesView:
        """Return what became of a list's rows, as the registry says now."""
        return self.get(f"/v1/partner-lists/{quote(list_id, safe='')}/states", ListStatesView)


def _bags(unused: int, spoiled: int, finished: int, unfit: int) -> dict[str, Any]:
    return {"unused": unused, "spoiled": spoiled, "finished": finished, "unfit": unfit}
