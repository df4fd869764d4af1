"""Where mutants are entered, each under the promise that it breaks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.drivers.conformance.exemplar import Exemplar
from tests.drivers.conformance.exemplar_reader import Reader

MUTANTS: dict[str, type[Exemplar] | type[Reader]] = {}


def breaks(name: str) -> Callable[[type[Any]], type[Any]]:
    """Enter a mutant under the promise that it breaks."""

    def enter(mutant: type[Any]) -> type[Any]:
        MUTANTS[name] = mutant
        return mutant

    return enter
