"""A whole run: which parsers, side by side, and what is told of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

from tests.campaigns.fuzzing import channel, chip, evolis, ipp, magicard, matica, pcsc, pn532
from tests.campaigns.fuzzing.parser import Parser
from tests.campaigns.fuzzing.run import Report, fuzz

PARSERS = {
    parser.name: parser
    for family in (matica, evolis, magicard, ipp, pcsc, pn532, chip, channel)
    for parser in family.PARSERS
}  # fmt: skip


def choose(names: Sequence[str]) -> list[Parser]:
    """Return the parsers of those names and families; all of them if none is given. Raises `LookupError`."""
    families = {parser.family for parser in PARSERS.values()}
    if unknown := set(names) - families - set(PARSERS):
        known = ", ".join(sorted(families | set(PARSERS)))
        raise LookupError(f"no parser {', '.join(sorted(unknown))}; there are {known}")
    return [parser for parser in PARSERS.values() if not names or parser.name in names or parser.family in names]


def run(parsers: Sequence[Parser], runs: int, seed: str, tell: Callable[[str], None]) -> Iterator[Report]:
    """Give each parser its share of the replies, in as many processes as there are processors."""
    shares = [runs // len(parsers) + (number < runs % len(parsers)) for number in range(len(parsers))]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        names = [parser.name for parser in parsers]
        for report in pool.map(_one, names, shares, [seed] * len(parsers)):
            tell(report.line())
            for finding in report.findings:
                tell(f"FOUND {finding}")
            yield report


def _one(name: str, runs: int, seed: str) -> Report:
    return fuzz(PARSERS[name], runs, seed)


def summary(reports: Sequence[Report], seconds: float) -> Iterator[str]:
    """Tell what came of all."""
    replies, accepted = sum(report.replies for report in reports), sum(report.accepted for report in reports)
    busy = sum(report.seconds for report in reports)
    yield f"{replies:,} replies in {seconds:.0f} s, {replies / busy:,.0f} a second of processor time"
    yield f"accepted {accepted:,}, refused {sum(sum(report.refused.values()) for report in reports):,}"
    found = sum(len(report.findings) for report in reports)
    yield f"found: {found or 'nothing'}"
