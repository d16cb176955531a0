"""Version of the program: that of the last git tag when it was built or installed (hatch-vcs)."""

from importlib import import_module

try:
    __version__: str = import_module("mammoview.core._version").__version__
except ModuleNotFoundError:  # a checkout that is run without having been installed
    __version__ = "0.2.0.dev0"
