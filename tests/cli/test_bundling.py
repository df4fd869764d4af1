"""What a bundle leaves out."""

from __future__ import annotations

import hashlib
import json
import uuid

from hypothesis import given
from hypothesis import strategies as st

from stationd.cli.bundling import MASK, clean, could_be_a_nik

NIKS = st.builds(
    "{:06d}{:02d}{:02d}{:02d}{:04d}".format,
    st.integers(110101, 949999),
    st.integers(1, 31) | st.integers(41, 71),
    st.integers(1, 12),
    st.integers(0, 99),
    st.integers(1, 9999),
)
NO_DIGITS = st.text(st.characters(exclude_categories=["Nd", "Cs"]), max_size=20)


@given(NIKS, NO_DIGITS, NO_DIGITS)
def test_a_nik_is_seen_wherever_it_stands(nik: str, before: str, after: str) -> None:
    assert could_be_a_nik(f"{before}{nik}{after}")
    assert could_be_a_nik(f'{{"digest": "{hashlib.sha256(b"").hexdigest()}", "who": "{before} {nik}"}}')


@given(st.binary(max_size=20), st.uuids())
def test_digests_and_ids_are_no_niks(content: bytes, one: uuid.UUID) -> None:
    digest = hashlib.sha256(content).hexdigest()
    assert not could_be_a_nik(json.dumps({"prev": digest, "attempt_id": one.hex, "time": 1785600000.123456}))


@given(st.lists(st.one_of(NIKS, st.sampled_from(['{"event": "ready"}', "Traceback", '["x"]', "{"]))))
def test_of_a_log_only_lines_of_its_own_are_kept(lines: list[str]) -> None:
    kept, refused = clean({"log.jsonl": lines})
    assert set(kept["log.jsonl"].splitlines()) <= {'{"event": "ready"}'}
    assert refused["log.jsonl"] == len(lines) - len(kept["log.jsonl"].splitlines())


@given(NIKS, st.lists(st.text(max_size=5)))
def test_a_document_in_which_a_number_could_be_a_nik_is_still_one(nik: str, others: list[str]) -> None:
    told = {"printers": [{"serial": nik, "others": others}], "count": int(nik), f"of {nik}": None, "ready": True}
    kept, refused = clean({"doctor.json": [json.dumps(told, indent=2)]})
    masked = {"printers": [{"serial": MASK, "others": others}], "count": MASK, MASK: None, "ready": True}
    assert json.loads(kept["doctor.json"]) == masked
    assert refused == {"doctor.json": 3}
