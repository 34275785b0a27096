/*
 * For tests: an empty folder of their own to work in.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_TESTS_SCRATCH_H
#define TALLY_TESTS_SCRATCH_H

#include <sys/types.h>

/** Setup and teardown for cmocka: go to a new empty folder, and come back and remove it.
 */
int tally_scratch_enter(void **state);
int tally_scratch_leave(void **state);

/** Setup and teardown that stay where they are, and make ready for secrets: there is a
 * new folder for the file ${tally_scratch_path}, and nothing else may be left in it. */
int tally_scratch_make(void **state);
int tally_scratch_remove(void **state);
extern char tally_scratch_path[64];

/** Names in the current folder, hidden ones included. */
int tally_scratch_count(void);

/** Create or replace ${path} with ${text} and exactly ${mode}. Fails the test on error.
 */
void tally_scratch_put(const char *path, const char *text, mode_t mode);

/** Fail the test unless ${path} holds exactly ${text}. */
void tally_scratch_holds(const char *path, const char *text);

#endif
