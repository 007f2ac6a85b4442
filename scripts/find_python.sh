#!/bin/sh
# Print the Python to make the virtual environment with, or say on standard error what this machine lacks.
# Supported: Linux with glibc (x86_64, arm64) and macOS (arm64); Python 3.11 to 3.13 with venv.

case "$(uname -s) $(uname -m)" in
    "Linux x86_64" | "Linux aarch64" | "Darwin arm64") ;;
    *)
        echo "This machine is $(uname -s) $(uname -m). Supported are Linux on x86_64 or arm64 and macOS on arm64:" \
            "for others the pinned dependencies have no wheels." >&2
        exit 1
        ;;
esac

if [ "$(uname -s)" = Linux ] && ! getconf GNU_LIBC_VERSION >/dev/null 2>&1; then
    echo "This Linux has no glibc. Supported is glibc 2.28 or newer: the pinned dependencies have no wheels for others." >&2
    exit 1
fi

command -v git >/dev/null 2>&1 || {
    echo "git was not found. Install it (Debian: apt-get install git; macOS: xcode-select --install)." >&2
    exit 1
}

for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11 python}; do
    if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1; then
        found=$candidate
        if "$candidate" -c 'import venv, ensurepip' >/dev/null 2>&1; then
            command -v "$candidate"
            exit 0
        fi
    fi
done

if [ -n "$found" ]; then
    echo "$found has no venv module. Install it (Debian: apt-get install python3-venv)." >&2
else
    echo "Python 3.11, 3.12 or 3.13 was not found${PYTHON:+ as $PYTHON}." \
        "Install one (Debian: apt-get install python3 python3-venv; macOS: brew install python@3.12)," \
        "or name it: make PYTHON=/path/to/python3.12 ..." >&2
fi
exit 1
