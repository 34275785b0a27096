/*
 * For tests: the steps of the key ceremony.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/support/ceremonysteps.h"

#include "protocols/agreement_sign.h"
#include "protocols/ceremony.h"
#include "tests/support/parties.h"
#include "tests/support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

int
tally_steps_setup(void **state)
{
    if (tally_scratch_enter(state) != 0) {
        return -1;
    }
    tally_party_agreement(TALLY_STEPS_AGREEMENT, "2026-01-01");
    tally_party_sign_all(TALLY_STEPS_AGREEMENT);
    return 0;
}

int
tally_step(enum tally_step what, const char *dir, bool force, struct tally_err *err)
{
    static const struct tally_passbox_cost cheap = {1, 8};
    struct tally_agreement *a = NULL;
    struct tally_secret *p = tally_party_passphrase("correct horse battery");
    struct tally_identity id = tally_party_open(dir);
    struct tally_ceremony c = {.path = TALLY_STEPS_AGREEMENT,
                               .self = &id,
                               .passphrase = p,
                               .cost = &cheap,
                               .force = force};
    uint8_t check[TALLY_KEY_CHECK_BYTES];
    char key[64];
    int rc;

    assert_int_equal(
        tally_agreement_open(&a, TALLY_STEPS_AGREEMENT, TALLY_STEPS_TODAY, err), 0);
    c.agreement = a;
    (void)snprintf(key, sizeof key, "%s.key", dir);
    rc = what == COMMIT       ? tally_ceremony_commit(&c, err)
         : what == CONTRIBUTE ? tally_ceremony_contribute(&c, err)
                              : tally_ceremony_combine(&c, key, check, err);
    tally_identity_close(&id);
    tally_secret_free(p);
    tally_agreement_free(a);
    return rc;
}

void
tally_step_all(enum tally_step what)
{
    struct tally_err err = TALLY_ERR_INIT;

    for (size_t i = 0; i < 3; i++) {
        if (tally_step(what, tally_party_folders[i], false, &err) != 0) {
            fail_msg("%s: %s", tally_party_folders[i], err.text);
        }
    }
}

void
tally_step_refused(enum tally_step what, const char *dir, enum tally_code code,
                   const char *text)
{
    struct tally_err err = TALLY_ERR_INIT;

    assert_int_equal(tally_step(what, dir, false, &err), -1);
    if (strstr(err.text, text) == NULL) {
        fail_msg("'%s' does not say '%s'", err.text, text);
    }
    assert_int_equal(err.code, code);
}
