"""The contract's messages: what is sent to the registry and what it answers, one type a body.

Requests carry exactly the members of the contract. Of an answer the members named here are checked; those that a later
registry may add are passed over, because thousands of stations are never updated on one day. What the registry *signs*
for this station to act on (a job) is read strictly, in `sealing`.
"""

from __future__ import annotations

import base64

import msgspec
from typing_extensions import override

Jwk = dict[str, str]
"""A public JSON Web Key, RFC 7517 and 8037."""


def unpadded(raw: bytes) -> str:
    """Write a signature as the contract does: base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class _Message(msgspec.Struct, frozen=True, kw_only=True):
    """A JSON object."""


class EnrolmentRequest(_Message, frozen=True):
    """`POST /v1/enrolments`, the only call without a client certificate. `csr` is PEM."""

    station: str
    code: str
    csr: str
    book_key: Jwk
    sealing_key: Jwk


class EnrolmentAnswer(_Message, frozen=True):
    """The station's certificate and the registry's CA, PEM, and the key of all that the registry signs."""

    certificate: str
    ca: str
    signing_key: Jwk


class RenewalRequest(_Message, frozen=True):
    """`POST /v1/renewals`."""

    station: str
    csr: str


class RenewalAnswer(_Message, frozen=True):
    """A fresh certificate and the CA of today, PEM."""

    certificate: str
    ca: str


class BookPosition(_Message, frozen=True):
    """How far a book has come: number and hash of its last event; 0 and 64 zeros for an empty one."""

    incarnation: str
    seq: int
    head: str


class LeaseTrip(_Message, frozen=True):
    """A mobile kit's trip: what is leased for it may be started until it ends, seconds since the epoch."""

    allotment_id: str
    until: int


class LeaseRequest(_Message, frozen=True, omit_defaults=True):
    """`POST /v1/leases`. `holding` names every leased job that is not settled yet; `policy_version` is 0 for none."""

    station: str
    want: int
    holding: tuple[str, ...]
    policy_version: int
    book: BookPosition
    trip: LeaseTrip | None = None


class LeasedJob(_Message, frozen=True):
    """One job as it comes: two compact JWEs and an id that only the inside can confirm."""

    job_id: str
    sealed: str
    label: str


class Lease(_Message, frozen=True):
    """The answer to a lease.

    Attributes:
        epoch: number of the newest grant to this station.
        jobs: those leased now, or sent again.
        revoked: those held that must not be printed any more.
        policy: a JWS, if there is a newer one than was named.
        book: how far the registry has this book; less than before if it was restored from a backup.
    """

    epoch: int
    jobs: tuple[LeasedJob, ...]
    revoked: tuple[str, ...]
    policy: str | None
    expires: int
    book: BookPosition


class EventsRequest(_Message, frozen=True, rename={"first": "from"}):
    """`POST /v1/events`. `first` numbers the first event; `head` is the hash of the last, `signature` over it."""

    station: str
    incarnation: str
    first: int
    events: tuple[str, ...]
    head: str
    signature: str


class EventsAnswer(_Message, frozen=True):
    """Up to where the registry has the book, and a JWS of its `CountersignatureClaims`."""

    acked: int
    countersignature: str


class BookAnswer(_Message, frozen=True):
    """`GET /v1/book`: some of a book's events, how many the registry has, and its signature over the last it has."""

    incarnation: str
    events: tuple[str, ...]
    have: int
    head: str
    countersignature: str


class ReturnRequest(_Message, frozen=True):
    """`POST /v1/returns`: jobs given back, signed with the book key."""

    station: str
    job_ids: tuple[str, ...]
    reason: str
    signature: str


class ReturnAnswer(_Message, frozen=True):
    """Those that are no longer with the station."""

    returned: tuple[str, ...]


class PolicyAnswer(_Message, frozen=True):
    """`GET /v1/policy`: a JWS."""

    policy: str


class TimeAnswer(_Message, frozen=True):
    """`GET /v1/time`: a JWS of `TimeClaims`."""

    time: str


class PairedAllotment(_Message, frozen=True):
    """One way of an allotment, as far as the registry has its halves: blanks and cards that each book moved.

    Attributes:
        leg: `out` or `back`.
        given, taken: by the book that gave and by the one that took; None while it has not come.
    """

    allotment_id: str
    leg: str
    given: int | None
    taken: int | None


class AllotmentsAnswer(_Message, frozen=True):
    """`GET /v1/allotments`: those of which the station has a half."""

    allotments: tuple[PairedAllotment, ...]


class HomeNamesRequest(_Message, frozen=True):
    """`POST /v1/home-names`: who waits for a trip's finished cards, sealed by the kit for its office alone."""

    station: str
    allotment_id: str
    office: str
    sealed: str


class HomeNamesAnswer(_Message, frozen=True):
    """The registry has the names of a trip."""

    allotment_id: str


class NamesOfTrip(_Message, frozen=True):
    """`GET /v1/home-names`: what an allotment's kit has sealed for this office; None while nothing has come."""

    allotment_id: str
    sealed: str | None


class RequestedCitizen(_Message, frozen=True):
    """One row of a partner's list: somebody who asks for a card. `born` is `YYYY-MM-DD`."""

    row: int
    nik: str
    name: str
    born: str
    kelurahan: str
    reason: str

    @override
    def __repr__(self) -> str:
        return f"RequestedCitizen(row={self.row})"


class PartnerListRequest(_Message, frozen=True):
    """`POST /v1/partner-lists`: a partner's good rows, as requests."""

    station: str
    list_id: str
    partner: str
    rows: tuple[RequestedCitizen, ...]


class PartnerListAnswer(_Message, frozen=True):
    """The registry has that many rows of a list."""

    list_id: str
    rows: int


class RowState(_Message, frozen=True):
    """What became of one row: `received`, `refused` with a cause, or the state of its job."""

    row: int
    state: str
    cause: str | None = None
    job_id: str | None = None


class PartnerStates(_Message, frozen=True):
    """`GET /v1/partner-lists`: what became of a list's rows, at a time in seconds since the epoch."""

    list_id: str
    as_of: int
    rows: tuple[RowState, ...]


class CardSearch(_Message, frozen=True):
    """`POST /v1/cards`: where is this citizen's card? By NIK, which never stands in a URL."""

    station: str
    nik: str


class NoticeNews(_Message, frozen=True):
    """What has become of a notice that the registry gives: `asked`, `sent`, `delivered` or `failed`, since `at`."""

    number: int
    at: int
    channel: str
    delivery: str
    job_id: str = ""


class CardWhereabouts(_Message, frozen=True):
    """Where a citizen's card is; times are seconds since the epoch, `reason` is why it is held."""

    as_of: int
    state: str
    reason: str | None
    office: str | None
    since: int | None
    job_id: str | None
    issue_no: int | None
    notices: tuple[NoticeNews, ...]


class NoticesRequest(_Message, frozen=True):
    """`POST /v1/notices`: what has become of the notices of these cards."""

    station: str
    job_ids: tuple[str, ...]


class NoticesAnswer(_Message, frozen=True):
    """The notices that the registry has given, or is to give, for them; each with its `job_id`."""

    notices: tuple[NoticeNews, ...]


class Problem(_Message, frozen=True):
    """What RFC 9457 says of a problem, and the members that this contract adds.

    Attributes:
        have: of `book-gap`: the last number that the registry holds.
        seq: of `book-fork`: the first number whose content differs.
    """

    type: str = "about:blank"
    title: str = ""
    status: int = 0
    detail: str = ""
    have: int | None = None
    seq: int | None = None


class TimeClaims(_Message, frozen=True):
    """The registry's time, in seconds since the epoch, for one nonce."""

    nonce: str
    time: float


class CountersignatureClaims(_Message, frozen=True):
    """The registry's word that it holds a book up to a head, and when it said so."""

    station: str
    incarnation: str
    seq: int
    head: str
    time: float
