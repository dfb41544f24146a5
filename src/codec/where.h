/* SPDX-License-Identifier: MIT
 *
 * Where in a value the encoder is, so that its errors can say it: ".items[3].callback". A chain
 * through the encoder's C frames; it costs nothing until it is needed.
 */
#ifndef COPYDATA_CODEC_WHERE_H
#define COPYDATA_CODEC_WHERE_H

#include <lua.h>

#include <stdbool.h>

/* One table being encoded. */
typedef struct cd_where {
    const struct cd_where *up; /* the table it is in; NULL at the root */
    int table;                 /* its stack index; its current key is above it when that matters */
    lua_Integer index;         /* the current array index, or one of those below */
    bool at_key;               /* the key, not its value, is being encoded */
} cd_where;

enum {
    CD_WHERE_KEY = 0,    /* it is a map */
    CD_WHERE_TABLE = -1, /* the table itself, not something in it */
    CD_WHERE_SHARED =
        -2 /* not a table: `table` is the stack index of a shared one, of the tables in which tables
              were found, and of the keys there */
};

/* Raises "cannot encode <what> at <where>". [-0, +0, v] */
_Noreturn void cd_where_error(lua_State *L, const cd_where *where, const char *what);

/* Raises that the table is too deep, or if it contains itself, that it is a cycle. */
_Noreturn void cd_where_too_deep(lua_State *L, const cd_where *where);

#endif
