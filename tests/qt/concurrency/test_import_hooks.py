"""Libraries are loaded while other threads run, one at a time; garbage is not looked for while they are imported."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from threading import Event, Thread
from types import ModuleType

import pytest

from mammoview.qt.concurrency import import_hooks
from mammoview.qt.concurrency.import_hooks import garbage_collection_paused
from tests.support.timeouts import PATIENCE_S, PROGRAM_S

CODE = """
import sys
from mammoview.qt.concurrency import import_hooks as importing
loaded, dlopen = [], importing._dlopen
def noted(path, flags):
    loaded.append(path.decode().rsplit("/", 1)[-1].split(".")[0])
    return dlopen(path, flags)
importing._dlopen = noted
importing.load_extensions_in_background()
import torch, scipy.ndimage, gdcm
from safetensors.torch import load
print({"_C", "_ni_label", "_gdcmswig", "_safetensors_rust"} <= set(loaded))
print(float(torch.ones(3).sum()), type(sys.modules["torch._C"].__loader__).__name__)
"""


@pytest.mark.skipif(os.name != "posix", reason="Python does it itself there")
def test_extension_modules_are_loaded_by_the_foreign_function_first_and_work():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, timeout=PROGRAM_S, check=True)
    assert done.stdout.split() == ["True", "3.0", "BackgroundExtensionLoader"]


def test_a_frozen_program_finds_its_modules_in_its_own_way(monkeypatch):
    hooks = list(sys.path_hooks)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    import_hooks.load_extensions_in_background()
    assert sys.path_hooks == hooks


def test_a_library_that_is_none_is_refused_as_python_does(tmp_path):
    (tmp_path / "broken.so").write_bytes(b"not a library")
    loader = import_hooks.BackgroundExtensionLoader("broken", str(tmp_path / "broken.so"))
    spec = import_hooks.ModuleSpec("broken", loader, origin=str(tmp_path / "broken.so"))
    with pytest.raises(ImportError, match="broken"):
        loader.create_module(spec)
    # The turn has been given back: another thread gets it at once.
    got: list[bool] = []
    thread = Thread(target=lambda: got.append(import_hooks.loading_lock.acquire(timeout=0)))
    thread.start()
    thread.join()
    assert got == [True]


def test_garbage_waits_until_the_last_import_has_ended():
    inside, leave = Event(), Event()

    def import_something() -> None:
        with garbage_collection_paused():
            inside.set()
            leave.wait(PATIENCE_S)

    thread = Thread(target=import_something)
    thread.start()
    assert inside.wait(PATIENCE_S)
    with garbage_collection_paused():
        assert not gc.isenabled()
    assert not gc.isenabled()
    leave.set()
    thread.join()
    assert gc.isenabled()


def test_only_what_an_import_brought_is_never_looked_through(monkeypatch):
    """Where a window is opened again nothing is imported, and what was thrown away meanwhile must still be found."""
    gc.unfreeze()
    with garbage_collection_paused():
        pass
    assert gc.get_freeze_count() == 0
    with garbage_collection_paused():
        monkeypatch.setitem(sys.modules, "a_module_of_this_test", ModuleType("a_module_of_this_test"))
    assert gc.get_freeze_count() > 0
    gc.unfreeze()


def test_what_fails_to_import_leaves_the_collector_on():
    with pytest.raises(ModuleNotFoundError), garbage_collection_paused():
        import nothing_of_that_name  # noqa: F401
    assert gc.isenabled()
