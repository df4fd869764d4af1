from __future__ import annotations

from collections.abc import Callable

import pytest
from PIL import Image as Pixels
from PIL import ImageStat

from drivers.printer import Image, Panel, Raster
from stationd import artwork
from stationd.artwork.errors import RasterUnfit
from stationd.artwork.geometry import card_pixels
from stationd.artwork.layout import Layout
from stationd.artwork.render import Front
from stationd.model.card import CardData

YMC = frozenset({Panel.YELLOW, Panel.MAGENTA, Panel.CYAN})
YMCK = YMC | {Panel.BLACK}
EXACT = (1011, 638)


@pytest.fixture(scope="module")
def front(layout: Layout, citizen: Callable[..., CardData], photo: bytes, signature: bytes) -> Front:
    return artwork.compose(layout, citizen(), photo, signature, 300)


def plane(image: Image, panel: Panel) -> Pixels.Image:
    return Pixels.frombytes("L", (image.width, image.height), image.panels[panel])


def photo_box(front: Front, dx: int = 0, dy: int = 0) -> tuple[int, int, int, int]:
    x, y = front.at[0] + dx, front.at[1] + dy
    return x, y, x + front.picture.width, y + front.picture.height


def test_black_is_text_alone_and_colour_is_photo_alone(front: Front) -> None:
    image = artwork.panels(front, Raster(*EXACT, 300, YMCK))
    assert set(image.panels) == YMCK
    assert {len(panel) for panel in image.panels.values()} == {EXACT[0] * EXACT[1]}
    assert plane(image, Panel.BLACK).tobytes() == front.black.tobytes()
    assert plane(image, Panel.BLACK).crop(photo_box(front)).getbbox() is None
    for panel in YMC:
        inked = plane(image, panel).getbbox()
        assert inked is not None
        box = photo_box(front)
        assert box[0] <= inked[0] <= inked[2] <= box[2]
        assert box[1] <= inked[1] <= inked[3] <= box[3]


def test_a_red_background_is_yellow_and_magenta_and_no_cyan(front: Front) -> None:
    image = artwork.panels(front, Raster(*EXACT, 300, YMCK))
    x, y, right, _ = photo_box(front)
    strip = (x, y, right, y + 10)
    cyan, magenta, yellow = (
        ImageStat.Stat(plane(image, panel).crop(strip)).mean[0] for panel in (Panel.CYAN, Panel.MAGENTA, Panel.YELLOW)
    )
    assert cyan < 80
    assert magenta > 200
    assert yellow > 200


def test_the_panels_put_together_again_are_the_picture(front: Front) -> None:
    image = artwork.panels(front, Raster(*EXACT, 300, YMCK))
    channels = [
        plane(image, panel).crop(photo_box(front)).point(lambda ink: 255 - ink)
        for panel in (Panel.CYAN, Panel.MAGENTA, Panel.YELLOW)
    ]
    assert Pixels.merge("RGB", channels).tobytes() == front.picture.tobytes()


def test_without_a_black_panel_text_is_mixed_of_the_three_colours(front: Front) -> None:
    image = artwork.panels(front, Raster(*EXACT, 300, YMC))
    assert set(image.panels) == YMC
    for panel in YMC:
        seen = plane(image, panel)
        seen.paste(0, photo_box(front))
        assert seen.tobytes() == front.black.tobytes()


@pytest.mark.parametrize("panels", [YMC, YMCK])
def test_on_an_over_the_edge_raster_the_card_lies_centred_and_the_bleed_has_no_ink(
    front: Front, panels: frozenset[Panel]
) -> None:
    exact = artwork.panels(front, Raster(*EXACT, 300, panels))
    wide = artwork.panels(front, Raster(1051, 678, 300, panels))
    for panel in panels:
        seen = plane(wide, panel)
        assert seen.crop((20, 20, 1031, 658)).tobytes() == exact.panels[panel]
        seen.paste(0, (20, 20, 1031, 658))
        assert seen.getbbox() is None


def test_a_600_dpi_retransfer_raster_is_filled(
    layout: Layout, citizen: Callable[..., CardData], photo: bytes, signature: bytes
) -> None:
    front = artwork.compose(layout, citizen(), photo, signature, 600)
    image = artwork.panels(front, Raster(2072, 1328, 600, YMCK))
    width, height = card_pixels(600)
    assert {len(panel) for panel in image.panels.values()} == {2072 * 1328}
    inked = plane(image, Panel.BLACK).getbbox()
    assert inked is not None
    left, upper = (2072 - width) // 2, (1328 - height) // 2
    assert left < inked[0] < inked[2] < left + width
    assert upper < inked[1] < inked[3] < upper + height


def test_a_raster_a_little_smaller_than_the_card_loses_margin_and_no_ink(front: Front) -> None:
    exact = artwork.panels(front, Raster(*EXACT, 300, YMCK))
    small = artwork.panels(front, Raster(1005, 630, 300, YMCK))
    for panel in YMCK:
        assert sum(small.panels[panel]) == sum(exact.panels[panel])


@pytest.mark.parametrize(
    ("raster", "why"),
    [
        (Raster(920, 638, 300, YMCK), "920 × 638 pixels would cut off ink"),
        (Raster(1011, 560, 300, YMCK), "cut off ink"),
        (Raster(2022, 1275, 600, YMCK), "at 600 dpi, the card was drawn at 300"),
        (Raster(*EXACT, 300, frozenset({Panel.BLACK})), "no cyan and no magenta and no yellow"),
        (Raster(*EXACT, 300, YMCK - {Panel.CYAN}), "no cyan panel"),
    ],
)
def test_a_raster_that_cannot_take_the_card_is_refused(front: Front, raster: Raster, why: str) -> None:
    with pytest.raises(RasterUnfit, match=why):
        artwork.panels(front, raster)


def test_overcoat_and_uv_are_left_to_the_driver(front: Front) -> None:
    image = artwork.panels(front, Raster(*EXACT, 300, YMCK | {Panel.OVERCOAT, Panel.UV}))
    assert set(image.panels) == YMCK
