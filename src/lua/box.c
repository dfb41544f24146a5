/* SPDX-License-Identifier: MIT */
#include "binding.h"

#include <lauxlib.h>

#define BOX_TYPE "copydata.box"

cd_box *cd_box_push(lua_State *L, void (*release)(void *held))
{
    cd_box *box = lua_newuserdatauv(L, sizeof *box, 0);

    box->held = NULL;
    box->release = release;
    luaL_setmetatable(L, BOX_TYPE);
    return box;
}

void cd_box_empty(cd_box *box)
{
    void *held = box->held;

    box->held = NULL;
    if (held != NULL)
        box->release(held);
}

static int gc(lua_State *L)
{
    cd_box_empty(luaL_checkudata(L, 1, BOX_TYPE));
    return 0;
}

void cd_open_box(lua_State *L)
{
    luaL_newmetatable(L, BOX_TYPE);
    lua_pushcfunction(L, gc);
    lua_setfield(L, -2, "__gc");
    lua_pop(L, 1);
}
