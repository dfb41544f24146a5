/* SPDX-License-Identifier: MIT */
#include "encode_key.h"

#include <stdint.h>

#include "mp/bytes.h"

/* The bits of floats. */
#define SIGN     0x8000000000000000u
#define INFINITE 0x7ff0000000000000u

void cd_encode_other_key(cd_encoder *e, cd_where *here, unsigned depth, size_t *others)
{
    lua_State *L = e->L;
    here->at_key = true;
    size_t start = cd_written(e);
    lua_pushvalue(L, -2);
    cd_encode_any(e, here, depth, lua_gettop(L));
    lua_pop(L, 1);
    const char *key = cd_written_at(e, start);
    if (key[0] == '\xc0')
        cd_where_error(L, here, "null");
    if (key[0] == '\xcb' && (cd_load64(key + 1) & ~SIGN) > INFINITE)
        cd_where_error(L, here, "NaN");
    here->at_key = false;
    if (++*others > e->options->max_keys)
        cd_where_error(L, here, "more keys that are not strings");
}
