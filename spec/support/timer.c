/* SPDX-License-Identifier: MIT
 *
 * For specs only: another library's window, with a timer whose window procedure calls Lua, like
 * those of GUI toolkits. require "support.timer"
 */
#include <lauxlib.h>
#include <lua.h>

#include <stdint.h>
#include <stdio.h>
#include <windows.h>

#define TIMER_TYPE  "support.timer"
#define TIMER_CLASS L"copydata.spec.timer"

extern IMAGE_DOS_HEADER __ImageBase;

typedef struct timer {
    HWND hwnd; /* NULL: closed */
    lua_State *L;
    int function; /* reference to the function */
} timer;

static LRESULT CALLBACK on_message(HWND hwnd, UINT message, WPARAM wparam, LPARAM lparam)
{
    timer *t = (timer *)GetWindowLongPtrW(hwnd, GWLP_USERDATA);

    if (message != WM_TIMER || t == NULL)
        return DefWindowProcW(hwnd, message, wparam, lparam);
    KillTimer(hwnd, wparam);
    luaL_checkstack(t->L, 4, NULL);
    lua_rawgeti(t->L, LUA_REGISTRYINDEX, t->function);
    /* No error may pass through Windows' own frames. */
    if (lua_pcall(t->L, 0, 0, 0) != LUA_OK) {
        fprintf(stderr, "timer: %s\n", luaL_tolstring(t->L, -1, NULL));
        lua_pop(t->L, 2);
    }
    return 0;
}

/*
 * timer(seconds, f) -> timer: calls f once, when this thread's messages are pumped; so the
 * coroutine that made it must be the one that waits.
 */
static int create(lua_State *L)
{
    HINSTANCE module = (HINSTANCE)&__ImageBase;
    WNDCLASSW class = {
        .lpfnWndProc = on_message, .hInstance = module, .lpszClassName = TIMER_CLASS};
    UINT milliseconds = (UINT)(luaL_checknumber(L, 1) * 1000.0);

    luaL_checktype(L, 2, LUA_TFUNCTION);
    timer *t = lua_newuserdatauv(L, sizeof *t, 0);
    *t = (timer){NULL, L, LUA_NOREF};
    luaL_setmetatable(L, TIMER_TYPE);
    lua_pushvalue(L, 2);
    t->function = luaL_ref(L, LUA_REGISTRYINDEX);
    RegisterClassW(&class);
    t->hwnd = CreateWindowExW(0, TIMER_CLASS, L"", 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, module, NULL);
    if (t->hwnd == NULL)
        return luaL_error(L, "CreateWindowEx failed: error %d", (int)GetLastError());
    SetWindowLongPtrW(t->hwnd, GWLP_USERDATA, (LONG_PTR)t);
    SetTimer(t->hwnd, 1, milliseconds, NULL);
    return 1;
}

static int timer_close(lua_State *L)
{
    timer *t = luaL_checkudata(L, 1, TIMER_TYPE);

    if (t->hwnd != NULL)
        DestroyWindow(t->hwnd);
    t->hwnd = NULL;
    luaL_unref(L, LUA_REGISTRYINDEX, t->function);
    t->function = LUA_NOREF;
    return 0;
}

__declspec(dllexport) int luaopen_support_timer(lua_State *L);

int luaopen_support_timer(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"close", timer_close},
        {"__close", timer_close},
        {"__gc", timer_close},
        {NULL, NULL},
    };

    luaL_newmetatable(L, TIMER_TYPE);
    luaL_setfuncs(L, methods, 0);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, create);
    return 1;
}
