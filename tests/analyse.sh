#!/bin/sh
# Read the sources with cppcheck, gcc -fanalyzer and clang-tidy, and run a slice of the
# tests under MemorySanitizer and valgrind:
#   sh tests/analyse.sh [cppcheck|fanalyzer|tidy|msan|valgrind ...]    all, without a name
# A warning that is taken for false stands in tests/analyse.known with the reason;
# any other ends it with 1. Nothing is suppressed in the sources; what clang-tidy is asked for
# stands in .clang-tidy.
# SPDX-License-Identifier: Apache-2.0
set -eu
cd "$(dirname "$0")/.."
jobs=$(nproc)
bad=0

# judge TOOL FILE: the warnings of FILE, one a line as "file: kind", against those known.
judge() {
    sed -n "s/^$1 \([^ ]*: [^ ]*\).*/\1/p" tests/analyse.known | sort -u >build-analyse/known
    sort -u "$2" >build-analyse/found
    if comm -23 build-analyse/found build-analyse/known | grep .; then
        echo "$1: the above are new" >&2
        bad=1
    fi
    comm -13 build-analyse/found build-analyse/known | sed "s/^/$1: gone, take it out of analyse.known: /"
    echo "$1: $(wc -l <build-analyse/found) places, all known: $([ $bad = 0 ] && echo yes || echo no)"
}

run_cppcheck() {
    cppcheck --enable=warning,portability,performance --std=c11 -D_GNU_SOURCE -DTALLY_LEGACY -DTALLY_ROLE_ALL \
        -DTALLY_VERSION='"x"' -j "$jobs" -q -I. --template='{file}: {id}' \
        bloom protocols linker benchmarks cli 2>build-analyse/cppcheck || true
    judge cppcheck build-analyse/cppcheck
}

run_fanalyzer() {
    find bloom protocols linker cli -name '*.c' ! -name 'kernel_*' | sort |
        xargs -n 1 -P "$jobs" gcc -std=c17 -D_GNU_SOURCE -DTALLY_LEGACY -DTALLY_ROLE_ALL \
            -DTALLY_VERSION='"x"' -I. -O1 -fanalyzer -c -o /dev/null 2>&1 |
        sed -nE 's#^(\./)?([^:]*):[0-9:]* warning: .*\[-W(analyzer[^]]*)\]$#\2: \3#p' >build-analyse/fanalyzer
    judge fanalyzer build-analyse/fanalyzer
}

run_tidy() {
    find bloom protocols linker cli -name '*.c' ! -name 'kernel_*' | sort |
        xargs -n 4 -P "$jobs" clang-tidy -p build-analyse/cc --quiet 2>/dev/null |
        sed -nE "s#^$PWD/([^:]*):[0-9:]* (warning|error): .*\[([^],]*).*\]\$#\1: \3#p" >build-analyse/tidy
    judge tidy build-analyse/tidy
}

# Libraries that are not built for MemorySanitizer write what it then takes for unwritten:
# the tests are those of modules that take no bytes from them.
run_msan() {
    tests="test_bits test_bytes test_base64 test_csv test_csv_bad test_html test_memo test_sorter test_cpu test_pool test_err
        test_interrupt test_tokens test_keystream test_file test_progress test_balance test_rawfilters test_harden
        test_audit_math test_audit_attacks test_base_fails test_harden_blip test_harden_salt test_log test_pairfile
        test_csv_write test_file_out test_pii test_pipeline test_filters test_calendar test_clkhash_number
        test_clkhash_text test_clkhash_tokens test_clkhash_csv test_clks"
    cmake -S . -B build-msan -G Ninja -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Debug \
        -DTALLY_SANITIZE=memory >/dev/null
    # shellcheck disable=SC2086
    ninja -C build-msan --quiet $tests
    for t in $tests; do
        TALLY_CPU=portable build-msan/$t >build-analyse/msan 2>&1 || { tail -n 30 build-analyse/msan; bad=1; }
    done
    echo "msan: $(echo "$tests" | wc -w) tests, clean: $([ $bad = 0 ] && echo yes || echo no)"
}

run_valgrind() {
    tests="test_keyfile test_secret test_package test_identity test_log test_csv test_container test_linkmap test_parts
        test_approval test_calendar test_auditlog test_review test_pairfile test_file_out test_sorter test_encfile
        test_payload test_base_fails"
    # shellcheck disable=SC2086
    ninja -C build-analyse/cc --quiet $tests
    for t in $tests; do
        TALLY_CPU=portable valgrind -q --error-exitcode=99 --leak-check=full \
            --errors-for-leak-kinds=definite build-analyse/cc/$t >build-analyse/valgrind 2>&1 ||
            { tail -n 30 build-analyse/valgrind; bad=1; }
    done
    echo "valgrind: $(echo "$tests" | wc -w) tests, clean: $([ $bad = 0 ] && echo yes || echo no)"
}

mkdir -p build-analyse
cmake -S . -B build-analyse/cc -G Ninja -DCMAKE_C_COMPILER=gcc -DCMAKE_BUILD_TYPE=Debug -DTALLY_WERROR=OFF >/dev/null
for tool in ${*:-cppcheck fanalyzer tidy msan valgrind}; do
    "run_$tool"
done
exit $bad
