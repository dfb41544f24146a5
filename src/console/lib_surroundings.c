/* SPDX-License-Identifier: MIT
 *
 * Binding of a process's surroundings, for the command-line program's doctor.
 */
#include "lua/binding.h"
#include "module.h"
#include "surroundings.h"
#include "win/text.h"

#include <lauxlib.h>

static void set_text(lua_State *L, const char *field, const wchar_t *units)
{
    char text[3 * CD_STATION_UNITS];

    lua_pushlstring(L, text, cd_utf8(units, wcslen(units), text, sizeof text));
    lua_setfield(L, -2, field);
}

/*
 * surroundings() -> { session =, station =, desktop =, visible =, windows =, wine = }: the
 * session's number, names, whether the station has a screen, and versions; no `wine` on Windows
 */
static int surroundings(lua_State *L)
{
    cd_surroundings now;

    cd_surroundings_look(&now);
    lua_createtable(L, 0, 6);
    lua_pushinteger(L, now.session);
    lua_setfield(L, -2, "session");
    set_text(L, "station", now.station);
    set_text(L, "desktop", now.desktop);
    lua_pushboolean(L, now.visible);
    lua_setfield(L, -2, "visible");
    lua_pushfstring(L, "%d.%d.%d", (int)now.major, (int)now.minor, (int)now.build);
    lua_setfield(L, -2, "windows");
    lua_pushstring(L, now.wine); /* NULL becomes nil */
    lua_setfield(L, -2, "wine");
    return 1;
}

void cd_open_surroundings(lua_State *L)
{
    lua_pushcfunction(L, surroundings);
    lua_setfield(L, -2, "surroundings");
}
