#!/bin/sh
# Builds all packages, then checks each: sh packaging/packages.sh (make packages)
# What fails does not keep the rest from being tried. The outcome of every step is printed at the end; the exit status
# is 1 when one of them failed.
set -u
cd "$(dirname "$0")/.."
outcomes=$(mktemp)
trap 'rm -f "$outcomes"' EXIT
failed=0

step() { # build or check, then the packages
    begun=$(date +%s)
    sh "packaging/$1.sh" $2
    status=$?
    [ $status = 0 ] && outcome=passed || { outcome="FAILED ($status)" && failed=1; }
    printf '%-5s  %-9s  %-10s  %4d s\n' "$1" "$2" "$outcome" $(($(date +%s) - begun)) >>"$outcomes"
}

# The folder is made of the wheel: building them together packs no older one, and none twice.
for packages in "wheel app" tarball deb onnx; do step build "$packages"; done
for package in wheel app tarball deb onnx; do step check "$package"; done
echo
cat "$outcomes"
exit $failed
