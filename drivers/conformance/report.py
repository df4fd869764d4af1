"""What came of it, as a table for people and as JSON for programs."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from drivers.conformance.promise import Facet, Promise
from drivers.conformance.run import Finding, Outcome

_WIDTH = 110


def table(findings: Sequence[Finding]) -> str:
    """One line a promise, with the evidence or the reason below it, and a line of sums."""
    longest = max((len(finding.promise.name) for finding in findings), default=0)
    lines = []
    for finding in findings:
        lines.append(f"{finding.outcome.value:<11}  {finding.promise.name:<{longest}}  {finding.seconds:6.2f} s")
        if finding.outcome is not Outcome.PASSED:
            said = finding.promise.sentence if finding.outcome is Outcome.FAILED else ""
            for text in filter(None, (said, finding.evidence)):
                lines += textwrap.wrap(text, _WIDTH, initial_indent=" " * 13, subsequent_indent=" " * 13)
    sums = {outcome: sum(finding.outcome is outcome for finding in findings) for outcome in Outcome}
    lines.append(", ".join(f"{count} {outcome.value}" for outcome, count in sums.items()))
    return "\n".join(lines)


def record(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """The same for a program."""
    return [
        {
            "promise": finding.promise.name,
            "sentence": finding.promise.sentence,
            "facet": finding.promise.facet.value,
            "outcome": finding.outcome.value,
            "evidence": finding.evidence,
            "seconds": round(finding.seconds, 3),
        }
        for finding in findings
    ]


def listing(promises: Sequence[Promise]) -> str:
    """Every promise by its facet, in Markdown."""
    parts = []
    for facet in Facet:
        rows = [promise for promise in promises if promise.facet is facet]
        parts.append(f"### {facet.value}\n\n| promise | sentence | blanks | hand |\n|---|---|---|---|")
        parts[-1] += "".join(
            f"\n| `{promise.name}` | {promise.sentence} | {promise.blanks or ''} | {'yes' if promise.hand else ''} |"
            for promise in rows
        )
    return "\n\n".join(parts)
