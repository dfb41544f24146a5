/* SPDX-License-Identifier: MIT
 *
 * Binding of discovery.
 */
#include "core.h"
#include "win/desktop.h"
#include "win/directory.h"

#include <lauxlib.h>
#include <stdlib.h>

/* valid_name(name) -> true | nil, why, which continues "channel name " */
static int valid_name(lua_State *L)
{
    size_t size;
    const char *bytes = luaL_checklstring(L, 1, &size);
    const char *wrong = cd_name_wrong(bytes, size);

    if (wrong != NULL) {
        lua_pushnil(L);
        lua_pushstring(L, wrong);
        return 2;
    }
    lua_pushboolean(L, 1);
    return 1;
}

int cd_push_peer(lua_State *L, const cd_peer *peer)
{
    lua_pushinteger(L, (lua_Integer)(intptr_t)cd_peer_hwnd(peer));
    if (cd_peer_pid(peer) != 0)
        lua_pushinteger(L, (lua_Integer)cd_peer_pid(peer));
    else
        lua_pushnil(L);
    if (peer->exe_size != 0)
        lua_pushlstring(L, peer->exe, peer->exe_size);
    else
        lua_pushnil(L);
    lua_pushboolean(L, peer->sender.proven);
    return 4;
}

void cd_release_peer(void *peer)
{
    cd_peer_release(&((cd_peer *)peer)->sender);
}

int cd_push_windows(lua_State *L, cd_box *box, const cd_list *list, bool listed)
{
    const HWND *items = list->items;

    box->held = list->items;
    if (!listed)
        return luaL_error(L, "not enough memory");
    lua_createtable(L, (int)list->count, 0);
    for (size_t i = 0; i < list->count; i++) {
        lua_pushinteger(L, (lua_Integer)(intptr_t)items[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    cd_box_empty(box);
    return 1;
}

/* peers(name, except) -> {hwnd, ...}: endpoints on a channel, except the window `except` */
static int peers(lua_State *L)
{
    cd_list list;
    size_t size;
    const char *name = cd_check_name(L, 1, &size);
    HWND except = cd_check_hwnd(L, 2);
    cd_property property = cd_property_of(name, size);
    cd_box *box = cd_box_push(L, free);
    bool listed = cd_directory_peers(&list, &property, except);

    return cd_push_windows(L, box, &list, listed);
}

/* same_name(a, b) -> whether two names mean the same channel */
static int same_name(lua_State *L)
{
    size_t a_size, b_size;
    const char *a = luaL_checklstring(L, 1, &a_size);
    const char *b = luaL_checklstring(L, 2, &b_size);

    lua_pushboolean(L, cd_property_same(a, a_size, b, b_size));
    return 1;
}

/* endpoints() -> {hwnd, ...}: all endpoints of this desktop */
static int endpoints(lua_State *L)
{
    cd_list list;
    cd_box *box = cd_box_push(L, free);
    bool listed = cd_directory_endpoints(&list);

    return cd_push_windows(L, box, &list, listed);
}

/* channels(hwnd) -> {name, ...}: those a window is on */
static int channels(lua_State *L)
{
    cd_list list;
    HWND hwnd = cd_check_hwnd(L, 1);
    cd_box *box = cd_box_push(L, free);
    bool listed = cd_directory_channels(&list, hwnd);
    const cd_property *items = list.items;

    box->held = list.items;
    if (!listed)
        return luaL_error(L, "not enough memory");
    lua_createtable(L, (int)list.count, 0);
    for (size_t i = 0; i < list.count; i++) {
        char name[CD_NAME_BYTES];
        size_t size = cd_property_name(&items[i], name);
        lua_pushlstring(L, name, size);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    cd_box_empty(box);
    return 1;
}

/* describe(hwnd) -> hwnd, pid | nil, exe | nil, false: none of it is proven */
static int describe(lua_State *L)
{
    HWND hwnd = cd_check_hwnd(L, 1);
    cd_box *box = cd_box_push(L, cd_release_peer);
    cd_peer *peer = cd_peer_of(hwnd);

    if (peer == NULL)
        return luaL_error(L, "not enough memory");
    box->held = peer;
    int pushed = cd_push_peer(L, peer);
    cd_box_empty(box);
    return pushed;
}

/* pid(hwnd) -> the process that owns a window | nil: there is no such window */
static int pid(lua_State *L)
{
    DWORD found = cd_desktop_process(cd_check_hwnd(L, 1));

    if (found == 0)
        return 0;
    lua_pushinteger(L, (lua_Integer)found);
    return 1;
}

void cd_open_directory(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"valid_name", valid_name},
        {"same_name", same_name},
        {"peers", peers},
        {"endpoints", endpoints},
        {"channels", channels},
        {"describe", describe},
        {"pid", pid},
        {NULL, NULL},
    };

    luaL_setfuncs(L, functions, 0);
}
