/*
 * A temporary folder for the length of a run. Everything made in it goes with it.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_WORKDIR_H
#define TALLY_WORKDIR_H

#include <limits.h>

#include "bloom/base/err.h"

#define TALLY_WORKDIR_PATH_MAX (PATH_MAX + 1)

/** Zeroed: none was made. */
struct tally_workdir {
    char path[TALLY_WORKDIR_PATH_MAX];
    int held; /* its descriptor and 1: removing it opens nothing */
};

/** Make a folder "${stem}-XXXXXX", mode 0700, in TMPDIR or /tmp. TALLY_E_IO. */
TALLY_NODISCARD int tally_workdir_make(struct tally_workdir *w, const char *stem,
                                       struct tally_err *err);

/** Remove the folder and what is in it, one level of folders included; links are not
 * followed. Zeroed is no-op; afterwards it is zeroed. */
void tally_workdir_remove(struct tally_workdir *w);

/** The path of ${name} in the folder. */
TALLY_NODISCARD int tally_workdir_path(const struct tally_workdir *w, const char *name,
                                       char path[TALLY_WORKDIR_PATH_MAX],
                                       struct tally_err *err);

#endif
