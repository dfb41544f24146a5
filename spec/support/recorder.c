/* SPDX-License-Identifier: MIT
 *
 * For specs only: a window that writes down what it is sent and answers what it is told to.
 * require "support.recorder"
 */
#include <lauxlib.h>
#include <lua.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#define RECORDER_TYPE "support.recorder"

extern IMAGE_DOS_HEADER __ImageBase;

typedef struct recorder {
    HWND hwnd; /* NULL: closed */
    wchar_t class[64];
    LRESULT answer;
    DWORD delay;        /* milliseconds that it takes over each message */
    BOOL echoes;        /* sends what comes to the sender, before it answers, */
    ULONG_PTR echo_tag; /* with this dwData, */
    DWORD_PTR echoed;   /* and got this answer */
    LONG count; /* of what came */
    ULONG_PTR tag;
    WPARAM sender;
    char *bytes; /* of the newest, or of all since keep(), each behind its length */
    size_t size;
    BOOL keeping;
    UINT posted; /* the newest registered message, */
    WPARAM from; /* its wParam, */
    LONG posts;  /* and how many came */
} recorder;

static LRESULT CALLBACK on_message(HWND hwnd, UINT message, WPARAM wparam, LPARAM lparam)
{
    recorder *r = (recorder *)GetWindowLongPtrW(hwnd, GWLP_USERDATA);

    if (message >= 0xC000 && r != NULL) {
        r->posted = message;
        r->from = wparam;
        r->posts++;
    }
    if (message != WM_COPYDATA || r == NULL)
        return DefWindowProcW(hwnd, message, wparam, lparam);
    const COPYDATASTRUCT *data = (const COPYDATASTRUCT *)lparam;
    size_t before = r->keeping ? r->size + sizeof data->cbData : 0;
    char *bytes = realloc(r->bytes, before + data->cbData + 1);
    if (bytes == NULL)
        return 0;
    if (r->keeping)
        memcpy(bytes + r->size, &data->cbData, sizeof data->cbData);
    if (data->cbData > 0)
        memcpy(bytes + before, data->lpData, data->cbData);
    r->bytes = bytes;
    r->size = before + data->cbData;
    r->tag = data->dwData;
    r->sender = wparam;
    r->count++;
    Sleep(r->delay);
    if (r->echoes) {
        COPYDATASTRUCT echo = {r->echo_tag, data->cbData, r->bytes + before};
        SendMessageTimeoutW((HWND)wparam, WM_COPYDATA, (WPARAM)hwnd, (LPARAM)&echo, SMTO_NORMAL,
                            5000, &r->echoed);
    }
    return r->answer;
}

/*
 * recorder(class, answer [, title [, message_only]]) -> a hidden window of this thread
 * For messages only if it is told so, or else if the class is that of endpoints.
 */
static int create(lua_State *L)
{
    wchar_t title[64];
    const char *text = luaL_optstring(L, 3, "");
    const char *class = luaL_checkstring(L, 1);
    BOOL message_only = lua_isnoneornil(L, 4) ? strcmp(class, "copydata.endpoint") == 0
                                              : lua_toboolean(L, 4);
    HWND parent = message_only ? HWND_MESSAGE : NULL;
    lua_Integer answer = luaL_checkinteger(L, 2);
    HINSTANCE module = (HINSTANCE)&__ImageBase;
    recorder *r = lua_newuserdatauv(L, sizeof *r, 0);

    memset(r, 0, sizeof *r);
    luaL_setmetatable(L, RECORDER_TYPE);
    MultiByteToWideChar(CP_UTF8, 0, class, -1, r->class, 64);
    MultiByteToWideChar(CP_UTF8, 0, text, -1, title, 64);
    r->answer = (LRESULT)answer;
    WNDCLASSW description = {
        .lpfnWndProc = on_message, .hInstance = module, .lpszClassName = r->class};
    RegisterClassW(&description);
    r->hwnd = CreateWindowExW(0, r->class, title, parent != NULL ? 0 : WS_POPUP, 0, 0, 0, 0, parent,
                              NULL, module, NULL);
    if (r->hwnd == NULL)
        return luaL_error(L, "CreateWindowEx failed: error %d", (int)GetLastError());
    SetWindowLongPtrW(r->hwnd, GWLP_USERDATA, (LONG_PTR)r);
    return 1;
}

static int recorder_hwnd(lua_State *L)
{
    const recorder *r = luaL_checkudata(L, 1, RECORDER_TYPE);

    lua_pushinteger(L, (lua_Integer)(intptr_t)r->hwnd);
    return 1;
}

/* recorder:delay(seconds): from now on it takes so long over each message */
static int recorder_delay(lua_State *L)
{
    recorder *r = luaL_checkudata(L, 1, RECORDER_TYPE);

    r->delay = (DWORD)(1000 * luaL_checknumber(L, 2));
    return 0;
}

/* recorder:answer(result): from now on */
static int recorder_answer(lua_State *L)
{
    recorder *r = luaL_checkudata(L, 1, RECORDER_TYPE);

    r->answer = (LRESULT)luaL_checkinteger(L, 2);
    return 0;
}

/* recorder:echo(dwData): from now on sends what comes back to the sender before it answers */
static int recorder_echo(lua_State *L)
{
    recorder *r = luaL_checkudata(L, 1, RECORDER_TYPE);

    r->echoes = TRUE;
    r->echo_tag = (ULONG_PTR)luaL_checkinteger(L, 2);
    return 0;
}

/* recorder:echoed() -> what the newest echo was answered */
static int recorder_echoed(lua_State *L)
{
    const recorder *r = luaL_checkudata(L, 1, RECORDER_TYPE);

    lua_pushinteger(L, (lua_Integer)r->echoed);
    return 1;
}

/* recorder:wait(seconds) -> whether anything has come by then */
static int recorder_wait(lua_State *L)
{
    const recorder *r = luaL_checkudata(L, 1, RECORDER_TYPE);
    ULONGLONG end = GetTickCount64() + (ULONGLONG)(luaL_checknumber(L, 2) * 1000.0);

    while (r->count == 0 && GetTickCount64() < end) {
        MSG message;
        MsgWaitForMultipleObjectsEx(0, NULL, (DWORD)(end - GetTickCount64()), QS_ALLINPUT,
                                    MWMO_INPUTAVAILABLE);
        while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE) > 0)
            DispatchMessageW(&message);
    }
    lua_pushboolean(L, r->count > 0);
    return 1;
}

/* recorder:newest() -> dwData, wParam, bytes, how many came so far; nothing when none came */
static int recorder_newest(lua_State *L)
{
    const recorder *r = luaL_checkudata(L, 1, RECORDER_TYPE);

    if (r->count == 0)
        return 0;
    lua_pushinteger(L, (lua_Integer)r->tag);
    lua_pushinteger(L, (lua_Integer)r->sender);
    lua_pushlstring(L, r->bytes, r->size);
    lua_pushinteger(L, r->count);
    return 4;
}

/* recorder:posted() -> how many registered messages came since the last call, the newest, its wParam */
static int recorder_posted(lua_State *L)
{
    recorder *r = luaL_checkudata(L, 1, RECORDER_TYPE);

    lua_pushinteger(L, r->posts);
    lua_pushinteger(L, r->posted);
    lua_pushinteger(L, (lua_Integer)r->from);
    r->posts = 0;
    return 3;
}

/* recorder:keep(): from now on all frames are kept, for kept() */
static int recorder_keep(lua_State *L)
{
    recorder *r = luaL_checkudata(L, 1, RECORDER_TYPE);

    r->keeping = TRUE;
    r->size = 0;
    return 0;
}

/* recorder:kept() -> {bytes, ...} */
static int recorder_kept(lua_State *L)
{
    const recorder *r = luaL_checkudata(L, 1, RECORDER_TYPE);
    DWORD length;

    lua_newtable(L);
    for (size_t at = 0; at < r->size; at += sizeof length + length) {
        memcpy(&length, r->bytes + at, sizeof length);
        lua_pushlstring(L, r->bytes + at + sizeof length, length);
        lua_rawseti(L, -2, luaL_len(L, -2) + 1);
    }
    return 1;
}

static int recorder_close(lua_State *L)
{
    recorder *r = luaL_checkudata(L, 1, RECORDER_TYPE);

    if (r->hwnd != NULL) {
        DestroyWindow(r->hwnd);
        UnregisterClassW(r->class, (HINSTANCE)&__ImageBase);
    }
    r->hwnd = NULL;
    free(r->bytes);
    r->bytes = NULL;
    r->size = 0;
    return 0;
}

__declspec(dllexport) int luaopen_support_recorder(lua_State *L);

int luaopen_support_recorder(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"hwnd", recorder_hwnd},   {"answer", recorder_answer}, {"newest", recorder_newest},
        {"keep", recorder_keep},   {"kept", recorder_kept},     {"close", recorder_close},
        {"echo", recorder_echo},   {"echoed", recorder_echoed}, {"wait", recorder_wait},
        {"delay", recorder_delay}, {"posted", recorder_posted},
        {"__close", recorder_close}, {"__gc", recorder_close},
        {NULL, NULL},
    };

    luaL_newmetatable(L, RECORDER_TYPE);
    luaL_setfuncs(L, methods, 0);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, create);
    return 1;
}
