"""A machine's calibration moves its panels and bends its half tones, and nothing else."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pixels

from drivers.printer import Image, Panel, Raster
from stationd import artwork
from stationd.artwork.calibrate import calibrated, curve
from stationd.artwork.errors import RasterUnfit
from stationd.model.calibration import FARTHEST, NONE, PANELS, Calibration
from stationd.store.calibrations import NAME, Calibrations, CalibrationsDamaged

WIDTH, HEIGHT, DPI = 40, 30, 254  # ten pixels to a millimetre
YMCK = frozenset({Panel.YELLOW, Panel.MAGENTA, Panel.CYAN, Panel.BLACK})


def dot(x: int, y: int, level: int = 128) -> Image:
    plane = Pixels.new("L", (WIDTH, HEIGHT))
    plane.putpixel((x, y), level)
    return Image(WIDTH, HEIGHT, {Panel.CYAN: plane.tobytes(), Panel.BLACK: plane.tobytes()})


def found(image: Image, panel: Panel) -> tuple[int, int, int]:
    plane = Pixels.frombytes("L", (image.width, image.height), image.panels[panel])
    box = plane.getbbox()
    assert box is not None
    level = plane.getpixel(box[:2])
    assert isinstance(level, int)
    return box[0], box[1], level


@given(st.integers(5, 34), st.integers(5, 24), st.integers(-5, 5), st.integers(-5, 5))
def test_ink_is_moved_right_and_down_by_millimetres(x: int, y: int, right: int, down: int) -> None:
    moved = calibrated(dot(x, y), DPI, Calibration(right / 10, down / 10))
    for panel in moved.panels:
        assert found(moved, panel) == (x + right, y + down, 128)


@pytest.mark.parametrize(("right", "down"), [(-1.1, 0.0), (3.0, 0.0), (0.0, -1.1), (0.0, 2.0)])
def test_ink_that_would_be_moved_off_is_refused(right: float, down: float) -> None:
    with pytest.raises(RasterUnfit):
        calibrated(dot(10, 10), DPI, Calibration(right, down))


@given(st.floats(0.25, 4.0), st.integers(0, 255))
def test_a_curve_keeps_none_and_full_and_the_order_between(gamma: float, level: int) -> None:
    bent = curve(gamma)
    assert (bent[0], bent[255], len(bent)) == (0, 255, 256)
    assert list(bent) == sorted(bent)
    assert bent[level] <= level if gamma >= 1 else bent[level] >= level


def test_only_the_panel_that_is_named_is_bent() -> None:
    bent = calibrated(dot(3, 4), DPI, Calibration(gamma={"cyan": 2.0}))
    assert found(bent, Panel.CYAN) == (3, 4, 64)
    assert found(bent, Panel.BLACK) == (3, 4, 128)


def test_without_a_calibration_nothing_is_touched() -> None:
    image = dot(1, 1)
    assert calibrated(image, DPI, NONE) is image


# --- the test print ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("width", "height", "dpi"),
    [(1011, 638, 300), (1016, 642, 300), (1016, 648, 300), (1036, 664, 300), (2072, 1328, 600)],
)
def test_the_pattern_fits_every_machine_and_uses_every_panel(width: int, height: int, dpi: int) -> None:
    image = artwork.trial_pattern(Raster(width, height, dpi, YMCK), ["XID8600 A1", "x +0.2 mm"])
    assert set(image.panels) == YMCK
    for panel, plane in image.panels.items():
        assert len(plane) == width * height
        assert max(plane) == 255, panel
    assert len(set(image.panels[Panel.CYAN])) >= 11, "the steps of a wedge"


def test_the_pattern_is_moved_as_a_card_is() -> None:
    raster = Raster(1036, 664, 300, YMCK)
    plain, moved = (artwork.trial_pattern(raster, [], c) for c in (NONE, Calibration(x=0.5, y=-0.25)))
    boxes = [Pixels.frombytes("L", (1036, 664), image.panels[Panel.BLACK]).getbbox() for image in (plain, moved)]
    assert boxes[0] is not None
    assert boxes[1] == tuple(edge + shift for edge, shift in zip(boxes[0], (6, -3, 6, -3), strict=True))


# --- what is kept -----------------------------------------------------------------------------------------------------

CALIBRATIONS = st.builds(
    Calibration,
    x=st.floats(-FARTHEST, FARTHEST),
    y=st.floats(-FARTHEST, FARTHEST),
    gamma=st.dictionaries(st.sampled_from(PANELS), st.floats(0.25, 4.0)),
)


@given(kept=st.dictionaries(st.text(min_size=1, max_size=20), CALIBRATIONS, max_size=4))
def test_what_is_set_is_kept_by_serial_number(
    tmp_path_factory: pytest.TempPathFactory, kept: dict[str, Calibration]
) -> None:
    folder = tmp_path_factory.mktemp("data")
    for serial, calibration in kept.items():
        Calibrations(folder).set(serial, calibration)
    again = Calibrations(folder)
    assert again.all() == {serial: calibration for serial, calibration in kept.items() if calibration != NONE}
    for serial, calibration in kept.items():
        assert again.of(serial) == calibration
        again.set(serial, NONE)
    assert Calibrations(folder).all() == {}


@pytest.mark.parametrize("content", ["{", '{"A1": {"x": 99}}', '{"A1": {"gamma": {"pink": 1}}}', '{"A1": {"z": 1}}'])
def test_a_file_that_is_none_is_said_to_be_none(tmp_path: Path, content: str) -> None:
    (tmp_path / NAME).write_text(content)
    with pytest.raises(CalibrationsDamaged) as raised:
        Calibrations(tmp_path).of("A1")
    assert NAME in str(raised.value)


def test_a_shift_that_no_machine_needs_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"x": FARTHEST + 0.1}, Calibration)
