/*
 * Ids of clusters from run to run of a series. A cluster keeps the id that most of its
 * records had in the run before, the greatest agreement first; an id that is left goes to
 * nobody, and a part that was split off takes back the id that its records had before
 * they were merged, or a new one.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/store_impl.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A record of the previous run. */
struct held {
    int64_t source; /* number in the store */
    uint8_t token[TALLY_TOKEN_BYTES];
    int64_t cluster;
};

/* ${records} records of cluster ${to} of the result had the id ${from}. */
struct flow {
    int64_t from;
    uint32_t to;
    uint32_t records;
};

/* Ids, ascending, and which of them were given. */
struct id_set {
    int64_t *ids;
    bool *given;
    size_t n;
};

struct carry {
    struct tally_store *store;
    const struct tally_link_job *job;
    const struct tally_link_result *r;
    int64_t run;
    int64_t previous;
    const struct tally_store_file *files; /* or NULL */
    int64_t *ids; /* 0: not given yet */
    struct held *held;
    size_t nheld;
    struct flow *flows; /* by (from, to) */
    size_t nflows;
    struct id_set before; /* ids of the previous run that flow on */
};

static int
compare_held(const void *p, const void *q)
{
    const struct held *a = p;
    const struct held *b = q;

    if (a->source != b->source) {
        return a->source < b->source ? -1 : 1;
    }
    return memcmp(a->token, b->token, sizeof a->token);
}

static int
compare_flows(const void *p, const void *q)
{
    const struct flow *a = p;
    const struct flow *b = q;

    if (a->from != b->from) {
        return a->from < b->from ? -1 : 1;
    }
    return (a->to > b->to) - (a->to < b->to);
}

/* The most records first; then the older id, then the earlier cluster. */
static int
compare_strength(const void *p, const void *q)
{
    const struct flow *a = p;
    const struct flow *b = q;

    if (a->records != b->records) {
        return a->records > b->records ? -1 : 1;
    }
    return compare_flows(a, b);
}

static int
compare_ids(const void *p, const void *q)
{
    int64_t a = *(const int64_t *)p;
    int64_t b = *(const int64_t *)q;

    return (a > b) - (a < b);
}

static int
count_records(struct tally_store *s, int64_t run, size_t *n, struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    int rc;

    if (tally_db_prepare(s->db, "SELECT COUNT(*) FROM record WHERE run = ?1", &q, err) !=
        0) {
        return -1;
    }
    tally_db_bind_int(q, 1, run);
    rc = tally_db_step(q, err);
    *n = rc == 1 ? (size_t)tally_db_int(q, 0) : 0;
    tally_db_finalize(q);
    return rc < 0 ? -1 : 0;
}

static int
take_held(struct tally_stmt *q, struct held *to, const struct tally_store *s,
          struct tally_err *err)
{
    size_t len = 0;
    const void *token = tally_db_blob(q, 1, &len);

    if (token == NULL || len != sizeof to->token) {
        return tally_err_set(err, TALLY_E_CORRUPT, "%s: a record has no token", s->path);
    }
    to->source = tally_db_int(q, 0);
    memcpy(to->token, token, len);
    to->cluster = tally_db_int(q, 2);
    return 0;
}

static int
load_previous(struct carry *c, struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    size_t n = 0;
    int rc;

    if (count_records(c->store, c->previous, &n, err) != 0) {
        return -1;
    }
    c->held = calloc(n + 1, sizeof *c->held);
    if (c->held == NULL) {
        return tally_err_nomem(err);
    }
    if (tally_db_prepare(c->store->db,
                         "SELECT x.source, r.token, r.cluster FROM record r"
                         " JOIN run_source x ON x.run = r.run AND x.position = r.source"
                         " WHERE r.run = ?1",
                         &q, err) != 0) {
        return -1;
    }
    tally_db_bind_int(q, 1, c->previous);
    while ((rc = tally_db_step(q, err)) == 1 && c->nheld < n) {
        if (take_held(q, &c->held[c->nheld++], c->store, err) != 0) {
            rc = -1;
            break;
        }
    }
    tally_db_finalize(q);
    qsort(c->held, c->nheld, sizeof *c->held, compare_held);
    return rc;
}

/* The store's numbers of the sources of this run. */
static int
load_sources(const struct carry *c, int64_t *numbers, struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    int rc;

    if (tally_db_prepare(c->store->db,
                         "SELECT position, source FROM run_source WHERE run = ?1", &q,
                         err) != 0) {
        return -1;
    }
    tally_db_bind_int(q, 1, c->run);
    while ((rc = tally_db_step(q, err)) == 1) {
        numbers[tally_db_int(q, 0)] = tally_db_int(q, 1);
    }
    tally_db_finalize(q);
    return rc;
}

/* What record ${i} of source ${s}, number ${number} in the store, was in the run before. */
static struct held
earlier_self(const struct carry *c, size_t s, size_t i, int64_t number)
{
    const uint8_t *token =
        tally_encfile_tokens(c->job->sources[s].enc) + i * TALLY_TOKEN_BYTES;
    struct held was = {.source = number};

    if (c->files != NULL && c->files[s].replaces != 0) {
        const uint8_t *before = tally_successor_was(c->files[s].successors,
                                                    c->files[s].nsuccessors, token);

        was.source = c->files[s].replaces;
        token = before != NULL ? before : token;
    }
    memcpy(was.token, token, sizeof was.token);
    return was;
}

/* Flows that are the same become one. */
static void
settle_flows(struct carry *c)
{
    size_t n = 0;

    if (c->nflows > 0) {
        qsort(c->flows, c->nflows, sizeof *c->flows, compare_flows);
    }
    for (size_t i = 0; i < c->nflows; i++) {
        if (n > 0 && compare_flows(&c->flows[n - 1], &c->flows[i]) == 0) {
            c->flows[n - 1].records += c->flows[i].records;
        } else {
            c->flows[n++] = c->flows[i];
        }
    }
    c->nflows = n;
}

static int
find_flows(struct carry *c, struct tally_err *err)
{
    int64_t numbers[TALLY_SOURCES_MAX] = {0};

    c->flows = calloc(c->nheld + 1, sizeof *c->flows);
    if (c->flows == NULL) {
        return tally_err_nomem(err);
    }
    if (load_sources(c, numbers, err) != 0) {
        return -1;
    }
    for (size_t s = 0; s < c->r->nsources; s++) {
        for (size_t i = 0; i < c->r->nrecords[s]; i++) {
            struct held want = earlier_self(c, s, i, numbers[s]);
            const struct held *was;

            was = bsearch(&want, c->held, c->nheld, sizeof *c->held, compare_held);
            if (was != NULL && c->nflows < c->nheld) {
                c->flows[c->nflows++] =
                    (struct flow){was->cluster, c->r->cluster[s][i], 1};
            }
        }
    }
    settle_flows(c);
    return 0;
}

static size_t
id_index(const struct id_set *set, int64_t id)
{
    const int64_t *at =
        set->n == 0 ? NULL : bsearch(&id, set->ids, set->n, sizeof id, compare_ids);

    return at == NULL ? SIZE_MAX : (size_t)(at - set->ids);
}

static void
free_ids(struct id_set *set)
{
    free(set->ids);
    free(set->given);
}

/* Give ids to clusters by ${flows}, which are put in order of strength: each id and each
 * cluster once. ${set} gets the ids that flow. */
static int
give(int64_t *ids, struct flow *flows, size_t n, struct id_set *set,
     struct tally_err *err)
{
    set->ids = calloc(n + 1, sizeof *set->ids);
    set->given = calloc(n + 1, sizeof *set->given);
    if (set->ids == NULL || set->given == NULL) {
        return tally_err_nomem(err);
    }
    if (n > 0) {
        qsort(flows, n, sizeof *flows, compare_flows);
    }
    for (size_t i = 0; i < n; i++) {
        if (set->n == 0 || set->ids[set->n - 1] != flows[i].from) {
            set->ids[set->n++] = flows[i].from;
        }
    }
    if (n > 0) {
        qsort(flows, n, sizeof *flows, compare_strength);
    }
    for (size_t i = 0; i < n; i++) {
        size_t at = id_index(set, flows[i].from);

        if (ids[flows[i].to] == 0 && !set->given[at]) {
            ids[flows[i].to] = flows[i].from;
            set->given[at] = true;
        }
    }
    return 0;
}

static const char earlier_sql[] =
    STORE_CHAIN
    ", self(token) AS (VALUES (?2) UNION SELECT s.was FROM succession s"
    " JOIN self ON s.token = self.token WHERE s.run IN chain)"
    " SELECT r.cluster FROM record r JOIN run_source x"
    " ON x.run = r.run AND x.position = r.source JOIN source y ON y.id = x.source"
    " WHERE r.token IN self AND y.name = (SELECT name FROM source WHERE id = ?3)"
    " AND r.run IN chain ORDER BY r.run DESC";

/* The id that a record had last, among those that no record of the previous run has; 0:
 * none. */
static int
earlier_id(const struct carry *c, struct tally_stmt *q, const struct held *record,
           int64_t *id, struct tally_err *err)
{
    int rc;

    *id = 0;
    tally_db_bind_int(q, 1, c->previous);
    tally_db_bind_blob(q, 2, record->token, sizeof record->token);
    tally_db_bind_int(q, 3, record->source);
    while ((rc = tally_db_step(q, err)) == 1) {
        if (*id == 0 && id_index(&c->before, tally_db_int(q, 0)) == SIZE_MAX) {
            *id = tally_db_int(q, 0);
        }
    }
    return rc;
}

/* What flows from earlier ids into clusters that were split off and have none. */
static int
find_earlier(const struct carry *c, struct tally_stmt *q, struct flow *flows, size_t *n,
             struct tally_err *err)
{
    int64_t numbers[TALLY_SOURCES_MAX] = {0};

    if (load_sources(c, numbers, err) != 0) {
        return -1;
    }
    for (size_t s = 0; s < c->r->nsources; s++) {
        for (size_t i = 0; i < c->r->nrecords[s]; i++) {
            struct held want = earlier_self(c, s, i, numbers[s]);
            uint32_t to = c->r->cluster[s][i];
            int64_t id = 0;

            if (c->ids[to] != 0 ||
                bsearch(&want, c->held, c->nheld, sizeof want, compare_held) == NULL) {
                continue;
            }
            if (earlier_id(c, q, &want, &id, err) != 0) {
                return -1;
            }
            if (id != 0) {
                flows[(*n)++] = (struct flow){id, to, 1};
            }
        }
    }
    return 0;
}

static int
give_earlier(const struct carry *c, struct tally_err *err)
{
    struct flow *flows = calloc(c->nheld + 1, sizeof *flows);
    struct id_set set = {0};
    struct tally_stmt *q = NULL;
    size_t n = 0;
    int rc = -1;

    if (flows == NULL) {
        return tally_err_nomem(err);
    }
    if (tally_db_prepare(c->store->db, earlier_sql, &q, err) == 0 &&
        find_earlier(c, q, flows, &n, err) == 0) {
        rc = give(c->ids, flows, n, &set, err);
    }
    tally_db_finalize(q);
    free_ids(&set);
    free(flows);
    return rc;
}

/* New ids, from the counter, for clusters that have none. */
static int
give_new(const struct carry *c, struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    int64_t wanted = 0;
    int64_t next = 0;
    int rc;

    for (size_t i = 0; i < c->r->nclusters; i++) {
        wanted += c->ids[i] == 0;
    }
    if (tally_db_prepare(c->store->db,
                         "UPDATE meta SET value = value + ?1 WHERE key = 'next_cluster'"
                         " RETURNING value",
                         &q, err) != 0) {
        return -1;
    }
    tally_db_bind_int(q, 1, wanted);
    rc = tally_db_step(q, err);
    next = rc == 1 ? tally_db_int(q, 0) - wanted : 0;
    tally_db_finalize(q);
    if (rc < 0) {
        return -1;
    }
    if (next < 1) {
        return tally_err_set(err, TALLY_E_CORRUPT,
                             "%s: the counter of clusters is not usable", c->store->path);
    }
    if (tally_db_prepare(c->store->db, "UPDATE run SET first_cluster = ?1 WHERE id = ?2",
                         &q, err) != 0) {
        return -1;
    }
    tally_db_bind_int(q, 1, next);
    tally_db_bind_int(q, 2, c->run);
    for (size_t i = 0; i < c->r->nclusters; i++) {
        if (c->ids[i] == 0) {
            c->ids[i] = next++;
        }
    }
    return tally_db_finish(q, err);
}

/* Records that left an id: to another cluster that took them in, or into a part of their
 * own. */
static int
record_changes(const struct carry *c, struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    int rc = tally_db_prepare(c->store->db,
                              "INSERT INTO change VALUES (?1, ?2, ?3, ?4, ?5)", &q, err);

    for (size_t i = 0; rc == 0 && i < c->nflows; i++) {
        const struct flow *f = &c->flows[i];
        const char *kind =
            c->before.given[id_index(&c->before, f->from)] ? "split" : "merge";

        if (c->ids[f->to] != f->from) {
            tally_db_bind_int(q, 1, c->run);
            tally_db_bind_text(q, 2, kind, strlen(kind));
            tally_db_bind_int(q, 3, f->from);
            tally_db_bind_int(q, 4, c->ids[f->to]);
            tally_db_bind_int(q, 5, f->records);
            rc = tally_db_step(q, err);
        }
    }
    tally_db_finalize(q);
    return rc;
}

static int
carry_over(struct carry *c, struct tally_err *err)
{
    if (c->previous != 0 && (load_previous(c, err) != 0 || find_flows(c, err) != 0 ||
                             give(c->ids, c->flows, c->nflows, &c->before, err) != 0 ||
                             give_earlier(c, err) != 0)) {
        return -1;
    }
    return give_new(c, err) != 0 ? -1 : record_changes(c, err);
}

int
store_carry(struct tally_store *s, const struct tally_link_job *job,
            const struct tally_link_result *r, int64_t run,
            const struct tally_store_how *how, int64_t *ids, struct tally_err *err)
{
    struct carry c = {.store = s,
                      .job = job,
                      .r = r,
                      .run = run,
                      .previous = how->previous,
                      .files = how->files,
                      .ids = ids};
    int rc;

    memset(ids, 0, r->nclusters * sizeof *ids);
    rc = carry_over(&c, err);
    free(c.held);
    free(c.flows);
    free_ids(&c.before);
    return rc;
}
