"""Make the pictures of the officers' window: the real window, on the real daemon, in a simulated world."""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.screens import made, scenes  # noqa: E402 - the checkout's own tests, which are not installed
from tests.screens.stage import Stage  # noqa: E402


def main() -> int:
    """Make them, and return 0."""
    known = scenes()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=[scene.name for scene in known], help="make only this one")
    parser.add_argument("--to", type=Path, default=ROOT / "docs" / "screens", help="where they are put")
    parser.add_argument("--dir", type=Path, default=ROOT / "screens-run", help="where the world is kept (made anew)")
    parser.add_argument("--stale", action="store_true", help="make only those that show the window as it was")
    parser.add_argument("--list", action="store_true", help="make none, and name those")
    options = parser.parse_args()
    old = made.stale(options.to, known)
    if options.list:
        print("\n".join(old))  # noqa: T201 - its answer
        return 0
    if options.stale:
        known = [scene for scene in known if not set(scene.files).isdisjoint(old)]
    shutil.rmtree(options.dir, ignore_errors=True)
    options.to.mkdir(parents=True, exist_ok=True)
    with Stage(options.dir) as stage:
        for scene in known:
            if not options.only or scene.name in options.only:
                began = time.monotonic()
                made_of = made.window()
                stage.play(scene, options.to)
                made.keep(options.to, scene, made_of)
                print(f"{', '.join(scene.files)}  ({time.monotonic() - began:.1f} s)", flush=True)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
