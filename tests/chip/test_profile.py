from __future__ import annotations

import contextlib
import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationd.chip.profile import Profile, digest
from stationd.chip.profile_file import ProfileError, errors, load
from stationd.chip.profile_rules import violations

PROFILES = Path(__file__).parents[2] / "config/profiles"
TEXT = (PROFILES / "lab-iso7816.toml").read_text()
STEP = r"    \{ do = \"(?P<do>\w+)\".*\n"


def edited(old: str, new: str) -> str:
    assert old in TEXT
    return TEXT.replace(old, new, 1)


def refusal(text: str) -> ProfileError:
    with pytest.raises(ProfileError) as error:
        load(text)
    return error.value


@pytest.mark.parametrize("path", sorted(PROFILES.glob("*.toml")), ids=lambda path: path.stem)
def test_what_is_shipped_is_sound(path: Path) -> None:
    profile = load(path.read_text())
    assert profile.id == path.stem
    assert list(violations(profile)) == []


def test_the_digest_is_of_what_is_said() -> None:
    profile = load(TEXT)
    assert digest(load("# a remark\n" + TEXT.replace(" = ", "="))) == digest(profile)
    assert digest(load(edited("max_size = 2048", "max_size = 2047"))) != digest(profile)
    assert re.fullmatch(r"[0-9a-f]{64}", digest(profile))


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        ("[limits]", "[limits]\ncolour = 1", "limits.colour", "unknown field"),
        ("[objects.photo]", "[objects.photo]\ncolour = 1", "objects.photo.colour", "unknown field"),
        ("version = 2\n", "", "", "missing required field `version`"),
        ("format = 1", "format = 2", "format", "Invalid enum value"),
        ('kind = "plain"', 'kind = "wish"', "channel.kind", "Invalid value 'wish'"),
        ('kind = "plain"', 'kind = "scp03"', "channel", "missing required field `level`"),
        ("size = 16", "size = 4", "identity.size", ">= 8"),
        ('aid = "F04C', 'aid = "f04C', "application.aid", "regex"),
        ("memory = 14336", "memory = 9000", "objects.signature.max_size", "too large"),
        ("max_size = 6144", "max_size = 32769", "objects.photo.max_size", "<= 32768"),
        ("max_command_data = 240", "max_command_data = 256", "limits.max_command_data", "carries 255"),
        ("max_response_data = 240", "max_response_data = 257", "limits.max_response_data", "256 bytes"),
        ('file = "0103"', 'file = "0102"', "objects.photo.file", "already that of biodata"),
        ('file = "0102"', 'file = "0101"', "objects.biodata.file", "already that of identity"),
        ('locked = ["04"]', 'locked = ["03"]', "life_cycle.locked[0]", "already has a meaning"),
        ('do = "lock"', 'do = "loock"', "personalisation.steps[19].do", "loock"),
        ('command = "00040000"', 'command = "000400"', "personalisation.steps[19].command", ""),
        ('command = "00440000"', 'command = "004400000201"', "activation.steps[2].command", ""),
        ('object = "photo"', 'object = "iris"', "personalisation.steps[6].object", "no object iris"),
        ('do = "select", state = "open"', 'do = "select", state = "active"', "personalisation.steps[0].state", "open"),
        (
            'do = "update_binary", object = "photo"',
            'do = "update_binary", chunk = 241, object = "photo"',
            "personalisation.steps[7].chunk",
            "max_command_data is 240",
        ),
        (
            'do = "verify_readback", object = "photo"',
            'do = "verify_readback", chunk = 241, object = "photo"',
            "personalisation.steps[15].chunk",
            "max_response_data is 240",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_with_its_place(old: str, new: str, key: str, reason: str) -> None:
    text = edited(old, new)
    error = refusal(text)
    assert (error.key, reason in error.reason) == (key, True), error
    if key:
        # The line is the one that was edited.
        named = key.rpartition(".")[2].partition("[")[0]
        assert named in text.splitlines()[error.line - 1]
        assert str(error).startswith(f"line {error.line}: {key}: ")


def test_a_text_that_is_no_toml_is_refused_with_its_line() -> None:
    assert refusal(edited("format = 1", "format = ")).line == 5
    assert refusal("a = [1,\n").line >= 1


def steps_of(text: str) -> list[str]:
    return [match[0] for match in re.finditer(STEP, text)]


def with_steps(steps: list[str]) -> str:
    head = TEXT[: TEXT.index("[personalisation]")]
    first_of_activation = 21
    return (
        f"{head}[personalisation]\nsteps = [\n{''.join(steps[:first_of_activation])}]\n"
        f"[activation]\nsteps = [\n{''.join(steps[first_of_activation:])}]\n"
    )


ORDERED = steps_of(TEXT)


def test_the_steps_of_the_lab_card_are_taken_apart_right() -> None:
    assert len(ORDERED) == 25
    assert digest(load(with_steps(ORDERED))) == digest(load(TEXT))


@given(st.integers(0, len(ORDERED) - 1), st.integers(0, len(ORDERED) - 1))
def test_no_two_steps_may_change_places_but_those_of_different_objects(first: int, second: int) -> None:
    steps = list(ORDERED)
    steps[first], steps[second] = steps[second], steps[first]
    with contextlib.suppress(ProfileError):
        assert in_order(load(with_steps(steps)))


def in_order(profile: Profile) -> bool:
    """The rules of docs/profiles.md, said once more in another way."""
    flat = [(type(step).__name__, getattr(step, "object", "")) for step in profile.personalisation.steps]
    before_lock = flat[: flat.index(("Lock", ""))]
    return (
        [name for name, _ in flat[len(before_lock) :]] == ["Lock", "Select"]
        and flat[0][0] == "Select"
        and [name for name, _ in flat[1:4]] == ["Create", "UpdateBinary", "VerifyReadback"]
        and all(
            [name for name, of in before_lock if of == thing] == ["Create", "UpdateBinary", "VerifyReadback"]
            for thing in ("identity", *profile.objects)
        )
        and [type(step).__name__[0] for step in profile.activation.steps] == ["S", "V", "A", "S"]
    )


@given(st.integers(0, len(ORDERED) - 1))
def test_no_step_may_be_left_out(place: int) -> None:
    steps = [*ORDERED[:place], *ORDERED[place + 1 :]]
    if place < 21:
        steps.insert(20, "")
    assert refusal(with_steps(steps)).line > 1


@given(st.integers(0, len(ORDERED) - 1))
def test_no_step_may_be_done_twice_but_select(place: int) -> None:
    text = with_steps([*ORDERED[:place], ORDERED[place] * 2, *ORDERED[place + 1 :]])
    if '"select"' in ORDERED[place] or place == 22:  # reading the identity twice harms nothing
        load(text)
    else:
        assert "second time" in refusal(text).reason or "after" in refusal(text).reason


def test_a_profile_says_nothing_that_its_file_does_not() -> None:
    profile = load(TEXT)
    assert msgspec.convert(msgspec.to_builtins(profile), Profile) == profile


def test_every_error_is_told_with_its_line() -> None:
    wrong = {
        "colour = 1": "unknown field `colour`",
        "size = 4": ">= 8",
        'kind = "tag"': "Invalid enum value",
        'file = "01G3"': "regex",
        'do = "loock"': "loock",
        'accept = ["90"]': "regex",
        'answer = "x"': "Invalid enum value",
    }
    text = (
        edited("[limits]", "[limits]\ncolour = 1")
        .replace('answer = "fcp"', 'answer = "x"')
        .replace("size = 16", "size = 4")
        .replace('kind = "attempt-tag"', 'kind = "tag"')
        .replace('file = "0103"', 'file = "01G3"')
        .replace('do = "lock"', 'do = "loock"')
        .replace('"photo", accept = ["9000"]', '"photo", accept = ["90"]', 1)
    )
    found = errors(text)
    lines = text.splitlines()
    assert len(found) == len(wrong)
    assert [error.line for error in found] == sorted(error.line for error in found)
    for put, reason in wrong.items():
        assert any(put in lines[error.line - 1] and reason in error.reason for error in found), (put, found)


def test_every_broken_rule_is_told_with_its_line() -> None:
    text = edited("memory = 14336", "memory = 9000").replace('locked = ["04"]', 'locked = ["03"]')
    assert [error.key for error in errors(text)] == ["objects.signature.max_size", "life_cycle.locked[0]"]
    assert errors(TEXT) == []
    assert errors("a = [") != []
    assert "missing required field `level`" in errors(edited('kind = "plain"', 'kind = "scp03"'))[0].reason


@given(st.data())
def test_what_loads_has_no_errors_and_the_other_way_round(data: st.DataObject) -> None:
    lines = TEXT.splitlines(keepends=True)
    places = [place for place, line in enumerate(lines) if "=" in line]
    for place in data.draw(st.lists(st.sampled_from(places), max_size=3, unique=True)):
        lines[place] = data.draw(st.sampled_from(["", "x = 1\n", lines[place].replace("=", '= "q" #', 1)]))
    text = "".join(lines)
    refused = None
    try:
        load(text)
    except ProfileError as error:
        refused = error
    assert (refused is None) is (errors(text) == [])


GP = (PROFILES / "lab-gp-scp03.toml").read_text()
SAM = (PROFILES / "lab-sam.toml").read_text()


@pytest.mark.parametrize(
    ("text", "old", "new", "key", "reason"),
    [
        (GP, 'level = "33"', 'level = "32"', "channel.level", "Invalid enum value"),
        (GP, 'mode = "S8"', 'mode = "S9"', "channel.mode", "Invalid enum value"),
        (GP, 'keys = "lab-gp"', 'keys = "404142"', "channel.keys", "regex"),
        (GP, 'keys = "lab-gp"', 'key = "lab-gp"', "channel.key", "unknown field"),
        (GP, "max_command_data = 255", "max_command_data = 30", "limits.max_command_data", "leaves 15 bytes"),
        (GP, "max_response_data = 256", "max_response_data = 8", "limits.max_response_data", "leaves nothing"),
        (GP, 'dgi = "0103"', 'dgi = "0102"', "objects.photo.dgi", "already that of biodata"),
        (GP, 'dgi = "0103"\n', "", "personalisation.steps[4].object", "photo has no dgi"),
        (
            GP,
            'do = "verify_readback", object = "photo"',
            'do = "verify_readback", chunk = 100, object = "photo"',
            "personalisation.steps[9].chunk",
            "as long as it can be",
        ),
        (
            GP,
            'do = "store_data", object = "photo"',
            'do = "store_data", chunk = 20, object = "photo"',
            "personalisation.steps[4]",
            "more than 256 blocks",
        ),
        (
            GP,
            'do = "store_data", object = "photo"',
            'do = "store_data", chunk = 4, object = "photo"',
            "personalisation.steps[4].chunk",
            "first block takes 5",
        ),
        (
            GP,
            '{ do = "store_data", object = "photo"',
            '{ do = "create", object = "photo", accept = ["9000"] },\n    { do = "store_data", object = "photo"',
            "personalisation.steps[5]",
            "store_data of photo after its create",
        ),
        (SAM, 'length = "short"', 'length = "extended"', "limits.length", "short APDUs only"),
        (SAM, "max_response_data = 255", "max_response_data = 256", "limits.max_response_data", "unwraps 255"),
        (SAM, 'sam = "F04C', 'sam = "G04C', "channel.sam", "regex"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_channel_is_refused_with_its_place(
    text: str, old: str, new: str, key: str, reason: str
) -> None:
    assert old in text
    error = refusal(text.replace(old, new, 1))
    assert (error.key, reason in error.reason) == (key, True), error
