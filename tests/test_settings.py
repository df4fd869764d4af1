"""A wrong station.toml is refused with the key, the value and what is expected."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationd.settings import SettingsWrong, load

GOOD = """
[station]
id = "kec-7316010"
kecamatan = "73.16.01"
data = "data"

[api]
socket = "/run/stationd/api.sock"
users = [1000]

[registry]
url = "https://127.0.0.1:8443"

[folders]
layouts = "layouts"
profiles = "profiles"

[[line]]
name = "line-1"
printer = { driver = "matica_xid", address = "usb:2166:701d" }
encoder = { driver = "pcsc", address = "pcsc:Reader 00 00" }
"""


def write(folder: Path, text: str) -> Path:
    file = folder / "station.toml"
    file.write_text(text)
    for name in ("layouts", "profiles"):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "one.toml").touch()
    return file


def test_good_settings_are_read_and_paths_stand_beside_the_file(tmp_path: Path) -> None:
    settings = load(write(tmp_path, GOOD))
    assert settings.station.data == tmp_path / "data"
    assert settings.api.socket == Path("/run/stationd/api.sock")
    assert settings.line[0].film_beside_chip is False


@pytest.mark.parametrize(
    ("old", "new", "key", "value", "expected"),
    [
        ('id = "kec-7316010"', "id = 7", "station.id", "7", "str"),
        ('"73.16.01"', '"7316"', "station.kecamatan", "'7316'", "such as 73.16.02"),
        ('"kec-7316010"', '"kec 7"', "station.id", "'kec 7'", "such as kec-731602"),
        ('"line-1"', '"line 1"', "line[0].name", "'line 1'", "such as line-1"),
        ("1000", '"budi"', "api.users[0]", "'budi'", "int"),
        ("users = [1000]", 'officers = { 1000 = "op-1" }', "api.officers", "{'1000': 'op-1'}", "users = [1000]"),
        ("users", "idle_lock = 5\nusers", "api.idle_lock", "5", ">= 30"),
        ("[registry]", 'socket = "x"\n[registry]', "api.socket", "", "TOML"),
        ("[folders]", "[api]\n[folders]", "api", "", "TOML"),
        ('"https://127.0.0.1:8443"', '"http://127.0.0.1"', "registry.url", "'http://127.0.0.1'", "such as https://"),
        ("[registry]", "[registry]\njobs = 0", "registry.jobs", "0", ">= 1"),
        ("[registry]", "[registry]\njosb = 5", "registry.josb", "5", "no such key"),
        ('socket = "/run/stationd/api.sock"', "", "api.socket", "", "this key to be there"),
        ('driver = "matica_xid"', 'driver = ""', "line[0].printer.driver", "''", "length >= 1"),
        ('layouts = "layouts"', "layouts = true", "folders.layouts", "True", "path"),
        ("[api]", "[api", "", "", "TOML"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, key: str, value: str, expected: str) -> None:
    assert old in GOOD
    with pytest.raises(SettingsWrong) as caught:
        load(write(tmp_path, GOOD.replace(old, new)))
    assert (caught.value.key, caught.value.value) == (key, value)
    assert expected in caught.value.expected
    assert str(tmp_path) in str(caught.value)


def test_two_lines_cannot_share_a_name_or_a_device(tmp_path: Path) -> None:
    line = GOOD[GOOD.index("[[line]]") :]
    with pytest.raises(SettingsWrong, match=r"line\[1\].name is 'line-1'; expected a name that no other line has"):
        load(write(tmp_path, GOOD + line))
    with pytest.raises(SettingsWrong, match=r"line\[1\].printer.address"):
        load(write(tmp_path, GOOD + line.replace("line-1", "line-2")))


SAM = 'address = "pcsc:Reader 00 00"', 'address = "pcsc:Reader 00 00", sam = { driver = "pcsc", address = "%s" }'
DESK = '[desk]\ndriver = "pcsc"\naddress = "pcsc:Desk 00 00"\nsam = { driver = "pcsc", address = "pcsc:Desk 00 01" }\n'


def test_a_reader_has_its_sam_in_another_slot(tmp_path: Path) -> None:
    text = GOOD.replace(SAM[0], SAM[1] % "pcsc:Reader 00 01") + DESK
    settings = load(write(tmp_path, text))
    encoder = settings.line[0].encoder
    assert encoder is not None
    assert encoder.sam is not None
    assert encoder.sam.address == "pcsc:Reader 00 01"


@pytest.mark.parametrize("taken", ["pcsc:Reader 00 00", "pcsc:Desk 00 00", "pcsc:Desk 00 01"])
def test_a_slot_that_has_another_use_holds_no_sam(tmp_path: Path, taken: str) -> None:
    with pytest.raises(SettingsWrong, match=r"sam\.address is .* expected a slot of its own"):
        load(write(tmp_path, GOOD.replace(SAM[0], SAM[1] % taken) + DESK))


def test_a_line_has_not_the_desk_s_reader_whatever_its_sam(tmp_path: Path) -> None:
    desk = DESK.replace("Desk 00 00", "Reader 00 00")
    with pytest.raises(SettingsWrong, match=r"line\[0\]\.encoder\.address .* than the one on the desk"):
        load(write(tmp_path, GOOD + desk))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("pcsc:Reader 00 00", "pcsc:READER  00 00 "),
        ("pcsc:Reader?serial=A1&slot=0", "pcsc:reader?slot=0&serial=a1"),
        ("pcsc:Two Slots?usb=1-1.4", "pcsc:Two%20Slots?usb=1-1.4"),
    ],
)
def test_one_reader_is_found_twice_however_it_is_written(tmp_path: Path, one: str, other: str) -> None:
    text = GOOD.replace("pcsc:Reader 00 00", one) + DESK.replace("pcsc:Desk 00 00", other)
    with pytest.raises(SettingsWrong, match="than the one on the desk"):
        load(write(tmp_path, text))
    load(write(tmp_path, text.replace(other, "pcsc:Reader?serial=A2&slot=0")))


@pytest.mark.parametrize("name", ["layouts", "profiles"])
def test_a_folder_that_is_missing_or_holds_nothing_is_named(tmp_path: Path, name: str) -> None:
    file = write(tmp_path, GOOD)
    (tmp_path / name / "one.toml").unlink()
    for prepare in (lambda: None, (tmp_path / name).rmdir):
        prepare()
        with pytest.raises(SettingsWrong) as caught:
            load(file)
        assert (caught.value.key, caught.value.value) == (f"folders.{name}", repr(str(tmp_path / name)))


def test_lines_may_repeat_each_others_keys_but_not_their_own(tmp_path: Path) -> None:
    second = (
        GOOD[GOOD.index("[[line]]") :].replace("line-1", "line-2").replace("701d", "701e").replace("00 00", "01 00")
    )
    assert len(load(write(tmp_path, GOOD + second)).line) == 2
    with pytest.raises(SettingsWrong, match=r"line\.name") as caught:
        load(write(tmp_path, GOOD + second + 'name = "line-3"\n'))
    assert caught.value.key == "line.name"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsWrong, match="readable file"):
        load(tmp_path / "none.toml")


@given(st.text(max_size=200))
def test_no_text_crashes_the_reader(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    file = tmp_path_factory.mktemp("settings") / "station.toml"
    file.write_text(text, encoding="utf-8", errors="replace")
    with pytest.raises(SettingsWrong):
        load(file)
