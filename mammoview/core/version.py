"""Version of the program: that of the last git tag when it was built or installed (hatch-vcs)."""

try:
    from mammoview.core._version import __version__ as __version__
except ModuleNotFoundError:  # a checkout that is run without having been installed
    __version__ = "0.1.0.dev0"
