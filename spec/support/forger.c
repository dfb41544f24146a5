/* SPDX-License-Identifier: MIT
 *
 * For specs only: a hostile program, as fast as C. require "support.forger"
 */
#include <lauxlib.h>
#include <lua.h>

#include <stdint.h>
#include <windows.h>

#define VERDICTS 8

static HWND check_hwnd(lua_State *L, int argument)
{
    return (HWND)(intptr_t)luaL_checkinteger(L, argument);
}

/*
 * frames(hwnd, dwData, bytes, claimed, count) -> {[verdict] = how many, ...}
 * Sends a frame `count` times, in the name of another window; with a count of 0 until it is killed.
 */
static int frames(lua_State *L)
{
    HWND hwnd = check_hwnd(L, 1);
    size_t size;
    const char *bytes = luaL_checklstring(L, 3, &size);
    COPYDATASTRUCT data = {(ULONG_PTR)luaL_checkinteger(L, 2), (DWORD)size,
                           (void *)(uintptr_t)bytes};
    WPARAM claimed = (WPARAM)luaL_checkinteger(L, 4);
    lua_Integer count = luaL_checkinteger(L, 5), counts[VERDICTS] = {0};

    for (lua_Integer i = 0; count == 0 || i < count; i++) {
        DWORD_PTR verdict = VERDICTS;
        if (SendMessageTimeoutW(hwnd, WM_COPYDATA, claimed, (LPARAM)&data, SMTO_NORMAL, 5000,
                                &verdict) &&
            verdict < VERDICTS)
            counts[verdict]++;
    }
    lua_newtable(L);
    for (lua_Integer i = 0; i < VERDICTS; i++) {
        if (counts[i] == 0)
            continue;
        lua_pushinteger(L, counts[i]);
        lua_rawseti(L, -2, i);
    }
    return 1;
}

/*
 * tokens(hwnd, receiver, count) -> how many could be posted
 * Posts `count` false tokens to a window, in the receiver's name; with a count of 0 until it is
 * killed.
 */
static int tokens(lua_State *L)
{
    HWND hwnd = check_hwnd(L, 1);
    uint32_t receiver = (uint32_t)luaL_checkinteger(L, 2);
    lua_Integer count = luaL_checkinteger(L, 3), posted = 0;
    const UINT number = RegisterWindowMessageW(L"copydata.proof");

    for (lua_Integer i = 1; count == 0 || i <= count; i++)
        posted += PostMessageW(hwnd, number, (WPARAM)((uint64_t)i << 32 | receiver),
                               (LPARAM)(0x5EED + i)) != 0;
    lua_pushinteger(L, posted);
    return 1;
}

__declspec(dllexport) int luaopen_support_forger(lua_State *L);

int luaopen_support_forger(lua_State *L)
{
    static const luaL_Reg functions[] = {{"frames", frames}, {"tokens", tokens}, {NULL, NULL}};

    luaL_newlib(L, functions);
    return 1;
}
