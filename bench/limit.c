/* SPDX-License-Identifier: MIT
 *
 * For the benches only: the least that plain C costs, for comparison. require "bench.limit"
 *
 * The limit is SendMessageTimeout(WM_COPYDATA) in a loop, from a thread without windows to a window
 * whose thread is in a GetMessage loop. No Lua runs in either loop.
 */
#include <lauxlib.h>
#include <lua.h>

#include <stdint.h>
#include <windows.h>

#define TIMEOUT      10000 /* milliseconds */
#define WINDOWS_MOST 64

static int fail(lua_State *L, const char *what)
{
    return luaL_error(L, "%s failed: error %d", what, (int)GetLastError());
}

static double seconds(void)
{
    LARGE_INTEGER now;
    LARGE_INTEGER frequency;

    QueryPerformanceCounter(&now);
    QueryPerformanceFrequency(&frequency);
    return (double)now.QuadPart / (double)frequency.QuadPart;
}

/* clock() -> seconds, by the performance counter */
static int clock_now(lua_State *L)
{
    lua_pushnumber(L, seconds());
    return 1;
}

/*
 * pin() -> processor: restricts this process, and its children, to the last processor available to
 * it
 */
static int pin(lua_State *L)
{
    DWORD_PTR mine;
    DWORD_PTR all;
    int last = -1;

    if (!GetProcessAffinityMask(GetCurrentProcess(), &mine, &all))
        return fail(L, "GetProcessAffinityMask");
    for (DWORD_PTR left = mine; left != 0; left >>= 1)
        last++;
    if (!SetProcessAffinityMask(GetCurrentProcess(), (DWORD_PTR)1 << last))
        return fail(L, "SetProcessAffinityMask");
    lua_pushinteger(L, last);
    return 1;
}

static LRESULT CALLBACK on_message(HWND hwnd, UINT message, WPARAM wparam, LPARAM lparam)
{
    switch (message) {
    case WM_COPYDATA:
        return 1;
    case WM_DESTROY:
        PostQuitMessage(0);
        return 0;
    default:
        return DefWindowProcW(hwnd, message, wparam, lparam);
    }
}

static HWND create(lua_State *L, const wchar_t *name, WNDPROC procedure)
{
    const WNDCLASSEXW class = {
        .cbSize = sizeof class,
        .lpfnWndProc = procedure,
        .hInstance = GetModuleHandleW(NULL),
        .lpszClassName = name,
    };

    if (RegisterClassExW(&class) == 0 && GetLastError() != ERROR_CLASS_ALREADY_EXISTS)
        fail(L, "RegisterClassEx");
    HWND hwnd =
        CreateWindowExW(0, name, NULL, 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, class.hInstance, NULL);
    if (hwnd == NULL)
        fail(L, "CreateWindowEx");
    return hwnd;
}

/* window() -> hwnd: a window that answers 1 to WM_COPYDATA */
static int window(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)(intptr_t)create(L, L"copydata.limit", on_message));
    return 1;
}

/* serve(): the thread's message loop, until the window is closed */
static int serve(lua_State *L)
{
    MSG message;

    (void)L;
    while (GetMessageW(&message, NULL, 0, 0) > 0)
        DispatchMessageW(&message);
    return 0;
}

/* crowd(count) -> {hwnd, ...}: unrelated windows */
static int crowd(lua_State *L)
{
    lua_Integer count = luaL_checkinteger(L, 1);

    lua_newtable(L);
    for (lua_Integer i = 1; i <= count; i++) {
        HWND hwnd = create(L, L"copydata.crowd", DefWindowProcW);
        lua_pushinteger(L, (lua_Integer)(intptr_t)hwnd);
        lua_rawseti(L, -2, i);
    }
    return 1;
}

/* close(hwnd): asks a window of any process to close */
static int close_window(lua_State *L)
{
    PostMessageW((HWND)(intptr_t)luaL_checkinteger(L, 1), WM_CLOSE, 0, 0);
    return 0;
}

/* destroy(hwnd): destroys a window of this thread */
static int destroy(lua_State *L)
{
    DestroyWindow((HWND)(intptr_t)luaL_checkinteger(L, 1));
    return 0;
}

/* send({hwnd, ...}, bytes, count) -> seconds to send `count` times to each of them */
static int send(lua_State *L)
{
    size_t size;
    HWND windows[WINDOWS_MOST];
    lua_Integer among = luaL_len(L, 1);
    const char *bytes = luaL_checklstring(L, 2, &size);
    lua_Integer count = luaL_checkinteger(L, 3);
    COPYDATASTRUCT data = {0, (DWORD)size, (void *)(uintptr_t)bytes};

    luaL_argcheck(L, among <= WINDOWS_MOST, 1, "too many windows");
    for (lua_Integer i = 0; i < among; i++) {
        lua_rawgeti(L, 1, i + 1);
        windows[i] = (HWND)(intptr_t)luaL_checkinteger(L, -1);
        lua_pop(L, 1);
    }
    const double start = seconds();
    for (lua_Integer i = 0; i < count * among; i++) {
        DWORD_PTR result = 0;
        if (SendMessageTimeoutW(windows[i % among], WM_COPYDATA, 0, (LPARAM)&data, SMTO_NORMAL,
                                TIMEOUT, &result) == 0)
            return fail(L, "SendMessageTimeout");
        if (result != 1)
            return luaL_error(L, "the window did not answer 1");
    }
    lua_pushnumber(L, seconds() - start);
    return 1;
}

__declspec(dllexport) int luaopen_bench_limit(lua_State *L);

int luaopen_bench_limit(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"clock", clock_now}, {"pin", pin},     {"window", window},
        {"serve", serve},     {"crowd", crowd}, {"close", close_window},
        {"destroy", destroy}, {"send", send},   {NULL, NULL},
    };

    luaL_newlib(L, functions);
    return 1;
}
