/*
 * Hardening as a schema orders it: the steps of one view, made ready with its keys, and
 * applied to filters a batch at a time. docs/protocols/hardening.md.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_HARDEN_H
#define TALLY_HARDEN_H

#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"
#include "bloom/base/secret.h"
#include "bloom/diffusion.h"
#include "bloom/harden_steps.h"
#include "bloom/schema.h"

struct tally_harden;

/** The steps ${h} on filters of ${bits}, keyed for ${view}. Without steps a filter is
 * copied. Read-only afterwards: shared by threads. TALLY_E_SCHEMA when the steps do not
 * fit the length. */
TALLY_NODISCARD int tally_harden_create(struct tally_harden **out,
                                        const struct tally_hardening *h, uint32_t bits,
                                        const char *view, struct tally_secret *key,
                                        struct tally_err *err);

/** The same for filters of tally_clk_add under ${s}, the schema of a view
 * (tally_schema_of_view): its steps, and before them the choice of bits where fields have
 * filters of their own. */
TALLY_NODISCARD int tally_harden_of_view(struct tally_harden **out,
                                         const struct tally_schema *s, const char *view,
                                         struct tally_secret *key, struct tally_err *err);

#define TALLY_HARDEN_BATCH TALLY_DIFFUSION_BATCH
/** Harden ${n} <= TALLY_HARDEN_BATCH filters: ${in} rows of ${in_stride} bytes, ${out}
 * rows of ${out_stride}, which do not overlap; bytes behind a filter are left alone. A
 * filter without a bit, that of a record without a usable value, comes out without a bit,
 * so that it is like no other. ${scratch} holds tally_harden_scratch() bytes, 64-byte
 * aligned, one a thread, wiped by the caller. */
void tally_harden_apply(const struct tally_harden *h, const uint8_t *in, size_t in_stride,
                        size_t n, uint8_t *out, size_t out_stride, void *scratch);
size_t tally_harden_scratch(const struct tally_harden *h);

void tally_harden_free(struct tally_harden *h);

#endif
