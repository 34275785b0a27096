/*
 * Claims, and the tokens of people.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/audit/audit_attack.h"

#include <stdlib.h>
#include <string.h>

int
tally_audit_claims_create(struct tally_audit_claims *c, size_t n, struct tally_err *err)
{
    c->n = n;
    c->person = malloc((n + 1) * sizeof *c->person);
    c->sure = calloc(n + 1, sizeof *c->sure);
    if (c->person == NULL || c->sure == NULL) {
        tally_audit_claims_free(c);
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < n; i++) {
        c->person[i] = TALLY_AUDIT_NONE;
    }
    return 0;
}

void
tally_audit_claims_free(struct tally_audit_claims *c)
{
    free(c->person);
    free(c->sure);
    memset(c, 0, sizeof *c);
}

size_t
tally_audit_claims_sure(const struct tally_audit_claims *c)
{
    size_t n = 0;

    for (size_t i = 0; i < c->n; i++) {
        n += c->sure[i];
    }
    return n;
}

void
tally_audit_tokens_free(struct tally_audit_tokens *t)
{
    free(t->first);
    free(t->list);
    free(t->k);
    memset(t, 0, sizeof *t);
}
