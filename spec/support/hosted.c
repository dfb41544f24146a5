/* SPDX-License-Identifier: MIT
 *
 * For specs only: a Lua state whose host pumps its thread's messages in C and closes the state in
 * another thread. require "support.hosted"
 */
#include "state.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#define LARGE 1024 /* bytes from which a block has pages of its own */

#define SEND_TIMEOUT 20000 /* milliseconds */
#define STEP_INTO    10    /* likewise: until the window procedure is running */

extern IMAGE_DOS_HEADER __ImageBase;

typedef struct host {
    lua_State *L;
    HANDLE ready; /* the script has run */
    HWND hwnd;    /* the window it returned; NULL: it raised an error */
    const COPYDATASTRUCT *data;
    DWORD_PTR answer; /* the window's answer */
    DWORD error;      /* why there was none; 0: there was one */
} host;

static HANDLE inside; /* set when a window procedure is about to be called; for the hook */

static volatile LONG faults; /* accesses to unmapped memory; for the handler */

/* Wine silently ends only the window procedure that does it. */
static LONG CALLBACK on_exception(EXCEPTION_POINTERS *pointers)
{
    if (pointers->ExceptionRecord->ExceptionCode == (DWORD)EXCEPTION_ACCESS_VIOLATION)
        InterlockedIncrement(&faults);
    return EXCEPTION_CONTINUE_SEARCH;
}

static void *acquire(size_t size)
{
    return size < LARGE ? malloc(size)
                        : VirtualAlloc(NULL, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
}

static void release(void *block, size_t size)
{
    if (size < LARGE)
        free(block);
    else if (block != NULL)
        VirtualFree(block, 0, MEM_RELEASE);
}

/* The system ends a program that uses a large block after it was freed. */
static void *allocate(void *context, void *block, size_t old_size, size_t size)
{
    void *fresh = NULL;

    (void)context;
    if (block == NULL)
        old_size = 0; /* it is a type then */
    if (size > 0) {
        fresh = acquire(size);
        if (fresh == NULL)
            return NULL;
        memcpy(fresh, block != NULL ? block : fresh, old_size < size ? old_size : size);
    }
    release(block, old_size);
    return fresh;
}

static LRESULT CALLBACK on_call(int code, WPARAM wparam, LPARAM lparam)
{
    const CWPSTRUCT *call = (const CWPSTRUCT *)lparam;

    if (code == HC_ACTION && call->message == WM_COPYDATA)
        SetEvent(inside);
    return CallNextHookEx(NULL, code, wparam, lparam);
}

/* Runs the script, on the stack with its arguments, then pumps until WM_QUIT. */
static DWORD WINAPI pump(LPVOID parameter)
{
    host *h = parameter;
    MSG message;

    if (lua_pcall(h->L, lua_gettop(h->L) - 1, 1, 0) == LUA_OK)
        h->hwnd = (HWND)(intptr_t)lua_tointeger(h->L, -1);
    else
        fprintf(stderr, "hosted: %s\n", lua_tostring(h->L, -1));
    SetEvent(h->ready);
    while (GetMessageW(&message, NULL, 0, 0) > 0)
        DispatchMessageW(&message);
    return 0;
}

static DWORD WINAPI send(LPVOID parameter)
{
    host *h = parameter;

    if (SendMessageTimeoutW(h->hwnd, WM_COPYDATA, 0, (LPARAM)h->data, SMTO_NORMAL, SEND_TIMEOUT,
                            &h->answer) == 0)
        h->error = GetLastError();
    return 0;
}

static void wait_and_close(HANDLE handle)
{
    WaitForSingleObject(handle, INFINITE);
    CloseHandle(handle);
}

/* Closes the state while the window procedure has the frame. */
static void close_inside(host *h)
{
    HHOOK hook = SetWindowsHookExW(WH_CALLWNDPROC, on_call, (HINSTANCE)&__ImageBase,
                                   GetWindowThreadProcessId(h->hwnd, NULL));

    inside = CreateEventW(NULL, FALSE, FALSE, NULL);
    HANDLE sender = CreateThread(NULL, 0, send, h, 0, NULL);
    WaitForSingleObject(inside, SEND_TIMEOUT);
    Sleep(STEP_INTO); /* nothing signals that the window procedure itself has begun */
    lua_close(h->L);
    wait_and_close(sender);
    UnhookWindowsHookEx(hook);
    CloseHandle(inside);
}

/*
 * close_inside(script, dwData, bytes, ...) -> answer | nil, error, whether the window still exists
 * Runs a script in a state and a thread of its own, with the strings; it returns a window. Sends
 * the bytes there from a third thread, and closes the state in this one as soon as the window
 * procedure is called with them.
 */
static int run(lua_State *L)
{
    size_t size;
    const char *script = luaL_checkstring(L, 1);
    ULONG_PTR tag = (ULONG_PTR)luaL_checkinteger(L, 2);
    const char *bytes = luaL_checklstring(L, 3, &size);
    COPYDATASTRUCT data = {tag, (DWORD)size, (void *)(uintptr_t)bytes};
    host h = {.L = new_state(allocate, NULL), .data = &data};

    faults = 0;
    PVOID handler = AddVectoredExceptionHandler(1, on_exception);
    luaL_openlibs(h.L);
    if (luaL_loadfile(h.L, script) != LUA_OK)
        return luaL_error(L, "%s", lua_tostring(h.L, -1));
    for (int argument = 4; argument <= lua_gettop(L); argument++)
        lua_pushstring(h.L, luaL_checkstring(L, argument));
    h.ready = CreateEventW(NULL, FALSE, FALSE, NULL);
    DWORD id;
    HANDLE pumping = CreateThread(NULL, 0, pump, &h, 0, &id);
    wait_and_close(h.ready);
    if (h.hwnd != NULL)
        close_inside(&h);
    PostThreadMessageW(id, WM_QUIT, 0, 0); /* after what closing posted */
    wait_and_close(pumping);
    RemoveVectoredExceptionHandler(handler);
    if (h.hwnd == NULL)
        return luaL_error(L, "the script failed");
    if (faults > 0)
        return luaL_error(L, "memory was used after it was freed: %d times", (int)faults);
    if (h.error == 0)
        lua_pushinteger(L, (lua_Integer)h.answer);
    else
        lua_pushnil(L);
    lua_pushinteger(L, h.error);
    lua_pushboolean(L, IsWindow(h.hwnd));
    return 3;
}

__declspec(dllexport) int luaopen_support_hosted(lua_State *L);

int luaopen_support_hosted(lua_State *L)
{
    lua_newtable(L);
    lua_pushcfunction(L, run);
    lua_setfield(L, -2, "close_inside");
    return 1;
}
