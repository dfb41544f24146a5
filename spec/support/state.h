/* SPDX-License-Identifier: MIT
 *
 * A Lua state with the test's own allocator. Lua 5.5 also requires a seed for its hashes; tests use
 * 0.
 */
#ifndef COPYDATA_SPEC_STATE_H
#define COPYDATA_SPEC_STATE_H

#include <lua.h>

static inline lua_State *new_state(lua_Alloc allocate, void *data)
{
#if LUA_VERSION_NUM >= 505
    return lua_newstate(allocate, data, 0);
#else
    return lua_newstate(allocate, data);
#endif
}

#endif
