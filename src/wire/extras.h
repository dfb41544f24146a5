/* SPDX-License-Identifier: MIT
 *
 * What the sender of a notification or a request adds to body and time (protocol, "Extras"): a map,
 * of which this file knows some keys. An extra of the wrong type or form counts as absent, so that
 * it never costs a message.
 */
#ifndef COPYDATA_WIRE_EXTRAS_H
#define COPYDATA_WIRE_EXTRAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CD_EXTRA_MOST                                                                              \
    65536 /* largest size of `origin` and of `via`, in bytes; larger ones are
                               ignored */

/* A str, within the message's bytes. */
typedef struct cd_extra_text {
    const char *bytes; /* NULL: absent */
    size_t size;
} cd_extra_text;

/* Where a message that a bridge carries came from, as far as known. */
typedef struct cd_extra_origin {
    bool given;
    cd_extra_text desktop;
    cd_extra_text exe;
    cd_extra_text user;
} cd_extra_origin;

/* The bridges it crossed, in order. */
typedef struct cd_extra_via {
    bool given;
    uint32_t count;  /* names, */
    const char *at;  /* start of the next one, */
    const char *end; /* and end of the last one */
} cd_extra_via;

typedef struct cd_extras {
    bool retains;   /* the sender keeps it for newcomers, */
    bool retained;  /* and this copy is for a newcomer */
    bool withdrawn; /* the sender keeps nothing for newcomers any more */
    bool direct;    /* a request for this peer, not for any that serves */
    cd_extra_origin origin;
    cd_extra_via via;
} cd_extras;

/* Reads one valid MessagePack value; one that is not a map has no extras. Where a key is repeated,
 * the last well-formed value counts. */
cd_extras cd_extras_read(const char *bytes, size_t size);

/* Reads the next name. Returns false when there is none left. */
bool cd_extra_via_next(cd_extra_via *via, cd_extra_text *name);

#endif
