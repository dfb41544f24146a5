/* SPDX-License-Identifier: MIT
 *
 * What the sender of a notification or a request says beside body and time (protocol, "Extras"): a
 * map, of which this file knows some keys. An extra that is not what it should be counts as one that
 * is not there: nobody loses a message by it.
 */
#ifndef COPYDATA_WIRE_EXTRAS_H
#define COPYDATA_WIRE_EXTRAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CD_EXTRA_MOST 65536 /* bytes that `origin` and `via` may take each; longer ones do not count */

/* A str, in the message's bytes. */
typedef struct cd_extra_text {
    const char *bytes; /* NULL: not given */
    size_t size;
} cd_extra_text;

/* Where a message that a bridge carries came from, as far as known. */
typedef struct cd_extra_origin {
    bool given;
    cd_extra_text desktop;
    cd_extra_text exe;
    cd_extra_text user;
} cd_extra_origin;

/* The bridges that it crossed, in order. */
typedef struct cd_extra_via {
    bool given;
    uint32_t count;   /* names, */
    const char *at;   /* where the next one is, */
    const char *end;  /* and where the last one ends */
} cd_extra_via;

typedef struct cd_extras {
    bool retains;  /* the sender keeps it for newcomers, */
    bool retained; /* and it is no news */
    cd_extra_origin origin;
    cd_extra_via via;
} cd_extras;

/* Reads one valid MessagePack value; one that is no map says nothing. Where a key comes twice the
 * last one that is well-formed counts. */
cd_extras cd_extras_read(const char *bytes, size_t size);

/* Takes the next name. False when all have been taken. */
bool cd_extra_via_next(cd_extra_via *via, cd_extra_text *name);

#endif
