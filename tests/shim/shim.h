/*
 * A library that is loaded before the command under test (LD_PRELOAD) and makes one thing
 * go wrong, at a place that can be counted and so repeated. The command itself is not
 * changed. Environment:
 *   TALLY_SHIM_FAULT  CLASS:N[+]:WHAT  the Nth (with +: and every later) call of CLASS
 *                     alloc sync open read write space rename mmap any
 *                     fails with the error WHAT (a number), or WHAT is "short": cut to half, or
 *                     "kill": the process ends there, a write half done
 *   TALLY_SHIM_COUNT  file to write at exit: a line "CLASS CALLS" for every class
 *   TALLY_SHIM_SITES  file that gets a line "CLASS N" for the first call from each place
 *   TALLY_SHIM_SERVE  "FROM,TO", two descriptors: many runs of one command (serve.c)
 *   TALLY_SHIM_SEED   the operating system's random bytes become a stream of this number
 *   TALLY_SHIM_CLOCK  seconds since 1970 that the clocks show, and stay at
 *   TALLY_SHIM_PWHASH any value: Argon2id at its least cost
 *   TALLY_SHIM_DUMP   file that gets, at exit, what memory holds and the process can read
 * System calls are met where the C library makes them, with a seccomp filter that traps:
 * so those of stdio and of SQLite are met too. x86-64 Linux only.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_TESTS_SHIM_H
#define TALLY_TESTS_SHIM_H

#include <stdbool.h>
#include <stddef.h>

enum shim_class {
    SHIM_ALLOC,
    SHIM_SYNC,
    SHIM_OPEN,
    SHIM_READ,
    SHIM_WRITE,
    SHIM_SPACE, /* what needs room on the disk: writes, new files and names, growth */
    SHIM_RENAME,
    SHIM_MMAP,
    SHIM_ANY,
    SHIM_CLASSES
};

/** What to do to a call. */
enum shim_fate { SHIM_PASS, SHIM_FAIL, SHIM_SHORT, SHIM_KILL };

/** Count a call of ${class} and decide. ${error}: the error number for SHIM_FAIL. */
enum shim_fate shim_count(enum shim_class class, int *error);

/** Note where call ${number} of ${class} comes from, in ${fd}; in none when that is under 0.
 * To begin before calls are counted. */
void shim_sites_begin(int fd);
void shim_site(const char *class, unsigned long number);

/** True once the constructor has read the environment. */
bool shim_armed(void);

/** The next ${len} bytes of the seeded stream; false when no seed was given. */
bool shim_random(void *out, size_t len);

/** A system call that the filter lets through. */
long shim_syscall(long nr, long a, long b, long c, long d, long e, long f);

/** Trap the calls that can be made to fail. */
void shim_trap_calls(void);

/** Run after run is begun as ${from} asks for: returns in the process of each, with the fault. */
const char *shim_serve(int from, int to);

/** Write the memory that can be read to ${fd}. Prepare it once, before the command may shut
 * itself off from files. */
void shim_dump_prepare(void);
void shim_dump(int fd);

#endif
