/*
 * The key of the worked examples in docs/protocols.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/support/testkey.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct tally_secret *
tally_testkey(void)
{
    struct tally_secret *key = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t *p;
    size_t i;

    assert_int_equal(tally_secret_create(&key, 32, &err), 0);
    p = tally_secret_open(key);
    for (i = 0; i < 32; i++) {
        p[i] = (uint8_t)i;
    }
    tally_secret_close(key);
    return key;
}

int
tally_testkey_init(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    return tally_secret_init(&err);
}
