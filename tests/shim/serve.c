/*
 * One start for many runs: the process waits before it begins, and each line "FAULT
 * FOLDER" that it reads (FAULT as in TALLY_SHIM_FAULT, or "-") is a run in a process of
 * its own, in that folder. It answers with how the run ended, as waitpid tells.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/shim/shim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char line[4200];

/* The next line, without its end; false when there is none. */
static bool
hear(int from)
{
    size_t n = 0;

    while (n + 1 < sizeof line && read(from, &line[n], 1) == 1) {
        if (line[n] == '\n') {
            line[n] = '\0';
            return true;
        }
        n++;
    }
    return false;
}

const char *
shim_serve(int from, int to)
{
    char *folder;
    pid_t child = 1;
    int status = 0;

    while (child != 0) {
        if (!hear(from)) {
            _exit(0);
        }
        child = fork();
        if (child != 0 && (child < 0 || waitpid(child, &status, 0) != child ||
                           write(to, &status, sizeof status) != (ssize_t)sizeof status)) {
            _exit(99);
        }
    }
    close(from);
    close(to);
    folder = strchr(line, ' ');
    if (folder == NULL || chdir(folder + 1) != 0) {
        _exit(99);
    }
    *folder = '\0';
    return line;
}
