/*
 * For tests: the key that vectors are given for.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_TESTS_TESTKEY_H
#define TALLY_TESTS_TESTKEY_H

#include "bloom/base/secret.h"

/** The 32 bytes 00 01 02 ... 1f. Caller frees. */
struct tally_secret *tally_testkey(void);

/** Group setup for cmocka: tally_secret_init. */
int tally_testkey_init(void **state);

#endif
