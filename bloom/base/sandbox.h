/*
 * Confinement: what a process that reads bytes from outside may still do, should they
 * take it over. Landlock (Linux 5.13) leaves it the folders it was given; seccomp leaves
 * it no network, no other program and no way to look into others. Both are the kernel's
 * own and hold to the end of the process. docs/sandbox.md.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_BASE_SANDBOX_H
#define TALLY_BASE_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

/** Where a process may go. Zeroed: nowhere. Not thread-safe. */
struct tally_sandbox {
    char **folders; /* to be read and written, with all below them */
    size_t n;
    size_t cap;
    bool everywhere; /* paths cannot be known beforehand: no folder is closed */
    bool failed;     /* no memory: nothing is entered */
};

/**
 * Allow what a path names: its folder, and if it is a folder or a link, that or where it
 * leads. What is not there yet stands for the nearest folder above that is. NULL, "" and
 * "-" are nothing.
 */
void tally_sandbox_allow(struct tally_sandbox *s, const char *path);

/**
 * Enter, before the first thread, once: later calls do nothing. Besides what was allowed
 * the process keeps: reading the system's own files (/usr, /lib, /etc/ssl, /proc, /sys),
 * the terminal, and temporary files (TMPDIR, or else /tmp and /var/tmp). What the kernel
 * does not offer is left out, which tally_sandbox_state tells. The environment variable
 * TALLY_SANDBOX=off keeps it from being entered. ${s} is freed.
 */
void tally_sandbox_enter(struct tally_sandbox *s);

/** What is in force now. */
struct tally_sandbox_state {
    int landlock;    /* version of the kernel's interface; 0: no folder is closed */
    bool everywhere; /* Landlock is there, and was asked for no folders */
    bool seccomp;    /* network and other programs are closed */
    bool off;        /* TALLY_SANDBOX=off */
};
struct tally_sandbox_state tally_sandbox_state(void);

#endif
