/*
 * The synthetic population, household by household, into one shuffled file a source. The
 * shuffle is a sort by random keys, so memory stays bounded; ids are given in the
 * shuffled order.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/synth.h"

#include "benchmarks/synth_view.h"
#include "bloom/base/bytes.h"
#include "bloom/base/csv.h"
#include "bloom/base/file.h"
#include "bloom/base/interrupt.h"
#include "bloom/base/sorter.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PEOPLE_MAX    20000000u
#define SOURCES_MAX   16u
#define SOURCE_BYTES  63u
#define SORT_MEMORY   (192u << 20) /* over all sources */
#define RECORD_BYTES  4096u        /* a person's number, group columns and cells */
#define STREAM_VIEW   0x76696577u
#define PROGRESS_STEP 1024u
#define GROUPS        8 /* columns of truth_groups.csv after source and id */

struct output {
    const char *name;
    struct tally_synth_profile *profile;
    uint64_t stream; /* of this source's randomness: depends on its name only */
    struct tally_sorter *sorter;
    struct tally_outfile *file;
};

struct run {
    const struct tally_synth_job *job;
    const struct tally_synth_scenario *scenario;
    struct tally_synth_lists *lists;
    struct output outputs[SOURCES_MAX];
    struct tally_outfile *truth;
    struct tally_outfile *groups;
    bool made_folder;
};

static int
check_source(const struct tally_synth_job *job, size_t i, struct tally_err *err)
{
    const char *name = job->sources[i];
    size_t len = strlen(name);

    for (size_t k = 0; k < len; k++) {
        if (!islower((unsigned char)name[k]) && !isdigit((unsigned char)name[k]) &&
            (k == 0 || (name[k] != '_' && name[k] != '-'))) {
            len = 0;
        }
    }
    if (len == 0 || len > SOURCE_BYTES) {
        tally_err_set(err, TALLY_E_USAGE,
                      "source %zu has a name that cannot be a file name", i + 1);
        return tally_err_hint(err,
                              "use 1 to %u lower-case letters, digits, - and _, the "
                              "first a letter or digit",
                              SOURCE_BYTES);
    }
    if (strcmp(name, "truth") == 0 || strcmp(name, "truth_groups") == 0) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "a source cannot be called '%s': that file holds the truth",
                             name);
    }
    for (size_t k = 0; k < i; k++) {
        if (strcmp(name, job->sources[k]) == 0) {
            return tally_err_set(err, TALLY_E_USAGE, "source '%s' is given twice", name);
        }
    }
    return 0;
}

static int
check_job(const struct tally_synth_job *job, struct tally_err *err)
{
    if (job->people > PEOPLE_MAX) {
        return tally_err_set(err, TALLY_E_USAGE, "more than %u people", PEOPLE_MAX);
    }
    if (job->nsources == 0 || job->nsources > SOURCES_MAX) {
        return tally_err_set(err, TALLY_E_USAGE, "%zu sources, not 1 to %u",
                             job->nsources, SOURCES_MAX);
    }
    if (tally_synth_scenario(job->scenario) == NULL) {
        tally_err_set(err, TALLY_E_USAGE, "there is no such scenario");
        return tally_err_hint(err, "it is one of %s", tally_synth_scenarios());
    }
    for (size_t i = 0; i < job->nsources; i++) {
        if (check_source(job, i, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int
make_folder(struct run *run, struct tally_err *err)
{
    struct stat st;

    if (mkdir(run->job->out, 0777) == 0) {
        run->made_folder = true;
        return 0;
    }
    if (errno != EEXIST) {
        return tally_err_errno(err, TALLY_E_IO, "cannot make folder '%s'", run->job->out);
    }
    if (stat(run->job->out, &st) == 0 && !S_ISDIR(st.st_mode)) {
        return tally_err_set(err, TALLY_E_EXISTS, "'%s' exists and is not a folder",
                             run->job->out);
    }
    return 0;
}

static int
open_file(const struct run *run, const char *name, struct tally_outfile **out,
          char path[4096], struct tally_err *err)
{
    int n = snprintf(path, 4096, "%s/%s.csv", run->job->out, name);

    if (n < 0 || n >= 4096) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "the name of the output folder is too long");
    }
    return tally_outfile_open(out, path, 0644, run->job->force, err);
}

static uint64_t
hash_name(const char *name)
{
    uint64_t h = STREAM_VIEW;

    for (; *name != '\0'; name++) {
        h = tally_synth_mix(h ^ (unsigned char)*name);
    }
    return h;
}

static int
open_outputs(struct run *run, struct tally_err *err)
{
    char path[4096];

    if (open_file(run, "truth", &run->truth, path, err) != 0 ||
        open_file(run, "truth_groups", &run->groups, path, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < run->job->nsources; i++) {
        struct output *o = &run->outputs[i];

        o->name = run->job->sources[i];
        o->profile = tally_synth_profile(o->name, run->scenario);
        if (o->profile == NULL) {
            return tally_err_nomem(err);
        }
        o->stream = hash_name(o->name);
        if (open_file(run, o->name, &o->file, path, err) != 0 ||
            tally_sorter_create(&o->sorter, SORT_MEMORY / run->job->nsources, path,
                                err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* What stands before the cells of a record in the sorter: text by text, each with a NUL.
 */
static void
pack_text(uint8_t *data, size_t *len, const char *text)
{
    size_t n = strlen(text) + 1;

    TALLY_INVARIANT(*len + n <= RECORD_BYTES);
    memcpy(data + *len, text, n);
    *len += n;
}

static int
add_record(struct output *o, const struct tally_synth_person *p, const char *household,
           const struct tally_synth_record *record, struct tally_synth_rng *r,
           struct tally_err *err)
{
    uint8_t key[TALLY_SORT_KEY];
    uint8_t data[RECORD_BYTES];
    size_t len = 8;

    tally_le64_store(key, tally_synth_next(r));
    tally_le64_store(key + 8, tally_synth_next(r));
    tally_le64_store(data, p->number);
    pack_text(data, &len, tally_synth_sex_label(p));
    pack_text(data, &len, tally_synth_age_band(p));
    pack_text(data, &len, tally_synth_groups[p->group].label);
    pack_text(data, &len, record->moved ? "yes" : "no");
    pack_text(data, &len, record->missing ? "yes" : "no");
    pack_text(data, &len, tally_synth_name_group(p));
    pack_text(data, &len, record->renamed ? "yes" : "no");
    pack_text(data, &len, household);
    for (size_t i = 0; i < record->ncells; i++) {
        pack_text(data, &len, record->cells[i]);
    }
    return tally_sorter_add(o->sorter, key, data, len, err);
}

/* Each (source, person) has randomness of its own: a source's file does not depend on
 * which others are made. */
static int
show_person(struct run *run, const struct tally_synth_person *p, const char *household,
            struct tally_synth_record *record, struct tally_err *err)
{
    for (size_t i = 0; i < run->job->nsources; i++) {
        struct output *o = &run->outputs[i];
        struct tally_synth_rng r;

        tally_synth_seed(&r, run->job->seed, o->stream, p->number);
        if (tally_synth_view(o->profile, run->lists, p, &r, record) &&
            add_record(o, p, household, record, &r, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int
populate(struct run *run, struct tally_err *err)
{
    struct tally_synth_source source = {.lists = run->lists,
                                        .seed = run->job->seed,
                                        .even_groups = run->scenario->even_groups};
    struct tally_synth_household home;
    struct tally_synth_record record;
    uint64_t people = 0;
    int rc = 0;

    tally_progress_begin(run->job->progress, "making people", "people", run->job->people);
    while (rc == 0 && people < run->job->people) {
        tally_synth_household(&source, &home);
        for (size_t i = 0; rc == 0 && i < home.n && people < run->job->people; i++) {
            tally_synth_befall(run->scenario, run->lists, run->job->seed,
                               &home.people[i]);
            rc = show_person(run, &home.people[i], home.kind, &record, err);
            people++;
            if (people % PROGRESS_STEP == 0) {
                tally_progress_add(run->job->progress, PROGRESS_STEP);
                rc = rc == 0 ? tally_interrupt_check(err) : rc;
            }
        }
    }
    tally_progress_end(run->job->progress);
    return rc;
}

static int
put_cell(struct tally_outfile *f, const char *text, bool last, struct tally_err *err)
{
    return tally_csv_write(f, text, strlen(text), last, err);
}

static int
write_headers(const struct run *run, struct tally_err *err)
{
    if (tally_outfile_printf(run->truth, err, "source,id,ent_id\n") != 0 ||
        tally_outfile_printf(
            run->groups, err,
            "source,id,sex,age_band,ethnic_group,moved,missing,name_group,"
            "renamed,household\n") != 0) {
        return -1;
    }
    for (size_t i = 0; i < run->job->nsources; i++) {
        const struct output *o = &run->outputs[i];
        const char *const *columns = tally_synth_columns(o->profile);

        if (put_cell(o->file, "id", false, err) != 0) {
            return -1;
        }
        for (; *columns != NULL; columns++) {
            if (put_cell(o->file, *columns, columns[1] == NULL, err) != 0) {
                return -1;
            }
        }
    }
    return 0;
}

/* One record out of the sorter: its row, its truth, its groups. */
static int
write_record(const struct run *run, const struct output *o, uint64_t row,
             const uint8_t *data, size_t len, struct tally_err *err)
{
    const char *text = (const char *)data + 8;
    const char *end = (const char *)data + len;
    char id[32];

    snprintf(id, sizeof id, "%c%08" PRIu64, toupper((unsigned char)o->name[0]), row);
    if (tally_outfile_printf(run->truth, err, "%s,%s,%" PRIu64 "\n", o->name, id,
                             tally_le64_load(data)) != 0 ||
        tally_outfile_printf(run->groups, err, "%s,%s,", o->name, id) != 0) {
        return -1;
    }
    for (int i = 0; i < GROUPS; i++) {
        if (put_cell(run->groups, text, i == GROUPS - 1, err) != 0) {
            return -1;
        }
        text += strlen(text) + 1;
    }
    if (put_cell(o->file, id, false, err) != 0) {
        return -1;
    }
    while (text < end) {
        const char *next = text + strlen(text) + 1;

        if (put_cell(o->file, text, next == end, err) != 0) {
            return -1;
        }
        text = next;
    }
    return 0;
}

static int
write_source(const struct run *run, struct output *o, struct tally_err *err)
{
    const uint8_t *key;
    const void *data;
    uint64_t row = 0;
    size_t len;
    int more;

    if (tally_sorter_finish(o->sorter, err) != 0) {
        return -1;
    }
    while ((more = tally_sorter_next(o->sorter, &key, &data, &len, err)) > 0) {
        row++;
        if (write_record(run, o, row, data, len, err) != 0 ||
            (row % PROGRESS_STEP == 0 && tally_interrupt_check(err) != 0)) {
            return -1;
        }
        if (row % PROGRESS_STEP == 0) {
            tally_progress_add(run->job->progress, PROGRESS_STEP);
        }
    }
    tally_sorter_free(o->sorter);
    o->sorter = NULL;
    return more;
}

static int
write_all(struct run *run, struct tally_synth_summary *summary, struct tally_err *err)
{
    uint64_t total = 0;
    int rc;

    summary->people = run->job->people;
    for (size_t i = 0; i < run->job->nsources; i++) {
        summary->records[i] = tally_sorter_count(run->outputs[i].sorter);
        total += summary->records[i];
    }
    tally_progress_begin(run->job->progress, "writing", "records", total);
    rc = write_headers(run, err);
    for (size_t i = 0; rc == 0 && i < run->job->nsources; i++) {
        rc = write_source(run, &run->outputs[i], err);
    }
    tally_progress_end(run->job->progress);
    return rc;
}

static int
commit_all(struct run *run, struct tally_err *err)
{
    struct tally_outfile *files[SOURCES_MAX + 2];
    size_t n = 0;

    files[n++] = run->truth;
    files[n++] = run->groups;
    for (size_t i = 0; i < run->job->nsources; i++) {
        files[n++] = run->outputs[i].file;
    }
    return tally_outfile_commit(files, n, err);
}

static void
close_run(struct run *run, bool done)
{
    tally_outfile_free(run->truth);
    tally_outfile_free(run->groups);
    for (size_t i = 0; i < SOURCES_MAX; i++) {
        tally_outfile_free(run->outputs[i].file);
        tally_sorter_free(run->outputs[i].sorter);
        free(run->outputs[i].profile);
    }
    tally_synth_lists_free(run->lists);
    if (!done && run->made_folder) {
        rmdir(run->job->out);
    }
}

int
tally_synth(const struct tally_synth_job *job, struct tally_synth_summary *summary,
            struct tally_err *err)
{
    struct tally_synth_summary made = {0};
    struct run run = {.job = job};
    bool done;

    if (check_job(job, err) != 0) {
        return -1;
    }
    run.scenario = tally_synth_scenario(job->scenario);
    done = make_folder(&run, err) == 0 && open_outputs(&run, err) == 0 &&
           tally_synth_lists_create(&run.lists, job->seed, job->people, err) == 0 &&
           populate(&run, err) == 0 && write_all(&run, &made, err) == 0 &&
           commit_all(&run, err) == 0;
    close_run(&run, done);
    if (!done) {
        return -1;
    }
    *summary = made;
    return 0;
}
