#!/bin/sh
# Installs PyTorch into the environment of the interpreter that is given, in the build that suits this machine:
#     sh packaging/install-torch.sh .venv/bin/python [--print]
# On Linux PyPI has the CUDA build, of several GB. Without an NVIDIA driver the CPU build is taken from PyTorch's own index.
# An index or folder of wheels that pip has been set up with is used as it is. --print shows the words for pip, and installs nothing.
set -eu
python=$1
show=${2:-}

driver() { command -v nvidia-smi >/dev/null 2>&1 || [ -e /proc/driver/nvidia/version ]; }

set_up() { # whether the user has chosen where packages come from
    [ -n "${PIP_INDEX_URL:-}${PIP_EXTRA_INDEX_URL:-}${PIP_FIND_LINKS:-}" ] ||
        "$python" -m pip config list 2>/dev/null | grep -q -E 'index-url|find-links'
}

index=""
if [ "$(uname -sm)" = "Linux x86_64" ] && ! driver && ! set_up; then
    index="--index-url https://download.pytorch.org/whl/cpu"
fi
wanted=$("$python" - <<'PYTHON'
import tomllib
from pathlib import Path

names = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
print(next(name for name in names if name.startswith("torch")))
PYTHON
)
if [ "$show" = --print ]; then
    echo "$index $wanted"
    exit 0
fi
"$python" -c "import importlib.metadata as m; m.version('torch')" 2>/dev/null && exit 0
# What is imported is compiled then; compiling all of PyTorch now takes longer than downloading it.
install() { "$python" -m pip install --quiet --disable-pip-version-check --no-compile "$@" "$wanted"; }
# shellcheck disable=SC2086
if [ -n "$index" ] && install --retries 1 $index; then exit 0; fi
# PyTorch's own index cannot be reached, or is not needed.
install
