/* SPDX-License-Identifier: MIT
 *
 * Binding of waiting: for all endpoints of a state, and for Ctrl+C.
 */
#include "core.h"
#include "win/clock.h"

#include <lauxlib.h>
#include <string.h>

static void interrupt_hook(lua_State *L, lua_Debug *where)
{
    (void)where;
    lua_sethook(L, NULL, 0, 0);
    luaL_error(L, "interrupted!");
}

/* Lua allows this at any time. */
static void stop_code(void *code)
{
    lua_sethook(code, interrupt_hook, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
}

static int waiter_gc(lua_State *L)
{
    cd_waiter_close(lua_touserdata(L, 1));
    return 0;
}

cd_waiter *cd_push_waiter(lua_State *L)
{
    static const char key = 0; /* its address is the key in the registry */

    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &key) == LUA_TUSERDATA)
        return lua_touserdata(L, -1);
    lua_pop(L, 1);
    cd_waiter *waiter = lua_newuserdatauv(L, sizeof *waiter, 0);
    memset(waiter, 0, sizeof *waiter);
    waiter->interrupt.stop = stop_code;
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, waiter_gc);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &key);
    return waiter;
}

/*
 * wait(deadline) -> when it ended, whether next may find something | failure
 * Pumps the thread's messages until an endpoint of the state has something, a sender waits for a
 * decision, or any window of the thread had a message, including another library's, which may have
 * run Lua; but not longer than until `deadline`; math.huge: forever. Both times are on the clock of
 * `seconds`. LOST: the window of an endpoint was destroyed; reported once.
 */
static int wait(lua_State *L)
{
    static const char *const reasons[][2] = {
        [CD_WAKE_CLOSED] = {"LOST", "the endpoint's window was closed"},
        [CD_WAKE_ASKED] = {"CLOSED", "the program was asked to close"},
        [CD_WAKE_ENDING] = {"ENDING", "the session is ending"},
        [CD_WAKE_QUIT] = {"QUIT", "the thread was asked to quit (WM_QUIT)"},
        [CD_WAKE_INTERRUPTED] = {"INTERRUPTED", "Ctrl+C was pressed"},
    };
    cd_waiter *waiter = lua_touserdata(L, lua_upvalueindex(1));
    const lua_Number deadline = luaL_checknumber(L, 1);
    cd_failure failure;

    if (!cd_waiter_open(waiter, &failure)) /* without an endpoint nothing else has */
        return cd_push_failure(L, &failure);
    cd_wake wake = cd_wait(waiter, deadline, &failure);
    if (wake == CD_WAKE_READY || wake == CD_WAKE_TIMEOUT) {
        lua_pushnumber(L, cd_clock_seconds());
        lua_pushboolean(L, wake == CD_WAKE_READY);
        return 2;
    }
    if (wake != CD_WAKE_FAILED)
        cd_fail(&failure, reasons[wake][0], "%s", reasons[wake][1]);
    return cd_push_failure(L, &failure);
}

/* signals() -> the event of cd_waiter_signal and those of cd_waiter_sockets, as light userdata |
 * failure */
static int make_signals(lua_State *L)
{
    cd_waiter *waiter = lua_touserdata(L, lua_upvalueindex(1));
    cd_failure failure;
    HANDLE signal = cd_waiter_signal(waiter, &failure);

    if (signal == NULL || !cd_waiter_sockets(waiter, &failure))
        return cd_push_failure(L, &failure);
    lua_pushlightuserdata(L, signal);
    for (size_t i = 0; i < CD_WAITER_SOCKETS; i++)
        lua_pushlightuserdata(L, waiter->sockets[i]);
    return 1 + CD_WAITER_SOCKETS;
}

/* look() -> whether wait would end at once; call signals first */
static int look(lua_State *L)
{
    lua_pushboolean(L, cd_waiter_look(lua_touserdata(L, lua_upvalueindex(1))));
    return 1;
}

/* run(whether): whether the first Ctrl+C is this state's */
static int run(lua_State *L)
{
    cd_waiter *waiter = lua_touserdata(L, lua_upvalueindex(1));
    cd_failure failure;

    if (lua_toboolean(L, 1)) {
        (void)cd_waiter_open(waiter, &failure); /* wait says so if that fails */
        cd_interrupt_begin(&waiter->interrupt);
    } else {
        cd_interrupt_end(&waiter->interrupt);
    }
    return 0;
}

/* interrupted() -> whether Ctrl+C was pressed since run(true) */
static int interrupted(lua_State *L)
{
    const cd_waiter *waiter = lua_touserdata(L, lua_upvalueindex(1));

    lua_pushboolean(L, cd_interrupt_pending(&waiter->interrupt));
    return 1;
}

/*
 * running(coroutine | nil): the coroutine the state runs from now on: Ctrl+C, unless it is ours,
 * raises "interrupted!" there, which lua.exe itself does only in the main program
 */
static int running(lua_State *L)
{
    cd_waiter *waiter = lua_touserdata(L, lua_upvalueindex(1));

    cd_interrupt_runs(&waiter->interrupt, lua_tothread(L, 1));
    return 0;
}

void cd_open_wait(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"wait", wait},       {"signals", make_signals},    {"look", look}, {"run", run},
        {"running", running}, {"interrupted", interrupted}, {NULL, NULL},
    };

    cd_push_waiter(L);
    luaL_setfuncs(L, functions, 1);
}
