/*
 * Rotation and revocation of cards.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/standing.h"

#include "bloom/base/file.h"
#include "bloom/meta.h"
#include "protocols/calendar.h"
#include "protocols/paper.h"

#include <string.h>

/* Sign ${body} as the one paper of a new file. Frees ${body}. */
static int
write_paper(const char *path, bool force, enum tally_paper_kind kind,
            struct tally_jnode *body, const struct tally_identity *id,
            struct tally_err *err)
{
    struct tally_outfile *f = NULL;
    int rc = -1;

    if (tally_outfile_open(&f, path, 0644, force, err) != 0) {
        tally_jfree(body);
        return -1;
    }
    if (tally_paper_write(f, kind, body, id->sign, err) == 0) {
        rc = tally_outfile_commit(&f, 1, err);
    }
    tally_outfile_free(f);
    return rc;
}

/* A card takes over for one of the same party alone: what was agreed, its gateway too,
 * was agreed with that. */
static bool
may_follow(const struct tally_card *was, const struct tally_card *next)
{
    return strcmp(was->name, next->name) == 0 && was->kind == next->kind;
}

int
tally_rotation_write(const char *path, bool force, const struct tally_identity *old,
                     const struct tally_card *next, struct tally_err *err)
{
    const struct tally_card *was = &old->card;
    struct tally_jnode *body;
    char today[11];

    if (!may_follow(was, next)) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "the new card is of another name or kind");
    }
    if (memcmp(was->sign, next->sign, sizeof was->sign) == 0 ||
        memcmp(was->seal, next->seal, sizeof was->seal) == 0) {
        return tally_err_set(err, TALLY_E_USAGE, "the new card has the old keys");
    }
    body = tally_paper_body(TALLY_PAPER_ROTATION);
    tally_today(today);
    tally_meta_set_hex(body, "old", was->fingerprint, sizeof was->fingerprint);
    tally_meta_set_hex(body, "new", next->fingerprint, sizeof next->fingerprint);
    tally_jset_str(body, "from", today);
    return write_paper(path, force, TALLY_PAPER_ROTATION, body, old, err);
}

/* That member ${key} is the fingerprint of ${card}. */
static int
names_card(const struct tally_paper *p, const char *path, const char *key,
           const struct tally_card *card, struct tally_err *err)
{
    struct tally_json root = tally_json_root(p->doc);
    uint8_t said[TALLY_DIGEST_BYTES];

    if (tally_meta_hex(&root, key, said, sizeof said, err) != 0) {
        return tally_meta_failed(err);
    }
    if (memcmp(said, card->fingerprint, sizeof said) != 0) {
        return tally_err_set(err, TALLY_E_KEY,
                             "%s: speaks of another card than that of %s", path,
                             card->name);
    }
    return 0;
}

int
tally_rotation_check(const char *path, const struct tally_card *old,
                     const struct tally_card *next, struct tally_err *err)
{
    struct tally_paper p;
    int rc = -1;

    if (tally_paper_read(&p, path, TALLY_PAPER_ROTATION, old->sign, err) != 0) {
        return -1;
    }
    if (names_card(&p, path, "old", old, err) == 0) {
        rc = names_card(&p, path, "new", next, err);
    }
    if (rc == 0 && !may_follow(old, next)) {
        rc = tally_err_set(err, TALLY_E_KEY, "%s: to a card of another name or kind",
                           path);
    }
    tally_paper_free(&p);
    return rc;
}

int
tally_revocation_write(const char *path, bool force, const struct tally_identity *id,
                       struct tally_err *err)
{
    struct tally_jnode *body = tally_paper_body(TALLY_PAPER_REVOCATION);
    char today[11];

    tally_today(today);
    tally_meta_set_hex(body, "card", id->card.fingerprint, sizeof id->card.fingerprint);
    tally_jset_str(body, "from", today);
    return write_paper(path, force, TALLY_PAPER_REVOCATION, body, id, err);
}

int
tally_revocation_check(const char *path, const struct tally_card *card, char from[11],
                       struct tally_err *err)
{
    struct tally_paper p;
    struct tally_json root;
    int rc = -1;

    if (tally_paper_read(&p, path, TALLY_PAPER_REVOCATION, card->sign, err) != 0) {
        return -1;
    }
    root = tally_json_root(p.doc);
    if (names_card(&p, path, "card", card, err) == 0) {
        rc = tally_meta_text(&root, "from", 10, from, err) == 0 ? 0
                                                                : tally_meta_failed(err);
    }
    tally_paper_free(&p);
    return rc;
}
