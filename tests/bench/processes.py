"""What a process and its children take: memory as if nothing else ran on the computer, and CPU time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")


def tree(pid: int) -> list[int]:
    """Return a process and everything it started that still runs."""
    found = [pid]
    for parent in found:
        for task in (PROC / str(parent) / "task").iterdir():
            found += [int(child) for child in (task / "children").read_text().split()]
    return found


def pss(pid: int) -> float:
    """Return the proportional set size of a process tree in MiB: pages shared with others count in parts."""
    return sum(_field((PROC / str(one) / "smaps_rollup").read_text(), "Pss") for one in tree(pid)) / 1024


def alone(pid: int) -> float:
    """Return what PSS would be, in MiB, if the tree were alone on the computer.

    Beside a simulator that runs the same Python, half of the interpreter's pages would be counted as somebody else's.
    So a file's pages are counted whole, once for all of the tree's processes; what differs from the file, as it is.
    """
    own, shared = 0, dict[str, int]()
    for one in tree(pid):
        for mapped, block in _mappings((PROC / str(one) / "smaps").read_text()):
            anonymous = _field(block, "Anonymous")
            own += anonymous
            if mapped:
                shared[mapped] = max(shared.get(mapped, 0), _field(block, "Rss") - anonymous)
    return (own + sum(shared.values())) / 1024


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a process tree has used; proc_pid_schedstat counts it in nanoseconds."""
    return (
        sum(
            int(schedstat.read_text().split()[0])
            for one in tree(pid)
            for schedstat in PROC.glob(f"{one}/task/*/schedstat")
        )
        / 1e9
    )


def _mappings(smaps: str) -> Iterator[tuple[str, str]]:
    """Yield each mapping's file and part of it (empty if it has none) and what is said of it."""
    blocks: list[list[str]] = []
    for line in smaps.splitlines():
        if line[0] in "0123456789abcdef" and "-" in line.split(" ", 1)[0]:
            blocks.append([line])
        else:
            blocks[-1].append(line)
    for head, *said in blocks:
        _, _, offset, device, inode, *name = head.split(None, 5)
        yield ("" if inode == "0" else f"{device} {inode} {offset} {name[0]}"), "\n".join(said)


def _field(block: str, name: str) -> int:
    """Return a field in kB, 0 if it is not there."""
    return next((int(line.split()[1]) for line in block.splitlines() if line.startswith(f"{name}:")), 0)
