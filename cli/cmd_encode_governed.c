/*
 * tally encode --agreement: what leaves is what the agreement lists, sealed.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cmd_encode_governed.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bloom/base/file.h"
#include "bloom/keyfile.h"
#include "cli/kept.h"
#include "protocols/ceremony.h"
#include "protocols/parts.h"
#include "protocols/sheet.h"

/* The files of a delivery, in its folder. */
struct folder {
    char enc[4096]; /* on their way only */
    char pay[4096];
    char tokens[4096];
    char linkage[4096];
    char payload[4096];
    char sheet[4096];
};

static int
name_files(struct folder *f, const char *dir, const char *source, uint64_t delivery,
           struct tally_err *err)
{
    const struct {
        char *to;
        const char *name;
    } all[] = {{f->enc, ".linkage"},        {f->pay, ".payload"},
               {f->tokens, "tokens.csv"},   {f->linkage, "linkage.pkg"},
               {f->payload, "payload.pkg"}, {f->sheet, "sheet.json"}};

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (tally_path_format(all[i].to, err, "%s/%s-%llu-%s", dir, source,
                              (unsigned long long)delivery, all[i].name) != 0) {
            return -1;
        }
    }
    return 0;
}

/* Whether ${name} is SOURCE-N-.linkage, .payload or .answer; N goes to ${delivery}. */
static bool
is_work_file(const char *name, const char *source, unsigned long long *delivery)
{
    size_t n = strlen(source);
    char end[16] = "";

    return strncmp(name, source, n) == 0 && name[n] == '-' &&
           isdigit((unsigned char)name[n + 1]) &&
           sscanf(name + n, "-%llu-.%15s", delivery, end) == 2 &&
           (strcmp(end, "linkage") == 0 || strcmp(end, "payload") == 0 ||
            strcmp(end, "answer") == 0);
}

/* Destroy DIR/NAME. */
static int
destroy_in(const char *dir, const char *name, struct tally_err *err)
{
    char path[4096];

    return tally_path_format(path, err, "%s/%s", dir, name) == 0
               ? tally_file_destroy(path, err)
               : -1;
}

/* The token map of a delivery that was never sealed serves nobody. */
static int
destroy_token_map(const char *dir, const char *source, unsigned long long delivery,
                  struct tally_err *err)
{
    char path[4096], package[4096];

    if (snprintf(path, sizeof path, "%s/%s-%llu-tokens.csv", dir, source, delivery) >=
            (int)sizeof path ||
        snprintf(package, sizeof package, "%s/%s-%llu-linkage.pkg", dir, source,
                 delivery) >= (int)sizeof package ||
        access(path, F_OK) != 0 || access(package, F_OK) == 0) {
        return 0;
    }
    return tally_file_destroy(path, err);
}

/* What a run that was killed left unsealed. No other run works here: the identity is
 * ours alone as long as this one lasts. */
static int
clear_leftovers(const char *dir, const char *source, struct tally_err *err)
{
    DIR *d = opendir(dir);
    struct dirent *e;
    unsigned long long delivery;
    int rc = 0;

    if (d == NULL) {
        return tally_err_errno(err, TALLY_E_IO, "cannot read the folder %s", dir);
    }
    while (rc == 0 && (e = readdir(d)) != NULL) {
        if (is_work_file(e->d_name, source, &delivery)) {
            tally_say("An earlier run was cut short: destroying %s/%s, which it left.",
                      dir, e->d_name);
            rc = destroy_in(dir, e->d_name, err) == 0
                     ? destroy_token_map(dir, source, delivery, err)
                     : -1;
        }
    }
    (void)closedir(d);
    return rc;
}

/* Options that the agreement decides. */
static int
check_options(const struct tally_encode_request *q, const struct tally_encode_job *job,
              struct tally_err *err)
{
    if (q->schema != NULL || q->payload != NULL || q->source != NULL || q->id != NULL ||
        q->format != NULL || q->sheet != NULL || job->payload_out != NULL) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "--schema, --payload, --payload-out, --source, --id, "
                             "--format and --provider-sheet do not go with --agreement, "
                             "which says all that");
    }
    return tally_opt_need(q->key, "--key KEY", err) != 0 ||
                   tally_opt_need(job->out, "-o OUTDIR", err) != 0
               ? -1
               : 0;
}

/* The agreed payload columns as the option would list them. Malloced. */
static char *
column_list(const struct tally_agreed_sending *s)
{
    char *list = calloc(s->ncolumns + 1, TALLY_NAME_MAX + 2);

    for (size_t i = 0; list != NULL && i < s->ncolumns; i++) {
        strcat(strcat(list, i > 0 ? "," : ""), s->columns[i].name);
    }
    return list;
}

/* Every owner must hold this key before anything is made with it. */
int
tally_encode_check_key(const struct tally_encode_request *q,
                       const struct tally_governed *g, struct tally_err *err)
{
    struct tally_secret *key = NULL;
    uint8_t check[TALLY_KEY_CHECK_BYTES];
    int rc = -1;

    if (tally_keyfile_read(q->key, TALLY_KEY_LINKAGE, &key, err) == 0 &&
        tally_key_check(key, check, err) == 0) {
        rc = tally_ceremony_compare(g->agreement, g->path, check, err);
    }
    tally_secret_free(key);
    return rc;
}

/* The delivery stands whatever comes of this: it is in the log. */
static int
cut(const char *package, uint64_t size, bool force, struct tally_err *err)
{
    size_t n = 0;

    if (size == 0) {
        return 0;
    }
    if (tally_parts_cut(package, size, force, &n, err) != 0) {
        return tally_err_wrap(err, "%s is sealed and counts as sent, but is not cut",
                              package);
    }
    tally_say("  cut into %zu parts, %s.part-0001 and on", n, package);
    return 0;
}

static int
check_count(const struct tally_encode_summary *sum, const struct tally_governed *g,
            struct tally_err *err)
{
    uint64_t n = sum->records + sum->dummies;

    return n <= g->self->sends.records_max
               ? 0
               : tally_err_set(err, TALLY_E_POLICY,
                               "%s records, where the agreement allows %s in a delivery",
                               tally_thousands(n),
                               tally_thousands(g->self->sends.records_max));
}

/* Seal what was encoded. */
static int
seal(const struct tally_encode_job *job, const struct tally_encode_summary *sum,
     const struct tally_governed *g, const struct folder *f, uint64_t delivery,
     struct tally_err *err)
{
    const struct tally_agreement *a = g->agreement;
    const struct tally_sending list[] = {
        {TALLY_PACKAGE_LINKAGE, tally_agreement_with(a, TALLY_AS_LINKER), f->enc,
         f->linkage, sum->records + sum->dummies},
        {TALLY_PACKAGE_PAYLOAD, tally_agreement_with(a, TALLY_AS_ANALYST), f->pay,
         f->payload, sum->records}};

    return tally_governed_send(g, list, 2, delivery, sum->key_check, job->force, err);
}

static void
say_sent(const struct tally_governed *g, const struct folder *f,
         const struct tally_encode_job *job, uint64_t delivery)
{
    const struct tally_agreement *a = g->agreement;

    tally_say("Delivery %llu under agreement %s, sealed and signed:",
              (unsigned long long)delivery, a->reference);
    tally_say("  to %s: %s", tally_agreement_with(a, TALLY_AS_LINKER)->card.name,
              f->linkage);
    tally_say("  to %s: %s", tally_agreement_with(a, TALLY_AS_ANALYST)->card.name,
              f->payload);
    tally_say("  to both, and whoever makes the report: %s", f->sheet);
    if (job->token_map != NULL) {
        tally_say("  stays with you until %s: %s", a->dates.token_maps, f->tokens);
    }
}

static void
remove_work(const struct folder *f, bool failed)
{
    tally_file_discard(f->enc);
    tally_file_discard(f->pay);
    if (failed) {
        tally_file_discard(f->tokens);
        tally_file_discard(f->sheet);
    }
}

static int
tell(const struct tally_encode_request *q, const struct tally_encode_job *job,
     const struct tally_encode_summary *sum, struct tally_err *err)
{
    if (q->json) {
        return tally_encode_print_json(job, sum, err);
    }
    if (job->dry_run) {
        tally_encode_say_dry_run(job, sum);
    } else {
        tally_encode_say(job, sum);
    }
    return 0;
}

/* Until it is sealed, a failure leaves nothing of a delivery; from then on its token map
 * is needed. */
static int
run(struct tally_encode_request *q, struct tally_encode_job *job,
    struct tally_encode_inputs *in, const struct tally_governed *g, struct folder *f,
    uint64_t delivery, uint64_t part_size, struct tally_err *err)
{
    struct tally_encode_summary sum;
    int rc = tally_encode(job, &sum, err);

    (void)in;
    if (rc != 0) {
        return -1;
    }
    rc = check_count(&sum, g, err) == 0 ? tell(q, job, &sum, err) : -1;
    if (job->dry_run) {
        if (rc == 0 && !q->json) {
            printf("  %s would go with them: shares of usable values and counts,\n"
                   "  rounded, and none under %d\n",
                   f->sheet, TALLY_SHEET_MIN);
        }
        return rc;
    }
    if (rc == 0) {
        rc = tally_encode_write_sheet(q, job, &sum, g, delivery, f->sheet, err);
    }
    if (rc == 0 && job->token_map != NULL) {
        rc = tally_kept_note(g, f->tokens, delivery, err);
    }
    if (rc == 0) {
        rc = seal(job, &sum, g, f, delivery, err);
    }
    remove_work(f, rc != 0);
    if (rc != 0) {
        return -1;
    }
    say_sent(g, f, job, delivery);
    return cut(f->linkage, part_size, job->force, err) == 0
               ? cut(f->payload, part_size, job->force, err)
               : -1;
}

/* Point the job at the files; a column called id makes the token map. */
static void
aim(struct tally_encode_job *job, const struct folder *f)
{
    job->out = job->dry_run ? f->linkage : f->enc; /* a dry run tells the names */
    job->payload_out = job->dry_run ? f->payload : f->pay;
    if (job->id_column >= 0) {
        job->token_map = f->tokens;
    }
}

int
tally_encode_folder(const char *dir, const char *source, bool *made,
                    struct tally_err *err)
{
    *made = mkdir(dir, 0700) == 0;
    return *made || errno == EEXIST
               ? clear_leftovers(dir, source, err)
               : tally_err_errno(err, TALLY_E_IO, "cannot make the folder %s", dir);
}

static int
encode_into(struct tally_encode_request *q, struct tally_encode_job *job,
            const struct tally_governed *g, uint64_t part_size, struct tally_err *err)
{
    struct tally_encode_inputs in = {0};
    struct folder *f = calloc(1, sizeof *f);
    const char *dir = job->out;
    uint64_t delivery = 0;
    bool made = false;
    int rc = -1;

    if (f == NULL) {
        return tally_err_nomem(err);
    }
    if (tally_governed_next(g, TALLY_PACKAGE_LINKAGE, &delivery, err) == 0 &&
        name_files(f, dir, g->self->sends.source, delivery, err) == 0 &&
        tally_encode_check_sheet(q, job, err) == 0 &&
        tally_encode_open(q, &in, job, err) == 0 &&
        tally_work_begin(&q->work, err) == 0 &&
        tally_encode_folder(dir, g->self->sends.source, &made, err) == 0) {
        aim(job, f);
        job->pool = q->work.pool;
        job->progress = &q->work.progress;
        rc = run(q, job, &in, g, f, delivery, part_size, err);
    }
    if (made && (rc != 0 || job->dry_run)) { /* temporary files were in it */
        (void)rmdir(dir);
    }
    tally_work_end(&q->work);
    tally_encode_close(&in);
    free(f);
    return rc;
}

int
tally_encode_governed(struct tally_encode_request *q, struct tally_encode_job *job,
                      struct tally_governed *g, uint64_t part_size, struct tally_err *err)
{
    char *columns = NULL;
    int rc = -1;

    if (check_options(q, job, err) == 0 &&
        tally_governed_open(g, TALLY_AS_OWNER, err) == 0 &&
        tally_encode_check_key(q, g, err) == 0) {
        columns = column_list(&g->self->sends);
        q->agreed = g->agreement->schema;
        q->source = g->self->sends.source;
        q->payload = g->self->sends.ncolumns > 0 ? columns : NULL;
        rc = columns != NULL ? encode_into(q, job, g, part_size, err)
                             : tally_err_nomem(err);
        if (rc == 0 && q->opt_out == NULL && q->exclude == NULL) {
            tally_say("  No opt-out list was applied. The agreement says: %s.",
                      g->self->sends.opt_outs);
        }
    }
    free(columns);
    tally_governed_close(g);
    return rc;
}
