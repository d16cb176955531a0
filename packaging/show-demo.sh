#!/bin/sh
# Opens the sample study in the window; without a screen, writes the window's picture and says where.
set -eu
bin=$1
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || [ "$(uname)" = Darwin ] || [ "${OS:-}" = Windows_NT ]; then
    exec "$bin/mammoview" demo
fi
mkdir -p build
echo "Assessing the sample study"
study=$("$bin/python" -c "from mammoview.formats.opening.sample_study import sample_study; print(sample_study())")
"$bin/mammoview" snapshot "$study" -o build/demo.png --layers heatmap,grid,saliency,outlines --size 1600x1200 --overwrite >/dev/null
echo "There is no screen here. The window's picture is in $(pwd)/build/demo.png"
