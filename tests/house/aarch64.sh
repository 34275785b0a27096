#!/bin/sh
# Every kernel file compiles for 64-bit ARM without a warning: by gcc when the cross compiler and its C library
# are installed (gcc-aarch64-linux-gnu, libc6-dev-arm64-cross), which is what 'tests' do not ask for, and else
# kernel_neon.c alone by clang. Nothing is run.
# SPDX-License-Identifier: Apache-2.0
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

warnings="-Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Werror"
compile()
{
    # shellcheck disable=SC2086
    "$@" -std=c17 -O2 -D_GNU_SOURCE -I. $warnings -c -o "$work/object.o" "$source"
}

if aarch64-linux-gnu-gcc -E -include string.h -x c /dev/null >/dev/null 2>&1; then
    for source in bloom/kernels/*.c bloom/base/cpu.c; do
        compile aarch64-linux-gnu-gcc
    done
    source=bloom/kernels/kernel_neon.c
    compile aarch64-linux-gnu-gcc
    aarch64-linux-gnu-nm "$work/object.o" | grep -q ' tally_kernel_neon$' || {
        echo "kernel_neon.c holds no kernel for 64-bit ARM"
        exit 1
    }
    exit 0
fi
echo "not all compiled: no aarch64-linux-gnu-gcc with a C library; kernel_neon.c by clang"
if ! clang --target=aarch64-linux-gnu -E -ffreestanding -include arm_neon.h -x c /dev/null >/dev/null 2>&1; then
    echo "skipped: no clang for aarch64 either"
    exit 77
fi
mkdir "$work/include"
cat >"$work/include/string.h" <<'C'
#include <stddef.h>
void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
C
source=bloom/kernels/kernel_neon.c
compile clang --target=aarch64-linux-gnu -ffreestanding -isystem "$work/include"
