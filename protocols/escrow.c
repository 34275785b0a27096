/*
 * Escrow. A share's paper names its holder, so that a finder knows whom it is missing to.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/escrow.h"

#include "bloom/base/bytes.h"
#include "bloom/base/file.h"
#include "bloom/kdf.h"
#include "bloom/keyfile.h"
#include "bloom/meta.h"
#include "protocols/paper.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct dealing {
    const struct tally_identity *dealer;
    const struct tally_card *holders;
    unsigned n;
    unsigned m;
    uint8_t check[TALLY_KEY_CHECK_BYTES];
    uint8_t *shares; /* n * TALLY_KEY_BYTES, in guarded memory */
};

static int
check_holders(const struct tally_card *holders, unsigned n, unsigned m,
              struct tally_err *err)
{
    if (m < 2 || m > n || n > TALLY_SHARES_MAX) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "of 2 to %d shares, 2 or more must come together",
                             TALLY_SHARES_MAX);
    }
    for (unsigned i = 0; i < n; i++) {
        enum tally_party_kind kind = holders[i].kind;

        if (kind == TALLY_PARTY_LINKER || kind == TALLY_PARTY_ANALYST) {
            return tally_err_set(err, TALLY_E_POLICY,
                                 "%s is a %s and may never hold a share of a linkage key",
                                 holders[i].name, tally_party_rules(kind)->label);
        }
        for (unsigned j = 0; j < i; j++) {
            if (tally_card_same(&holders[i], &holders[j])) {
                return tally_err_set(err, TALLY_E_POLICY, "%s would hold two shares",
                                     holders[i].name);
            }
        }
    }
    return 0;
}

/* What says a share is this one: bound to its number. */
static void
share_digest(const uint8_t *share, unsigned x, uint8_t out[TALLY_DIGEST_BYTES])
{
    struct tally_digest_state st;
    uint8_t number = (uint8_t)x;

    tally_digest_init(&st);
    tally_digest_update(&st, &number, 1);
    tally_digest_update(&st, share, TALLY_KEY_BYTES);
    tally_digest_final(&st, out);
    tally_wipe(&st, sizeof st);
}

static struct tally_jnode *
share_body(const struct dealing *d, unsigned x)
{
    struct tally_jnode *body = tally_paper_body(TALLY_PAPER_SHARE);
    struct tally_jnode *digests = tally_jarray();
    uint8_t digest[TALLY_DIGEST_BYTES];
    char hex[2 * TALLY_DIGEST_BYTES + 1];

    tally_jset_str(body, "secret", "keep this share to yourself; it is of no use alone");
    tally_jset_str(body, "dealer", d->dealer->card.name);
    tally_jset_str(body, "holder", d->holders[x - 1].name);
    tally_meta_set_hex(body, "check", d->check, sizeof d->check);
    tally_jset_int(body, "number", x);
    tally_jset_int(body, "needed", d->m);
    for (unsigned i = 1; i <= d->n; i++) {
        share_digest(d->shares + (i - 1) * TALLY_KEY_BYTES, i, digest);
        tally_hex_encode(digest, sizeof digest, hex);
        tally_jpush_str(digests, hex);
    }
    tally_jset(body, "shares", digests);
    tally_meta_set_hex(body, "share", d->shares + (x - 1) * TALLY_KEY_BYTES,
                       TALLY_KEY_BYTES);
    return body;
}

static int
write_shares(const struct dealing *d, const char *dir, bool force, struct tally_err *err)
{
    struct tally_outfile *files[TALLY_SHARES_MAX] = {NULL};
    char path[4096];
    int rc = 0;

    for (unsigned x = 1; x <= d->n && rc == 0; x++) {
        rc = tally_path_format(path, err, "%s/share-%02u", dir, x);
        if (rc == 0) {
            rc = tally_outfile_open(&files[x - 1], path, 0600, force, err);
        }
        if (rc == 0) {
            rc = tally_paper_write(files[x - 1], TALLY_PAPER_SHARE, share_body(d, x),
                                   d->dealer->sign, err);
        }
    }
    if (rc == 0) {
        rc = tally_outfile_commit(files, d->n, err);
    }
    for (unsigned i = 0; i < d->n; i++) {
        tally_outfile_free(files[i]);
    }
    return rc;
}

int
tally_escrow_split(struct tally_secret *key, const struct tally_identity *dealer,
                   const struct tally_card *holders, unsigned n, unsigned m,
                   const char *dir, bool force, struct tally_err *err)
{
    struct dealing d = {.dealer = dealer, .holders = holders, .n = n, .m = m};
    struct tally_secret *shares = NULL;
    bool made;
    int rc = -1;

    if (check_holders(holders, n, m, err) != 0 ||
        tally_key_check(key, d.check, err) != 0 ||
        tally_secret_create(&shares, (size_t)n * TALLY_KEY_BYTES, err) != 0) {
        return -1;
    }
    made = mkdir(dir, 0700) == 0;
    if (!made && errno != EEXIST) {
        tally_err_errno(err, TALLY_E_IO, "cannot make the folder %s", dir);
    } else {
        d.shares = tally_secret_open(shares);
        rc = tally_shamir_split(key, m, n, d.shares, err);
        rc = rc == 0 ? write_shares(&d, dir, force, err) : -1;
        tally_secret_close(shares);
    }
    if (rc != 0 && made) {
        (void)rmdir(dir);
    }
    tally_secret_free(shares);
    return rc;
}

/* Joining. */

struct joining {
    uint8_t check[TALLY_KEY_CHECK_BYTES];
    int64_t needed;
    uint8_t all[TALLY_DIGEST_BYTES]; /* of the digests of all shares */
    uint8_t x[TALLY_SHARES_MAX];
    uint8_t *shares; /* opened */
    size_t n;
};

/* The digests of all shares, as one; that of share ${x} must be ${digest}. */
static int
read_digests(const struct tally_json *root, unsigned x,
             const uint8_t digest[TALLY_DIGEST_BYTES], uint8_t all[TALLY_DIGEST_BYTES],
             bool *matches, struct tally_err *err)
{
    char hex[2 * TALLY_DIGEST_BYTES + 1];
    struct tally_digest_state st;
    struct tally_json list, one;
    size_t n;

    tally_hex_encode(digest, TALLY_DIGEST_BYTES, hex);
    if (tally_json_need(root, "shares", &list, err) != 0 ||
        tally_json_length(&list, &n, err) != 0) {
        return tally_meta_failed(err);
    }

    tally_digest_init(&st);
    for (size_t i = 0; i < n; i++) {
        const char *text;

        if (tally_json_at(&list, i, &one, err) != 0 ||
            tally_json_str(&one, sizeof hex - 1, &text, err) != 0) {
            return tally_meta_failed(err);
        }
        tally_digest_update(&st, text, strlen(text));
        *matches = *matches || (i + 1 == x && strcmp(text, hex) == 0);
    }
    tally_digest_final(&st, all);
    return 0;
}

/* Add a share to ${j}, which it must go with. */
static int
take_share(struct joining *j, const struct tally_paper *p, const char *path,
           struct tally_err *err)
{
    struct tally_json root = tally_json_root(p->doc);
    uint8_t check[TALLY_KEY_CHECK_BYTES], all[TALLY_DIGEST_BYTES];
    uint8_t digest[TALLY_DIGEST_BYTES];
    uint8_t *share = j->shares + j->n * TALLY_KEY_BYTES;
    int64_t x, needed;
    bool matches = false;

    if (tally_meta_hex(&root, "check", check, sizeof check, err) != 0 ||
        tally_meta_count(&root, "number", TALLY_SHARES_MAX, &x, err) != 0 ||
        tally_meta_count(&root, "needed", TALLY_SHARES_MAX, &needed, err) != 0 ||
        tally_meta_hex(&root, "share", share, TALLY_KEY_BYTES, err) != 0) {
        return tally_meta_failed(err);
    }
    share_digest(share, (unsigned)x, digest);
    if (read_digests(&root, (unsigned)x, digest, all, &matches, err) != 0) {
        return -1;
    }
    if (x < 1 || !matches) {
        return tally_err_set(err, TALLY_E_CORRUPT, "%s: not the share it says it is",
                             path);
    }
    if (j->n > 0 && (memcmp(check, j->check, sizeof check) != 0 || needed != j->needed ||
                     memcmp(all, j->all, sizeof all) != 0)) {
        return tally_err_set(err, TALLY_E_KEY, "%s: a share of another splitting", path);
    }
    for (size_t i = 0; i < j->n; i++) {
        if (j->x[i] == (uint8_t)x) {
            return tally_err_set(err, TALLY_E_KEY, "%s: share %d stands twice", path,
                                 (int)x);
        }
    }
    memcpy(j->check, check, sizeof check);
    memcpy(j->all, all, sizeof all);
    j->needed = needed;
    j->x[j->n++] = (uint8_t)x;
    return 0;
}

static int
read_shares(struct joining *j, const char *const *paths, size_t n,
            const struct tally_card *dealer, struct tally_err *err)
{
    for (size_t i = 0; i < n; i++) {
        struct tally_paper p;
        int rc;

        if (tally_paper_read(&p, paths[i], TALLY_PAPER_SHARE, dealer->sign, err) != 0) {
            return -1;
        }
        rc = take_share(j, &p, paths[i], err);
        tally_paper_free(&p);
        if (rc != 0) {
            return -1;
        }
    }
    if (j->n < 2 || (int64_t)j->n < j->needed) {
        return tally_err_set(err, TALLY_E_KEY, "%zu shares are not enough: %d are needed",
                             j->n, (int)j->needed);
    }
    return 0;
}

/* The key of what was read, which must have the check value all shares tell. */
static int
join(const struct joining *j, struct tally_secret **out, struct tally_err *err)
{
    struct tally_secret *key = NULL;
    uint8_t check[TALLY_KEY_CHECK_BYTES];

    if (tally_secret_create(&key, TALLY_KEY_BYTES, err) != 0) {
        return -1;
    }
    tally_shamir_join(j->shares, j->x, (unsigned)j->needed, TALLY_KEY_BYTES,
                      tally_secret_open(key));
    tally_secret_close(key);
    if (tally_key_check(key, check, err) != 0 ||
        (memcmp(check, j->check, sizeof check) != 0 &&
         tally_err_set(err, TALLY_E_KEY, "the shares give another key than was split"))) {
        tally_secret_free(key);
        return -1;
    }
    *out = key;
    return 0;
}

int
tally_escrow_join(const char *const *paths, size_t n, const struct tally_card *dealer,
                  struct tally_secret **key, struct tally_err *err)
{
    struct joining j = {.n = 0};
    struct tally_secret *shares = NULL;
    int rc;

    if (n > TALLY_SHARES_MAX) {
        return tally_err_set(err, TALLY_E_USAGE, "more than %d shares", TALLY_SHARES_MAX);
    }
    if (tally_secret_create(&shares, (n + 1) * TALLY_KEY_BYTES, err) != 0) {
        return -1;
    }
    j.shares = tally_secret_open(shares);
    rc = read_shares(&j, paths, n, dealer, err);
    rc = rc == 0 ? join(&j, key, err) : -1;
    tally_secret_close(shares);
    tally_secret_free(shares);
    return rc;
}
