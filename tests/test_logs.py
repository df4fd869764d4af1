"""Nothing that could be a citizen's number leaves by the log."""

from __future__ import annotations

import json
import logging

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from stationd import logs

NIK = "7316014101900001"


@given(st.text(max_size=40), st.text(max_size=40))
def test_sixteen_digits_are_masked_wherever_they_stand_alone(before: str, after: str) -> None:
    record = logs.scrub(None, "info", {"event": f"{before} {NIK} {after}", "inner": {"list": [f"'{NIK}'"]}})
    assert NIK not in json.dumps(record)


def test_a_number_and_bytes_are_masked_too() -> None:
    assert logs.scrub(None, "info", {"nik": int(NIK), "photo": b"\xff\xd8", "n": 3}) == {
        "nik": logs.MASK,
        "photo": "[2 bytes]",
        "n": 3,
    }


def test_digests_and_identities_stay_readable() -> None:
    digest = "1234567890123456abcdef"
    assert logs.scrub(None, "info", {"digest": digest})["digest"] == digest


def fail_with_a_citizen_at_hand() -> None:
    nik = NIK
    raise ValueError(f"cannot read {nik} of SUSI SUSANTI")


def test_a_traceback_carries_neither_the_number_nor_local_variables(capsys: pytest.CaptureFixture[str]) -> None:
    before = structlog.get_config()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        logs.configure()
        log = structlog.get_logger()
        try:
            fail_with_a_citizen_at_hand()
        except ValueError:
            log.exception("failed")
            logging.getLogger("library").exception("failed too")
        said = capsys.readouterr().err
    finally:
        structlog.configure(**before)
        root.handlers[:] = handlers
        root.setLevel(level)
    assert NIK not in said
    assert "SUSI" not in said
    lines = [json.loads(line) for line in said.splitlines()]
    assert [line["event"] for line in lines] == ["failed", "failed too"]
    assert "fail_with_a_citizen_at_hand" in json.dumps(lines[0]["exception"])
