"""What the program needs of PyTorch: its libraries. Modules are those that are imported; mammoview.spec excludes some.

The hook that comes with PyInstaller takes the whole package, with tests, headers and the tools of compilers.
"""

from pathlib import Path

from PyInstaller.utils.hooks import collect_dynamic_libs, get_package_paths

UNUSED = ("jitbackend_test", "torchbind_test", "backend_with_compiler", "libshm_windows", "test_")
binaries = [
    (source, target)
    for source, target in collect_dynamic_libs("torch", search_patterns=["*.so", "*.so.*", "*.dll", "*.dylib"])
    if target.endswith("lib") and not any(word in source for word in UNUSED)
]
manager = Path(get_package_paths("torch")[1]) / "bin" / "torch_shm_manager"
if manager.exists():  # looked for when PyTorch is imported
    binaries.append((str(manager), "torch/bin"))
