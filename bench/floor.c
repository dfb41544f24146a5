/* SPDX-License-Identifier: MIT
 *
 * Lua's part of the time of a straightforward codec, for bench/codec.lua to compare ours with:
 * building a value, setting each element separately, without reading bytes; and walking a value
 * with lua_next without writing bytes, then giving Lua a string. A codec can be faster by using
 * fewer calls of Lua's C API.
 *
 *   floor.tape(value)    a recording of the calls that build the value
 *   floor.build(tape)    makes those calls, and returns the value
 *   floor.walker(bytes)  a function that visits everything in a value and returns a new string
 *                        with those bytes, which are prepared in advance
 *   floor.now()          seconds of processor time since some moment
 */
#include <lauxlib.h>
#include <lua.h>

#include <stdint.h>
#include <string.h>
#include <time.h>

int luaopen_floor(lua_State *L);

typedef enum op { NIL, FALSE, TRUE, INTEGER, FLOAT, STRING, TABLE, SET_INDEX, SET_KEY, END } op;

typedef struct step {
    op op;
    uint32_t items; /* TABLE: array slots; SET_INDEX: the index */
    union {
        lua_Integer integer;
        lua_Number number;
        size_t length; /* STRING; TABLE: hash slots */
    } of;
    const char *bytes; /* STRING: in a Lua string that the tape's user value holds */
} step;

/* Adds a step to the userdata at index 2, of which *used are taken and which doubles as needed. */
static step *add(lua_State *L, size_t *used, op which)
{
    size_t size = lua_rawlen(L, 2) / sizeof(step);
    if (*used == size) {
        void *larger = lua_newuserdatauv(L, 2 * size * sizeof(step), 1);
        memcpy(larger, lua_touserdata(L, 2), size * sizeof(step));
        lua_getiuservalue(L, 2, 1);
        lua_setiuservalue(L, -2, 1);
        lua_replace(L, 2);
    }
    step *next = (step *)lua_touserdata(L, 2) + (*used)++;
    next->op = which;
    return next;
}

static void record(lua_State *L, size_t *used)
{
    luaL_checkstack(L, LUA_MINSTACK, NULL);
    switch (lua_type(L, -1)) {
    case LUA_TBOOLEAN:
        add(L, used, lua_toboolean(L, -1) ? TRUE : FALSE);
        break;
    case LUA_TNUMBER:
        if (lua_isinteger(L, -1))
            add(L, used, INTEGER)->of.integer = lua_tointeger(L, -1);
        else
            add(L, used, FLOAT)->of.number = lua_tonumber(L, -1);
        break;
    case LUA_TSTRING: {
        step *string = add(L, used, STRING);
        string->bytes = lua_tolstring(L, -1, &string->of.length);
        break;
    }
    case LUA_TTABLE: {
        int table = lua_gettop(L);
        uint32_t items = (uint32_t)lua_rawlen(L, table);
        size_t at = *used, pairs = 0;
        add(L, used, TABLE)->items = items;
        for (uint32_t i = 1; i <= items; i++) {
            lua_rawgeti(L, table, i);
            record(L, used);
            lua_pop(L, 1);
            add(L, used, SET_INDEX)->items = i;
        }
        for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
            if (lua_isinteger(L, -2) && (lua_Unsigned)lua_tointeger(L, -2) - 1 < items)
                continue;
            lua_pushvalue(L, -2);
            record(L, used);
            lua_pop(L, 1);
            record(L, used);
            add(L, used, SET_KEY);
            pairs++;
        }
        ((step *)lua_touserdata(L, 2))[at].of.length = pairs;
        break;
    }
    default:
        add(L, used, NIL);
    }
}

static int tape(lua_State *L)
{
    lua_settop(L, 1);
    lua_newuserdatauv(L, 64 * sizeof(step), 1);
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, 2, 1);
    lua_pushvalue(L, 1);
    size_t used = 0;
    record(L, &used);
    add(L, &used, END);
    lua_pushvalue(L, 2);
    return 1;
}

static int build(lua_State *L)
{
    lua_checkstack(L, 600);
    for (const step *s = lua_touserdata(L, 1);; s++) {
        switch (s->op) {
        case NIL:
            lua_pushnil(L);
            break;
        case FALSE:
        case TRUE:
            lua_pushboolean(L, s->op == TRUE);
            break;
        case INTEGER:
            lua_pushinteger(L, s->of.integer);
            break;
        case FLOAT:
            lua_pushnumber(L, s->of.number);
            break;
        case STRING:
            lua_pushlstring(L, s->bytes, s->of.length);
            break;
        case TABLE:
            lua_createtable(L, (int)s->items, (int)s->of.length);
            break;
        case SET_INDEX:
            lua_rawseti(L, -2, s->items);
            break;
        case SET_KEY:
            lua_rawset(L, -3);
            break;
        case END:
            return 1;
        }
    }
}

/* The sum of all numbers and lengths, so that everything is visited. */
static double look(lua_State *L, int index)
{
    size_t length;
    double sum = 0;
    switch (lua_type(L, index)) {
    case LUA_TBOOLEAN:
        return lua_toboolean(L, index);
    case LUA_TNUMBER:
        return lua_isinteger(L, index) ? (double)lua_tointeger(L, index) : lua_tonumber(L, index);
    case LUA_TSTRING:
        lua_tolstring(L, index, &length);
        return (double)length;
    case LUA_TTABLE:
        lua_checkstack(L, LUA_MINSTACK);
        index = lua_absindex(L, index);
        for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1))
            sum += look(L, -2) + look(L, -1);
        return sum;
    default:
        return 0;
    }
}

static int walk(lua_State *L)
{
    double *sum = lua_touserdata(L, lua_upvalueindex(1));
    size_t length;
    const char *result = lua_tolstring(L, lua_upvalueindex(2), &length);
    *sum = look(L, 1);
    lua_pushlstring(L, result, length);
    return 1;
}

static int walker(lua_State *L)
{
    luaL_checkstring(L, 1);
    lua_newuserdatauv(L, sizeof(double), 0);
    lua_pushvalue(L, 1);
    lua_pushcclosure(L, walk, 2);
    return 1;
}

static int now(lua_State *L)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time); /* does not count other programs' time */
    lua_pushnumber(L, (double)time.tv_sec + (double)time.tv_nsec * 1e-9);
    return 1;
}

int luaopen_floor(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"tape", tape}, {"build", build}, {"walker", walker}, {"now", now}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
