"""What stands in docs/screens: each screen of the officers' window as a person sees it, for `script/screenshots`.

A module here shows one screen; it has a tuple `SCENES`. They are all found by themselves.
"""

from __future__ import annotations

import importlib
import pkgutil

from tests.screens.stage import Scene

_HELPERS = {"stage", "made", "test_pictures"}


def scenes() -> list[Scene]:
    """Return all scenes, module by module."""
    names = sorted(found.name for found in pkgutil.iter_modules(__path__) if found.name not in _HELPERS)
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return [scene for module in modules for scene in getattr(module, "SCENES", ())]
