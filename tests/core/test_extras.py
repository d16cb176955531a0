"""What a user does where a library is missing depends on how the program was installed."""

from __future__ import annotations

import sys

import pytest

from mammoview.assess.models.own_network import onnx_libraries
from mammoview.batch.executors import executor
from mammoview.core.errors import MammoviewError

MISSING = ("onnx", "onnxruntime", "distributed")


def refusals(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    for name in MISSING:
        monkeypatch.setitem(sys.modules, name, None)
    found = []
    for asked in (onnx_libraries, executor(1, "tcp://127.0.0.1:1").__enter__):
        with pytest.raises(MammoviewError) as refused:
            asked()
        found.append(str(refused.value))
    return found


def test_an_environment_of_python_gets_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    onnx, *others = refusals(monkeypatch)
    assert onnx.endswith("Install what is missing: pip install 'mammoview[onnx]'")
    assert all(one.endswith("Install what is missing: pip install 'mammoview[scale]'") for one in others)


def test_nobody_is_sent_to_pip_by_a_program_that_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    onnx, *others = refusals(monkeypatch)
    assert onnx.endswith("Install what is missing: the package mammoview-onnx")
    assert all(one.endswith("install the wheel beside it, pipx install 'mammoview[scale]'") for one in others)
