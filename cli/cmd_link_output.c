/*
 * The files of 'tally link': links.csv, clusters.csv and the link map.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cmd_link.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bloom/base/bytes.h"
#include "bloom/base/csv.h"
#include "protocols/linkmap.h"

static int
open_one(struct tally_outfile **out, const char *path, mode_t mode,
         const struct tally_link_request *q, const struct tally_operands *inputs,
         struct tally_err *err)
{
    if (path == NULL) {
        return 0;
    }
    if (tally_opt_spare(path, (const char *const[]){q->store, q->release_key}, 2, err) !=
        0) {
        return -1;
    }
    for (size_t i = 0; i < inputs->n; i++) {
        const char *eq = strchr(inputs->list[i], '=');

        if (tally_path_distinct(inputs->list[i], path, err) != 0 ||
            (eq != NULL && tally_path_distinct(eq + 1, path, err) != 0)) {
            return -1;
        }
    }
    return tally_outfile_open(out, path, mode, q->force, err);
}

int
tally_link_outputs_open(struct tally_link_outputs *o, const struct tally_link_request *q,
                        const struct tally_operands *inputs, struct tally_err *err)
{
    if (q->links_to_stdout) {
        return tally_outfile_open(&o->links, NULL, 0600, false, err);
    }
    if (open_one(&o->links, q->links, 0600, q, inputs, err) != 0 ||
        open_one(&o->clusters, q->clusters, 0600, q, inputs, err) != 0 ||
        open_one(&o->linkmap, q->linkmap, 0600, q, inputs, err) != 0 ||
        open_one(&o->explain, q->explain, 0600, q, inputs, err) != 0) {
        return -1;
    }
    return 0;
}

void
tally_link_outputs_free(struct tally_link_outputs *o)
{
    tally_outfile_free(o->links);
    tally_outfile_free(o->clusters);
    tally_outfile_free(o->linkmap);
    tally_outfile_free(o->explain);
}

/* The id of a record where the owner kept ids, else its token. */
static int
write_id(struct tally_outfile *f, const struct tally_encfile *e, uint32_t row, bool last,
         struct tally_err *err)
{
    char hex[2 * TALLY_TOKEN_BYTES + 1];
    size_t len = 0;
    const char *id = tally_encfile_id(e, row, &len);

    if (id == NULL) {
        tally_hex_encode(tally_encfile_tokens(e) + (size_t)row * TALLY_TOKEN_BYTES,
                         TALLY_TOKEN_BYTES, hex);
        id = hex;
        len = sizeof hex - 1;
    }
    return tally_csv_write_safe(f, id, len, last, err);
}

static int
write_name(struct tally_outfile *f, const struct tally_link_job *job, uint32_t source,
           struct tally_err *err)
{
    const char *name = job->sources[source].name;

    return tally_csv_write_safe(f, name, strlen(name), false, err);
}

static int
write_link(struct tally_outfile *f, const struct tally_link_job *job,
           const struct tally_link *l, struct tally_err *err)
{
    char score[16];
    char probability[16] = "";
    uint32_t ppm = l->total == 0 ? 0 : (uint32_t)(2000000ull * l->common / l->total);

    (void)snprintf(score, sizeof score, "%u.%06u", ppm / 1000000, ppm % 1000000);
    if (!isnan(l->probability)) {
        (void)snprintf(probability, sizeof probability, "%.6f", (double)l->probability);
    }
    if (write_name(f, job, l->source_a, err) != 0 ||
        write_id(f, job->sources[l->source_a].enc, l->row_a, false, err) != 0 ||
        write_name(f, job, l->source_b, err) != 0 ||
        write_id(f, job->sources[l->source_b].enc, l->row_b, false, err) != 0) {
        return -1;
    }
    return tally_outfile_printf(f, err, "%s,%s\n", score, probability);
}

static int
write_links(struct tally_outfile *f, const struct tally_link_job *job,
            const struct tally_link_result *r, struct tally_err *err)
{
    if (tally_outfile_printf(f, err, "source_a,id_a,source_b,id_b,score,probability\n") !=
        0) {
        return -1;
    }
    for (size_t i = 0; i < r->nlinks; i++) {
        if (write_link(f, job, &r->links[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* A record of a source, to be put in cluster order. */
struct member {
    uint32_t cluster;
    uint32_t source;
    uint32_t row;
};

static int
by_cluster(const void *x, const void *y)
{
    const struct member *a = x;
    const struct member *b = y;

    if (a->cluster != b->cluster) {
        return a->cluster < b->cluster ? -1 : 1;
    }
    if (a->source != b->source) {
        return a->source < b->source ? -1 : 1;
    }
    return a->row < b->row ? -1 : a->row > b->row;
}

static int
write_members(struct tally_outfile *f, const struct tally_link_job *job,
              const struct member *members, size_t n, struct tally_err *err)
{
    for (size_t i = 0; i < n; i++) {
        const struct member *m = &members[i];

        if (tally_outfile_printf(f, err, "%u,", m->cluster + 1) != 0 ||
            write_name(f, job, m->source, err) != 0 ||
            write_id(f, job->sources[m->source].enc, m->row, true, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int
write_clusters(struct tally_outfile *f, const struct tally_link_job *job,
               const struct tally_link_result *r, struct tally_err *err)
{
    struct member *members;
    size_t n = 0;
    int status;

    for (size_t s = 0; s < r->nsources; s++) {
        n += r->nrecords[s];
    }
    members = calloc(n + 1, sizeof *members);
    if (members == NULL) {
        return tally_err_nomem(err);
    }
    n = 0;
    for (uint32_t s = 0; s < r->nsources; s++) {
        for (uint32_t i = 0; i < r->nrecords[s]; i++) {
            members[n++] = (struct member){r->cluster[s][i], s, i};
        }
    }
    qsort(members, n, sizeof *members, by_cluster);
    status = tally_outfile_printf(f, err, "cluster,source,id\n");
    if (status == 0) {
        status = write_members(f, job, members, n, err);
    }
    free(members);
    return status;
}

/* Pseudonyms, strengths, parts and wider pseudonyms of source ${s}, in the malloced
 * arrays of ${out}. */
static int
map_source(struct tally_linkmap_source *out, const struct tally_link_source *source,
           const struct tally_link_result *r, size_t s, struct tally_pseudonymiser *p,
           const int64_t *ids, struct tally_err *err)
{
    const struct tally_enc_info *info = tally_encfile_info(source->enc);
    size_t n = r->nrecords[s];
    uint8_t *pseudonyms = malloc(n * TALLY_PSEUDONYM_BYTES + 1);
    uint8_t *strengths = malloc(n * 4 + 1);
    uint8_t *parts = malloc(n * 4 + 1);
    uint8_t *wider = malloc(n * TALLY_PSEUDONYM_BYTES + 1);

    (void)snprintf(out->name, sizeof out->name, "%s", source->name);
    memcpy(out->delivery, info->delivery, sizeof out->delivery);
    out->records = n;
    out->tokens = tally_encfile_tokens(source->enc);
    out->pseudonyms = pseudonyms;
    out->strengths = strengths;
    out->parts = parts;
    out->wider = wider;
    if (pseudonyms == NULL || strengths == NULL || parts == NULL || wider == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < n; i++) {
        tally_pseudonym(p, (uint64_t)ids[r->cluster[s][i]],
                        pseudonyms + i * TALLY_PSEUDONYM_BYTES);
        tally_pseudonym(p, (uint64_t)ids[r->wider[s][i]],
                        wider + i * TALLY_PSEUDONYM_BYTES);
        tally_le32_store(strengths + i * 4,
                         (uint32_t)((double)r->strength[s][i] * 1e6 + 0.5));
        tally_le32_store(parts + i * 4, r->part[s][i]);
    }
    return 0;
}

static int
write_linkmap(struct tally_outfile *f, const struct tally_link_job *job,
              const struct tally_link_result *r, struct tally_secret *key,
              const int64_t *ids, struct tally_err *err)
{
    struct tally_linkmap_source *sources = calloc(r->nsources, sizeof *sources);
    struct tally_pseudonymiser *p = NULL;
    int status = -1;

    if (sources == NULL) {
        return tally_err_nomem(err);
    }
    if (tally_pseudonymiser_create(&p, key, err) == 0) {
        status = 0;
    }
    for (size_t s = 0; s < r->nsources && status == 0; s++) {
        status = map_source(&sources[s], &job->sources[s], r, s, p, ids, err);
    }
    if (status == 0) {
        status = tally_linkmap_write(f, sources, r->nsources, err);
    }
    for (size_t s = 0; s < r->nsources; s++) {
        free((void *)sources[s].pseudonyms);
        free((void *)sources[s].strengths);
        free((void *)sources[s].parts);
        free((void *)sources[s].wider);
    }
    tally_pseudonymiser_free(p);
    free(sources);
    return status;
}

/* Those that are asked for, into ${files}; how many. */
static size_t
outputs_list(const struct tally_link_outputs *o, struct tally_outfile *files[4])
{
    size_t n = 0;

    if (o->links != NULL) {
        files[n++] = o->links;
    }
    if (o->clusters != NULL) {
        files[n++] = o->clusters;
    }
    if (o->linkmap != NULL) {
        files[n++] = o->linkmap;
    }
    if (o->explain != NULL) {
        files[n++] = o->explain;
    }
    return n;
}

int
tally_link_outputs_write(struct tally_link_outputs *o, const struct tally_link_request *q,
                         const struct tally_link_job *job,
                         const struct tally_link_result *r, struct tally_secret *key,
                         const int64_t *ids, struct tally_err *err)
{
    struct tally_outfile *files[4];

    if ((o->links != NULL && write_links(o->links, job, r, err) != 0) ||
        (o->clusters != NULL && write_clusters(o->clusters, job, r, err) != 0) ||
        (o->linkmap != NULL && write_linkmap(o->linkmap, job, r, key, ids, err) != 0) ||
        (o->explain != NULL &&
         tally_link_explain(o->explain, q->explain, job, r, err) != 0)) {
        return -1;
    }
    return tally_outfile_sync(files, outputs_list(o, files), err);
}

int
tally_link_outputs_commit(struct tally_link_outputs *o, struct tally_err *err)
{
    struct tally_outfile *files[4];

    return tally_outfile_commit(files, outputs_list(o, files), err);
}
