/*
 * Names of the ways a threshold and links come about, apart from the linker proper so that reading a
 * store does not bring linking with it.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/link.h"

#include <string.h>

const char *
tally_threshold_how_name(enum tally_threshold_how how)
{
    switch (how) {
    case TALLY_THRESHOLD_GIVEN:
        return "given";
    case TALLY_THRESHOLD_DECOYS:
        return "decoys";
    case TALLY_THRESHOLD_VALLEY:
        return "valley";
    case TALLY_THRESHOLD_GROUPS:
        return "groups";
    case TALLY_THRESHOLD_FALLBACK:
        return "fallback";
    }
    return "unknown";
}

const char *
tally_band_name(enum tally_band band)
{
    return band == TALLY_BAND_IS_MATCH ? "match" : "possible";
}

const char *
tally_linked_by_name(enum tally_linked_by by)
{
    switch (by) {
    case TALLY_LINKED_BY_MUST:
        return "must-link";
    case TALLY_LINKED_BY_KEY:
        return "match-key";
    case TALLY_LINKED_BY_BEST:
        return "best";
    case TALLY_LINKED_BY_NEXT:
        return "next-best";
    case TALLY_LINKED_BY_CLUSTER:
        return "cluster";
    case TALLY_LINKED_BY_LOW:
        return "below-threshold";
    }
    return "unknown";
}

static const char *const assign_names[] = {[TALLY_ASSIGN_ONE_TO_ONE] = "one-to-one",
                                           [TALLY_ASSIGN_MANY] = "many",
                                           [TALLY_ASSIGN_OPTIMAL] = "optimal"};

const char *
tally_assign_name(enum tally_assign assign)
{
    return assign_names[assign];
}

bool
tally_assign_of(const char *name, enum tally_assign *out)
{
    for (size_t i = 0; i < sizeof assign_names / sizeof *assign_names; i++) {
        if (strcmp(name, assign_names[i]) == 0) {
            *out = (enum tally_assign)i;
            return true;
        }
    }
    return false;
}
