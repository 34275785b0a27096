/*
 * The governed verbs' common part.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/governed.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bloom/base/file.h"
#include "bloom/base/interrupt.h"
#include "bloom/meta.h"
#include "cli/cli.h"
#include "protocols/calendar.h"
#include "protocols/parts.h"

static const char *const events[TALLY_PACKAGE_KINDS] = {
    [TALLY_PACKAGE_LINKAGE] = "received linkage part",
    [TALLY_PACKAGE_PAYLOAD] = "received payload part",
    [TALLY_PACKAGE_LINKMAP] = "received link map",
    /* A request counts once it is answered: see check_new. */
    [TALLY_PACKAGE_REQUEST] = "answered review request",
    [TALLY_PACKAGE_ANSWER] = "received review answer",
};
static const char *const sent_events[TALLY_PACKAGE_KINDS] = {
    [TALLY_PACKAGE_LINKAGE] = "sent",
    [TALLY_PACKAGE_PAYLOAD] = "sent",
    [TALLY_PACKAGE_LINKMAP] = "sent",
    [TALLY_PACKAGE_REQUEST] = "sent review request",
    [TALLY_PACKAGE_ANSWER] = "answered review request",
};

/* How many deliveries of ${kind} the agreement allows a party. */
static uint64_t
allowed(const struct tally_agreement *a, const struct tally_agreed_party *sender,
        enum tally_package_kind kind)
{
    switch (kind) {
    case TALLY_PACKAGE_LINKAGE:
    case TALLY_PACKAGE_PAYLOAD:
        return sender->sends.deliveries_max;
    case TALLY_PACKAGE_REQUEST:
    case TALLY_PACKAGE_ANSWER:
        return a->second_round.requests_max;
    default:
        return UINT64_MAX;
    }
}

/* How many records in one. */
static uint64_t
allowed_records(const struct tally_agreement *a, const struct tally_agreed_party *sender,
                enum tally_package_kind kind)
{
    switch (kind) {
    case TALLY_PACKAGE_LINKAGE:
    case TALLY_PACKAGE_PAYLOAD:
        return sender->sends.records_max;
    case TALLY_PACKAGE_REQUEST:
    case TALLY_PACKAGE_ANSWER:
        return a->second_round.records_max;
    default:
        return UINT64_MAX;
    }
}

/* Hold the identity's folder until closed. */
static int
take_turn(struct tally_governed *g, struct tally_err *err)
{
    int rc;

    g->lock = open(g->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (g->lock < 0) {
        return tally_err_errno(err, errno == ENOENT ? TALLY_E_NO_FILE : TALLY_E_IO,
                               "cannot open the identity's folder %s", g->dir);
    }
    rc = flock(g->lock, LOCK_EX | LOCK_NB);
    if (rc != 0 && errno == EWOULDBLOCK) {
        tally_say("Another command works with the identity in %s: waiting for its end.",
                  g->dir);
        while ((rc = flock(g->lock, LOCK_EX)) != 0 && errno == EINTR) {
            if (tally_interrupt_check(err) != 0) {
                return -1;
            }
        }
    }
    return rc == 0 ? 0
                   : tally_err_errno(err, TALLY_E_IO,
                                     "cannot lock the identity's folder %s", g->dir);
}

/* Numbers of deliveries go on from the log of the card that was agreed: without it they
 * would begin again, and replays would be taken. */
static int
check_before(const struct tally_governed *g, struct tally_err *err)
{
    char before[4096];
    struct tally_card card;
    int found = 0;

    if (tally_card_same(&g->self->card, &g->self->first)) {
        return 0;
    }
    found = tally_log_predecessor(g->dir, before, &card, err);
    if (found == 1 && tally_card_same(&card, &g->self->first)) {
        return 0;
    }
    if (found < 0) {
        return -1;
    }
    tally_err_set(err, TALLY_E_POLICY,
                  "%s: the log of the card that %s took over from is not there", g->dir,
                  g->id.card.name);
    return tally_err_hint(err,
                          "'%s identity rotate OLD-DIR %s -o FILE --force' brings it, so "
                          "that deliveries are counted on",
                          tally_program(), g->dir);
}

size_t
tally_say_due(const struct tally_agreement *a, unsigned roles)
{
    const struct {
        const char *day;
        const char *what;
        unsigned roles;
    } all[] = {
        {a->dates.review, "the agreement was to be reviewed", ~0u},
        {a->dates.token_maps, "token maps were to be destroyed", TALLY_AS_OWNER},
        {a->dates.keys, "linkage keys were to be destroyed", TALLY_AS_OWNER},
        {a->dates.encodings, "encodings were to be destroyed", TALLY_AS_LINKER},
        {a->dates.link_map, "link maps were to be destroyed",
         TALLY_AS_LINKER | TALLY_AS_ANALYST},
        {a->dates.cohort, "cohorts were to be destroyed", TALLY_AS_ANALYST},
    };
    char today[TALLY_DAY];
    size_t due = 0;

    tally_today(today);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if ((all[i].roles & roles) != 0 && strcmp(today, all[i].day) > 0) {
            tally_say("  due: %s by %s (%s)", all[i].what, all[i].day, a->reference);
            due++;
        }
    }
    return due;
}

int
tally_governed_open(struct tally_governed *g, enum tally_role role, struct tally_err *err)
{
    char today[TALLY_DAY];

    tally_today(today);
    if (tally_opt_need(g->path, "--agreement A", err) != 0 ||
        tally_opt_need(g->dir, "--identity DIR", err) != 0 || take_turn(g, err) != 0 ||
        tally_agreement_open(&g->agreement, g->path, today, err) != 0 ||
        tally_passphrase(g->passphrase_fd, g->dir, false, &g->passphrase, err) != 0 ||
        tally_identity_open(&g->id, g->dir, g->passphrase, err) != 0 ||
        tally_log_open(&g->log, g->dir, &g->id, g->agreement->digest, err) != 0) {
        return -1;
    }
    g->self = tally_agreement_party(g->agreement, &g->id.card);
    if (g->self == NULL || (g->self->roles & (unsigned)role) == 0) {
        tally_err_set(err, TALLY_E_POLICY, "%s is not %s in this agreement",
                      g->id.card.name, tally_role_name((unsigned)role));
        return tally_err_hint(err, "'%s agreement show %s' says who is", tally_program(),
                              g->path);
    }
    if (check_before(g, err) != 0) {
        return -1;
    }
    (void)tally_say_due(g->agreement, g->self->roles);
    return 0;
}

void
tally_governed_close(struct tally_governed *g)
{
    tally_log_close(g->log);
    tally_identity_close(&g->id);
    tally_secret_free(g->passphrase);
    tally_agreement_free(g->agreement);
    g->log = NULL;
    g->passphrase = NULL;
    g->agreement = NULL;
    if (g->lock >= 0) {
        (void)close(g->lock);
    }
    g->lock = -1;
}

int
tally_governed_last(const struct tally_governed *g, const char *what,
                    const struct tally_agreed_party *party, uint64_t *out,
                    struct tally_err *err)
{
    const struct tally_card *const cards[2] = {&party->card, &party->first};

    return tally_log_delivery(g->log, what, cards, out, err);
}

int
tally_governed_next(const struct tally_governed *g, enum tally_package_kind kind,
                    uint64_t *out, struct tally_err *err)
{
    uint64_t most = allowed(g->agreement, g->self, kind);

    if (tally_governed_last(g, sent_events[kind], g->self, out, err) != 0) {
        return -1;
    }
    if (++*out > most) {
        tally_err_set(err, TALLY_E_POLICY, "the agreement allows %llu deliveries of a %s",
                      (unsigned long long)most, tally_package_kind_name(kind));
        return tally_err_hint(err, "agree anew if more are needed");
    }
    return 0;
}

/* Sending. */

static int
write_package(const struct tally_governed *g, const struct tally_sending *s,
              const struct tally_manifest *common, struct tally_outfile *f,
              struct tally_err *err)
{
    const struct tally_agreed_party *to = s->to;
    struct tally_manifest m = *common;
    struct stat st;
    int fd, rc = -1;

    m.kind = s->kind;
    m.records = s->records;
    memcpy(m.to, to->card.fingerprint, sizeof m.to);
    fd = open(s->content, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        tally_err_errno(err, TALLY_E_IO, "cannot read %s", s->content);
    } else {
        rc = tally_package_write(f, &m, to->seal, &g->id, fd, (uint64_t)st.st_size, err);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return rc;
}

/* The digest of a package as its receiver will see it: of all but the signature. */
static int
package_digest(const char *path, uint8_t out[TALLY_DIGEST_BYTES], struct tally_err *err)
{
    struct tally_package *p = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC), rc = -1;

    if (fd < 0) {
        return tally_err_errno(err, TALLY_E_IO, "cannot read %s", path);
    }
    if (tally_package_open(&p, fd, path, err) == 0) {
        memcpy(out, tally_package_digest(p), TALLY_DIGEST_BYTES);
        rc = 0;
    }
    tally_package_close(p);
    (void)close(fd);
    return rc;
}

static int
note_sent(const struct tally_governed *g, const struct tally_sending *list, size_t n,
          uint64_t delivery, struct tally_err *err)
{
    struct tally_jnode *e = tally_log_entry(sent_events[list[0].kind]);
    struct tally_jnode *packages = tally_jarray();
    int rc = 0;

    tally_meta_set_hex(e, "agreement", g->agreement->digest, TALLY_DIGEST_BYTES);
    tally_meta_set_hex(e, "with", g->id.card.fingerprint, TALLY_DIGEST_BYTES);
    tally_jset_int(e, "delivery", (int64_t)delivery);
    for (size_t i = 0; i < n && rc == 0; i++) {
        struct tally_jnode *p = tally_jobject();
        uint8_t digest[TALLY_DIGEST_BYTES];

        rc = package_digest(list[i].package, digest, err);
        tally_jset_str(p, "kind", tally_package_kind_name(list[i].kind));
        tally_jset_int(p, "records", (int64_t)list[i].records);
        tally_meta_set_hex(p, "digest", digest, sizeof digest);
        tally_jpush(packages, p);
    }
    tally_jset(e, "packages", packages);
    if (rc != 0) {
        tally_jfree(e);
        return -1;
    }
    return tally_log_append(g->log, e, err);
}

/* Packages without an entry in the log would be sent again under the same number. */
static int
send_and_note(const struct tally_governed *g, const struct tally_sending *list, size_t n,
              uint64_t delivery, struct tally_outfile *const *files,
              struct tally_err *err)
{
    if (tally_outfile_commit(files, n, err) != 0) {
        return -1;
    }
    if (note_sent(g, list, n, delivery, err) != 0) {
        for (size_t i = 0; i < n; i++) {
            (void)unlink(list[i].package);
        }
        return -1;
    }
    return 0;
}

/* The contents are sealed, or will not be: either way they go. All are tried. */
static int
destroy_contents(const struct tally_sending *list, size_t n, struct tally_err *err)
{
    int rc = 0;

    for (size_t i = 0; i < n; i++) {
        if (tally_file_destroy(list[i].content, err) != 0) {
            tally_file_discard(list[i].content);
            rc = -1;
        }
    }
    return rc;
}

int
tally_governed_send(const struct tally_governed *g, const struct tally_sending *list,
                    size_t n, uint64_t delivery, const uint8_t *key_check, bool force,
                    struct tally_err *err)
{
    struct tally_outfile *files[TALLY_SENDING_MAX] = {NULL};
    struct tally_manifest m = {.delivery = delivery};
    struct tally_err ignored = TALLY_ERR_INIT;
    int rc;

    TALLY_INVARIANT(n > 0 && n <= TALLY_SENDING_MAX);
    tally_today(m.made);
    memcpy(m.from, g->id.card.fingerprint, sizeof m.from);
    memcpy(m.agreement, g->agreement->digest, sizeof m.agreement);
    if (key_check != NULL) {
        memcpy(m.key_check, key_check, sizeof m.key_check);
    }
    if ((g->self->roles & TALLY_AS_OWNER) != 0) {
        memcpy(m.source, g->self->sends.source, sizeof m.source);
    }
    rc = tally_log_end(g->log, &m.log, err);
    for (size_t i = 0; i < n && rc == 0; i++) {
        rc = tally_outfile_open(&files[i], list[i].package, 0600, force, err) == 0
                 ? write_package(g, &list[i], &m, files[i], err)
                 : -1;
    }
    if (destroy_contents(list, n, rc == 0 ? err : &ignored) != 0) {
        rc = -1; /* before anything appears: what is sent has no plain copy */
    }
    if (rc == 0) {
        rc = send_and_note(g, list, n, delivery, files, err);
    }
    for (size_t i = 0; i < n; i++) {
        tally_outfile_free(files[i]);
    }
    return rc;
}

/* Receiving. */

static int
check_new(const struct tally_governed *g, const struct tally_received *r,
          struct tally_err *err)
{
    enum tally_package_kind kind = r->manifest.kind;
    uint64_t last, most = allowed(g->agreement, r->from, kind);
    uint64_t records = allowed_records(g->agreement, r->from, kind);
    /* The log tells of an answer before the store takes it, which takes none twice. */
    uint64_t again = kind == TALLY_PACKAGE_ANSWER ? 1 : 0;

    if (tally_governed_last(g, events[kind],
                            kind == TALLY_PACKAGE_REQUEST ? g->self : r->from, &last,
                            err) != 0) {
        return -1;
    }
    if (r->manifest.delivery + again <= last) {
        tally_err_set(err, TALLY_E_POLICY,
                      "delivery %llu of %s was taken before: this is a replay, or an "
                      "earlier one",
                      (unsigned long long)r->manifest.delivery, r->from->card.name);
        return tally_err_hint(err, "the last delivery taken is %llu; ask for a new one",
                              (unsigned long long)last);
    }
    if (r->manifest.delivery > most) {
        return tally_err_set(err, TALLY_E_POLICY,
                             "the agreement allows %s %llu deliveries of a %s; this is "
                             "number %llu",
                             r->from->card.name, (unsigned long long)most,
                             tally_package_kind_name(kind),
                             (unsigned long long)r->manifest.delivery);
    }
    if (r->manifest.records > tally_padded(records)) {
        return tally_err_set(err, TALLY_E_POLICY,
                             "%s announces up to %s records, where the agreement allows "
                             "%s in a %s",
                             r->from->card.name, tally_thousands(r->manifest.records),
                             tally_thousands(records), tally_package_kind_name(kind));
    }
    return 0;
}

int
tally_received_count(const struct tally_governed *g, const struct tally_received *r,
                     uint64_t records, struct tally_err *err)
{
    uint64_t most = allowed_records(g->agreement, r->from, r->manifest.kind);

    if (tally_padded(records) != r->manifest.records) {
        return tally_err_set(err, TALLY_E_POLICY,
                             "%s: holds %s records, which is not what its manifest says",
                             r->shown, tally_thousands(records));
    }
    return records <= most
               ? 0
               : tally_err_set(err, TALLY_E_POLICY,
                               "%s sent %s records, where the agreement allows %s",
                               r->from->card.name, tally_thousands(records),
                               tally_thousands(most));
}

int
tally_received_once(const struct tally_received *list, size_t n, struct tally_err *err)
{
    const struct tally_received *last = &list[n - 1];

    for (size_t i = 0; i + 1 < n; i++) {
        if (list[i].from == last->from) {
            tally_err_set(err, TALLY_E_POLICY,
                          "%s and %s are both of %s: one stands in another's place",
                          list[i].shown, last->shown, last->from->card.name);
            return tally_err_hint(err, "give one of each party");
        }
    }
    return 0;
}

int
tally_received_failed(const struct tally_received *r, struct tally_err *err)
{
    char *at = strstr(err->text, r->path);
    char after[sizeof err->text];

    if (at != NULL && !isdigit((unsigned char)at[strlen(r->path)])) {
        (void)snprintf(after, sizeof after, "%s", at + strlen(r->path));
        (void)snprintf(at, sizeof err->text - (size_t)(at - err->text),
                       "what is sealed in %s%s", r->shown, after);
        /* Its sender signed it, so it is no file taken for another. */
        err->code = err->code == TALLY_E_FORMAT ? TALLY_E_CORRUPT : err->code;
    }
    return -1;
}

/* Unseal ${p} into a new unnamed file. */
static int
unseal(const struct tally_governed *g, const struct tally_package *p,
       struct tally_received *r, struct tally_err *err)
{
    struct tally_secret *own = NULL;
    size_t self = (size_t)(g->self - g->agreement->parties);
    int rc = -1;

    if (tally_tmpfile(NULL, &r->fd, err) != 0) {
        r->fd = -1;
        return -1;
    }
    if (tally_agreement_unseal(g->agreement, g->path, self, g->passphrase, &own, err) ==
        0) {
        rc = tally_package_unseal(p, own, r->fd, &r->len, err);
    }
    tally_secret_free(own);
    (void)snprintf(r->path, sizeof r->path, "/proc/self/fd/%d", r->fd);
    return rc;
}

int
tally_governed_receive(const struct tally_governed *g, const char *const *paths, size_t n,
                       enum tally_package_kind kind, struct tally_received *out,
                       struct tally_err *err)
{
    struct tally_received r = {.fd = -1};
    struct tally_package *p = NULL;
    int in = -1, rc = -1;

    if (tally_parts_join(paths, n, &in, err) != 0) {
        return -1;
    }
    if (tally_package_open(&p, in, paths[0], err) == 0 &&
        tally_package_admit(p, g->agreement, &g->self->card, kind, &r.from, err) == 0) {
        (void)snprintf(r.shown, sizeof r.shown, "%s", paths[0]);
        r.manifest = *tally_package_manifest(p);
        memcpy(r.digest, tally_package_digest(p), sizeof r.digest);
        rc = check_new(g, &r, err) == 0 ? unseal(g, p, &r, err) : -1;
    }
    tally_package_close(p);
    (void)close(in);
    if (rc != 0) {
        tally_received_close(&r);
        return -1;
    }
    *out = r;
    return 0;
}

void
tally_received_close(struct tally_received *r)
{
    if (r->fd >= 0) {
        (void)close(r->fd);
    }
    r->fd = -1;
}

int
tally_governed_note(const struct tally_governed *g, const char *what,
                    const struct tally_received *r, struct tally_err *err)
{
    struct tally_jnode *e =
        tally_log_entry(what != NULL ? what : events[r->manifest.kind]);
    struct tally_jnode *log = tally_jobject();

    tally_meta_set_hex(e, "agreement", g->agreement->digest, TALLY_DIGEST_BYTES);
    tally_meta_set_hex(e, "with", r->from->card.fingerprint, TALLY_DIGEST_BYTES);
    tally_jset_int(e, "delivery", (int64_t)r->manifest.delivery);
    tally_meta_set_hex(e, "digest", r->digest, sizeof r->digest);
    tally_jset_int(log, "entry", (int64_t)r->manifest.log.n);
    tally_meta_set_hex(log, "digest", r->manifest.log.digest, TALLY_DIGEST_BYTES);
    tally_jset(e, "senders_log", log);
    return tally_log_append(g->log, e, err);
}
