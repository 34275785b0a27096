/*
 * Ctrl-C and SIGTERM as a flag that long work looks at, so that it can end tidily.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_BASE_INTERRUPT_H
#define TALLY_BASE_INTERRUPT_H

#include <stdbool.h>

#include "bloom/base/err.h"

/** Catch SIGINT and SIGTERM (a second one kills at once); ignore SIGPIPE. Once, at start. */
void tally_interrupt_install(void);

/** True once a signal came. Any thread. */
bool tally_interrupted(void);

/** 0, or -1 with TALLY_E_INTERRUPTED set once a signal came. */
TALLY_NODISCARD int tally_interrupt_check(struct tally_err *err);

/** Set or clear the flag by hand, for tests. */
void tally_interrupt_set(bool on);

#endif
