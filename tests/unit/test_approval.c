/*
 * Requests for release and approvals: what a signed paper may not say, and who may sign.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/approval.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bloom/base/domains.h"
#include "protocols/agreement_sign.h"
#include "tests/support/ceremonysteps.h"
#include "tests/support/parties.h"
#include "tests/support/scratch.h"

#define ZEROS "\"0000000000000000000000000000000000000000000000000000000000000000\""

enum { POLICE, HEALTH, EDUCATION, LINKER, ANALYST };

static struct tally_agreement *agreement;
static struct tally_request request;

/* Health checks what the analyst releases. */
static int
setup(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;

    if (tally_steps_setup(state) != 0) {
        return -1;
    }
    assert_int_equal(
        tally_agreement_open(&agreement, TALLY_STEPS_AGREEMENT, TALLY_STEPS_TODAY, &err),
        0);
    agreement->parties[HEALTH].roles |= TALLY_AS_CHECKER;
    request = (struct tally_request){
        .title = "Injuries by month", .columns = "", .tables = 3, .alike = 10};
    memcpy(request.agreement, agreement->digest, sizeof request.agreement);
    memset(request.release, 7, sizeof request.release);
    return 0;
}

static int
teardown(void **state)
{
    tally_agreement_free(agreement);
    return tally_scratch_leave(state);
}

typedef int write_fn(struct tally_outfile *f, const struct tally_request *r,
                     const struct tally_identity *id, struct tally_err *err);

/* What the party in ${dir} signs of the request, into ${name}. */
static void
put(const char *name, write_fn *write, const char *dir)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_identity id = tally_party_open(dir);
    struct tally_outfile *f = NULL;

    assert_int_equal(tally_outfile_open(&f, name, 0600, true, &err), 0);
    assert_int_equal(write(f, &request, &id, &err), 0);
    assert_int_equal(tally_outfile_commit(&f, 1, &err), 0);
    tally_outfile_free(f);
    tally_identity_close(&id);
}

static void
put_request(const char *dir)
{
    put("r", tally_request_write, dir);
}

static void
put_approval(const char *dir)
{
    put("a", tally_approval_write, dir);
}

static void
told(int rc, const struct tally_err *err, enum tally_code code, const char *text)
{
    assert_int_equal(rc, code == TALLY_OK ? 0 : -1);
    if (err->code != code || strstr(err->text, text) == NULL) {
        fail_msg("code %d, '%s' does not say '%s'", (int)err->code, err->text, text);
    }
}

static void
request_reads(enum tally_code code, const char *text)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_request q = {.tables = 99};

    told(tally_request_read(&q, "r", agreement, &err), &err, code, text);
    assert_int_equal(q.tables, code == TALLY_OK ? 3 : 99);
}

static void
approval_reads(enum tally_code code, const char *text)
{
    struct tally_err err = TALLY_ERR_INIT;
    const char *by = NULL;

    told(tally_approval_check("a", request.release, agreement, &by, &err), &err, code,
         text);
    assert_true((by != NULL) == (code == TALLY_OK));
}

static void
a_request_that_says_other_things_is_refused(void **state)
{
    static const struct {
        const char *member;
        const char *value;
        enum tally_code code;
        const char *text;
    } lies[] = {{"agreement", ZEROS, TALLY_E_POLICY, "under another agreement"},
                {"agreement", "\"00\"", TALLY_E_CORRUPT, "agreement"},
                {"release", NULL, TALLY_E_CORRUPT, "release"},
                {"title", "5", TALLY_E_CORRUPT, "title"},
                {"columns", NULL, TALLY_E_CORRUPT, "columns"},
                {"tables", "-1", TALLY_E_CORRUPT, "tables"},
                {"records", "4294967296", TALLY_E_CORRUPT, "records"},
                {"alike", "\"ten\"", TALLY_E_CORRUPT, "alike"}};

    (void)state;
    put_request("analyst");
    request_reads(TALLY_OK, "");
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        put_request("analyst");
        tally_party_lie("r", TALLY_DOMAIN_SIGN_REQUEST, "analyst", lies[i].member,
                        lies[i].value);
        request_reads(lies[i].code, lies[i].text);
    }
    put_request("police");
    request_reads(TALLY_E_KEY, "r");
    assert_int_equal(unlink("r"), 0);
    request_reads(TALLY_E_NO_FILE, "r");
}

static void
an_approval_holds_for_one_release_by_a_checker(void **state)
{
    static const struct {
        const char *member;
        const char *value;
        enum tally_code code;
        const char *text;
    } lies[] = {{"agreement", ZEROS, TALLY_E_POLICY, "under another agreement"},
                {"agreement", NULL, TALLY_E_CORRUPT, "agreement"},
                {"release", ZEROS, TALLY_E_POLICY, "something else than this release"},
                {"release", "7", TALLY_E_CORRUPT, "release"}};

    (void)state;
    put_approval("health");
    approval_reads(TALLY_OK, "");
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        put_approval("health");
        tally_party_lie("a", TALLY_DOMAIN_SIGN_APPROVAL, "health", lies[i].member,
                        lies[i].value);
        approval_reads(lies[i].code, lies[i].text);
    }
    put_approval("police"); /* who checks nothing */
    approval_reads(TALLY_E_POLICY, "not signed by an output checker");
    /* The analyst is no second person, whatever the agreement calls them. */
    agreement->parties[ANALYST].roles |= TALLY_AS_CHECKER;
    put_approval("analyst");
    approval_reads(TALLY_E_POLICY, "not signed by an output checker");
    assert_int_equal(unlink("a"), 0);
    approval_reads(TALLY_E_NO_FILE, "a");
}

#define STEPS(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS(a_request_that_says_other_things_is_refused),
        STEPS(an_approval_holds_for_one_release_by_a_checker),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
