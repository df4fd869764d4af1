"""What the registry says when it refuses: RFC 9457 problems."""

from __future__ import annotations

from typing import Final

from typing_extensions import override

BASE: Final = "https://registry.example/problems/"

_TITLES: Final[dict[str, tuple[int, str]]] = {
    "contract": (400, "The request breaks the contract"),
    "not-json": (400, "The body is not JSON"),
    "no-certificate": (401, "A client certificate is needed"),
    "certificate-superseded": (403, "The certificate belongs to an earlier enrolment"),
    "other-station": (403, "The certificate names another station"),
    "code-refused": (403, "The enrolment code does not open anything"),
    "not-found": (404, "There is nothing here"),
    "book-unknown": (404, "There is no such book"),
    "method-not-allowed": (405, "The method is not allowed"),
    "book-gap": (409, "Events before these are missing"),
    "book-fork": (409, "The two copies of the book differ"),
    "report-differs": (409, "Another report has this id"),
    "list-differs": (409, "Another list has this id"),
    "too-large": (413, "The body is too large"),
    "encoding": (415, "The body is in a form that is not understood"),
    "bad-chain": (422, "The events do not follow from each other"),
    "bad-signature": (422, "The signature does not hold"),
    "key-refused": (422, "The key cannot be used"),
    "internal": (500, "The registry failed"),
}


class Problem(Exception):
    """A request is refused.

    Attributes:
        name: the last part of the problem's type.
        detail: what happened and what to do.
        members: further members of the document.
    """

    def __init__(self, name: str, detail: str, **members: int) -> None:
        self.name = name
        self.detail = detail
        self.members = members
        self.status, self.title = _TITLES[name]
        super().__init__(detail)

    @override
    def __str__(self) -> str:
        return f"{self.name}: {self.detail}"

    def document(self) -> dict[str, object]:
        """Return the problem document."""
        return {
            "type": BASE + self.name,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            **self.members,
        }
