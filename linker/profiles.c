/*
 * The profiles as a table.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/profiles.h"

#include <string.h>

/* NHS: 1 to 7 hidden, zeros shown. OpenSAFELY: 7 and under hidden, totals of rounded
 * counts. ACRO: its default.yaml. The dominance rule of sums is ACRO's for all. */
static const struct tally_profile_rules profiles[] = {
    {.name = "ons",
     .label = "Office for National Statistics, Secure Research Service",
     .threshold = 10,
     .rounding = 5,
     .zeros = true,
     .nk_n = 2,
     .nk_percent = 90,
     .p_percent = 10},
    {.name = "nhs-hes",
     .label = "NHS Hospital Episode Statistics",
     .threshold = 8,
     .rounding = 5,
     .zeros = false,
     .nk_n = 2,
     .nk_percent = 90,
     .p_percent = 10},
    {.name = "opensafely",
     .label = "OpenSAFELY",
     .threshold = 8,
     .rounding = 5,
     .zeros = true,
     .sums_of_shown = true,
     .nk_n = 2,
     .nk_percent = 90,
     .p_percent = 10},
    {.name = "ukllc",
     .label = "UK Longitudinal Linkage Collaboration",
     .threshold = 10,
     .rounding = 5,
     .zeros = true,
     .nk_n = 2,
     .nk_percent = 90,
     .p_percent = 10},
    {.name = "acro",
     .label = "ACRO, its default rules",
     .threshold = 10,
     .rounding = 5,
     .zeros = true,
     .nk_n = 2,
     .nk_percent = 90,
     .p_percent = 10,
     .dominance_of_records = true},
};

const struct tally_profile_rules *
tally_profile_at(size_t i)
{
    return i < sizeof profiles / sizeof *profiles ? &profiles[i] : NULL;
}

const struct tally_profile_rules *
tally_profile_find(const char *name)
{
    for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++) {
        if (strcmp(profiles[i].name, name) == 0) {
            return &profiles[i];
        }
    }
    return NULL;
}

bool
tally_profile_dominated(const struct tally_profile_rules *p, uint64_t total,
                        uint64_t first, uint64_t second)
{
    uint64_t largest = p->nk_n == 1 ? first : first + second;

    if (total == 0) {
        return false;
    }
    if (p->nk_n > 0 && (double)largest > (double)total * p->nk_percent / 100.0) {
        return true;
    }
    return p->p_percent > 0 &&
           (double)(total - first - second) < (double)first * p->p_percent / 100.0;
}

uint64_t
tally_profile_round(uint64_t n, uint32_t base)
{
    uint64_t down = n - n % base;

    return n - down > (base - 1) / 2 && down <= UINT64_MAX - base ? down + base : down;
}
