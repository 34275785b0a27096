/*
 * tally audit with a clkhash schema: what is left of it in a build without the legacy
 * encoder is an error.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cmd_audit_clkhash.h"

#include "cli/cmd_schema_clkhash.h"

#ifdef TALLY_LEGACY

#include "bloom/audit/audit_clkhash.h"

int
tally_audit_open_clkhash(const char *path, struct tally_clkhash_schema **out,
                         struct tally_audit_other *other, struct tally_err *err)
{
    if (tally_clkhash_schema_load(out, path, err) != 0 ||
        tally_clkhash_schema_usable(*out, err) != 0) {
        return -1;
    }
    tally_audit_clkhash(*out, other);
    return 0;
}

void
tally_audit_close_clkhash(struct tally_clkhash_schema *s)
{
    tally_clkhash_schema_free(s);
}

#else

int
tally_audit_open_clkhash(const char *path, struct tally_clkhash_schema **out,
                         struct tally_audit_other *other, struct tally_err *err)
{
    (void)out;
    (void)other;
    return tally_clkhash_left_out(path, err);
}

void
tally_audit_close_clkhash(struct tally_clkhash_schema *s)
{
    (void)s;
}

#endif
