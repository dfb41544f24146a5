/* SPDX-License-Identifier: MIT
 *
 * The keys of maps, of which a few come again and again. Inline, for each key passes here.
 */
#ifndef COPYDATA_MSGPACK_KEYS_H
#define COPYDATA_MSGPACK_KEYS_H

#include <string.h>

#include "decoder.h"

static inline bool cd_same_key(const cd_key *a, const cd_key *b)
{
    return a->length == b->length && a->head == b->head && a->tail == b->tail &&
           (a->length <= 8 || memcmp(a->bytes + 4, b->bytes + 4, a->length - 8) == 0);
}

/* Records repeat their keys: look here before Lua must hash the key and find it. */
static inline void cd_push_key(cd_decoder *user, const char *bytes, size_t length)
{
    lua_State *L = user->L;
    cd_key key = {bytes, 0, 0, (uint32_t)length};
    if (length >= 4) {
        memcpy(&key.head, bytes, 4);
        memcpy(&key.tail, bytes + length - 4, 4);
    } else {
        key.head = (uint32_t)(unsigned char)bytes[0] << 16 |
                   (uint32_t)(unsigned char)bytes[length / 2] << 8 |
                   (unsigned char)bytes[length - 1];
    }
    uint32_t hash = (key.head ^ key.tail * 5 ^ key.length * 0x9e3779b1u) * 0x85ebca6bu;
    unsigned first = hash >> (32 - CD_KEY_SETS_LOG2) << 1;
    cd_key *keys = user->codec->keys;
    for (unsigned i = first; i < first + 2; i++) {
        if (cd_same_key(&keys[i], &key)) {
            lua_rawgeti(L, user->home, (lua_Integer)(CD_HOME_KEYS + i));
            return;
        }
    }
    key.bytes = lua_pushlstring(L, bytes, length);
    unsigned turn = first + (user->codec->turn++ & 1);
    lua_pushvalue(L, -1);
    lua_rawseti(L, user->home, (lua_Integer)(CD_HOME_KEYS + turn));
    keys[turn] = key;
}

#endif
