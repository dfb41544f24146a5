/* SPDX-License-Identifier: MIT
 *
 * Binding of the clocks and the random generator.
 */
#include "core.h"
#include "win/clock.h"
#include "win/random.h"

#include <lauxlib.h>
#include <stdint.h>

/* seconds() -> a clock for durations */
static int seconds(lua_State *L)
{
    lua_pushnumber(L, cd_clock_seconds());
    return 1;
}

/* now() -> the wall-clock time: seconds since 1970, a float */
static int now(lua_State *L)
{
    cd_timestamp time = cd_clock_now();

    lua_pushnumber(L, (lua_Number)time.tv_sec + (lua_Number)time.tv_nsec / 1e9);
    return 1;
}

/* random() -> an unguessable integer */
static int random_number(lua_State *L)
{
    uint64_t number;
    cd_failure failure;

    if (!cd_random(&number, &failure))
        return luaL_error(L, "%s", failure.message);
    lua_pushinteger(L, (lua_Integer)number);
    return 1;
}

void cd_open_clock(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"seconds", seconds},
        {"now", now},
        {"random", random_number},
        {NULL, NULL},
    };

    luaL_setfuncs(L, functions, 0);
}
