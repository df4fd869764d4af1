"""PINs, one-time codes and the lock-out."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationd.model import pins
from stationd.model.pins import FIRST_WAIT, FREE_FAILURES, LONGEST_WAIT, Tries, bad_pin, code_digest, normal, spoken

CODES = st.text(alphabet=pins.ALPHABET, min_size=pins.LETTERS, max_size=pins.LETTERS)


@pytest.mark.parametrize("pin", ["", "12345", "1234567890123", "27182a", "٢٧١٨٢٨", "27 182", "-27182"])
def test_a_pin_is_some_digits(pin: str) -> None:
    assert bad_pin(pin) == "pin-not-digits"


@pytest.mark.parametrize("pin", ["000000", "123456", "890123", "654321", "4444444"])
def test_a_pin_that_anyone_would_try_is_none(pin: str) -> None:
    assert bad_pin(pin) == "pin-too-easy"


@given(st.text(max_size=14))
def test_whatever_is_typed_is_judged(pin: str) -> None:
    assert bad_pin(pin) in {None, "pin-not-digits", "pin-too-easy"}
    assert bad_pin(pin) is not None or pin.isdecimal()


@given(CODES)
def test_a_code_is_the_same_however_it_is_typed(code: str) -> None:
    digest = code_digest("kec-1", "op-1", code)
    typed = spoken(code).lower().replace("1", "l").replace("0", "o").replace("-", " ")
    assert normal(typed) == code
    assert code_digest("kec-1", "op-1", typed) == digest
    assert digest not in {code_digest("kec-2", "op-1", code), code_digest("kec-1", "op-2", code)}


def test_a_codes_digest_is_as_the_page_for_registries_has_it() -> None:
    made = "c161e67589b38e43bb70841e511a6710980308370fee40a2cfbace52836521de"
    assert code_digest("kec-1", "op-1", "0123-4567-89AB-CDEF") == made


@given(st.integers(0, 10_000))
def test_a_wait_grows_to_its_longest_and_never_shrinks(failures: int) -> None:
    wait, after = pins.wait_after(failures), pins.wait_after(failures + 1)
    assert wait <= after <= LONGEST_WAIT
    assert (wait > 0) == (failures >= FREE_FAILURES)
    assert wait == 0 or wait >= FIRST_WAIT


@given(st.lists(st.floats(0, 7200), max_size=60))
def test_who_tries_as_soon_as_it_is_let_gets_few_tries(pauses: list[float]) -> None:
    """However the tries are spread, only so many are let in any time; one that is not let changes nothing."""
    tries, now, let = Tries(), 0.0, []
    for pause in pauses:
        now += pause
        if not tries.wait(now):
            tries = tries.failed(now)
            let.append(now)
    assert tries.failures == len(let)
    for number, (earlier, later) in enumerate(pairwise(let), 1):
        assert later - earlier >= pins.wait_after(number) - 1e-6


@given(st.integers(0, 100), st.floats(0, 1e9))
def test_a_start_gives_no_new_tries(failures: int, now: float) -> None:
    again = Tries.remembered(failures, now)
    assert (again.failures, again.wait(now)) == (failures, pytest.approx(pins.wait_after(failures), abs=1e-3))
