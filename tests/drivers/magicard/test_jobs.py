"""What a card's job asks the machine for."""

import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.magicard import jobs, planes
from drivers.magicard.protocol import parse_reply
from drivers.printer import Image, Panel
from tests.drivers.magicard.usb_backend import information

SIZE = 1016 * 642
MACHINE = parse_reply(information())
BLANK = bytes(SIZE)


def composed(panels, machine=MACHINE):
    return b"".join(jobs.compose(Image(1016, 642, panels), machine, 0x5362BAB5))


def header(job):
    assert job.startswith(b"\x05" * 64 + b"\x01,NOC1,")
    return job[66 : job.index(b"\x1c")].decode().split(",")


def area(job):
    match = re.search(rb"OVRON,PCT(\d+),(\d+),(\d+),(\d+)[,\x1c]", job)
    return None if match is None else tuple(int(corner) for corner in match.groups())


class TestHeader:
    def test_a_card_in_four_inks(self):
        job = composed(dict.fromkeys((Panel.YELLOW, Panel.MAGENTA, Panel.CYAN, Panel.BLACK), BLANK))
        commands = header(job)
        assert commands[0] == "NOC1"
        assert {"VER1.0-1.12", "TDT5362BAB5", "KGE2", "DPXOFF", "PAG1", "WID1016", "HGT642", "OVRON"} <= set(commands)
        assert commands[-4:] == ["SZB585216", "SZG585216", "SZR585216", "SZK97536"]
        assert "IMFBGRK" in commands
        assert "USFOFF" in commands
        assert area(job) == (0, 0, 1015, 641)

    def test_planes_stand_in_their_order_each_behind_its_size(self):
        ink = {Panel.CYAN: b"\x10" * SIZE, Panel.YELLOW: b"\x40" * SIZE, Panel.BLACK: b"\xff" * SIZE}
        image = composed(ink).split(b"\x1c", 1)[1]
        for panel, letter in ((Panel.YELLOW, b"B"), (Panel.MAGENTA, b"G"), (Panel.CYAN, b"R")):
            plane = planes.colour_plane(ink.get(panel, BLANK), 50)
            assert image.startswith(plane + b"\x1c" + letter + b":")
            image = image[len(plane) + 3 :]
        assert image == planes.black_plane(ink[Panel.BLACK], 50) + b"\x1cK:\x03"

    def test_black_alone_and_colour_alone(self):
        assert "IMFK" in header(composed({Panel.BLACK: BLANK}))
        colours = header(composed({Panel.MAGENTA: BLANK}))
        assert "IMFBGR" in colours
        assert not any(command.startswith("SZK") for command in colours)

    @pytest.mark.parametrize(
        ("kind", "head"), [("0", "KGE2"), ("1", "KEE1"), ("2", "KEE4"), ("9", "KGE2"), ("", "KGE2")]
    )
    def test_the_head_is_named(self, kind, head):
        assert head in header(composed({Panel.BLACK: BLANK}, parse_reply(information(f2=kind))))

    def test_the_heads_position_moves_the_picture(self):
        moved = parse_reply(information(f16="40"))
        assert composed({Panel.BLACK: b"\xff" * SIZE}, moved) != composed({Panel.BLACK: b"\xff" * SIZE})


class TestOvercoat:
    @settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.integers(0, 1015), st.integers(0, 641), st.data())
    def test_a_rectangle_is_told_by_its_corners_from_the_bottom_left(self, left, top, data):
        right, bottom = data.draw(st.integers(left, 1015)), data.draw(st.integers(top, 641))
        row = bytes(left) + b"\xff" * (right - left + 1) + bytes(1015 - right)
        panel = bytes(1016 * top) + row * (bottom - top + 1) + bytes(1016 * (641 - bottom))
        job = composed({Panel.BLACK: BLANK, Panel.OVERCOAT: panel})
        assert area(job) == (left, 641 - bottom, right, 641 - top)

    def test_none_at_all(self):
        assert "OVROFF" in header(composed({Panel.BLACK: BLANK, Panel.OVERCOAT: BLANK}))

    def test_another_shape_is_refused(self):
        with pytest.raises(jobs.Unfit):
            composed({Panel.BLACK: BLANK, Panel.OVERCOAT: b"\xff" + bytes(SIZE - 2) + b"\xff"})


class TestUnfit:
    @pytest.mark.parametrize(
        "image",
        [
            Image(1015, 642, {Panel.BLACK: BLANK}),
            Image(642, 1016, {Panel.BLACK: BLANK}),
            Image(1016, 642, {}),
            Image(1016, 642, {Panel.OVERCOAT: BLANK}),
            Image(1016, 642, {Panel.BLACK: BLANK[:-1]}),
            Image(1016, 642, {Panel.BLACK: BLANK, Panel.UV: BLANK}),
        ],
    )
    def test_what_the_machine_does_not_take(self, image):
        with pytest.raises(jobs.Unfit):
            jobs.compose(image, MACHINE, 0)

    def test_is_not_made_ready_either(self):
        image = Image(642, 1016, {Panel.BLACK: BLANK})
        assert jobs.ready(image, 50) is image


class TestReady:
    INK = st.dictionaries(
        st.sampled_from(sorted(jobs.PANELS - {Panel.OVERCOAT})), st.binary(min_size=1, max_size=7), min_size=1
    )

    @given(ink=INK, prepared=st.integers(35, 65), told=st.integers(35, 65))
    @settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_what_was_made_ready_prints_the_same(self, ink, prepared, told):
        image = Image(1016, 642, {panel: (seed * SIZE)[:SIZE] for panel, seed in ink.items()})
        machine = replace(MACHINE, head_position=told)
        assert jobs.compose(jobs.ready(image, prepared), machine, 7) == jobs.compose(image, machine, 7)

    def test_nothing_is_worked_out_twice(self, monkeypatch):
        ready = jobs.ready(Image(1016, 642, {Panel.CYAN: BLANK, Panel.BLACK: BLANK}), MACHINE.head_position)
        monkeypatch.setattr(planes, "colour_plane", None)
        monkeypatch.setattr(planes, "black_plane", None)
        assert len(jobs.compose(ready, MACHINE, 7)) == 10
