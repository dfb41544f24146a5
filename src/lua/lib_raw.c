/* SPDX-License-Identifier: MIT
 *
 * Binding for other protocols: any window, any WM_COPYDATA.
 */
#include "core.h"
#include "win/deliver.h"
#include "win/desktop.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

/* Which windows to list. */
typedef struct traits {
    const wchar_t *title; /* compared without case; NULL: any */
    DWORD pid;            /* 0: any */
} traits;

static bool has_traits(HWND hwnd, const void *context)
{
    const traits *wanted = context;
    wchar_t title[CD_TITLE_UNITS + 1];

    if (wanted->pid != 0 && cd_desktop_process(hwnd) != wanted->pid)
        return false;
    if (wanted->title == NULL)
        return true;
    size_t length = cd_desktop_title(hwnd, title);
    return CompareStringOrdinal(title, (int)length, wanted->title, -1, TRUE) == CSTR_EQUAL;
}

/*
 * windows(message_only, class | nil, title | nil, pid | nil) -> {hwnd, ...}
 * The message-only windows, or the top-level ones, that match every given argument.
 */
static int windows(lua_State *L)
{
    cd_list list;
    cd_search search = {.message_only = lua_toboolean(L, 1)};
    traits wanted = {.pid = (DWORD)luaL_optinteger(L, 4, 0)};

    search.wanted = has_traits;
    search.context = &wanted;
    if (!lua_isnoneornil(L, 2))
        search.class = cd_push_wide(L, 2);
    if (!lua_isnoneornil(L, 3))
        wanted.title = cd_push_wide(L, 3);
    cd_box *box = cd_box_push(L, free);
    bool listed = cd_desktop_find(&list, &search);
    return cd_push_windows(L, box, &list, listed);
}

/* window(hwnd) -> class, title, whether it is visible; nothing if there is no such window */
static int window(lua_State *L)
{
    wchar_t class[CD_CLASS_UNITS + 1];
    wchar_t title[CD_TITLE_UNITS + 1];
    HWND hwnd = cd_check_hwnd(L, 1);
    size_t class_length = cd_desktop_class(hwnd, class);
    size_t title_length = cd_desktop_title(hwnd, title);

    if (class_length == 0)
        return 0;
    cd_push_text(L, class, class_length);
    cd_push_text(L, title, title_length);
    lua_pushboolean(L, IsWindowVisible(hwnd));
    return 3;
}

/* process_of(hwnd) -> pid; nothing if there is no such window */
static int process_of(lua_State *L)
{
    DWORD pid = cd_desktop_process(cd_check_hwnd(L, 1));

    if (pid == 0)
        return 0;
    lua_pushinteger(L, pid);
    return 1;
}

/* Sends a message; the upvalue is the state's cd_heard. */
static int send(lua_State *L, HWND receiver, UINT message, WPARAM wparam, LPARAM lparam,
                double seconds)
{
    cd_failure failure;
    DWORD_PTR answer = 0;
    cd_heard *heard = lua_touserdata(L, lua_upvalueindex(1));

    cd_look_alive(lua_touserdata(L, lua_upvalueindex(2)));
    if (!cd_deliver_to_stranger(heard, receiver, message, wparam, lparam, seconds, &answer,
                                &failure))
        return cd_push_failure(L, &failure);
    lua_pushinteger(L, (lua_Integer)(LRESULT)answer); /* sign-extended, in 32 bits too */
    return 1;
}

/* deliver(hwnd, tag, bytes, seconds, sender) -> the window's answer | failure */
static int deliver(lua_State *L)
{
    size_t size;
    HWND receiver = cd_check_hwnd(L, 1);
    COPYDATASTRUCT data = {.dwData = (ULONG_PTR)luaL_checkinteger(L, 2)};
    const char *bytes = luaL_checklstring(L, 3, &size);
    double seconds = luaL_checknumber(L, 4);
    HWND sender = cd_check_hwnd(L, 5);

    luaL_argcheck(L, size <= MAXDWORD, 3, "longer than 4 GiB");
    data.cbData = (DWORD)size;
    data.lpData = (void *)(uintptr_t)bytes;
    return send(L, receiver, WM_COPYDATA, (WPARAM)sender, (LPARAM)&data, seconds);
}

/* message(hwnd, number, wparam, lparam, seconds) -> the window's answer | failure */
static int message(lua_State *L)
{
    return send(L, cd_check_hwnd(L, 1), (UINT)luaL_checkinteger(L, 2),
                (WPARAM)luaL_checkinteger(L, 3), (LPARAM)luaL_checkinteger(L, 4),
                luaL_checknumber(L, 5));
}

/* post(hwnd, number, wparam, lparam) -> true | failure */
static int post(lua_State *L)
{
    cd_failure failure;

    if (!cd_deliver_post(cd_check_hwnd(L, 1), (UINT)luaL_checkinteger(L, 2),
                         (WPARAM)luaL_checkinteger(L, 3), (LPARAM)luaL_checkinteger(L, 4),
                         &failure))
        return cd_push_failure(L, &failure);
    lua_pushboolean(L, 1);
    return 1;
}

/* message_number(name) -> the number of a registered message, 0xC000 or above | failure */
static int message_number(lua_State *L)
{
    cd_failure failure;
    UINT number = RegisterWindowMessageW(cd_push_wide(L, 1));

    if (number == 0) {
        cd_fail_win32(&failure, "RegisterWindowMessage", GetLastError());
        return cd_push_failure(L, &failure);
    }
    lua_pushinteger(L, number);
    return 1;
}

/* heard(hwnd): the window has sent something */
static int heard(lua_State *L)
{
    cd_heard_note(lua_touserdata(L, lua_upvalueindex(1)), cd_check_hwnd(L, 1));
    return 0;
}

void cd_open_raw(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"windows", windows},
        {"window", window},
        {"process_of", process_of},
        {"deliver", deliver},
        {"message", message},
        {"post", post},
        {"message_number", message_number},
        {"heard", heard},
        {NULL, NULL},
    };

    memset(lua_newuserdatauv(L, sizeof(cd_heard), 0), 0, sizeof(cd_heard));
    cd_push_waiter(L);
    luaL_setfuncs(L, functions, 2);
}
