#!/bin/sh
# Installs what is missing on Debian and Ubuntu, if we may: sh packaging/libraries.sh window|packages|all
#   window    the shared libraries and the font that Qt needs
#   packages  what builds and checks the packages as well
#   all       the tools that tests compare with as well
set -eu

packages=""
want() { # package, then a test that succeeds when it is there
    name=$1
    shift
    "$@" >/dev/null 2>&1 || packages="$packages $name"
}
has_library() { { ldconfig -p 2>/dev/null || /sbin/ldconfig -p; } | grep -q "$1"; }

command -v apt-get >/dev/null 2>&1 || exit 0
want libegl1 has_library libEGL.so.1
want libgl1 has_library libGL.so.1
want libglib2.0-0 has_library libglib-2.0.so.0
want libdbus-1-3 has_library libdbus-1.so.3
want libfontconfig1 has_library libfontconfig.so.1
want libxkbcommon0 has_library libxkbcommon.so.0
want libxkbcommon-x11-0 has_library libxkbcommon-x11.so.0
want libxcb-cursor0 has_library libxcb-cursor.so.0
want libxcb-icccm4 has_library libxcb-icccm.so.4
want libxcb-image0 has_library libxcb-image.so.0
want libxcb-keysyms1 has_library libxcb-keysyms.so.1
want libxcb-randr0 has_library libxcb-randr.so.0
want libxcb-render-util0 has_library libxcb-render-util.so.0
want libxcb-shape0 has_library libxcb-shape.so.0
want libxcb-xinerama0 has_library libxcb-xinerama.so.0
want libxcb-xkb1 has_library libxcb-xkb.so.1
want fonts-dejavu-core test -f /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf
want python3-venv python3 -c "import ensurepip"
if [ "${1:-all}" = all ]; then
    want dcmtk command -v dcm2pnm
    want dicom3tools command -v dciodvfy
fi
if [ "${1:-all}" = packages ]; then
    want binutils command -v ld
    want xz-utils command -v xz
    want xvfb command -v Xvfb
    want lintian command -v lintian
    want appstream command -v appstreamcli
    want desktop-file-utils command -v desktop-file-validate
    interpreter=$(command -v "${PYTHON:-python3}")
    if [ "${interpreter%/*}" = /usr/bin ]; then # Debian's: PyInstaller packs its library
        library=$("$interpreter" -c "import sys; print('libpython%d.%d' % sys.version_info[:2])")
        want "$library" has_library "$library.so"
    fi
fi

[ -n "$packages" ] || exit 0
command="apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=120$packages"
if [ "$(id -u)" = 0 ]; then
    become=""
elif command -v sudo >/dev/null 2>&1 && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    become="sudo"
else
    echo "Missing system packages:$packages" >&2
    echo "Ask an administrator to run: $command" >&2
    exit 1
fi
echo "Installing:$packages"
$become env DEBIAN_FRONTEND=noninteractive apt-get update -qq -o DPkg::Lock::Timeout=120
# shellcheck disable=SC2086
$become env DEBIAN_FRONTEND=noninteractive $command >/dev/null
