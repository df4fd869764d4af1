"""All policies that a station was given, and which of them is in force. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Self, final

from stationd.model.policy import Policy


@final
class PolicyHistory:
    """Policies by version. A higher version that has begun replaces all lower ones; one to come waits for its day."""

    __slots__ = ("policies",)

    def __init__(self, policies: Iterable[Policy] = ()) -> None:
        self.policies: Final = tuple(sorted(policies, key=lambda policy: policy.version))

    @classmethod
    def of(cls, policy: Policy | None) -> Self:
        """Return a history of one policy, or of none."""
        return cls(() if policy is None else (policy,))

    @property
    def newest(self) -> Policy | None:
        """The one of the highest version, begun or not; None if there is none."""
        return self.policies[-1] if self.policies else None

    def newer(self, policy: Policy) -> bool:
        """Say whether a policy is newer than all that are here: only such a one is taken."""
        return self.newest is None or policy.version > self.newest.version

    def adopting(self, policy: Policy) -> PolicyHistory:
        """Return the history with a newer policy; an older one changes nothing."""
        return PolicyHistory((*self.policies, policy)) if self.newer(policy) else self

    def at(self, now: float | None) -> Policy | None:
        """Return the policy in force at a time.

        Args:
            now: seconds since the epoch; None if nothing at all is known of it.

        Returns:
            The highest version that has begun. If none has, or the time is unknown, the newest: it says itself that
            it is not valid yet. None if there is no policy.
        """
        if now is None:
            return self.newest
        begun = (policy for policy in reversed(self.policies) if policy.valid_from <= now)
        return next(begun, self.newest)

    def kit_key(self, kit: str, given: float, current: Policy | None) -> dict[str, str] | None:
        """Return by which key a kit signs what it brings back; None if no policy ever said.

        The newest policy that names one decides, and in it the grant under which the blanks went out: the one in force
        may have dropped that grant while the kit is on its way.

        Args:
            kit: its station id.
            given: when the blanks went out, seconds since the epoch.
            current: the policy in force; newer ones have not begun.
        """
        for policy in reversed(self.policies):
            keyed = [grant for grant in policy.mobile if grant.kit == kit and grant.kit_key]
            if keyed and current is not None and policy.version <= current.version:
                under = (grant for grant in keyed if grant.valid_from <= given < grant.valid_until)
                return next(under, keyed[-1]).kit_key
        return None

    def office_sealing_key(self, office: str, kit: str, current: Policy | None) -> dict[str, str] | None:
        """Return to which key a kit seals what its office alone may read; None if no policy ever said."""
        for policy in reversed(self.policies):
            named = [grant for grant in policy.mobile if (grant.kit, grant.office) == (kit, office)]
            keys = [grant.office_sealing_key for grant in named if grant.office_sealing_key]
            if keys and current is not None and policy.version <= current.version:
                return keys[-1]
        return None

    def next_change(self, now: float) -> float | None:
        """Return when another policy comes into force, or the one in force ends; None if neither is known."""
        current = self.at(now)
        changes = [policy.valid_from for policy in self.policies if policy.valid_from > now]
        if current is not None and current.valid_until is not None and current.valid_until > now:
            changes.append(current.valid_until)
        return min(changes, default=None)
