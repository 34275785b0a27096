/*
 * Linkage agreements: what the law and the design are against is refused with its reason,
 * and nothing runs before all have signed, before it starts, or after its end.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "protocols/agreement_draft.h"
#include "protocols/agreement_sign.h"
#include "protocols/agreement_words.h"
#include "protocols/calendar.h"
#include "protocols/standing.h"
#include "tests/support/parties.h"
#include "tests/support/scratch.h"

#define A "agreement.json"

/* Whether the check of A refuses with a sentence that holds ${text}. NULL: that it
 * refuses nothing. */
static void
finds(const char *text, bool refused)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_agreement *a = NULL;
    struct tally_findings f;
    bool found = false;

    if (tally_agreement_read(&a, A, &err) != 0) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(tally_agreement_check(a, &f, &err), 0);
    for (size_t i = 0; i < f.n; i++) {
        found = found || (text != NULL && f.list[i].refused == refused &&
                          strstr(f.list[i].text, text) != NULL);
        if (text == NULL && f.list[i].refused) {
            fail_msg("refused: %s", f.list[i].text);
        }
    }
    if (text != NULL && !found) {
        fail_msg("not found: %s", text);
    }
    tally_findings_free(&f);
    tally_agreement_free(a);
}

static void
refuses(const char *text)
{
    finds(text, true);
}

static int
setup(void **state)
{
    return tally_scratch_enter(state) == 0 ? (tally_party_agreement(A, "2026-01-01"), 0)
                                           : -1;
}

static void
a_draft_that_states_everything_passes(void **state)
{
    (void)state;
    finds(NULL, true);
    finds("sends no payload columns", false);
}

static void
what_a_draft_leaves_open_is_refused(void **state)
{
    (void)state;
    tally_party_edit(A, "\"stated: whom", "\"STATE whom");
    refuses("whom the records are about is still to be stated");
}

#define POLICE_BASIS "crime-and-disorder-act-1998-s115"
#define HEALTH_BASIS "nhs-act-2006-s251"

static void
section_16_gives_no_power_for_health(void **state)
{
    (void)state;
    tally_party_edit(A, HEALTH_BASIS, "pcsc-act-2022-s16");
    refuses("Northshire ICB to the linker: section 16(4)(a)");
    tally_party_edit(A, "\"patient_information\": true",
                     "\"patient_information\": false");
    refuses("Northshire ICB to the linker: section 16(4)(b)");
}

static void
section_16_gives_no_power_for_patient_information_of_anybody(void **state)
{
    (void)state;
    tally_party_edit(A, POLICE_BASIS, "pcsc-act-2022-s16");
    tally_party_edit(A, "\"patient_information\": false",
                     "\"patient_information\": true");
    refuses("Northshire Police to the linker: section 16(4)(a)");
}

static void
section_16_reaches_no_recipient_it_does_not_list(void **state)
{
    (void)state;
    tally_party_edit(A, POLICE_BASIS, "pcsc-act-2022-s16");
    refuses("Northshire Police to the linker: section 16(2) does not list");
    tally_party_edit(A, POLICE_BASIS, "pcsc-act-2022-s16");
    refuses("Northshire Police to the analyst: section 16(2) does not list");
}

#define SCHOOLS                                                                          \
    "\"education\",\n        \"people\": \"stated: whom the records are about, "         \
    "of what years\",\n        \"patient_information\": false,\n        "                \
    "\"social_care\": "

static void
section_16_gives_no_power_for_social_care(void **state)
{
    (void)state;
    tally_party_edit(A, "other-enactment", "pcsc-act-2022-s16");
    tally_party_edit(A, "\"kind\": \"linker\"", "\"kind\": \"police\"");
    finds(NULL, true); /* to a listed recipient, neither patient nor care information */
    tally_party_edit(A, SCHOOLS "false", SCHOOLS "true");
    refuses("Northshire Schools to the linker: section 16(4)(b)");
}

static void
one_organisation_in_two_roles_needs_an_exception(void **state)
{
    (void)state;
    tally_party_edit(A, "\"organisation\": \"Violence Reduction Unit\"",
                     "\"organisation\": \"Northshire Police\"");
    refuses("Northshire Police is data owner and analyst");
    tally_party_edit(A, "\"organisation\": \"Trusted Linkage\"",
                     "\"organisation\": \"NORTHSHIRE ICB\"");
    refuses("is data owner and linker");
    tally_party_edit(
        A, "\"exceptions\": []",
        "\"exceptions\": [{\"rule\": \"one-organisation\", \"why\": \"a pilot\"}]");
    finds(NULL, true);
    finds("is data owner and analyst", false);
}

static void
names_that_could_be_mistaken_are_refused(void **state)
{
    (void)state;
    tally_party_edit(A, "\"name\": \"Northshire ICB\"",
                     "\"name\": \"N0rthshire Police\"");
    refuses("could be taken for one another");
}

static void
the_parties_must_be_complete(void **state)
{
    (void)state;
    tally_party_edit(A, "\"linker\"\n", "\"auditor\"\n");
    refuses("there is not one linker");
    tally_party_edit(A, "\"kind\": \"police\"", "\"kind\": \"analyst\"");
    refuses("is a analyst and cannot be a data owner");
    tally_party_edit(A, "\"source\": \"health\"", "\"source\": \"police\"");
    refuses("two data owners call their source police");
}

static void
identifiers_are_no_payload(void **state)
{
    (void)state;
    tally_party_edit(A, "\"column\": \"offence\"", "\"column\": \"Date of birth\"");
    refuses("payload column 'Date of birth' looks like an identifier");
    tally_party_edit(A, "\"column\": \"Date of birth\"", "\"column\": \"area\"");
    refuses("payload column 'area' stands twice");
}

static void
days_must_be_in_order(void **state)
{
    (void)state;
    tally_party_edit(A, "\"expires\": \"2027-01-01\"", "\"expires\": \"2025-01-01\"");
    refuses("the end (2025-01-01) is before the start");
    refuses("the review (2026-07-01) is after the end");
    tally_party_edit(A, "\"keys\": \"2027-01-01\"", "\"keys\": \"2037-01-01\"");
    refuses("kept too long");
}

static void
what_is_weak_needs_an_exception(void **state)
{
    (void)state;
    tally_party_edit(A, "\"profile\": \"standard\"", "\"profile\": \"plain\"");
    refuses("'plain' is re-identifiable");
    tally_party_edit(A, "\"row_level\": false", "\"row_level\": true");
    refuses("records, not only tables, may be released");
    tally_party_edit(A, "\"threshold\": 10", "\"threshold\": 2");
    refuses("counts as small as 2");
    tally_party_edit(A, "\"profile\": \"ons\"", "\"profile\": \"none\"");
    refuses("release profile 'none'");
}

static const char *today = "2026-06-01";

static int
opens(struct tally_err *err)
{
    struct tally_agreement *a = NULL;
    int rc = tally_agreement_open(&a, A, today, err);

    tally_agreement_free(a);
    return rc;
}

static void
nothing_runs_before_all_have_signed(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_int_equal(opens(&err), -1);
    assert_int_equal(err.code, TALLY_E_POLICY);
    tally_party_sign_all(A);
    assert_int_equal(opens(&err), 0);
    for (int i = 1; i <= 5; i++) {
        char name[64];

        (void)snprintf(name, sizeof name, A ".%02d.sig", i);
        assert_int_equal(rename(name, "away"), 0);
        assert_int_equal(opens(&err), -1);
        assert_int_equal(err.code, TALLY_E_POLICY);
        assert_non_null(strstr(err.text, "not signed by"));
        assert_int_equal(rename("away", name), 0);
    }
}

static void
nothing_runs_outside_its_days(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    tally_party_sign_all(A);
    today = "2025-12-31";
    assert_int_equal(opens(&err), -1);
    assert_int_equal(err.code, TALLY_E_POLICY);
    assert_non_null(strstr(err.text, "in force from"));
    today = "2027-01-02";
    assert_int_equal(opens(&err), -1);
    assert_int_equal(err.code, TALLY_E_POLICY);
    assert_non_null(strstr(err.text, "ended on"));
    today = "2027-01-01";
    assert_int_equal(opens(&err), 0);
    today = "2026-06-01";
}

static void
no_changed_byte_of_agreement_or_signature_is_taken(void **state)
{
    (void)state;
    tally_party_sign_all(A);
    tally_party_mutate(A, opens);
    tally_party_mutate(A ".02.sig", opens);
}

static void
a_signature_of_another_agreement_or_party_is_none(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    tally_party_sign_all(A);
    assert_int_equal(rename(A ".01.sig", "one"), 0);
    assert_int_equal(rename(A ".02.sig", A ".01.sig"), 0);
    assert_int_equal(rename("one", A ".02.sig"), 0);
    assert_int_equal(opens(&err), -1);
    assert_int_equal(err.code, TALLY_E_KEY);
    tally_party_edit(A, "Northshire assessment", "Northshire Assessment");
    tally_party_sign_all(A);
    assert_int_equal(opens(&err), 0);
    tally_party_edit(A, "Northshire Assessment", "Northshire assessment");
    assert_int_equal(opens(&err), -1);
    assert_int_equal(err.code, TALLY_E_CORRUPT);
    assert_non_null(strstr(err.text, "signs another text"));
}

static void
a_revoked_card_stops_everything(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_identity id;

    (void)state;
    tally_party_sign_all(A);
    id = tally_party_open("health");
    assert_int_equal(tally_revocation_write(A ".02.revoked", false, &id, &err), 0);
    tally_identity_close(&id);
    assert_int_equal(opens(&err), -1);
    assert_int_equal(err.code, TALLY_E_POLICY);
    assert_non_null(strstr(err.text, "Northshire ICB revoked its card"));
    tally_party_edit(A ".02.revoked", "revocation", "revocatiom");
    assert_int_equal(opens(&err), -1);
    assert_int_equal(err.code, TALLY_E_CORRUPT);
}

static void
a_card_that_took_over_stands_in_for_the_old(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_card next = tally_party_make("next", "Northshire ICB", TALLY_PARTY_ICB);
    struct tally_identity old;
    struct tally_agreement *a = NULL;

    (void)state;
    tally_party_sign_all(A);
    old = tally_party_open("health");
    assert_int_equal(tally_rotation_write(A ".02.rotation", false, &old, &next, &err), 0);
    assert_int_equal(opens(&err), -1); /* the card is not there */
    assert_int_equal(rename("next/identity.card", A ".02.card"), 0);
    assert_int_equal(tally_agreement_open(&a, A, today, &err), 0);
    assert_non_null(tally_agreement_party(a, &next));
    assert_null(tally_agreement_party(a, &old.card));
    tally_agreement_free(a);
    tally_identity_close(&old);
}

static void
only_a_party_signs_and_only_what_passes(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_card other =
        tally_party_make("other", "Other Force", TALLY_PARTY_POLICE);
    struct tally_identity id = tally_party_open("other");
    struct tally_agreement *a = NULL;
    char *written = NULL;

    (void)state;
    (void)other;
    assert_int_equal(tally_agreement_read(&a, A, &err), 0);
    assert_int_equal(tally_agreement_sign(a, A, &id, NULL, NULL, false, &written, &err),
                     -1);
    assert_int_equal(err.code, TALLY_E_POLICY);
    tally_agreement_free(a);
    tally_identity_close(&id);

    tally_party_edit(A, "\"threshold\": 10", "\"threshold\": 2");
    id = tally_party_open("police");
    tally_party_edit(A, "\"expires\": \"2027-01-01\"", "\"expires\": \"2097-01-01\"");
    assert_int_equal(tally_agreement_read(&a, A, &err), 0);
    assert_int_equal(tally_agreement_sign(a, A, &id, NULL, NULL, false, &written, &err),
                     -1);
    assert_int_equal(err.code, TALLY_E_POLICY);
    assert_int_not_equal(access(A ".01.sig", F_OK), 0);
    tally_agreement_free(a);
    tally_identity_close(&id);
}

static void
a_file_of_another_shape_says_where(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_agreement *a = NULL;

    (void)state;
    tally_party_edit(A, "\"starts\": \"2026-01-01\"", "\"starts\": \"2026-02-30\"");
    assert_int_equal(tally_agreement_read(&a, A, &err), -1);
    assert_int_equal(err.code, TALLY_E_DATA);
    assert_non_null(strstr(err.text, "dates.starts"));
    tally_party_edit(A, "2026-02-30", "2026-02-28");
    tally_party_edit(A, "\"title\"", "\"tittle\"");
    assert_int_equal(tally_agreement_read(&a, A, &err), -1);
    assert_non_null(strstr(err.text, "title"));
}

/* A draft of one purpose or the other, and of what cannot be agreed. */
static void
a_draft_is_of_a_framework_a_name_and_days_that_there_are(void **state)
{
    static const struct {
        const char *framework, *reference, *starts;
        unsigned months;
        const char *text; /* NULL: drafted */
    } all[] = {{"waspi", "a", "2026-01-01", 1, NULL},
               {"serious-violence-duty", "a-b_1", "2026-01-01", 120, NULL},
               {"data-protection-act", "a", "2026-01-01", 12, "the framework is"},
               {"waspi", "North", "2026-01-01", 12, "a reference is"},
               {"waspi", "a", "2026-02-30", 12, "starts on a day"},
               {"waspi", "a", "2026-01-01", 0, "starts on a day"},
               {"waspi", "a", "2026-01-01", 121, "starts on a day"}};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_schema *schema = NULL;

    (void)state;
    assert_int_equal(tally_schema_new(&schema, "forename,surname,date_of_birth,postcode",
                                      "standard", NULL, &err),
                     0);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct tally_draft d = {.framework = all[i].framework,
                                .reference = all[i].reference,
                                .purpose = TALLY_PURPOSE_INTERVENTION,
                                .starts = all[i].starts,
                                .months = all[i].months,
                                .schema = schema};
        char *text = NULL;

        assert_int_equal(tally_agreement_draft(&d, &text, &err),
                         all[i].text == NULL ? 0 : -1);
        if (all[i].text == NULL) {
            assert_non_null(strstr(text, "Planning early intervention"));
            free(text);
            d.purpose = TALLY_PURPOSE_ASSESSMENT;
            assert_int_equal(tally_agreement_draft(&d, &text, &err), 0);
            assert_non_null(strstr(text, "Preparing the strategic needs assessment"));
            free(text);
        } else {
            assert_int_equal(err.code, TALLY_E_USAGE);
            assert_non_null(strstr(err.text, all[i].text));
        }
    }
    tally_schema_free(schema);
}

static void
what_is_exported_says_powers_and_needs(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_agreement *a = NULL;
    struct tally_buf b = {NULL, 0, 0};

    (void)state;
    assert_int_equal(tally_agreement_read(&a, A, &err), 0);
    for (unsigned e = 0; e < TALLY_EXPORTS; e++) {
        assert_int_equal(
            tally_agreement_export(a, (enum tally_agreement_export)e, &b, &err), 0);
    }
    assert_int_equal(tally_agreement_words(a, &b, &err), 0);
    assert_int_equal(tally_buf_append(&b, "", 1, &err), 0);
    assert_non_null(strstr((char *)b.data, "section 251 support"));
    assert_non_null(strstr((char *)b.data, "offence (text): stated: why"));
    assert_null(strstr((char *)b.data, "nonymous"));
    tally_buf_free(&b);
    tally_agreement_free(a);
}

#define WITH_DRAFT(f) cmocka_unit_test_setup_teardown(f, setup, tally_scratch_leave)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DRAFT(a_draft_that_states_everything_passes),
        WITH_DRAFT(what_a_draft_leaves_open_is_refused),
        WITH_DRAFT(section_16_gives_no_power_for_health),
        WITH_DRAFT(section_16_gives_no_power_for_patient_information_of_anybody),
        WITH_DRAFT(section_16_reaches_no_recipient_it_does_not_list),
        WITH_DRAFT(section_16_gives_no_power_for_social_care),
        WITH_DRAFT(one_organisation_in_two_roles_needs_an_exception),
        WITH_DRAFT(names_that_could_be_mistaken_are_refused),
        WITH_DRAFT(the_parties_must_be_complete),
        WITH_DRAFT(identifiers_are_no_payload),
        WITH_DRAFT(days_must_be_in_order),
        WITH_DRAFT(what_is_weak_needs_an_exception),
        WITH_DRAFT(nothing_runs_before_all_have_signed),
        WITH_DRAFT(nothing_runs_outside_its_days),
        WITH_DRAFT(no_changed_byte_of_agreement_or_signature_is_taken),
        WITH_DRAFT(a_signature_of_another_agreement_or_party_is_none),
        WITH_DRAFT(a_revoked_card_stops_everything),
        WITH_DRAFT(a_card_that_took_over_stands_in_for_the_old),
        WITH_DRAFT(only_a_party_signs_and_only_what_passes),
        WITH_DRAFT(a_file_of_another_shape_says_where),
        cmocka_unit_test(a_draft_is_of_a_framework_a_name_and_days_that_there_are),
        WITH_DRAFT(what_is_exported_says_powers_and_needs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
