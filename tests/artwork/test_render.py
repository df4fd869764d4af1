from __future__ import annotations

import gc
import io
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from stationd import artwork
from stationd.artwork.arrange import arrange
from stationd.artwork.errors import BadPicture, CannotFit, FontMissing
from stationd.artwork.fonts import typefaces
from stationd.artwork.geometry import Box, card_pixels
from stationd.artwork.layout import Layout, parse
from stationd.artwork.render import Front
from stationd.model.card import CardData

DPIS = [300, 600]
Draw = Callable[[CardData, int], Front]


@pytest.fixture
def draw(layout: Layout, photo: bytes, signature: bytes) -> Draw:
    return lambda card, dpi: artwork.compose(layout, card, photo, signature, dpi)


def region(box: Box, dpi: int, image: Image.Image) -> tuple[int, int, int, int]:
    """A box in pixels, and one pixel around it for rounding."""
    left, upper, right, lower = box.pixels(dpi)
    return max(0, left - 1), max(0, upper - 1), min(image.width, right + 1), min(image.height, lower + 1)


@pytest.mark.parametrize("dpi", DPIS)
def test_every_text_has_ink_in_its_box_and_no_ink_lies_elsewhere(
    layout: Layout, longest: CardData, draw: Draw, dpi: int
) -> None:
    black = draw(longest, dpi).black.copy()
    assert black.size == card_pixels(dpi)
    for text in arrange(layout, longest, typefaces(layout)):
        here = region(text.box, dpi, black)
        assert black.crop(here).getbbox() is not None, text.name
    for text in arrange(layout, longest, typefaces(layout)):
        black.paste(0, region(text.box, dpi, black))
    assert black.getbbox() is not None
    black.paste(0, layout.signature.box.pixels(dpi))
    assert black.getbbox() is None


@pytest.mark.parametrize("dpi", DPIS)
def test_the_photo_fills_its_box_and_black_keeps_out_of_it(
    layout: Layout, longest: CardData, draw: Draw, dpi: int
) -> None:
    front = draw(longest, dpi)
    box = layout.photo.box.pixels(dpi)
    assert (*front.at, front.at[0] + front.picture.width, front.at[1] + front.picture.height) == box
    assert front.black.crop(box).getbbox() is None
    red, green, blue = ImageStat.Stat(front.picture.crop((0, 0, front.picture.width, 20))).mean
    assert red > 170
    assert green < 60
    assert blue < 60


def test_both_resolutions_show_the_same_card(longest: CardData, draw: Draw) -> None:
    coarse, fine = draw(longest, 300), draw(longest, 600)
    reduced = fine.black.resize(coarse.black.size, Image.Resampling.BOX)
    assert ImageStat.Stat(ImageChops.difference(reduced, coarse.black)).mean[0] < 2.5
    ink = ImageStat.Stat(coarse.black).mean[0]
    assert ImageStat.Stat(reduced).mean[0] == pytest.approx(ink, rel=0.02)
    small = fine.picture.resize(coarse.picture.size, Image.Resampling.BOX)
    assert max(ImageStat.Stat(ImageChops.difference(small, coarse.picture)).mean) < 3


def test_the_same_card_is_drawn_the_same_twice(citizen: Callable[..., CardData], draw: Draw) -> None:
    one, two = draw(citizen(), 300), draw(citizen(), 300)
    assert one.black.tobytes() == two.black.tobytes()
    assert one.picture.tobytes() == two.picture.tobytes()


def test_lines_of_two_machines_draw_side_by_side(citizen: Callable[..., CardData], draw: Draw) -> None:
    alone = {size: draw(citizen(nama="SITI " * size + "A"), 300).black.tobytes() for size in range(1, 9)}
    with ThreadPoolExecutor(4) as pool:
        together = pool.map(lambda size: draw(citizen(nama="SITI " * size + "A"), 300).black.tobytes(), alone)
        assert dict(zip(alone, together, strict=True)) == alone


def test_another_value_changes_its_own_place_only(layout: Layout, citizen: Callable[..., CardData], draw: Draw) -> None:
    one, two = draw(citizen(agama="ISLAM"), 300).black, draw(citizen(agama="HINDU"), 300).black
    changed = ImageChops.difference(one, two).getbbox()
    assert changed is not None
    (box,) = (text.box for text in arrange(layout, citizen(), typefaces(layout)) if text.name == "agama")
    left, upper, right, lower = region(box, 300, one)
    assert left <= changed[0]
    assert upper <= changed[1]
    assert changed[2] <= right
    assert changed[3] <= lower


def test_check_tells_beforehand_what_compose_would(
    layout: Layout, citizen: Callable[..., CardData], photo: bytes, signature: bytes
) -> None:
    artwork.check(layout, citizen(), photo, signature)
    with pytest.raises(CannotFit):
        artwork.check(layout, citizen(kelurahan="X" * 90), photo, signature)
    with pytest.raises(BadPicture):
        artwork.check(layout, citizen(), photo[: len(photo) // 2], signature)
    with pytest.raises(BadPicture):
        artwork.check(layout, citizen(), photo, photo)


def test_a_font_that_is_not_installed_is_named_with_its_package(layout: Layout) -> None:
    shipped = (Path(__file__).parents[2] / "config/layouts/ktp-el.toml").read_text(encoding="utf-8")
    elsewhere = parse(shipped.replace("/usr/share/fonts", "/nowhere").encode(), "x")
    with pytest.raises(FontMissing) as caught:
        artwork.warm(elsewhere)
    assert caught.value.family == "sans"
    assert caught.value.looked == elsewhere.fonts["sans"].files
    assert "install the package fonts-liberation2" in str(caught.value)


def test_a_font_may_lie_anywhere_and_a_broken_file_is_passed_over(layout: Layout, tmp_path: Path) -> None:
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"no font")
    shipped = (Path(__file__).parents[2] / "config/layouts/ktp-el.toml").read_text(encoding="utf-8")
    first = parse(shipped.replace("files = [", f'files = ["{broken}",').encode(), "x")
    artwork.warm(first)
    only = parse(
        shipped.replace("/usr/share/fonts", str(tmp_path)).replace("files = [", f'files = ["{broken}",').encode(), "x"
    )
    with pytest.raises(FontMissing):
        artwork.warm(only)


def test_the_room_s_door_costs_an_idle_daemon_no_imaging_library() -> None:
    code = (
        "import sys, stationd.artwork, stationd.artwork.layout, stationd.artwork.errors\n"
        "assert not [name for name in sys.modules if name.split('.')[0] == 'PIL']"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_nothing_drawn_is_kept(citizen: Callable[..., CardData], draw: Draw) -> None:
    def held() -> float:
        gc.collect()
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096 / 1e6

    for _ in range(3):
        draw(citizen(), 600)
    before = held()
    for _ in range(20):
        draw(citizen(), 600)
    assert held() - before < 5  # one front alone takes 4 MB
    assert not [kept for kept in gc.get_objects() if isinstance(kept, Front)]


def test_a_front_shows_nothing_of_the_citizen(citizen: Callable[..., CardData], draw: Draw) -> None:
    assert repr(draw(citizen(), 300)) == "Front(dpi=300, at=(746, 120))"


def test_a_preview_is_a_png_of_the_card_on_pale_ground(
    layout: Layout, citizen: Callable[..., CardData], draw: Draw
) -> None:
    front = draw(citizen(), 300)
    with Image.open(io.BytesIO(artwork.preview_png(front))) as seen:
        assert (seen.format, seen.mode, seen.size) == ("PNG", "RGB", card_pixels(300))
        ground = seen.getpixel((2, 2))
        assert isinstance(ground, tuple)
        assert min(ground) > 200
        assert ground != (255, 255, 255)
        assert seen.convert("L").getextrema()[0] == 0
        red, green, _ = ImageStat.Stat(seen.crop((front.at[0], front.at[1], front.at[0] + 60, front.at[1] + 20))).mean
        assert red > green + 80
