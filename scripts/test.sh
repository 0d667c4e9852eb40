#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# All tests, on a bare Debian 12 or later: installs what they need, builds with gcc and with clang
# (warnings are errors; address and undefined-behaviour sanitizers), runs the tests of the tree with
# both, then boots and kills real kernels and asks kx-crash about their dumps.
# Ends with the line "N passed, N failed".
#
# usage: test.sh [--no-guests]
set -u
cd "$(dirname "$0")/.." || exit 1

guests=yes
[ "${1:-}" = --no-guests ] && guests=no
passed=0
failed=0

# Takes the numbers of a "N passed, N failed" line.
count() {
    local line
    line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$1" | tail -n 1)
    if [ -z "$line" ]; then
        echo "no result from $2"
        failed=$((failed + 1))
        return
    fi
    echo "$2: $line"
    passed=$((passed + ${line%% *}))
    line=${line#*, }
    failed=$((failed + ${line%% *}))
}

# ctest's closing line, "97% tests passed, 1 tests failed out of 40", as the others say it.
ctest_result() {
    sed -nE 's/^[0-9]+% tests passed, ([0-9]+) tests failed out of ([0-9]+)$/\1 \2/p' "$1" |
        while read -r bad all; do echo "$((all - bad)) passed, $bad failed"; done
}

scripts/packages.sh test || exit 1

if git ls-files '*.c' '*.h' | xargs clang-format --dry-run -Werror; then
    passed=$((passed + 1))
else
    echo "clang-format would change the files above"
    failed=$((failed + 1))
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
for compiler in gcc clang; do
    dir=build/test-$compiler
    if ! { CC=$compiler cmake -S . -B "$dir" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo \
               -DKX_WERROR=ON -DKX_SANITIZE=ON >/dev/null && cmake --build "$dir"; }; then
        echo "the build with $compiler failed"
        echo "$passed passed, $((failed + 1)) failed"
        exit 1
    fi
    # The sanitizers of today's compilers need the address space that older kernels left them.
    (cd "$dir" && setarch "$(uname -m)" -R ctest -j 2 --output-on-failure) | tee "$log"
    ctest_result "$log" >"$log.count"
    count "$log.count" "ctest with $compiler"
    rm -f "$log.count"
done

if [ $guests = yes ]; then
    tests/e2e/run.sh build/test-gcc/kx-crash | tee "$log"
    count "$log" "real kernels"
fi

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
