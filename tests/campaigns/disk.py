"""The station's disk: an ext4 image of its own, so that a mains pull loses what was written and not synced.

What a program wrote lies in the kernel's memory until it is synced to the image. At a pull the *image* is copied, as
it is, and the copy mounted: killing a program alone would lose nothing. Needs root.
"""

from __future__ import annotations

import ctypes
import os
import random
import shutil
import subprocess
import time
from pathlib import Path

MEGABYTE = 1 << 20
SIZE = 96 * MEGABYTE
PAGE = 4096
_WRITE_OUT = 2  # SYNC_FILE_RANGE_WRITE
_WAIT = 1 | 4  # before and after
_BUSY = 5.0
_libc = ctypes.CDLL(None, use_errno=True)


class Disk:
    """One mounted image.

    Args:
        folder: where images are kept.
        mount: where it is seen.
    """

    def __init__(self, folder: Path, mount: Path) -> None:
        self._folder = folder
        self._mount = mount
        self._number = 0
        self._filler = mount / "filler"
        folder.mkdir(parents=True, exist_ok=True)
        mount.mkdir(parents=True, exist_ok=True)
        with self._image.open("wb") as image:
            image.truncate(SIZE)
        _run("mkfs.ext4", "-q", "-m", "0", str(self._image))
        self._attach()

    @property
    def _image(self) -> Path:
        return self._folder / f"disk-{self._number}.img"

    def pull(self, torn: float, rng: random.Random) -> None:
        """Lose what was not synced, apart from a random share of its pages. Nothing may have a file open here."""
        if torn:
            self._write_some_out(torn, rng)
        before = self._image
        self._number += 1
        _run("cp", "--sparse=always", str(before), str(self._image))
        self._detach()
        before.unlink()
        self._attach()

    def fill(self) -> None:
        """Leave no room."""
        with self._filler.open("wb") as filler:
            free = shutil.disk_usage(self._mount).free
            while free >= PAGE:
                try:
                    os.posix_fallocate(filler.fileno(), filler.seek(0, os.SEEK_END), free)
                    filler.seek(0, os.SEEK_END)
                except OSError:
                    free //= 2
                else:
                    free = shutil.disk_usage(self._mount).free

    def free(self) -> None:
        """Give the room back."""
        self._filler.unlink(missing_ok=True)

    def close(self) -> None:
        """Unmount it and delete the image."""
        self._detach()
        self._image.unlink()

    def _write_some_out(self, share: float, rng: random.Random) -> None:
        for file in sorted(self._mount.glob("book.db*")):
            with file.open("rb") as opened:
                for page in range(0, file.stat().st_size, PAGE):
                    if rng.random() < share:
                        offset, count = ctypes.c_int64(page), ctypes.c_int64(PAGE)
                        _libc.sync_file_range(opened.fileno(), offset, count, _WRITE_OUT | _WAIT)

    def _attach(self) -> None:
        # Nothing is to reach the image by itself in the meantime: the journal is written at a sync only.
        _run("mount", "-o", "loop,commit=300,noatime", str(self._image), str(self._mount))

    def _detach(self) -> None:
        deadline = time.monotonic() + _BUSY
        while True:
            try:
                _run("umount", str(self._mount))
            except RuntimeError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                return


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
