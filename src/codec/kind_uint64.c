/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "kinds.h"

#define NAME "msgpack.uint64"

void cd_uint64_push(lua_State *L, int home, uint64_t number)
{
    *(uint64_t *)cd_kind_push(L, home, CD_UINT64, sizeof number, 0) = number;
}

static uint64_t check(lua_State *L, int index)
{
    return *(const uint64_t *)luaL_checkudata(L, index, NAME);
}

/* Parses digits, or 0x and hexadecimal digits. False for anything else, or too large a number. */
static bool parse(const char *text, size_t length, uint64_t *number)
{
    unsigned base = 10;
    if (length > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        base = 16;
        text += 2;
        length -= 2;
    }
    uint64_t sum = 0;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                         : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
                                                : base;
        if (digit >= base || sum > (UINT64_MAX - digit) / base)
            return false;
        sum = sum * base + digit;
    }
    *number = sum;
    return length > 0;
}

/* uint64(number or string) */
int cd_uint64_new(lua_State *L)
{
    uint64_t number = 0;
    size_t length;
    const char *text;
    switch (lua_type(L, 1)) {
    case LUA_TSTRING:
        text = lua_tolstring(L, 1, &length);
        luaL_argcheck(L, parse(text, length, &number), 1, "not a whole number from 0 to 2^64 - 1");
        break;
    case LUA_TNUMBER:
        if (lua_isinteger(L, 1)) {
            luaL_argcheck(L, lua_tointeger(L, 1) >= 0, 1, "below 0");
            number = (uint64_t)lua_tointeger(L, 1);
        } else {
            lua_Number value = lua_tonumber(L, 1);
            luaL_argcheck(L, value >= 0 && value < 0x1p64 && floor(value) == value, 1,
                          "not a whole number from 0 to 2^64 - 1");
            number = (uint64_t)value;
        }
        break;
    default:
        number = check(L, 1);
    }
    cd_uint64_push(L, lua_upvalueindex(1), number);
    return 1;
}

static int tonumber(lua_State *L)
{
    lua_pushnumber(L, (lua_Number)check(L, 1));
    return 1;
}

/* The same 64 bits as a Lua integer; negative for values above the largest one. */
static int bits(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)check(L, 1));
    return 1;
}

static int get(lua_State *L)
{
    check(L, 1);
    const char *name = luaL_checkstring(L, 2);
    if (strcmp(name, "tonumber") == 0)
        lua_pushcfunction(L, tonumber);
    else if (strcmp(name, "bits") == 0)
        lua_pushcfunction(L, bits);
    else
        lua_pushnil(L);
    return 1;
}

enum { LESS = -1, SAME, GREATER, UNORDERED };

static int compare_uint64(uint64_t a, uint64_t b)
{
    return a < b ? LESS : a > b ? GREATER : SAME;
}

/* a and the value at index, a uint64 or a number of either type, exactly. */
static int compare_to(lua_State *L, uint64_t a, int index)
{
    if (lua_isinteger(L, index)) {
        lua_Integer b = lua_tointeger(L, index);
        return b < 0 ? GREATER : compare_uint64(a, (uint64_t)b);
    }
    if (lua_type(L, index) != LUA_TNUMBER)
        return compare_uint64(a, check(L, index));
    lua_Number b = lua_tonumber(L, index);
    if (b != b)
        return UNORDERED;
    if (b < 0 || b >= 0x1p64)
        return b < 0 ? GREATER : LESS;
    int whole = compare_uint64(a, (uint64_t)b);
    return whole == SAME && floor(b) != b ? LESS : whole;
}

static int compare(lua_State *L)
{
    if (lua_type(L, 1) == LUA_TUSERDATA)
        return compare_to(L, check(L, 1), 2);
    int result = compare_to(L, check(L, 2), 1);
    return result == UNORDERED ? result : -result;
}

static int eq(lua_State *L)
{
    const uint64_t *a = luaL_testudata(L, 1, NAME);
    const uint64_t *b = luaL_testudata(L, 2, NAME);
    lua_pushboolean(L, a != NULL && b != NULL && *a == *b);
    return 1;
}

static int lt(lua_State *L)
{
    lua_pushboolean(L, compare(L) == LESS);
    return 1;
}

static int le(lua_State *L)
{
    int result = compare(L);
    lua_pushboolean(L, result == LESS || result == SAME);
    return 1;
}

static int tostring(lua_State *L)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRIu64, check(L, 1));
    lua_pushstring(L, digits);
    return 1;
}

void cd_uint64_open(lua_State *L)
{
    static const luaL_Reg metamethods[] = {
        {"__index", get},         {"__eq", eq}, {"__lt", lt}, {"__le", le},
        {"__tostring", tostring}, {NULL, NULL}};
    cd_kind_open(L, CD_UINT64, NAME, metamethods);
}
