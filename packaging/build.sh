#!/bin/sh
# Builds packages into dist/: sh packaging/build.sh [wheel] [app] [tarball] [deb] [onnx]; all of them without words.
# `make packages` builds and checks all.
#   wheel    the wheel and the source archive
#   app      one folder that needs no Python, made by PyInstaller: dist/mammoview
#   tarball  that folder with its desktop files as .tar.xz
#   deb      the same as a Debian package
#   onnx     on Linux, onnx and onnxruntime for that folder, as .tar.xz and Debian package; elsewhere the folder has them
# PYTHON names the interpreter to build with, 3.11 or newer. Tools and libraries go into build/, never into .venv.
set -eu
cd "$(dirname "$0")/.."
umask 022
. packaging/environments.sh
tools=build/tools/$programs/python
frozen=build/app-environment/$programs/python
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y CHANGELOG.md 2>/dev/null || stat -f %m CHANGELOG.md)}
export SOURCE_DATE_EPOCH

pip_install() { # interpreter, then words for pip
    interpreter=$1
    shift
    "$interpreter" -m pip install --quiet --disable-pip-version-check "$@"
}

wheel_file() { find dist -name 'mammoview-*.whl' 2>/dev/null | head -n 1; }

on_linux() { [ "$(uname -s)" = Linux ]; }

version() { wheel_file | sed 's/.*mammoview-\([^-]*\)-.*/\1/'; }

build_wheel() {
    $tools -P -c "import build" 2>/dev/null || { "$python" -m venv build/tools && pip_install $tools build; }
    rm -f dist/mammoview-*.whl dist/mammoview-*.tar.gz
    $tools -m build --outdir dist . >build/wheel.log 2>&1 || { cat build/wheel.log >&2 && exit 1; }
    wheel_built=yes
}

build_app() { # of a new wheel, so that nothing old is packed
    rm -rf dist/mammoview
    [ "${wheel_built:-}" ] || build_wheel
    [ -x $frozen ] || "$python" -m venv build/app-environment
    sh packaging/install-torch.sh $frozen
    # The wheel anew, whatever its version; then what is missing, in an environment of an earlier build, too.
    pip_install $frozen --force-reinstall --no-deps "$(wheel_file)"
    # On Linux onnx is a package of its own.
    if on_linux; then extras=demo; else extras=demo,onnx; fi
    pip_install $frozen "$(wheel_file)[$extras]" "pyinstaller>=6.10"
    # From another folder, and without the caller's paths: what is installed is packed, not what lies here.
    (cd build && env -u PYTHONPATH "../$frozen" -P -m PyInstaller --noconfirm --log-level ERROR --distpath ../dist \
        --workpath pyinstaller ../packaging/mammoview.spec)
}

share() { # folder that gets what a desktop reads below share/
    $frozen packaging/desktop_icons.py "$1"
    install -D -m 644 packaging/linux/mammoview.desktop "$1/applications/mammoview.desktop"
    mkdir -p "$1/metainfo"
    $frozen packaging/metainfo.py "$1/metainfo/io.github.mammoview.mammoview.metainfo.xml"
    install -D -m 644 packaging/linux/mammoview-mime.xml "$1/mime/packages/mammoview.xml"
    mkdir -p "$1/man/man1"
    $frozen packaging/man_page.py | gzip -9n >"$1/man/man1/mammoview.1.gz"
}

need_app() { [ -x dist/mammoview/mammoview ] || build_app; }

build_tarball() {
    need_app
    rm -f dist/mammoview-[0-9]*-linux-*.tar.xz
    name=mammoview-$(version)-linux-$(uname -m)
    rm -rf build/tarball
    mkdir -p build/tarball/share
    cp -a dist/mammoview "build/tarball/mammoview"
    share build/tarball/mammoview/share
    packed build/tarball "dist/$name.tar.xz"
    rm -rf build/tarball
}

packed() { # folder that holds mammoview, then the .tar.xz
    tar -C "$1" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner -c mammoview |
        xz -T0 -3 >"$2"
}

build_deb() {
    need_app
    root=build/deb
    rm -f dist/mammoview_*.deb
    rm -rf $root
    mkdir -p $root/usr/lib $root/usr/bin $root/usr/share/doc/mammoview $root/usr/share/lintian/overrides $root/DEBIAN
    cp -a dist/mammoview $root/usr/lib/mammoview
    modes $root
    chmod 755 $root/usr/lib/mammoview/mammoview
    ln -s ../lib/mammoview/mammoview $root/usr/bin/mammoview
    share $root/usr/share
    $frozen packaging/metainfo.py --catalog $root/usr/share
    install -m 644 packaging/linux/copyright $root/usr/share/doc/mammoview/copyright
    install -m 644 packaging/linux/lintian-overrides $root/usr/share/lintian/overrides/mammoview
    debian mammoview $root
}

modes() { # root of a Debian package
    find "$1/usr/lib/mammoview" -type d -exec chmod 755 {} +
    find "$1/usr/lib/mammoview" -type f -exec chmod 644 {} +
}

debian() { # name of the package, then its root
    architecture=$(dpkg --print-architecture)
    $frozen packaging/debian_files.py "$(version)" "$architecture" "$2" "$1"
    find "$2" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
    # Another compressor, such as gzip for a quick try, is chosen by dpkg's own variable.
    DPKG_DEB_COMPRESSOR_TYPE=${DPKG_DEB_COMPRESSOR_TYPE:-xz} dpkg-deb -z3 --root-owner-group --build "$2" \
        "dist/$1_$(version)-1_$architecture.deb" >/dev/null
    rm -rf "$2"
}

build_onnx() {
    on_linux || { echo "The folder has onnx itself." && return; }
    need_app
    rm -rf build/onnx dist/mammoview-onnx[-_]*
    mkdir -p build/onnx/mammoview/_internal
    pip_install $frozen "$(wheel_file)[onnx]"
    $frozen packaging/onnx_files.py build/onnx/mammoview/_internal
    packed build/onnx "dist/mammoview-onnx-$(version)-linux-$(uname -m).tar.xz"
    if command -v dpkg-deb >/dev/null; then
        root=build/deb
        rm -rf $root
        mkdir -p $root/usr/lib $root/usr/share/doc/mammoview-onnx $root/usr/share/lintian/overrides $root/DEBIAN
        cp -a build/onnx/mammoview $root/usr/lib/mammoview
        modes $root
        install -m 644 packaging/linux/copyright-onnx $root/usr/share/doc/mammoview-onnx/copyright
        sed 's/^mammoview:/mammoview-onnx:/' packaging/linux/lintian-overrides >$root/usr/share/lintian/overrides/mammoview-onnx
        debian mammoview-onnx $root
    fi
    rm -rf build/onnx
}

mkdir -p build dist
[ $# -gt 0 ] || set -- wheel app tarball deb onnx
for wanted in "$@"; do
    case $wanted in
    wheel | app | tarball | deb | onnx) ;;
    *) echo "There is no package '$wanted'. Choose from wheel, app, tarball, deb, onnx." >&2 && exit 2 ;;
    esac
    echo "Building the $wanted"
    "build_$wanted"
done
find dist -maxdepth 1 -mindepth 1 -exec du -sh {} +
