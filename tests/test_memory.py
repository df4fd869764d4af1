"""A large block that was freed is the kernel's again."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import re, sys
from pathlib import Path
from stationd import memory

def resident():
    return int(re.search(r"VmRSS:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])

if sys.argv[1] == "give back":
    memory.give_back()
bytes(bytearray(8 << 20))  # the C library sees that large blocks are used
before = resident()
panels = [b"x" * (2 << 20) for _ in range(10)]
above = bytearray(b"x" * 200_000)  # what stays lies above what goes, as in a daemon at work
del panels
print(resident() - before)
"""


def test_panels_of_a_card_that_was_made_take_no_memory() -> None:
    kept = {}
    for way in ("give back", "as it is"):
        command = [sys.executable, "-c", PROGRAM, way]
        kept[way] = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert kept["give back"] < 2_000
    assert kept["as it is"] > 10_000, "the C library gives large blocks back by itself: this switch is not needed"
