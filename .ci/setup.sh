#!/bin/sh
# All set-up on a fresh Debian or Ubuntu machine: system packages, Python, the virtual environment .venv.
# What is there already is left alone, and a second run ends at once.
set -eu
cd "$(dirname "$0")/.."

# Qt's xcb platform, OpenGL by software, a virtual display, and fonts for Latin and Chinese text.
libraries="libdbus-1-3 libegl1 libfontconfig1 libfreetype6 libgl1 libgl1-mesa-dri libglx0 libx11-6 libx11-xcb1 libxcb1
libxcb-cursor0 libxcb-glx0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render0 libxcb-render-util0
libxcb-shape0 libxcb-shm0 libxcb-sync1 libxcb-util1 libxcb-xfixes0 libxcb-xkb1 libxkbcommon0 libxkbcommon-x11-0
libglib2.0-0|libglib2.0-0t64"
programs="xvfb strace fontconfig fonts-inter fonts-noto-cjk"
stamp=.venv/set-up-done

fail() {
    echo "palisade set-up: $1" >&2
    exit 1
}

installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# The names of what is not installed; of alternatives (one|other) the one that apt knows.
missing_packages() {
    for entry in $libraries $programs; do
        found=no
        for package in $(echo "$entry" | tr '|' ' '); do
            if installed "$package"; then found=yes; fi
        done
        [ $found = yes ] || echo "$entry"
    done
}

known_to_apt() {
    for package in $(echo "$1" | tr '|' ' '); do
        if apt-cache show --no-all-versions "$package" >/dev/null 2>&1; then
            echo "$package"
            return
        fi
    done
    echo "${1%%|*}"
}

# How to become root, if there is a way that asks nothing.
root_command() {
    if [ "$(id -u)" = 0 ]; then
        echo env
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        echo "sudo -n env"
    fi
}

usable_python() {
    for candidate in ${PYTHON:-} python3.13 python3.12 python3.11 python3; do
        if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null
        then
            echo "$candidate"
            return
        fi
    done
}

# The newest Python that the distribution has, with the part of it that makes virtual environments.
installable_python() {
    for version in 3.13 3.12 3.11; do
        if apt-cache show --no-all-versions "python$version-venv" >/dev/null 2>&1; then
            echo "python$version python$version-venv"
            return
        fi
    done
    fail "Python 3.11, 3.12 or 3.13 with its venv module is needed and this system offers none; install one"
}

has_environment() {
    .venv/bin/python -c 'import pip' 2>/dev/null
}

system_packages() {
    if ! command -v apt-get >/dev/null; then
        [ -n "$(usable_python)" ] || has_environment ||
            fail "no apt here to install with; install Python 3.11, 3.12 or 3.13 with venv and pip, then run make again"
        [ "$(uname -s)" != Linux ] || [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || command -v Xvfb >/dev/null ||
            fail "no apt here to install with; install Xvfb, Mesa's OpenGL, libxcb-cursor and the Noto CJK fonts"
        return
    fi
    missing=$(missing_packages)
    python=$(usable_python)
    if [ -z "$missing" ] && { [ -n "$python" ] || has_environment; }; then return; fi
    root=$(root_command)
    [ -z "$root" ] || $root apt-get update -qq >/dev/null 2>&1 || echo "palisade set-up: apt-get update failed" >&2
    wanted=""
    for entry in $missing; do wanted="$wanted $(known_to_apt "$entry")"; done
    [ -n "$python" ] || has_environment || wanted="$wanted $(installable_python)"
    [ -n "$root" ] || fail "no right to install packages; run: sudo apt-get install$wanted"
    echo "palisade set-up: installing$wanted"
    # shellcheck disable=SC2086  # a list of names
    $root DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $wanted >/dev/null 2>&1 ||
        fail "apt-get could not install; run: sudo apt-get update && sudo apt-get install$wanted"
}

python_environment() {
    if ! has_environment; then
        python=$(usable_python)
        [ -n "$python" ] || fail "no usable Python 3.11, 3.12 or 3.13; install python3 and python3-venv"
        "$python" -m venv --clear .venv
    fi
    echo "palisade set-up: installing Python packages into .venv"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -e '.[development]' ||
        fail "pip could not install the packages named in pyproject.toml; is the package index reachable?"
}

# The compiler's cache notices a change of a kernel's own file only, not of those it calls or of its records.
compile_kernels() {
    [ -f terminal/warm_up.py ] || return 0
    kernels=$(grep -rlE 'engine\.compiled|import numba|NamedTuple' --include='*.py' engine | LC_ALL=C sort | xargs cat | cksum)
    if [ -f .venv/kernels ] && [ "$(cat .venv/kernels)" = "$kernels" ]; then return; fi
    echo "palisade set-up: compiling the margin kernels"
    find engine -name '*.nb[ic]' -exec rm -f {} +
    .venv/bin/python -m terminal.warm_up || fail "the margin kernels could not be compiled"
    echo "$kernels" >.venv/kernels
}

fingerprint=$(cat pyproject.toml .ci/setup.sh | cksum)
if [ -f $stamp ] && [ "$(cat $stamp)" = "$fingerprint" ] && [ -x .venv/bin/palisade ]; then
    compile_kernels
    exit 0
fi
system_packages
python_environment
compile_kernels
echo "$fingerprint" >$stamp
