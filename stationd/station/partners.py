"""Partner organisations' lists: read, told back, and handed on to the registry as requests. Never a print."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable

import msgspec

from stationd.model import mobile_events
from stationd.model.partner_list import BadRow, read
from stationd.registry.contract import PartnerStates
from stationd.registry.errors import LinkError
from stationd.station.blanks import check_number
from stationd.station.floor import Floor
from stationd.station.refusal import Kind, Refused
from stationd.store.mobile_view import PartnerListRow


class Submitted(msgspec.Struct, frozen=True):
    """What became of a list.

    Attributes:
        list_id: by which its rows' states are asked for; empty if there was no good row.
        rows, good: how many there were, and how many of them go to the registry.
        refused: the bad and the double ones, first to last.
    """

    list_id: str
    rows: int
    good: int
    refused: tuple[BadRow, ...]


async def _nobody(list_id: str) -> PartnerStates:
    raise Refused(Kind.NOT_NOW, "registry-not-reached", list_id)


class Partners(Floor):
    """What an officer does with a partner's list.

    Attributes:
        ask_states: asks the registry what became of a list's rows.
    """

    ask_states: Callable[[str], Awaitable[PartnerStates]] = staticmethod(_nobody)

    def submit_list(self, partner: str, content: bytes, officer: str) -> Submitted:
        """Take a list: its good rows go to the registry, sealed until they are there.

        Args:
            partner: the organisation's number or short name.
            content: the file, CSV.
            officer: who hands it in.

        Raises:
            Refused: if the officer may not, or the list cannot be read at all.
        """
        self._allow_setting_aside(officer)
        check_number(partner)
        found = read(content)
        if found.fault is not None:
            raise Refused(Kind.NOT_VALID, found.fault, partner)
        if not found.good:
            return Submitted("", found.rows, 0, found.refused)
        list_id = f"pl-{secrets.token_hex(6)}"
        taken = mobile_events.PartnerListTaken(
            list_id=list_id,
            partner=partner,
            rows=found.rows,
            good=len(found.good),
            bad=len(found.bad),
            double=len(found.double),
        )
        with self.store.write(officer) as transaction:
            transaction.vault.put(vault_id(list_id), msgspec.json.encode(found.good), b"")
            transaction.record(taken)
        return Submitted(list_id, found.rows, len(found.good), found.refused)

    def partner_lists(self) -> list[PartnerListRow]:
        """Return the lists that were handed in here, first to last."""
        with self.store.read() as view:
            return view.partner_lists()

    async def partner_states(self, list_id: str) -> PartnerStates:
        """Return what became of a list's rows, as the registry has it now.

        Raises:
            Refused: if there is no such list, the registry does not have it yet, or it does not answer.
        """
        row = next((each for each in self.partner_lists() if each.list_id == list_id), None)
        if row is None:
            raise Refused(Kind.NOT_FOUND, "no-such-list", list_id)
        if row.state != "sent":
            raise Refused(Kind.NOT_NOW, f"list-{row.state}", list_id, row.cause)
        try:
            return await self.ask_states(list_id)
        except LinkError as error:
            raise Refused(Kind.NOT_NOW, "registry-not-reached", list_id, str(error)) from None


def vault_id(list_id: str) -> str:
    """Return under which id a list lies in the vault; no job's id has a slash."""
    return f"list/{list_id}"
