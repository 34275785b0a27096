/*
 * The XML of a workbook's parts. Nothing is taken from outside the part: a document type,
 * and with it every entity, is refused, and depth and the length of a token are bounded.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/xlsx_private.h"

#include "bloom/base/interrupt.h"
#include "bloom/base/secret.h"

#include <expat.h>

#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES (32 << 10)
/* Bytes without an event: one tag, comment or the like. */
#define TOKEN_MAX ((size_t)1 << 20)
#define SEPARATOR '|'

struct xlsx_xml {
    XML_Parser parser;
    struct xlsx_part *part;
    char *name;
    const struct xlsx_events *events;
    void *ctx;
    struct tally_err *err; /* of the step under way */
    unsigned depth;
    size_t quiet; /* bytes given since the last event */
    bool failed;
    bool paused;
};

/* Memory that is wiped when given back: the parser holds text of cells. Its length stands
 * in front. */
union block {
    size_t len;
    max_align_t align;
};

/* Since the last part was opened: expat takes lack of memory for other faults too, and a
 * memory suite is told of no parser. */
static _Thread_local bool ran_out;

static void *
wiping_alloc(size_t len)
{
    union block *b = len > SIZE_MAX - sizeof *b ? NULL : malloc(sizeof *b + len);

    if (b == NULL) {
        ran_out = true;
        return NULL;
    }
    b->len = len;
    return b + 1;
}

static void
wiping_free(void *p)
{
    if (p != NULL) {
        union block *b = (union block *)p - 1;

        tally_wipe(p, b->len);
        free(b);
    }
}

static void *
wiping_realloc(void *p, size_t len)
{
    void *larger = wiping_alloc(len);

    if (p != NULL && larger != NULL) {
        size_t had = ((union block *)p - 1)->len;

        memcpy(larger, p, had < len ? had : len);
        wiping_free(p);
    }
    return larger;
}

/* The name of an element without its namespace, or NULL when that is not one of ours. */
static const char *
local_name(const char *name)
{
    static const char *const spaces[] = {
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        "http://schemas.openxmlformats.org/package/2006/relationships",
        "http://purl.oclc.org/ooxml/spreadsheetml/main"};
    const char *end = strrchr(name, SEPARATOR);

    if (end == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++) {
        size_t len = strlen(spaces[i]);

        if ((size_t)(end - name) == len && memcmp(name, spaces[i], len) == 0) {
            return end + 1;
        }
    }
    return NULL;
}

static void
after_event(struct xlsx_xml *x, int r)
{
    x->quiet = 0;
    if (r != 0) {
        x->failed = r < 0;
        (void)XML_StopParser(x->parser, r > 0);
    }
}

static int
refuse(struct xlsx_xml *x, enum tally_code code, const char *what)
{
    tally_err_set(x->err, code, "the workbook's part '%s': %s", x->name, what);
    return tally_err_hint(x->err, XLSX_HINT_RESAVE);
}

static void
on_start(void *ctx, const XML_Char *name, const XML_Char **atts)
{
    struct xlsx_xml *x = ctx;
    const char *local = local_name(name);
    int r = 0;

    if (x->failed) {
        return;
    }
    if (++x->depth > TALLY_XLSX_DEPTH_MAX) {
        r = refuse(x, TALLY_E_LIMIT, "elements stand too deep in one another");
    } else if (local != NULL) {
        r = x->events->start(x->ctx, local, (const char *const *)atts, x->err);
    }
    after_event(x, r);
}

static void
on_end(void *ctx, const XML_Char *name)
{
    struct xlsx_xml *x = ctx;
    const char *local = local_name(name);

    if (x->failed) {
        return;
    }
    x->depth--;
    after_event(x, local == NULL || x->events->end == NULL
                       ? 0
                       : x->events->end(x->ctx, local, x->err));
}

static void
on_text(void *ctx, const XML_Char *p, int len)
{
    struct xlsx_xml *x = ctx;

    if (!x->failed) {
        after_event(x, x->events->text == NULL
                           ? 0
                           : x->events->text(x->ctx, p, (size_t)len, x->err));
    }
}

static void
on_doctype(void *ctx, const XML_Char *name, const XML_Char *system,
           const XML_Char *public, int internal)
{
    struct xlsx_xml *x = ctx;

    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    after_event(
        x, refuse(x, TALLY_E_DATA, "it has a document type, which workbooks do not"));
}

int
xlsx_xml_open(struct xlsx_xml **out, struct xlsx_zip *z, const char *part, uint64_t limit,
              const struct xlsx_events *events, void *ctx, struct tally_err *err)
{
    static const XML_Memory_Handling_Suite memory = {wiping_alloc, wiping_realloc,
                                                     wiping_free};
    static const char separator[] = {SEPARATOR, '\0'};
    struct xlsx_xml *x = calloc(1, sizeof *x);

    if (x == NULL) {
        return tally_err_nomem(err);
    }
    ran_out = false;
    x->events = events;
    x->ctx = ctx;
    x->name = strdup(part);
    x->parser = XML_ParserCreate_MM(NULL, &memory, separator);
    if (x->name == NULL || x->parser == NULL) {
        xlsx_xml_free(x);
        return tally_err_nomem(err);
    }
    if (xlsx_part_open(&x->part, z, part, limit, err) != 0) {
        xlsx_xml_free(x);
        return -1;
    }
    XML_SetUserData(x->parser, x);
    XML_SetElementHandler(x->parser, on_start, on_end);
    XML_SetCharacterDataHandler(x->parser, on_text);
    XML_SetStartDoctypeDeclHandler(x->parser, on_doctype);
    *out = x;
    return 0;
}

void
xlsx_xml_free(struct xlsx_xml *x)
{
    if (x == NULL) {
        return;
    }
    if (x->parser != NULL) {
        XML_ParserFree(x->parser);
    }
    xlsx_part_free(x->part);
    free(x->name);
    free(x);
}

static int
not_xml(struct xlsx_xml *x, struct tally_err *err)
{
    enum XML_Error code = XML_GetErrorCode(x->parser);

    if (code == XML_ERROR_NO_MEMORY || ran_out) {
        return tally_err_nomem(err);
    }
    tally_err_set(err, TALLY_E_DATA, "the workbook's part '%s': line %llu: %s", x->name,
                  (unsigned long long)XML_GetCurrentLineNumber(x->parser),
                  XML_ErrorString(code));
    return tally_err_hint(err, XLSX_HINT_RESAVE);
}

/* Give the parser more of the part. */
static int
feed(struct xlsx_xml *x, enum XML_Status *status, struct tally_err *err)
{
    void *to = XML_GetBuffer(x->parser, CHUNK_BYTES);
    ptrdiff_t n;

    if (to == NULL) {
        return tally_err_nomem(err);
    }
    n = xlsx_part_read(x->part, to, CHUNK_BYTES, err);
    if (n < 0) {
        return -1;
    }
    x->quiet += (size_t)n;
    *status = XML_ParseBuffer(x->parser, (int)n, n == 0);
    return 0;
}

int
xlsx_xml_step(struct xlsx_xml *x, struct tally_err *err)
{
    enum XML_Status status = XML_STATUS_OK;
    XML_ParsingStatus parsing;

    x->err = err;
    if (tally_interrupt_check(err) != 0) {
        return -1;
    }
    if (x->paused) {
        status = XML_ResumeParser(x->parser);
    } else if (feed(x, &status, err) != 0) {
        return -1;
    }
    x->paused = status == XML_STATUS_SUSPENDED;
    if (x->failed) {
        return -1;
    }
    if (status == XML_STATUS_ERROR) {
        return not_xml(x, err);
    }
    if (x->quiet > TOKEN_MAX) {
        return refuse(x, TALLY_E_LIMIT, "a tag or comment is too long");
    }
    XML_GetParsingStatus(x->parser, &parsing);
    return parsing.parsing == XML_FINISHED ? 0 : 1;
}

int
xlsx_xml_run(struct xlsx_zip *z, const char *part, uint64_t limit,
             const struct xlsx_events *events, void *ctx, struct tally_err *err)
{
    struct xlsx_xml *x;
    int r;

    if (xlsx_xml_open(&x, z, part, limit, events, ctx, err) != 0) {
        return -1;
    }
    do {
        r = xlsx_xml_step(x, err);
    } while (r > 0);
    xlsx_xml_free(x);
    return r;
}

const char *
xlsx_attr(const char *const *atts, const char *name)
{
    for (; atts[0] != NULL; atts += 2) {
        const char *have = name[0] == SEPARATOR ? strrchr(atts[0], SEPARATOR) : atts[0];

        if (have != NULL && strcmp(have, name) == 0) {
            return atts[1];
        }
    }
    return NULL;
}

int
xlsx_attr_number(const char *const *atts, const char *name, uint32_t max, uint32_t *out)
{
    const char *text = xlsx_attr(atts, name);
    uint64_t n = 0;

    if (text == NULL) {
        return 0;
    }
    if (text[0] == '\0') {
        return -1;
    }
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9') {
            return -1;
        }
        n = n * 10 + (uint64_t)(*text - '0');
        if (n > max) {
            return -1;
        }
    }
    *out = (uint32_t)n;
    return 0;
}

bool
xlsx_attr_true(const char *const *atts, const char *name)
{
    const char *text = xlsx_attr(atts, name);

    return text != NULL && (strcmp(text, "1") == 0 || strcmp(text, "true") == 0);
}
