/*
 * Unit tests of benchmarks/synth: the generator's known answers, households, errors, and
 * whole deliveries.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/synth.h"

#include "benchmarks/synth_error.h"
#include "benchmarks/synth_people.h"
#include "benchmarks/synth_view.h"
#include "bloom/base/csv.h"
#include "bloom/base/file.h"
#include "bloom/base/interrupt.h"
#include "bloom/base/text.h"
#include "tests/support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char *const three[] = {"police", "health", "education"};

static struct tally_synth_job
job_of(uint64_t people, const char *out)
{
    return (struct tally_synth_job){
        .people = people, .sources = three, .nsources = 3, .seed = 7, .out = out};
}

static struct tally_synth_summary
make(const struct tally_synth_job *job)
{
    struct tally_synth_summary summary = {0};
    struct tally_err err = TALLY_ERR_INIT;

    if (tally_synth(job, &summary, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return summary;
}

static enum tally_code
refused(const struct tally_synth_job *job)
{
    struct tally_synth_summary summary;
    struct tally_err err = TALLY_ERR_INIT;

    assert_int_equal(tally_synth(job, &summary, &err), -1);
    return err.code;
}

static void
assert_same_file(const char *a, const char *b)
{
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t *one = NULL;
    uint8_t *two = NULL;
    size_t n = 0;
    size_t m = 0;

    assert_int_equal(tally_file_read(a, 1 << 26, &one, &n, &err), 0);
    assert_int_equal(tally_file_read(b, 1 << 26, &two, &m, &err), 0);
    assert_int_equal(n, m);
    assert_memory_equal(one, two, n);
    free(one);
    free(two);
}

/* A file read cell by cell: call ${fn} for each row. Returns the number of rows. */
static uint64_t
each_row(const char *path, void (*fn)(void *ctx, const struct tally_cell *cells),
         void *ctx)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_cell cells[16];
    struct tally_csv *csv = NULL;
    uint64_t rows = 0;

    assert_int_equal(tally_csv_open(&csv, path, NULL, &err), 0);
    while (tally_csv_next(csv, cells, &err) == 1) {
        if (fn != NULL) {
            fn(ctx, cells);
        }
        rows++;
    }
    assert_int_equal(err.code, TALLY_OK);
    tally_csv_free(csv);
    return rows;
}

static void
generators_give_their_published_sequences(void **state)
{
    struct tally_synth_rng r = {{1, 2, 3, 4}};

    (void)state;
    assert_true(tally_synth_mix(0) == 0xe220a8397b1dcdafu);
    assert_true(tally_synth_next(&r) == 11520u);
    assert_true(tally_synth_next(&r) == 0u);
    assert_true(tally_synth_next(&r) == 1509978240u);
    assert_true(tally_synth_next(&r) == 1215971899390074240u);
}

static void
dates_count_days_from_1970_both_ways(void **state)
{
    struct tally_synth_date d = tally_synth_date(TALLY_SYNTH_TODAY);

    (void)state;
    assert_true(d.year == 2021 && d.month == 3 && d.day == 21);
    d = tally_synth_date(0);
    assert_true(d.year == 1970 && d.month == 1 && d.day == 1);
    d = (struct tally_synth_date){1900, 3, 1};
    assert_int_equal(tally_synth_days(&d), -25508);
    for (int32_t day = -40000; day < 20000; day++) {
        d = tally_synth_date(day);
        assert_int_equal(tally_synth_days(&d), day);
    }
}

static void
nhs_check_digits_follow_the_modulus_11_rule(void **state)
{
    (void)state;
    assert_int_equal(tally_synth_nhs_check(943476591), 9);
    assert_int_equal(tally_synth_nhs_check(401023213), 7);
    assert_int_equal(tally_synth_nhs_check(999000000), 10); /* has none */
    assert_int_equal(tally_synth_nhs_check(0), 0);
}

static void
surnames_take_the_form_of_their_bearer(void **state)
{
    char name[TALLY_SYNTH_NAME] = "Kowalski";

    (void)state;
    tally_synth_inflect(name, TALLY_SYNTH_POLISH, TALLY_SYNTH_FEMALE);
    assert_string_equal(name, "Kowalska");
    tally_synth_inflect(name, TALLY_SYNTH_POLISH, TALLY_SYNTH_MALE);
    assert_string_equal(name, "Kowalski");
    strcpy(name, "Singh");
    tally_synth_inflect(name, TALLY_SYNTH_BRITISH, TALLY_SYNTH_FEMALE);
    assert_string_equal(name, "Singh");
    tally_synth_inflect(name, TALLY_SYNTH_SIKH, TALLY_SYNTH_FEMALE);
    assert_string_equal(name, "Kaur");
}

/* What 20,000 households hold. */
struct census {
    uint64_t people;
    uint64_t alone;
    uint64_t children; /* below 16 */
    uint64_t share;    /* of those, who bear the surname of an adult of the home */
    uint64_t births;   /* of those: different birthdays in a home */
    uint64_t twins;    /* birthdays that two of them share */
    uint64_t old;      /* 65 and above */
    uint64_t renamed;  /* women with a former surname */
};

static void
count_child(struct census *c, const struct tally_synth_household *h, size_t i)
{
    const struct tally_synth_person *p = &h->people[i];
    bool shares = false;
    bool earlier = false;

    for (size_t k = 0; k < h->n; k++) {
        const struct tally_synth_person *q = &h->people[k];

        shares |= tally_synth_age(q) >= 16 && strcmp(q->surname, p->surname) == 0;
        earlier |= k < i && q->age_days == p->age_days;
    }
    c->children++;
    c->share += shares;
    c->births += !earlier;
    c->twins += earlier;
}

static void
count_home(struct census *c, const struct tally_synth_household *h)
{
    c->people += h->n;
    c->alone += h->n == 1;
    for (size_t i = 0; i < h->n; i++) {
        const struct tally_synth_person *p = &h->people[i];

        assert_true(p->forename != NULL && p->surname[0] != '\0');
        assert_true(tally_synth_age(p) < 110);
        assert_true(tally_synth_nhs_check(p->nhs) < 10);
        assert_true(p->nhs >= 900000000u && p->nhs <= 999999999u);
        assert_true(p->place.postcode == h->people[0].place.postcode);
        c->old += tally_synth_age(p) >= 65;
        c->renamed += p->sex == TALLY_SYNTH_FEMALE && p->former_surname[0] != '\0';
        if (tally_synth_age(p) < 16) {
            count_child(c, h, i);
        }
    }
}

static void
households_share_surname_and_address_and_have_twins(void **state)
{
    struct tally_synth_source source = {.seed = 3};
    struct tally_synth_household home;
    struct tally_synth_lists *lists = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    struct census c = {0};

    (void)state;
    assert_int_equal(tally_synth_lists_create(&lists, 3, 47000, &err), 0);
    source.lists = lists;
    for (int i = 0; i < 20000; i++) {
        tally_synth_household(&source, &home);
        assert_true(home.n >= 1 && home.n <= TALLY_SYNTH_HOUSEHOLD_MAX);
        count_home(&c, &home);
    }
    assert_int_equal(source.people, c.people);
    assert_in_range(c.people, 42000, 52000);
    assert_in_range(c.alone, 5000, 8000);
    assert_in_range(c.children * 1000 / c.people, 175, 215);
    assert_in_range(c.old * 1000 / c.people, 165, 205);
    assert_in_range(c.share * 100 / c.children, 75, 95);
    assert_in_range(c.twins * 1000 / c.births, 9, 22);
    assert_true(c.renamed > c.people / 8);
    tally_synth_lists_free(lists);
}

static void
forenames_follow_the_year_of_birth(void **state)
{
    struct tally_synth_lists *lists = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_synth_rng r;
    unsigned doris[2] = {0, 0};
    unsigned olivia[2] = {0, 0};

    (void)state;
    assert_int_equal(tally_synth_lists_create(&lists, 1, 1000, &err), 0);
    tally_synth_seed(&r, 1, 2, 3);
    for (int i = 0; i < 40000; i++) {
        int young = i & 1;
        const char *name = tally_synth_forename(lists, &r, TALLY_SYNTH_BRITISH,
                                                TALLY_SYNTH_FEMALE, young ? 2016 : 1925);

        doris[young] += strcmp(name, "Doris") == 0;
        olivia[young] += strcmp(name, "Olivia") == 0;
    }
    assert_true(doris[0] > 200 && doris[1] < 10);
    assert_true(olivia[1] > 100 && olivia[0] == 0);
    tally_synth_lists_free(lists);
}

static void
errors_keep_text_valid_and_within_its_room(void **state)
{
    static const char *const names[] = {
        "Siân",   "Nguyễn",         "O'Connor", "Ō",          "J",  "",
        "Łukasz", "12 High Street", "ÁÉÍ",      "Anne-Marie", "ab", "X Y"};
    struct tally_synth_rng r;

    (void)state;
    tally_synth_seed(&r, 1, 1, 1);
    for (int i = 0; i < 60000; i++) {
        char text[24];

        strcpy(text, names[i % 12]);
        switch (i / 12 % 5) {
        case 0:
            tally_synth_typo(&r, text, sizeof text);
            break;
        case 1:
            tally_synth_ocr(&r, text, sizeof text);
            break;
        case 2:
            tally_synth_phonetic(&r, text, sizeof text);
            break;
        case 3:
            tally_synth_digit(&r, text);
            break;
        default:
            tally_synth_shorten(&r, text);
        }
        assert_true(tally_text_valid((const uint8_t *)text, strlen(text)));
        assert_true(strlen(text) <= strlen(names[i % 12]) + 1);
        assert_true(strlen(text) + 2 >= strlen(names[i % 12]) || i / 12 % 5 == 4);
    }
}

static void
errors_do_what_they_say(void **state)
{
    struct tally_synth_rng r;
    unsigned changed = 0;
    char text[16];

    (void)state;
    tally_synth_seed(&r, 5, 5, 5);
    for (int i = 0; i < 1000; i++) {
        strcpy(text, "Philip");
        tally_synth_typo(&r, text, sizeof text);
        changed += strcmp(text, "Philip") != 0;
        strcpy(text, "1985");
        tally_synth_digit(&r, text);
        assert_int_equal(strlen(text), 4);
        assert_string_not_equal(text, "1985");
        strcpy(text, "O'Connor");
        tally_synth_shorten(&r, text);
        assert_true(strcmp(text, "O Connor") == 0 || strcmp(text, "OConnor") == 0);
    }
    assert_true(changed > 950);
    /* No room: the text may change, not grow. */
    strcpy(text, "abcdef");
    for (int i = 0; i < 1000; i++) {
        tally_synth_typo(&r, text, 7);
        assert_true(strlen(text) <= 6);
    }
}

static void
same_job_gives_same_bytes(void **state)
{
    struct tally_synth_job job = job_of(3000, "one");
    struct tally_synth_job again = job_of(3000, "two");

    (void)state;
    make(&job);
    make(&again);
    assert_same_file("one/police.csv", "two/police.csv");
    assert_same_file("one/health.csv", "two/health.csv");
    assert_same_file("one/education.csv", "two/education.csv");
    assert_same_file("one/truth.csv", "two/truth.csv");
    assert_same_file("one/truth_groups.csv", "two/truth_groups.csv");
}

static void
a_source_does_not_depend_on_the_others(void **state)
{
    static const char *const two[] = {"housing", "health"};
    struct tally_synth_job job = job_of(2000, "one");
    struct tally_synth_job other = job_of(2000, "two");

    (void)state;
    other.sources = two;
    other.nsources = 2;
    make(&job);
    make(&other);
    assert_same_file("one/health.csv", "two/health.csv");
    assert_int_equal(access("two/housing.csv", F_OK), 0);
    assert_int_not_equal(access("two/police.csv", F_OK), 0);
}

static void
another_seed_gives_another_population(void **state)
{
    struct tally_synth_job job = job_of(500, "one");
    struct tally_synth_job other = job_of(500, "two");
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t *a = NULL;
    uint8_t *b = NULL;
    size_t n = 0;
    size_t m = 0;

    (void)state;
    other.seed = 8;
    make(&job);
    make(&other);
    assert_int_equal(tally_file_read("one/health.csv", 1 << 20, &a, &n, &err), 0);
    assert_int_equal(tally_file_read("two/health.csv", 1 << 20, &b, &m, &err), 0);
    assert_true(n != m || memcmp(a, b, n) != 0);
    free(a);
    free(b);
}

static void
nobody_at_all_gives_files_with_headers_only(void **state)
{
    struct tally_synth_job job = job_of(0, "none");
    struct tally_synth_summary summary = make(&job);

    (void)state;
    assert_int_equal(summary.records[0] + summary.records[1] + summary.records[2], 0);
    tally_scratch_holds("none/truth.csv", "source,id,ent_id\n");
    tally_scratch_holds("none/police.csv",
                        "id,forename,surname,date_of_birth,sex,postcode,address,"
                        "offence_category,offence_month,role,offence_type,weapon,"
                        "area,age_band,recorded_sex\n");
    tally_scratch_holds(
        "none/health.csv",
        "id,forename,surname,date_of_birth,sex,postcode,address,nhs_number,"
        "attendance_month,attendance_type,cause,area,age_band,recorded_sex\n");
}

/* What stands in the health file. */
struct health {
    uint64_t valid_nhs;
    uint64_t marks; /* names with a letter beyond ASCII */
    uint64_t apostrophes;
    uint64_t hyphens;
    uint64_t iso_dates;
    char last_id[16];
};

static bool
holds(const struct tally_cell *cell, char c)
{
    return memchr(cell->data, c, cell->len) != NULL;
}

static void
look_at_health(void *ctx, const struct tally_cell *cells)
{
    struct health *h = ctx;
    bool mark = false;
    char id[16];

    assert_true(cells[0].len < sizeof id);
    memcpy(id, cells[0].data, cells[0].len);
    id[cells[0].len] = '\0';
    assert_true(strcmp(id, h->last_id) > 0);
    strcpy(h->last_id, id);
    for (size_t i = 0; i < cells[2].len; i++) {
        mark |= cells[2].data[i] >= 0x80;
    }
    h->marks += mark;
    h->apostrophes += holds(&cells[2], '\'');
    h->hyphens += holds(&cells[2], '-');
    h->iso_dates += cells[3].len == 10 && cells[3].data[4] == '-';
    if (cells[7].len == 10) {
        char digits[11] = "";

        memcpy(digits, cells[7].data, 10);
        digits[9] = '\0';
        h->valid_nhs += tally_synth_nhs_check((uint32_t)strtoul(digits, NULL, 10)) ==
                        (unsigned)(cells[7].data[9] - '0');
    }
}

static void
agencies_see_whom_they_should(void **state)
{
    struct tally_synth_job job = job_of(20000, "out");
    struct tally_synth_summary summary = make(&job);
    struct health health = {0};

    (void)state;
    assert_int_equal(summary.people, 20000);
    assert_in_range(summary.records[0], 1900, 2700);
    assert_in_range(summary.records[1], 18700, 19400);
    assert_in_range(summary.records[2], 3000, 4000);
    assert_int_equal(each_row("out/health.csv", look_at_health, &health),
                     summary.records[1]);
    assert_true(health.valid_nhs > summary.records[1] * 97 / 100);
    assert_true(health.valid_nhs < summary.records[1]);
    assert_true(health.iso_dates > summary.records[1] * 99 / 100);
    assert_true(health.marks > 20 && health.apostrophes > 20 && health.hyphens > 100);
    assert_int_equal(each_row("out/police.csv", NULL, NULL), summary.records[0]);
    assert_int_equal(each_row("out/truth.csv", NULL, NULL),
                     summary.records[0] + summary.records[1] + summary.records[2]);
    assert_int_equal(each_row("out/truth_groups.csv", NULL, NULL),
                     summary.records[0] + summary.records[1] + summary.records[2]);
}

static void
check_truth_row(void *ctx, const struct tally_cell *cells)
{
    char *seen = ctx;
    char text[24] = "";
    unsigned long person;

    assert_int_equal(cells[0].len, 6);
    assert_true(cells[2].len < sizeof text);
    memcpy(text, cells[2].data, cells[2].len);
    person = strtoul(text, NULL, 10);
    assert_in_range(person, 1, 2000);
    assert_int_equal(seen[person], 0);
    seen[person] = 1;
}

static void
nobody_stands_twice_in_a_source(void **state)
{
    static const char *const one[] = {"health"};
    struct tally_synth_job job = job_of(2000, "out");
    char *seen = calloc(2001, 1);

    (void)state;
    assert_non_null(seen);
    job.sources = one;
    job.nsources = 1;
    make(&job);
    each_row("out/truth.csv", check_truth_row, seen);
    free(seen);
}

struct group_counts {
    uint64_t british;
    uint64_t renamed;
    uint64_t homes[4];
};

static void
count_groups(void *ctx, const struct tally_cell *cells)
{
    static const char *const homes[] = {"alone", "couple", "family", "shared"};
    struct group_counts *c = ctx;
    unsigned kinds = 0;

    c->british += cells[7].data[0] == 'B';
    c->renamed += cells[8].data[0] == 'y';
    for (size_t i = 0; i < 4; i++) {
        bool is = strlen(homes[i]) == cells[9].len &&
                  memcmp(homes[i], cells[9].data, cells[9].len) == 0;

        c->homes[i] += is;
        kinds += is;
    }
    assert_int_equal(kinds, 1);
}

static struct group_counts
groups_under(const char *scenario, const char *out)
{
    struct tally_synth_job job = job_of(4000, out);
    struct group_counts c = {0};
    char path[64];

    job.scenario = scenario;
    make(&job);
    (void)snprintf(path, sizeof path, "%s/truth_groups.csv", out);
    assert_true(each_row(path, count_groups, &c) > 4000);
    return c;
}

static void
count_blanks(void *ctx, const struct tally_cell *cells)
{
    *(uint64_t *)ctx += cells[1].len == 0;
}

static void
scenarios_change_who_there_is_and_what_is_known(void **state)
{
    struct group_counts usual = groups_under(NULL, "usual");
    struct group_counts care = groups_under("care", "care");
    struct group_counts married = groups_under("married", "married");
    struct group_counts names = groups_under("names", "names");
    struct tally_synth_job job = job_of(4000, "missing");
    uint64_t blanks = 0;
    uint64_t rows;

    (void)state;
    assert_true(care.renamed > 3 * usual.renamed / 2);
    assert_true(married.renamed > 3 * usual.renamed / 2);
    assert_true(names.british * 3 < usual.british * 2);
    for (size_t i = 0; i < 4; i++) {
        assert_true(usual.homes[i] > 0);
    }
    job.scenario = "missing";
    make(&job);
    rows = each_row("missing/health.csv", count_blanks, &blanks);
    assert_true(blanks * 100 > rows * 15 && blanks * 100 < rows * 25);
}

static void
the_usual_scenario_is_the_default(void **state)
{
    struct tally_synth_job one = job_of(300, "one");
    struct tally_synth_job two = job_of(300, "two");

    (void)state;
    two.scenario = "usual";
    make(&one);
    make(&two);
    assert_same_file("one/police.csv", "two/police.csv");
    two.scenario = "unusual";
    two.force = true;
    assert_int_equal(refused(&two), TALLY_E_USAGE);
}

static void
existing_files_are_refused_without_force(void **state)
{
    struct tally_synth_job job = job_of(100, "out");

    (void)state;
    make(&job);
    assert_int_equal(unlink("out/truth.csv"), 0);
    tally_scratch_put("out/health.csv", "mine", 0600);
    assert_int_equal(refused(&job), TALLY_E_EXISTS);
    tally_scratch_holds("out/health.csv", "mine");
    assert_int_not_equal(access("out/truth.csv", F_OK), 0);
    job.force = true;
    make(&job);
    assert_int_equal(access("out/truth.csv", F_OK), 0);
}

static void
names_that_are_no_file_names_are_refused(void **state)
{
    static const char *const bad[] = {"",       "Police",      "../x", "a/b",
                                      "-a",     "truth",       "a.b",  "a b",
                                      "pólice", "truth_groups"};
    static const char *const twice[] = {"health", "health"};
    struct tally_synth_job job = job_of(10, "out");

    (void)state;
    job.nsources = 1;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        job.sources = &bad[i];
        assert_int_equal(refused(&job), TALLY_E_USAGE);
    }
    job.sources = twice;
    job.nsources = 2;
    assert_int_equal(refused(&job), TALLY_E_USAGE);
    job.nsources = 0;
    assert_int_equal(refused(&job), TALLY_E_USAGE);
    job.nsources = 17;
    assert_int_equal(refused(&job), TALLY_E_USAGE);
    job = job_of(20000001, "out");
    assert_int_equal(refused(&job), TALLY_E_USAGE);
    assert_int_equal(tally_scratch_count(), 0);
}

static void
an_interrupt_leaves_nothing_behind(void **state)
{
    struct tally_synth_job job = job_of(5000, "out");
    enum tally_code code;

    (void)state;
    tally_interrupt_set(true);
    code = refused(&job);
    tally_interrupt_set(false);
    assert_int_equal(code, TALLY_E_INTERRUPTED);
    assert_int_equal(tally_scratch_count(), 0);
}

static void
a_folder_that_cannot_be_made_is_an_error(void **state)
{
    struct tally_synth_job job = job_of(10, "no/such/place");

    (void)state;
    assert_int_equal(refused(&job), TALLY_E_IO);
    tally_scratch_put("file", "x", 0600);
    job.out = "file";
    assert_int_equal(refused(&job), TALLY_E_EXISTS);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
#define T(name)                                                                          \
    cmocka_unit_test_setup_teardown(name, tally_scratch_enter, tally_scratch_leave)
        T(generators_give_their_published_sequences),
        T(dates_count_days_from_1970_both_ways),
        T(nhs_check_digits_follow_the_modulus_11_rule),
        T(surnames_take_the_form_of_their_bearer),
        T(households_share_surname_and_address_and_have_twins),
        T(forenames_follow_the_year_of_birth),
        T(errors_keep_text_valid_and_within_its_room),
        T(errors_do_what_they_say),
        T(same_job_gives_same_bytes),
        T(a_source_does_not_depend_on_the_others),
        T(another_seed_gives_another_population),
        T(nobody_at_all_gives_files_with_headers_only),
        T(agencies_see_whom_they_should),
        T(nobody_stands_twice_in_a_source),
        T(existing_files_are_refused_without_force),
        T(scenarios_change_who_there_is_and_what_is_known),
        T(the_usual_scenario_is_the_default),
        T(names_that_are_no_file_names_are_refused),
        T(an_interrupt_leaves_nothing_behind),
        T(a_folder_that_cannot_be_made_is_an_error),
#undef T
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
