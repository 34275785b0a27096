/*
 * The cohort: payload meets pseudonym, order is gone, dummy records give nobody, and what
 * the analyst may not hold is refused.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "bloom/base/bytes.h"
#include "bloom/base/interrupt.h"
#include "bloom/payload.h"
#include "linker/cohort.h"
#include "linker/db.h"
#include "linker/tables_count.h"
#include "protocols/linkmap.h"
#include "tests/support/encbuild.h"
#include "tests/support/nth.h"

#define APP 0x544c5943u
#define MAX 8

/** One source as a test writes it: tokens and pseudonyms are their first byte, repeated.
 */
struct given {
    const char *name;
    uint8_t delivery;
    size_t nmap;
    uint8_t tokens[MAX];
    uint8_t pseudonyms[MAX];
    uint32_t strengths[MAX];
    size_t ncolumns;
    const char *columns[4];
    size_t npay;
    uint8_t pay_tokens[MAX];
    const char *cells[MAX][4];
};

struct scratch {
    char dir[64];
    char map[96];
    char pay[2][96];
    char out[96];
    char csv[96];
    const char *payloads[2];
    struct tally_cohort_job job;
};

/*
 * Person 1 is in both, person 2 twice in police, person 3 in health only, person 4 in
 * police as a dummy record (no payload), person 5 is in both but its police record is a
 * dummy.
 */
static const struct given police = {
    .name = "police",
    .delivery = 1,
    .nmap = 5,
    .tokens = {1, 2, 3, 4, 5},
    .pseudonyms = {0x11, 0x22, 0x22, 0x44, 0x55},
    .strengths = {900000, 800000, 700000, 0, 950000},
    .ncolumns = 2,
    .columns = {"offence", "month"},
    .npay = 4,
    .pay_tokens = {1, 2, 3, 9},
    .cells = {{"theft", "2024-01"},
              {"zeta", "2024-03"},
              {"beta", "2024-02"},
              {"lost", ""}},
};
static const struct given health = {
    .name = "health",
    .delivery = 2,
    .nmap = 3,
    .tokens = {6, 7, 8},
    .pseudonyms = {0x33, 0x11, 0x55},
    .strengths = {0, 910000, 950000},
    .ncolumns = 4,
    .columns = {"Pseudonym", "Age", "age", "note"},
    .npay = 3,
    .pay_tokens = {6, 7, 8},
    .cells = {{"p", "40", "b", "=1+1"},
              {"q", "41", "c", "say \"hi\",\nplease"},
              {"", "", "", ""}},
};

static void
fill(uint8_t *out, const uint8_t *first, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        memset(out + 16 * i, first[i], 16);
    }
}

static void
check(int rc, const struct tally_err *err)
{
    if (rc != 0) {
        fail_msg("%s", err->text);
    }
}

static void
write_map(const char *path, const struct given *const *sources, size_t n)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_linkmap_source s[2];
    uint8_t tokens[2][16 * MAX];
    uint8_t pseudonyms[2][16 * MAX];
    uint8_t strengths[2][4 * MAX];
    uint8_t parts[4 * MAX] = {0};
    struct tally_outfile *f = NULL;

    memset(s, 0, sizeof s);
    for (size_t k = 0; k < n; k++) {
        const struct given *g = sources[k];

        fill(tokens[k], g->tokens, g->nmap);
        fill(pseudonyms[k], g->pseudonyms, g->nmap);
        for (size_t i = 0; i < g->nmap; i++) {
            tally_le32_store(&strengths[k][4 * i], g->strengths[i]);
        }
        snprintf(s[k].name, sizeof s[k].name, "%s", g->name);
        memset(s[k].delivery, g->delivery, TALLY_DELIVERY_BYTES);
        s[k].records = g->nmap;
        s[k].tokens = tokens[k];
        s[k].pseudonyms = pseudonyms[k];
        s[k].strengths = strengths[k];
        s[k].parts = parts;
        s[k].wider = pseudonyms[k];
    }
    check(tally_outfile_open(&f, path, 0600, true, &err), &err);
    check(tally_linkmap_write(f, s, n, &err), &err);
    check(tally_outfile_commit(&f, 1, &err), &err);
    tally_outfile_free(f);
}

static void
pack(struct tally_buf *b, const struct given *g, size_t i)
{
    struct tally_err err = TALLY_ERR_INIT;

    b->len = 0;
    for (size_t j = 0; j < g->ncolumns; j++) {
        uint8_t len[4];

        tally_le32_store(len, (uint32_t)strlen(g->cells[i][j]));
        check(tally_buf_append(b, len, 4, &err), &err);
        check(tally_buf_append(b, g->cells[i][j], strlen(g->cells[i][j]), &err), &err);
    }
}

static void
write_payload(const char *path, const struct given *g)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_payload_info info;
    struct tally_payload_writer *w = NULL;
    struct tally_outfile *f = NULL;
    struct tally_buf b = {0};
    uint8_t tokens[16 * MAX];
    uint64_t bytes = 0;

    memset(&info, 0, sizeof info);
    info.source = g->name;
    info.tool = "test";
    info.records = g->npay;
    info.ncolumns = g->ncolumns;
    info.columns = g->columns;
    memset(info.delivery, g->delivery, TALLY_DELIVERY_BYTES);
    fill(tokens, g->pay_tokens, g->npay);
    for (size_t i = 0; i < g->npay; i++) {
        pack(&b, g, i);
        bytes += b.len;
    }
    check(tally_outfile_open(&f, path, 0600, true, &err), &err);
    check(tally_payload_begin(&w, f, &info, bytes, &err), &err);
    for (size_t i = 0; i < g->npay; i++) {
        pack(&b, g, i);
        check(tally_payload_add(w, tokens + 16 * i, b.data, b.len, &err), &err);
    }
    check(tally_payload_end(w, &err), &err);
    check(tally_outfile_commit(&f, 1, &err), &err);
    tally_payload_writer_free(w);
    tally_outfile_free(f);
    tally_buf_free(&b);
}

static int
setup(void **state)
{
    const struct given *const both[] = {&police, &health};
    struct scratch *s = calloc(1, sizeof *s);

    assert_non_null(s);
    strcpy(s->dir, "/tmp/tally-test-cohort-XXXXXX");
    assert_non_null(mkdtemp(s->dir));
    snprintf(s->map, sizeof s->map, "%s/in.map", s->dir);
    snprintf(s->pay[0], sizeof s->pay[0], "%s/police.pay", s->dir);
    snprintf(s->pay[1], sizeof s->pay[1], "%s/health.pay", s->dir);
    snprintf(s->out, sizeof s->out, "%s/cohort.db", s->dir);
    snprintf(s->csv, sizeof s->csv, "%s/csv", s->dir);
    write_map(s->map, both, 2);
    write_payload(s->pay[0], &police);
    write_payload(s->pay[1], &health);
    s->payloads[0] = s->pay[0];
    s->payloads[1] = s->pay[1];
    s->job.linkmap = s->map;
    s->job.payloads = s->payloads;
    s->job.npayloads = 2;
    s->job.out = s->out;
    *state = s;
    return 0;
}

static int
teardown(void **state)
{
    struct scratch *s = *state;
    char cmd[128];

    tally_interrupt_set(false);
    snprintf(cmd, sizeof cmd, "rm -rf %s", s->dir);
    assert_int_equal(system(cmd), 0);
    free(s);
    return 0;
}

static struct tally_cohort_summary
build(const struct scratch *s)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_cohort_summary summary;

    check(tally_cohort_build(&s->job, &summary, &err), &err);
    return summary;
}

/** Entries of the folder, "." and ".." not counted. */
static size_t
entries(const char *dir)
{
    DIR *d = opendir(dir);
    size_t n = 0;

    assert_non_null(d);
    while (readdir(d) != NULL) {
        n++;
    }
    closedir(d);
    return n - 2;
}

/** A failed build leaves the folder as it was. */
static struct tally_err
build_fails(const struct scratch *s)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_cohort_summary summary;
    size_t before = entries(s->dir);

    assert_int_equal(tally_cohort_build(&s->job, &summary, &err), -1);
    assert_int_equal(entries(s->dir), before);
    return err;
}

/** The rows of ${sql} as "a|b|c;d|e|f;". */
static void
assert_rows(const char *path, const char *sql, const char *want)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_db *db = NULL;
    struct tally_stmt *q = NULL;
    char got[2048] = "";
    int rc;

    check(tally_db_open(&db, path, TALLY_DB_READ, APP, &err), &err);
    check(tally_db_prepare(db, sql, &q, &err), &err);
    while ((rc = tally_db_step(q, &err)) == 1) {
        strcat(got, tally_db_text(q, 0, NULL));
        strcat(got, ";");
    }
    check(rc, &err);
    tally_db_finalize(q);
    tally_db_close(db);
    assert_string_equal(got, want);
}

static char *
read_text(const char *dir, const char *name)
{
    struct tally_err err = TALLY_ERR_INIT;
    char path[200];
    uint8_t *data = NULL;
    size_t len;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    check(tally_file_read(path, 1 << 20, &data, &len, &err), &err);
    return (char *)data;
}

#define P11 "11111111111111111111111111111111"
#define P22 "22222222222222222222222222222222"
#define P33 "33333333333333333333333333333333"
#define P55 "55555555555555555555555555555555"

static void
people_carry_flags_and_the_strength_of_their_weakest_record(void **state)
{
    struct scratch *s = *state;
    struct tally_cohort_summary summary = build(s);

    assert_int_equal(summary.people, 4);
    assert_int_equal(summary.linked_people, 1);
    assert_rows(
        s->out,
        "SELECT pseudonym || '|' || sources || '|' || seen_police || '|' || seen_health"
        " || '|' || coalesce(match_strength, 'none') FROM person",
        P11 "|2|1|1|0.9;" P22 "|1|1|0|0.7;" P33 "|1|0|1|none;" P55 "|1|0|1|none;");
}

static void
dummy_records_and_strangers_are_dropped_and_counted(void **state)
{
    struct scratch *s = *state;
    struct tally_cohort_summary summary = build(s);

    assert_int_equal(summary.nsources, 2);
    assert_string_equal(summary.sources[0].name, "police");
    assert_int_equal(summary.sources[0].rows, 3);
    assert_int_equal(summary.sources[0].no_payload, 2);
    assert_int_equal(summary.sources[0].no_link, 1);
    assert_string_equal(summary.sources[1].name, "health");
    assert_int_equal(summary.sources[1].rows, 3);
    assert_int_equal(summary.sources[1].no_payload, 0);
    assert_int_equal(summary.sources[1].no_link, 0);
}

static void
rows_stand_by_pseudonym_and_then_by_what_they_say(void **state)
{
    struct scratch *s = *state;

    build(s);
    /* Person 2 has "zeta" under the lower token: the order of tokens is gone. */
    assert_rows(s->out,
                "SELECT pseudonym || '|' || offence || '|' || month FROM source_police"
                " ORDER BY rowid",
                P11 "|theft|2024-01;" P22 "|beta|2024-02;" P22 "|zeta|2024-03;");
}

static void
columns_that_a_database_cannot_tell_apart_get_a_number(void **state)
{
    struct scratch *s = *state;

    build(s);
    assert_rows(s->out,
                "SELECT column_name || '|' || payload_name FROM cohort_column"
                " WHERE source = 'health' ORDER BY position",
                "Pseudonym_2|Pseudonym;Age|Age;age_2|age;note|note;");
    assert_rows(s->out,
                "SELECT Pseudonym_2 || Age || age_2 FROM source_health ORDER BY rowid",
                "q41c;p40b;;");
}

static void
the_file_says_what_it_is(void **state)
{
    struct scratch *s = *state;
    struct stat st;

    build(s);
    assert_rows(
        s->out,
        "SELECT value FROM cohort_info WHERE key IN ('format', 'recipient', 'status')"
        " ORDER BY key",
        "tallystick cohort;analyst;pseudonymised personal data;");
    assert_rows(s->out,
                "SELECT name || '|' || table_name || '|' || seen_column || '|' || rows"
                " FROM cohort_source ORDER BY position",
                "police|source_police|seen_police|3;health|source_health|seen_health|3;");
    assert_int_equal(stat(s->out, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(entries(s->dir), 4);
}

static void
no_token_delivery_or_dropped_row_is_in_the_file(void **state)
{
    struct scratch *s = *state;
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t *data = NULL;
    uint8_t run[16];
    size_t len = 0;

    build(s);
    check(tally_file_read(s->out, 1 << 20, &data, &len, &err), &err);
    for (uint8_t b = 1; b < 10; b++) {
        char hex[33];

        memset(run, b, sizeof run);
        tally_hex_encode(run, sizeof run, hex);
        assert_null(memmem(data, len, run, sizeof run));
        assert_null(memmem(data, len, hex, 32));
    }
    assert_null(memmem(data, len, "lost", 4));
    assert_null(memmem(data, len, "4444444444444444", 16));
    free(data);
}

static void
the_same_inputs_give_the_same_bytes_in_any_order(void **state)
{
    struct scratch *s = *state;
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t *first = NULL;
    uint8_t *second = NULL;
    size_t nfirst;
    size_t nsecond;

    build(s);
    check(tally_file_read(s->out, 1 << 20, &first, &nfirst, &err), &err);
    s->payloads[0] = s->pay[1];
    s->payloads[1] = s->pay[0];
    s->job.force = true;
    build(s);
    check(tally_file_read(s->out, 1 << 20, &second, &nsecond, &err), &err);
    assert_int_equal(nfirst, nsecond);
    assert_memory_equal(first, second, nfirst);
    free(first);
    free(second);
}

static void
csv_files_say_the_same_and_are_safe_to_open(void **state)
{
    struct scratch *s = *state;
    char *text;

    s->job.csv_dir = s->csv;
    build(s);
    assert_int_equal(entries(s->csv), 3);
    text = read_text(s->csv, "person.csv");
    assert_string_equal(text,
                        "pseudonym,sources,seen_police,seen_health,match_strength\n" P11
                        ",2,1,1,0.900000\n" P22 ",1,1,0,0.700000\n" P33 ",1,0,1,\n" P55
                        ",1,0,1,\n");
    free(text);
    text = read_text(s->csv, "police.csv");
    assert_string_equal(text, "pseudonym,offence,month\n" P11 ",theft,2024-01\n" P22
                              ",beta,2024-02\n" P22 ",zeta,2024-03\n");
    free(text);
    text = read_text(s->csv, "health.csv");
    assert_string_equal(text, "pseudonym,Pseudonym_2,Age,age_2,note\n" P11
                              ",q,41,c,\"say \"\"hi\"\",\nplease\"\n" P33
                              ",p,40,b,'=1+1\n" P55 ",,,,\n");
    free(text);
}

static void
a_source_called_person_does_not_take_the_file_of_people(void **state)
{
    struct scratch *s = *state;
    struct given odd = police;
    const struct given *const both[] = {&odd, &health};

    odd.name = "Person";
    write_map(s->map, both, 2);
    write_payload(s->pay[0], &odd);
    s->job.csv_dir = s->csv;
    build(s);
    free(read_text(s->csv, "person.csv"));
    free(read_text(s->csv, "source_Person.csv"));
    assert_rows(s->out, "SELECT COUNT(*) FROM source_Person", "3;");
}

static void
a_source_without_a_payload_part_is_left_out(void **state)
{
    struct scratch *s = *state;
    struct tally_cohort_summary summary;

    s->job.npayloads = 1;
    summary = build(s);
    assert_int_equal(summary.nsources, 1);
    assert_int_equal(summary.people, 2);
    assert_rows(s->out, "SELECT name FROM pragma_table_info('person')",
                "pseudonym;sources;seen_police;match_strength;wider;");
}

static void
a_payload_without_rows_gives_an_empty_table(void **state)
{
    struct scratch *s = *state;
    struct given none = police;

    none.npay = 0;
    write_payload(s->pay[0], &none);
    build(s);
    assert_rows(s->out, "SELECT COUNT(*) FROM source_police", "0;");
    assert_rows(s->out, "SELECT SUM(seen_police) FROM person", "0;");
}

static void
a_payload_without_columns_says_who_was_seen(void **state)
{
    struct scratch *s = *state;
    struct given bare = health;
    char *csv;

    bare.ncolumns = 0;
    write_payload(s->pay[1], &bare);
    s->job.csv_dir = s->csv;
    assert_int_equal(build(s).people, 4);
    assert_rows(s->out, "SELECT pseudonym || '|' || seen_health FROM person",
                P11 "|1;" P22 "|0;" P33 "|1;" P55 "|1;");
    assert_rows(s->out, "SELECT pseudonym FROM source_health", P11 ";" P33 ";" P55 ";");
    csv = read_text(s->csv, "health.csv");
    assert_int_equal(strncmp(csv, "pseudonym", 9), 0);
    assert_null(strchr(csv, ','));
    free(csv);
}

static void
encodings_are_refused_by_what_they_are(void **state)
{
    struct scratch *s = *state;
    struct tally_enc_info info = tally_encbuild_info("police", 1, 64);
    uint8_t row[8] = {1};
    struct tally_err err;

    tally_encbuild(s->pay[0], &info, row, NULL, NULL);
    err = build_fails(s);
    assert_int_equal(err.code, TALLY_E_POLICY);
    assert_non_null(strstr(err.text, "the analyst may not hold encodings"));
    write_payload(s->pay[0], &police);
    tally_encbuild(s->map, &info, row, NULL, NULL);
    assert_int_equal(build_fails(s).code, TALLY_E_POLICY);
}

static void
files_that_do_not_fit_together_are_refused(void **state)
{
    struct scratch *s = *state;
    struct given stranger = police;
    struct tally_err err;

    stranger.delivery = 7;
    write_payload(s->pay[0], &stranger);
    err = build_fails(s);
    assert_int_equal(err.code, TALLY_E_DATA);
    assert_non_null(strstr(err.text, s->pay[0]));
    assert_non_null(strstr(err.text, s->map));
    s->payloads[0] = s->pay[1];
    assert_int_equal(build_fails(s).code, TALLY_E_USAGE);
    s->payloads[0] = s->map;
    assert_int_equal(build_fails(s).code, TALLY_E_FORMAT);
    s->job.npayloads = 0;
    assert_int_equal(build_fails(s).code, TALLY_E_USAGE);
    s->job.npayloads = 2;
    s->payloads[0] = "/nonexistent.pay";
    assert_int_equal(build_fails(s).code, TALLY_E_NO_FILE);
}

static void
outputs_that_exist_are_kept(void **state)
{
    struct scratch *s = *state;
    char path[128];
    char *text;

    build(s);
    assert_int_equal(build_fails(s).code, TALLY_E_EXISTS);
    s->job.out = s->map;
    s->job.force = true;
    assert_int_equal(build_fails(s).code, TALLY_E_USAGE);
    s->job.out = s->out;
    s->job.force = false;
    unlink(s->out);
    assert_int_equal(mkdir(s->csv, 0700), 0);
    snprintf(path, sizeof path, "%s/health.csv", s->csv);
    fclose(fopen(path, "w"));
    s->job.csv_dir = s->csv;
    assert_int_equal(build_fails(s).code, TALLY_E_EXISTS);
    assert_int_equal(entries(s->csv), 1);
    s->job.force = true;
    build(s);
    text = read_text(s->csv, "health.csv");
    assert_int_equal(strncmp(text, "pseudonym,", 10), 0);
    free(text);
}

static void
an_interrupt_leaves_nothing(void **state)
{
    struct scratch *s = *state;

    s->job.csv_dir = s->csv;
    tally_interrupt_set(true);
    assert_int_equal(build_fails(s).code, TALLY_E_INTERRUPTED);
}

static void
facts_for_a_report_come_back(void **state)
{
    struct scratch *s = *state;
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_cohort_facts f;

    build(s);
    check(tally_cohort_read(s->out, &f, &err), &err);
    assert_int_equal(f.people, 4);
    assert_int_equal(f.nsources, 2);
    assert_string_equal(f.names[0], "police");
    assert_string_equal(f.names[1], "health");
    assert_int_equal(f.rows[0], 3);
    assert_int_equal(f.rows[1], 3);
    assert_int_equal(f.noverlaps, 3);
    assert_int_equal(f.overlap_masks[0], 2);
    assert_int_equal(f.overlap_people[0], 2);
    assert_int_equal(f.overlap_masks[1], 1);
    assert_int_equal(f.overlap_people[1], 1);
    assert_int_equal(f.overlap_masks[2], 3);
    assert_int_equal(f.overlap_people[2], 1);
    tally_cohort_facts_free(&f);
    tally_cohort_facts_free(NULL);
    assert_int_equal(tally_cohort_read(s->map, &f, &err), -1);
    assert_int_equal(err.code, TALLY_E_FORMAT);
}

static void
a_cohort_that_makes_no_sense_is_corrupt(void **state)
{
    static const char *const damage[] = {
        "DELETE FROM cohort_source",
        "UPDATE cohort_source SET seen_column = 'nothing'",
        "UPDATE cohort_source SET name = 'a b' WHERE position = 1",
        "UPDATE cohort_source SET rows = -1",
        "UPDATE person SET seen_health = 0, seen_police = 0",
        "UPDATE person SET seen_health = 8",
    };
    struct scratch *s = *state;

    s->job.force = true;
    for (size_t i = 0; i < sizeof damage / sizeof damage[0]; i++) {
        struct tally_err err = TALLY_ERR_INIT;
        struct tally_cohort_facts f;
        struct tally_db *db = NULL;

        build(s);
        check(tally_db_open(&db, s->out, TALLY_DB_READ_WRITE, APP, &err), &err);
        check(tally_db_exec(db, damage[i], &err), &err);
        tally_db_close(db);
        if (tally_cohort_read(s->out, &f, &err) == 0 || err.code != TALLY_E_CORRUPT) {
            fail_msg("not noticed: %s (%s)", damage[i], err.text);
        }
    }
}

/* The list ${rows}, of which "source:first byte of the token:person" each, between
 * blanks. */
static void
write_canaries(struct scratch *s, const char *rows)
{
    static char path[128];
    char source[32], person[32], token[33];
    unsigned byte;
    int used;
    FILE *f;

    snprintf(path, sizeof path, "%s/canaries.csv", s->dir);
    f = fopen(path, "w");
    assert_non_null(f);
    fputs("source,token,person\n", f);
    while (sscanf(rows, " %31[^:]:%x:%31s%n", source, &byte, person, &used) == 3) {
        for (size_t i = 0; i < 16; i++) {
            snprintf(token + 2 * i, 3, "%02x", byte);
        }
        fprintf(f, "%s,%s,%s\n", source, token, person);
        rows += used;
    }
    assert_int_equal(fclose(f), 0);
    s->job.canaries = path;
}

static void
canaries_that_are_linked_as_they_must_be_stay_out_of_the_cohort(void **state)
{
    struct scratch *s = *state;
    struct tally_cohort_summary summary;

    write_canaries(s, "police:1:ann health:7:ann health:6:bob");
    summary = build(s);
    assert_int_equal(summary.canaries, 3);
    assert_int_equal(summary.sources[0].no_link, 1);
    assert_int_equal(summary.sources[1].no_payload, 0);
    assert_rows(s->out, "SELECT pseudonym FROM person", P22 ";" P55 ";");
    assert_rows(s->out, "SELECT offence FROM source_police", "beta;zeta;");
}

static void
a_link_map_that_is_wrong_about_canaries_gives_no_cohort(void **state)
{
    static const char *const cases[][2] = {
        {"police:2:ann health:7:ann",
         "of 2 canaries the link map lacks 0, 1 are not linked "
         "to their person, 0 are linked to another"},
        {"police:2:ann police:3:bob",
         "of 2 canaries the link map lacks 0, 0 are not linked "
         "to their person, 1 are linked to another"},
        {"police:f:ann health:7:ann",
         "of 2 canaries the link map lacks 1, 0 are not linked "
         "to their person, 0 are linked to another"},
    };
    struct scratch *s = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tally_err err;

        write_canaries(s, cases[i][0]);
        err = build_fails(s);
        assert_string_equal(err.text, cases[i][1]);
        assert_int_equal(err.code, TALLY_E_ANSWER_NO);
    }
}

static void
lists_of_canaries_that_are_none_are_refused(void **state)
{
    static const char *const texts[] = {
        "source,token\npolice,01010101010101010101010101010101\n",
        "source,token,person\n",
        "source,token,person\npolice,0101,ann\n",
        "source,token,person\npolice,0101010101010101010101010101010x,ann\n",
        "source,token,person\npolice,01010101010101010101010101010101,\n",
        "source,token,person\nprison,01010101010101010101010101010101,ann\n",
        ("source,token,person\npolice,01010101010101010101010101010101,ann\n"
         "police,01010101010101010101010101010101,bob\n"),
    };
    struct scratch *s = *state;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        FILE *f;

        write_canaries(s, "");
        f = fopen(s->job.canaries, "w");
        assert_non_null(f);
        fputs(texts[i], f);
        assert_int_equal(fclose(f), 0);
        assert_int_equal(build_fails(s).code, TALLY_E_DATA);
    }
}

/* A table of the levels that are found in the cohort at ${ctx}. */
static int
count_a_table(void *ctx, struct tally_err *err)
{
    static const char text[] =
        "{\"tallystick\": \"tables\", \"version\": 1, \"name\": \"few\", "
        "\"title\": \"Offences\", \"events\": [{\"name\": \"any\", "
        "\"source\": \"police\"}], \"dimensions\": [{\"name\": \"offence\", "
        "\"column\": \"offence\", \"levels\": \"found\"}], "
        "\"tables\": [{\"name\": \"few\", \"title\": \"Few\", "
        "\"count\": \"records\", \"event\": \"any\", \"by\": [\"offence\"]}]}";
    struct tally_tables *spec = NULL;
    struct tally_counts *counts = NULL;
    struct tally_asked asked = {.fixed = NULL};
    struct tally_counting_job job = {
        .cohort = ctx, .asked = &asked, .nasked = 1, .threshold = 1};
    int rc = -1;

    if (tally_tables_read(&spec, "few", text, sizeof text - 1, err) == 0) {
        asked.spec = spec;
        rc = tally_count_tables(&counts, &job, err);
    }
    if (rc == 0) {
        assert_int_equal(counts->ntables, 1);
        assert_int_equal(counts->tables[0].dims[0].nlevels, 3);
    }
    tally_counts_free(counts);
    tally_tables_free(spec);
    return rc;
}

/* Levels that could not be remembered were taken for too many. */
static void
tables_that_memory_runs_out_for_say_so(void **state)
{
    struct scratch *s = *state;

    build(s);
    assert_true(tally_nth_each(TALLY_NTH_ALLOC, 0, count_a_table, s->out) > 100);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            people_carry_flags_and_the_strength_of_their_weakest_record, setup, teardown),
        cmocka_unit_test_setup_teardown(
            dummy_records_and_strangers_are_dropped_and_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(rows_stand_by_pseudonym_and_then_by_what_they_say,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(
            columns_that_a_database_cannot_tell_apart_get_a_number, setup, teardown),
        cmocka_unit_test_setup_teardown(the_file_says_what_it_is, setup, teardown),
        cmocka_unit_test_setup_teardown(no_token_delivery_or_dropped_row_is_in_the_file,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(the_same_inputs_give_the_same_bytes_in_any_order,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(csv_files_say_the_same_and_are_safe_to_open,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_source_called_person_does_not_take_the_file_of_people, setup, teardown),
        cmocka_unit_test_setup_teardown(a_source_without_a_payload_part_is_left_out,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_payload_without_rows_gives_an_empty_table,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_payload_without_columns_says_who_was_seen,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(encodings_are_refused_by_what_they_are, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(files_that_do_not_fit_together_are_refused, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(outputs_that_exist_are_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(an_interrupt_leaves_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(facts_for_a_report_come_back, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cohort_that_makes_no_sense_is_corrupt, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            canaries_that_are_linked_as_they_must_be_stay_out_of_the_cohort, setup,
            teardown),
        cmocka_unit_test_setup_teardown(
            a_link_map_that_is_wrong_about_canaries_gives_no_cohort, setup, teardown),
        cmocka_unit_test_setup_teardown(lists_of_canaries_that_are_none_are_refused,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(tables_that_memory_runs_out_for_say_so, setup,
                                        teardown),
    };

    return cmocka_run_group_tests_name("cohort", tests, NULL, NULL);
}
