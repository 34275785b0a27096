/*
 * Rules about one person: dates, age, the check digit of an NHS number, forms of a
 * surname.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/synth_people.h"

#include <stdbool.h>
#include <string.h>

struct tally_synth_date
tally_synth_date(int32_t days)
{
    /* Counted in 400-year eras from 1 March 0000, so that the leap day is the last of a
     * year. */
    int32_t z = days + 719468;
    int32_t era = z / 146097;
    int32_t doe = z - era * 146097;
    int32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int32_t mp = (5 * doy + 2) / 153;
    struct tally_synth_date d;

    d.day = doy - (153 * mp + 2) / 5 + 1;
    d.month = mp < 10 ? mp + 3 : mp - 9;
    d.year = yoe + era * 400 + (d.month <= 2);
    return d;
}

int32_t
tally_synth_days(const struct tally_synth_date *d)
{
    int32_t y = d->year - (d->month <= 2);
    int32_t era = y / 400;
    int32_t yoe = y - era * 400;
    int32_t doy = (153 * (d->month + (d->month > 2 ? -3 : 9)) + 2) / 5 + d->day - 1;
    int32_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

    return era * 146097 + doe - 719468;
}

static unsigned
years_of(uint32_t days)
{
    return (unsigned)((uint64_t)days * 10000 / 3652425);
}

unsigned
tally_synth_age(const struct tally_synth_person *p)
{
    return years_of(p->age_days);
}

unsigned
tally_synth_nhs_check(uint32_t nine)
{
    unsigned sum = 0;

    for (unsigned weight = 2; weight <= 10; weight++) {
        sum += nine % 10 * weight;
        nine /= 10;
    }
    return sum % 11 == 0 ? 0 : 11 - sum % 11;
}

static bool
ends_with(const char *s, const char *tail)
{
    size_t n = strlen(s);
    size_t t = strlen(tail);

    return n > t && strcmp(s + n - t, tail) == 0;
}

void
tally_synth_inflect(char surname[TALLY_SYNTH_NAME], unsigned pool, unsigned sex)
{
    size_t n = strlen(surname);

    if (pool == TALLY_SYNTH_POLISH && n > 3) {
        if (sex == TALLY_SYNTH_FEMALE &&
            (ends_with(surname, "ski") || ends_with(surname, "cki"))) {
            surname[n - 1] = 'a';
        } else if (sex == TALLY_SYNTH_MALE &&
                   (ends_with(surname, "ska") || ends_with(surname, "cka"))) {
            surname[n - 1] = 'i';
        }
    } else if (pool == TALLY_SYNTH_SIKH) {
        if (sex == TALLY_SYNTH_FEMALE && strcmp(surname, "Singh") == 0) {
            strcpy(surname, "Kaur");
        } else if (sex == TALLY_SYNTH_MALE && strcmp(surname, "Kaur") == 0) {
            strcpy(surname, "Singh");
        }
    }
}
