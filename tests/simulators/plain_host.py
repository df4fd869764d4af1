"""A plain client of simulated USB machines: a process of its own that is told what to do, line by line."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

from tests.rig import nursery
from tests.simulators.conftest import Site


class UsbError(Exception):
    def __init__(self, name: str, errno: int | None) -> None:
        super().__init__(f"{name} ({errno})")
        self.name, self.errno = name, errno


class PlainHost:
    """The plain client's process, while the block runs; killed at its end."""

    MODULE: ClassVar[str]

    def __init__(self, where: Site) -> None:
        with tempfile.TemporaryDirectory(prefix="host-") as folder:
            orders = Path(folder) / "orders"
            os.mkfifo(orders)
            ours, its = os.pipe()
            self._answers = os.fdopen(ours)
            with os.fdopen(its, "wb") as out:
                command = [sys.executable, "-m", self.MODULE, str(orders)]
                self.process = nursery.begin(command, where.environment, out.fileno(), 2)
            self._orders = orders.open("w")  # it has opened its end, too

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        self._orders.close()
        self._answers.close()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def tell(self, operation: str, **arguments: object) -> None:
        self._orders.write(json.dumps({"op": operation, **arguments}) + "\n")
        self._orders.flush()

    def hear(self) -> Any:
        answer = json.loads(self._answers.readline())
        if "error" in answer:
            raise UsbError(answer["error"], answer["errno"])
        return answer["ok"]

    def __call__(self, operation: str, **arguments: object) -> Any:
        self.tell(operation, **arguments)
        return self.hear()
