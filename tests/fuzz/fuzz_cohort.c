/*
 * Fuzz: cohorts. A good one in which cells, rows and bytes are changed, through what
 * reports and releases read of it.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/cohort.h"
#include "linker/release.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_database.h"

#include <stdlib.h>
#include <string.h>

static const char spec[] =
    "{\"tallystick\": \"tables\", \"version\": 1, \"name\": \"few\", \"title\": \"Few\","
    "\"events\": [{\"name\": \"contact\", \"source\": \"health\"}],"
    "\"dimensions\": [{\"name\": \"kind\", \"column\": \"attendance_type\", \"levels\": "
    "\"found\"}],"
    "\"tables\": [{\"name\": \"records\", \"title\": \"Records\", \"count\": \"records\","
    "\"event\": \"contact\", \"by\": [\"kind\"]}, {\"name\": \"people\", \"title\": "
    "\"People\","
    "\"count\": \"people\", \"event\": \"contact\", \"by\": [\"kind\"]}]}";

/* A refusal has a code and says why; it is never a fault of the program. */
static bool
well(int rc, struct tally_err *err)
{
    FUZZ_MUST(rc == 0 || (err->text[0] != '\0' && err->code != TALLY_E_BUG));
    *err = (struct tally_err)TALLY_ERR_INIT;
    return rc == 0;
}

static void
release(const char *path)
{
    struct tally_release_job job = {.cohort = path, .rules = *tally_profile_find("ons")};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_tables *tables = NULL;
    struct tally_release *r = NULL;

    FUZZ_MUST(tally_tables_read(&tables, "spec", spec, sizeof spec - 1, &err) == 0);
    job.spec = tables;
    if (well(tally_release_make(&r, &job, &err), &err)) {
        tally_release_free(r);
    }
    tally_tables_free(tables);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const char *path = fuzz_database("cohort.db", data, len);
    struct tally_cohort_facts *facts = calloc(1, sizeof *facts);
    struct tally_err err = TALLY_ERR_INIT;

    FUZZ_MUST(facts != NULL);
    if (well(tally_cohort_read(path, facts, &err), &err)) {
        FUZZ_MUST(facts->nsources <= TALLY_SOURCES_MAX);
        tally_cohort_facts_free(facts);
    } else {
        FUZZ_MUST(len > 0); /* the good one */
    }
    free(facts);
    release(path);
    return 0;
}
