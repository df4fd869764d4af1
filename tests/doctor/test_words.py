"""Whatever doctor can find has its sentences, in both languages."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import stationd.doctor
from drivers.printer import Reason
from stationd.words import LANGUAGES, Words

FINDERS = {"well", "soon", "stops"}


def spelled() -> set[str]:
    found = set()
    for source in Path(stationd.doctor.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FINDERS and node.args:
                match node.args[0]:
                    case ast.Constant(str() as code):
                        found.add(code)
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.IfExp):
                values = (node.value.body, node.value.orelse)
                if any(isinstance(target, ast.Name) and target.id in {"code", "cause"} for target in node.targets):
                    found |= {str(value.value) for value in values if isinstance(value, ast.Constant)}
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_what_and_what_to_do(language: str) -> None:
    codes = spelled() - {""} | {*Reason}
    assert {
        "driver-wrong",
        "probe-silent",
        "probe-failed",
        "service-gone",
        "udev-rule-missing",
        "driver-broken",
    } <= codes
    spoken = Words(language)
    unexplained = [code for code in codes if spoken.cause(code, group="doctor").do == spoken.say("fallback.do")]
    assert not unexplained
