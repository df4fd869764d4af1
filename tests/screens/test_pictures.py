"""What stands in docs/screens is what the scenes show: each picture has its scene, and each scene its pictures."""

from __future__ import annotations

import re
from pathlib import Path

from PIL import Image

from tests.rig.settings import ROOT
from tests.screens import made, scenes
from tests.screens.stage import ENGLISH, LARGE, Scene

FOLDER = ROOT / "docs" / "screens"
FILES = [name for scene in scenes() for name in scene.files]
LARGEST = 250_000
"""Bytes of one picture: all of them are fetched with the code."""


def test_each_picture_has_its_scene_and_each_scene_its_pictures() -> None:
    assert sorted(FILES) == sorted(path.name for path in FOLDER.glob("*.png"))
    assert len(FILES) == len(set(FILES))


def test_every_picture_is_as_the_script_made_it_and_small() -> None:
    kept = made.read(FOLDER)
    assert sorted(kept) == sorted(FILES)
    for name in FILES:
        path = FOLDER / name
        assert made.picture(path) == kept[name].picture, f"{name}: make it with script/screenshots"
        assert path.stat().st_size <= LARGEST
        with Image.open(path) as image:
            assert image.size == (1366, 768)


def test_five_screens_at_least_are_shown_large_and_in_english() -> None:
    for variant in (LARGE, ENGLISH):
        assert sum(name.endswith(f"{variant.suffix}.png") for name in FILES) >= 5


def test_pictures_that_pages_show_are_there() -> None:
    for page in (ROOT / "docs").glob("*.md"):
        for name in re.findall(r"\(screens/([^)]+)\)", page.read_text()):
            assert name in FILES, (page.name, name)


def test_what_was_made_of_another_window_is_named(tmp_path: Path) -> None:
    one, two = Scene("one", variants=(ENGLISH,)), Scene("two")
    for name in (*one.files, *two.files):
        (tmp_path / name).write_bytes(name.encode())
    made.keep(tmp_path, one, made.window())
    made.keep(tmp_path, two, "as it was")
    assert made.stale(tmp_path, (one, two, Scene("three"))) == ["two.png", "three.png"]
    made.keep(tmp_path, two, made.window())
    assert made.stale(tmp_path, (one, two)) == []
    (tmp_path / "one.png").unlink()
    made.keep(tmp_path, two, made.window())
    assert made.stale(tmp_path, (one, two)) == ["one.png"]
