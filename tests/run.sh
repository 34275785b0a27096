#!/bin/sh
# Install what the tests need, build with the sanitisers and run everything:
#   sh tests/run.sh            the fast tier
#   sh tests/run.sh --long     then every fault, crash and size of docs/testing.md: takes hours
# The sources are read by cppcheck and gcc -fanalyzer, then there are three builds: clang in
# Release (warnings, and the kernels as shipped), ThreadSanitizer for what runs in threads, and
# gcc with AddressSanitizer and UBSan for all tests but those labelled release, whose summary
# ends it.
# SPDX-License-Identifier: Apache-2.0
set -eu
cd "$(dirname "$0")/.."
case ${1:-} in
'') long=false ;;
--long) long=true ;;
*)
    echo "usage: sh tests/run.sh [--long]" >&2
    exit 2
    ;;
esac

sh cli/packages.sh test
jobs=$(nproc)
export CTEST_OUTPUT_ON_FAILURE=1

configure() {
    dir=$1
    shift
    cmake -S . -B "$dir" -G Ninja "$@" >"$dir.log" 2>&1 || { cat "$dir.log"; exit 1; }
    rm -f "$dir.log"
}

# What ctest prints, when a test fails; else how many passed.
tested() {
    log=$1/tests.log
    ctest --test-dir "$@" --no-tests=error >"$log" 2>&1 || { cat "$log"; exit 1; }
    tail -n 4 "$log"
}

echo "== the sources read by analysers"
sh tests/analyse.sh cppcheck fanalyzer

echo "== clang, Release"
configure build-clang -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Release
ninja -C build-clang -j "$jobs" --quiet
tested build-clang -j "$jobs"

echo "== gcc, ThreadSanitizer, threaded code"
configure build-tsan -DCMAKE_C_COMPILER=gcc -DCMAKE_BUILD_TYPE=Debug -DTALLY_SANITIZE=thread
threaded="test_pool test_join test_lsh test_encode test_link_run"
# shellcheck disable=SC2086
ninja -C build-tsan -j "$jobs" --quiet $threaded
tested build-tsan -j "$jobs" -R 'unit/test_(pool|join|lsh|encode|link_run)$'

echo "== gcc, AddressSanitizer and UBSan, everything"
configure build-asan -DCMAKE_C_COMPILER=gcc -DCMAKE_BUILD_TYPE=Debug \
    -DTALLY_SANITIZE=address,undefined
ninja -C build-asan -j "$jobs" --quiet
ctest --test-dir build-asan -j "$jobs" --no-tests=error -LE release

if $long; then
    echo "== gcc, Release, the long tier"
    configure build -DCMAKE_C_COMPILER=gcc -DCMAKE_BUILD_TYPE=Release
    ninja -C build -j "$jobs" --quiet
    ctest --test-dir build -C Long -L long -j "$jobs" --no-tests=error

    echo "== clang-tidy, MemorySanitizer and valgrind"
    sh tests/analyse.sh tidy msan valgrind
fi
