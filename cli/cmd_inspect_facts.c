/*
 * Facts about a file, as text or as JSON.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cmd_inspect_facts.h"

#include <stdio.h>

#include "bloom/base/bytes.h"
#include "bloom/base/secret.h"
#include "cli/cli.h"

/* The name column of a text line, with blanks for underscores. */
static void
print_name(const char *key)
{
    int width = 18;

    for (; *key != '\0'; key++, width--) {
        putchar(*key == '_' ? ' ' : *key);
    }
    printf("%*s", width > 0 ? width : 1, "");
}

void
tally_facts_str(struct tally_facts *f, const char *key, const char *value)
{
    if (f->json != NULL) {
        tally_jset_str(f->json, key, value);
        return;
    }
    print_name(key);
    puts(value);
}

void
tally_facts_int(struct tally_facts *f, const char *key, uint64_t value)
{
    if (f->json != NULL) {
        tally_jset_int(f->json, key, (int64_t)value);
        return;
    }
    print_name(key);
    puts(tally_thousands(value));
}

void
tally_facts_score(struct tally_facts *f, const char *key, double value)
{
    if (f->json != NULL) {
        tally_jset_real(f->json, key, value);
        return;
    }
    print_name(key);
    printf("%.6f\n", value);
}

void
tally_facts_bool(struct tally_facts *f, const char *key, bool value)
{
    if (f->json != NULL) {
        tally_jset_bool(f->json, key, value);
        return;
    }
    print_name(key);
    puts(value ? "yes" : "no");
}

void
tally_facts_hex(struct tally_facts *f, const char *key, const uint8_t *p, size_t len)
{
    char hex[2 * TALLY_DIGEST_BYTES + 1];

    tally_hex_encode(p, len, hex);
    tally_facts_str(f, key, hex);
}

/* What every artefact says of itself. */
void
tally_facts_what(struct tally_facts *f, const char *is, const char *status,
                 const char *recipient)
{
    tally_facts_str(f, "is", is);
    tally_facts_str(f, "status", status);
    tally_facts_str(f, "for", recipient);
}
