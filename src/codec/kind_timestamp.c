/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "kinds.h"

#define NAME        "msgpack.timestamp"
#define NANOSECONDS 1000000000 /* in a second */

void cd_timestamp_push(lua_State *L, int home, const cd_timestamp *timestamp)
{
    cd_timestamp *value = cd_kind_push(L, home, CD_TIMESTAMP, sizeof *value, 0);
    *value = *timestamp;
}

static cd_timestamp *check(lua_State *L, int index)
{
    return luaL_checkudata(L, index, NAME);
}

/* timestamp(seconds [, nanoseconds]): without nanoseconds, the seconds may have a fraction. */
int cd_timestamp_new(lua_State *L)
{
    cd_timestamp timestamp = {0, 0};
    int is_integer;
    timestamp.tv_sec = lua_tointegerx(L, 1, &is_integer);
    if (!is_integer) {
        lua_Number seconds = luaL_checknumber(L, 1);
        lua_Number whole = floor(seconds);
        luaL_argcheck(L, whole >= -0x1p63 && whole < 0x1p63, 1, "out of range");
        luaL_argcheck(L, lua_isnoneornil(L, 2), 2, "the seconds already have a fraction");
        timestamp.tv_sec = (int64_t)whole;
        timestamp.tv_nsec = (uint32_t)((seconds - whole) * NANOSECONDS + 0.5);
        if (timestamp.tv_nsec == NANOSECONDS) { /* rounded up; far from the limit of seconds */
            timestamp.tv_sec++;
            timestamp.tv_nsec = 0;
        }
    } else if (!lua_isnoneornil(L, 2)) {
        lua_Integer nanoseconds = luaL_checkinteger(L, 2);
        luaL_argcheck(L, nanoseconds >= 0 && nanoseconds < NANOSECONDS, 2,
                      "nanoseconds are 0 to 999999999");
        timestamp.tv_nsec = (uint32_t)nanoseconds;
    }
    cd_timestamp_push(L, lua_upvalueindex(1), &timestamp);
    return 1;
}

static int tonumber(lua_State *L)
{
    const cd_timestamp *t = check(L, 1);
    lua_pushnumber(L, (lua_Number)t->tv_sec + (lua_Number)t->tv_nsec / NANOSECONDS);
    return 1;
}

static int get(lua_State *L)
{
    const cd_timestamp *t = check(L, 1);
    const char *name = luaL_checkstring(L, 2);
    if (strcmp(name, "seconds") == 0)
        lua_pushinteger(L, t->tv_sec);
    else if (strcmp(name, "nanoseconds") == 0)
        lua_pushinteger(L, t->tv_nsec);
    else if (strcmp(name, "tonumber") == 0)
        lua_pushcfunction(L, tonumber);
    else
        lua_pushnil(L);
    return 1;
}

/* Below, at or above zero: a before, at or after b. */
static int compare(const cd_timestamp *a, const cd_timestamp *b)
{
    if (a->tv_sec != b->tv_sec)
        return a->tv_sec < b->tv_sec ? -1 : 1;
    return (a->tv_nsec > b->tv_nsec) - (a->tv_nsec < b->tv_nsec);
}

static int eq(lua_State *L)
{
    const cd_timestamp *a = luaL_testudata(L, 1, NAME);
    const cd_timestamp *b = luaL_testudata(L, 2, NAME);
    lua_pushboolean(L, a != NULL && b != NULL && compare(a, b) == 0);
    return 1;
}

static int lt(lua_State *L)
{
    lua_pushboolean(L, compare(check(L, 1), check(L, 2)) < 0);
    return 1;
}

static int le(lua_State *L)
{
    lua_pushboolean(L, compare(check(L, 1), check(L, 2)) <= 0);
    return 1;
}

/* ISO 8601 in UTC, for the whole range of seconds: C's gmtime covers less, and differently on every
 * platform. Days are counted from 1 March of year 0, so that leap days come last in their year. */
static int tostring(lua_State *L)
{
    const cd_timestamp *t = check(L, 1);
    int64_t days = t->tv_sec / 86400, second = t->tv_sec % 86400;
    if (second < 0) {
        second += 86400;
        days--;
    }
    days += 719468;                                            /* from 0000-03-01 to 1970-01-01 */
    int64_t era = (days >= 0 ? days : days - 146096) / 146097; /* of 400 years */
    int64_t day = days - era * 146097;
    int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    day -= 365 * year + year / 4 - year / 100;
    int month = (int)((5 * day + 2) / 153); /* 0: March */
    int of_month = (int)(day - (153 * month + 2) / 5) + 1;
    year += era * 400 + (month >= 10);
    month = month < 10 ? month + 3 : month - 9;
    char fraction[16] = "";
    if (t->tv_nsec != 0)
        snprintf(fraction, sizeof fraction, ".%09u", (unsigned)t->tv_nsec);
    char text[80];
    snprintf(text, sizeof text, "%s%04" PRId64 "-%02d-%02dT%02d:%02d:%02d%sZ", year < 0 ? "-" : "",
             year < 0 ? -year : year, month, of_month, (int)(second / 3600),
             (int)(second / 60 % 60), (int)(second % 60), fraction);
    lua_pushstring(L, text);
    return 1;
}

void cd_timestamp_open(lua_State *L)
{
    static const luaL_Reg metamethods[] = {
        {"__index", get},         {"__eq", eq}, {"__lt", lt}, {"__le", le},
        {"__tostring", tostring}, {NULL, NULL}};
    cd_kind_open(L, CD_TIMESTAMP, NAME, metamethods);
}
