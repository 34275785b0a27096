/*
 * The word list: short, common words that sound unlike each other. The order is part of
 * the format and never changes.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/words.h"

#include <string.h>

static const char list[256][9] = {
    "acorn",   "actor",   "adder",    "album",   "alder",   "alley",   "amber",
    "anchor",  "angle",   "ankle",    "apple",   "apron",   "arch",    "arena",
    "arrow",   "artist",  "aspen",    "atlas",   "attic",   "autumn",  "awning",
    "badge",   "bagel",   "bakery",   "ballad",  "banjo",   "barley",  "barn",
    "basket",  "beacon",  "beetle",   "bench",   "berry",   "biscuit", "blanket",
    "blossom", "bonnet",  "border",   "bottle",  "boulder", "bramble", "brass",
    "breeze",  "bridge",  "bronze",   "brook",   "bucket",  "buckle",  "butter",
    "button",  "cabin",   "cable",    "cactus",  "camel",   "candle",  "canoe",
    "canvas",  "carbon",  "carpet",   "carrot",  "castle",  "cattle",  "cedar",
    "cellar",  "cement",  "chalk",    "chapel",  "cherry",  "chess",   "chimney",
    "cider",   "cinema",  "circle",   "clover",  "cobalt",  "coffee",  "comet",
    "compass", "copper",  "coral",    "cotton",  "cousin",  "cradle",  "crayon",
    "cricket", "crystal", "cuckoo",   "curtain", "daisy",   "dancer",  "deer",
    "denim",   "desert",  "diamond",  "dinner",  "dolphin", "donkey",  "dragon",
    "drum",    "eagle",   "earth",    "easel",   "echo",    "elbow",   "elder",
    "ember",   "engine",  "fabric",   "falcon",  "farmer",  "feather", "fennel",
    "ferry",   "fiddle",  "fig",      "finch",   "flag",    "flint",   "flute",
    "forest",  "fossil",  "fountain", "fox",     "gallery", "garden",  "garlic",
    "geyser",  "giant",   "ginger",   "glacier", "glove",   "goblet",  "goose",
    "grape",   "gravel",  "guitar",   "hammer",  "harbour", "harp",    "hazel",
    "hedge",   "helmet",  "heron",    "hill",    "honey",   "horizon", "igloo",
    "indigo",  "island",  "ivory",    "jacket",  "jasmine", "jelly",   "jigsaw",
    "journal", "jungle",  "kennel",   "kettle",  "kitten",  "ladder",  "lagoon",
    "lantern", "laurel",  "lemon",    "lentil",  "library", "lily",    "lizard",
    "lobster", "locket",  "lumber",   "magnet",  "maple",   "marble",  "market",
    "meadow",  "melon",   "metal",    "mirror",  "monsoon", "mosaic",  "mountain",
    "museum",  "mustard", "napkin",   "needle",  "nettle",  "nickel",  "oak",
    "oasis",   "ocean",   "olive",    "onion",   "orbit",   "orchard", "otter",
    "oven",    "owl",     "paddle",   "palace",  "panda",   "paper",   "parsley",
    "pebble",  "pencil",  "pepper",   "piano",   "pigeon",  "pillow",  "planet",
    "plum",    "pocket",  "pony",     "poppy",   "potato",  "prairie", "pumpkin",
    "puppet",  "purple",  "quarry",   "quilt",   "rabbit",  "radish",  "raft",
    "rainbow", "raven",   "ribbon",   "river",   "robin",   "rocket",  "rope",
    "sailor",  "salmon",  "sandal",   "saddle",  "school",  "shadow",  "silver",
    "spoon",   "statue",  "stone",    "sugar",   "sunset",  "table",   "teapot",
    "thimble", "tiger",   "timber",   "tomato",  "trumpet", "tulip",   "tunnel",
    "turnip",  "velvet",  "village",  "violet",
};

void
tally_words(const uint8_t digest[TALLY_WORDS], char out[TALLY_WORDS_TEXT])
{
    for (size_t i = 0; i < TALLY_WORDS; i++) {
        size_t len = strlen(list[digest[i]]);

        memcpy(out, list[digest[i]], len);
        out += len;
        *out++ = i + 1 < TALLY_WORDS ? ' ' : '\0';
    }
}
