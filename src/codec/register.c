/* SPDX-License-Identifier: MIT
 *
 * msgpack.register: application classes as ext types.
 */
#include "register.h"

#include <lauxlib.h>

#include <stdbool.h>
#include <string.h>

#include "codec.h"

/* Moves the field of that name from the table at 1 to the top; names that remain are unknown. */
static int take_field(lua_State *L, const char *name, int expected)
{
    int type = lua_getfield(L, 1, name);
    if (type != LUA_TNIL && type != expected)
        luaL_argerror(L, 1,
                      lua_pushfstring(L, "field '%s' must be a %s, not a %s", name,
                                      lua_typename(L, expected), lua_typename(L, type)));
    return type;
}

static void check_names(lua_State *L)
{
    static const char *const names[] = {"type", "metatable", "pack", "unpack"};
    for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1)) {
        const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";
        size_t i = 0;
        while (i < 4 && strcmp(names[i], name) != 0)
            i++;
        if (i == 4)
            luaL_argerror(L, 1, lua_pushfstring(L, "there is no field '%s'", name));
    }
}

/* register{type =, metatable =, pack =, unpack =} */
int cd_register(lua_State *L)
{
    /* The registration's fields are in stack slots of the same numbers. */
    enum { CLASS = CD_REG_METATABLE, TYPES = CD_REG_UNPACK + 1, CLASSES, REGISTRATION };
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    check_names(L);
    take_field(L, "type", LUA_TNUMBER);
    luaL_argcheck(L, lua_isinteger(L, -1), 1, "field 'type' must be an integer");
    lua_Integer type = lua_tointeger(L, -1);
    lua_settop(L, 1);
    luaL_argcheck(L, type >= 0 && type < CD_REFS_TYPE, 1, "field 'type' must be 0 to 126");
    bool has_class = take_field(L, "metatable", LUA_TTABLE) != LUA_TNIL;
    bool has_pack = take_field(L, "pack", LUA_TFUNCTION) != LUA_TNIL;
    bool has_unpack = take_field(L, "unpack", LUA_TFUNCTION) != LUA_TNIL;
    luaL_argcheck(L, has_class || !has_pack, 1, "field 'pack' needs a metatable");
    luaL_argcheck(L, has_class || has_unpack, 1, "a metatable or 'unpack' is needed");
    luaL_argcheck(L, !has_class || has_pack || !has_unpack, 1,
                  "field 'unpack' needs 'pack': without both the fields of the object travel");

    lua_rawgeti(L, lua_upvalueindex(1), CD_HOME_CODEC);
    cd_codec *codec = lua_touserdata(L, -1);
    lua_pop(L, 1);
    for (int kind = CD_NO_KIND + 1; kind < CD_KINDS; kind++)
        luaL_argcheck(L, !has_class || lua_topointer(L, CLASS) != codec->metatables[kind], 1,
                      "the metatable is one of msgpack's own");
    lua_rawgeti(L, lua_upvalueindex(1), CD_HOME_TYPES);
    lua_rawgeti(L, lua_upvalueindex(1), CD_HOME_CLASSES);
    if (lua_rawgeti(L, TYPES, type) != LUA_TNIL) {
        lua_rawgeti(L, -1, CD_REG_METATABLE);
        if (!lua_rawequal(L, -1, CLASS))
            luaL_argerror(L, 1,
                          lua_pushfstring(L, "ext type %d is already registered for another class",
                                          (int)type));
    }
    lua_settop(L, CLASSES);

    lua_createtable(L, 4, 0);
    lua_pushinteger(L, type);
    lua_rawseti(L, REGISTRATION, CD_REG_TYPE);
    for (int field = CD_REG_METATABLE; field <= CD_REG_UNPACK; field++) {
        lua_pushvalue(L, field);
        lua_rawseti(L, REGISTRATION, field);
    }
    lua_pushvalue(L, REGISTRATION);
    lua_rawseti(L, TYPES, type);
    if (has_class) {
        lua_pushvalue(L, CLASS);
        lua_pushvalue(L, REGISTRATION);
        lua_rawset(L, CLASSES);
    }
    codec->readers[type] = has_unpack ? CD_UNPACKED : has_pack ? CD_AS_EXT : CD_FIELDS;
    return 0;
}
