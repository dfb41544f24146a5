/* SPDX-License-Identifier: MIT
 *
 * For specs and pictures only: programs with a console of their own, its contents, and keys pressed
 * there. A process has one console at a time, so a child of a spec uses this. require
 * "support.console"
 */
#include "start.h"

#include <lauxlib.h>
#include <lua.h>

#include <windows.h>

#define CELLS_MOST 8192 /* on one screen */

static int fail(lua_State *L, const char *what)
{
    return luaL_error(L, "%s failed: error %d", what, (int)GetLastError());
}

static HANDLE open_console(lua_State *L, const wchar_t *name)
{
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    HANDLE handle =
        CreateFileW(name, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE,
                    &inherit, OPEN_EXISTING, 0, NULL);

    if (handle == INVALID_HANDLE_VALUE)
        fail(L, "opening the console");
    return handle;
}

static int resize_to(lua_State *L, COORD size)
{
    HANDLE output = open_console(L, L"CONOUT$");
    SMALL_RECT least = {0, 0, 0, 0};
    SMALL_RECT window = {0, 0, (SHORT)(size.X - 1), (SHORT)(size.Y - 1)};

    SetConsoleWindowInfo(output, TRUE, &least); /* the buffer must not be smaller than the window */
    BOOL ok =
        SetConsoleScreenBufferSize(output, size) && SetConsoleWindowInfo(output, TRUE, &window);
    CloseHandle(output);
    return ok ? 0 : fail(L, "resizing the console");
}

/* resize(columns, rows) */
static int resize(lua_State *L)
{
    COORD size = {(SHORT)luaL_checkinteger(L, 1), (SHORT)luaL_checkinteger(L, 2)};

    return resize_to(L, size);
}

/* open(columns, rows): gives this process a console of this size */
static int open(lua_State *L)
{
    COORD size = {(SHORT)luaL_checkinteger(L, 1), (SHORT)luaL_checkinteger(L, 2)};

    FreeConsole();
    if (!AllocConsole())
        return fail(L, "AllocConsole");
    return resize_to(L, size);
}

/* start(command line) -> handle: starts a program that uses our console */
static int start(lua_State *L)
{
    wchar_t command[8192];
    STARTUPINFOW startup = {.cb = sizeof startup, .dwFlags = STARTF_USESTDHANDLES};
    PROCESS_INFORMATION made;

    if (MultiByteToWideChar(CP_UTF8, 0, luaL_checkstring(L, 1), -1, command, 8192) == 0)
        return fail(L, "MultiByteToWideChar");
    SetConsoleCtrlHandler(NULL, FALSE); /* whether Ctrl+C is ignored is inherited */
    startup.hStdInput = open_console(L, L"CONIN$");
    startup.hStdOutput = open_console(L, L"CONOUT$");
    startup.hStdError = startup.hStdOutput;
    BOOL ok = start_process(command, 0, &startup, &made);
    DWORD error = GetLastError();
    CloseHandle(startup.hStdInput);
    CloseHandle(startup.hStdOutput);
    if (!ok) {
        SetLastError(error);
        return fail(L, "CreateProcess");
    }
    CloseHandle(made.hThread);
    SetConsoleCtrlHandler(NULL, TRUE); /* not for us */
    lua_pushinteger(L, (lua_Integer)(intptr_t)made.hProcess);
    return 1;
}

/* ended(handle, seconds) -> exit status; nil if it still runs */
static int ended(lua_State *L)
{
    HANDLE process = (HANDLE)(intptr_t)luaL_checkinteger(L, 1);
    DWORD status;

    if (WaitForSingleObject(process, (DWORD)(luaL_checknumber(L, 2) * 1000.0)) != WAIT_OBJECT_0)
        return 0;
    GetExitCodeProcess(process, &status);
    lua_pushinteger(L, status);
    return 1;
}

/* kill(handle): ends a program we started, if it still runs */
static int kill(lua_State *L)
{
    TerminateProcess((HANDLE)(intptr_t)luaL_checkinteger(L, 1), 137);
    return 0;
}

static void push_utf8(lua_State *L, const wchar_t *units, int count)
{
    char text[3 * CELLS_MOST];
    int size = WideCharToMultiByte(CP_UTF8, 0, units, count, text, sizeof text, NULL, NULL);

    lua_pushlstring(L, text, (size_t)size);
}

/* Pushes {{text, attributes}, ...}: the runs of equal colour in a row. */
static void push_runs(lua_State *L, const CHAR_INFO *cells, int columns)
{
    wchar_t units[CELLS_MOST];
    int begin = 0;

    lua_newtable(L);
    for (int i = 0; i < columns; i++) {
        units[i] = cells[i].Char.UnicodeChar;
        if (i + 1 < columns && cells[i + 1].Attributes == cells[i].Attributes)
            continue;
        lua_createtable(L, 2, 0);
        push_utf8(L, units + begin, i + 1 - begin);
        lua_rawseti(L, -2, 1);
        lua_pushinteger(L, cells[i].Attributes);
        lua_rawseti(L, -2, 2);
        lua_rawseti(L, -2, luaL_len(L, -2) + 1);
        begin = i + 1;
    }
}

/* screen() -> {{{text, attributes}, ...}, ...}: the console's contents, by rows */
static int screen(lua_State *L)
{
    CONSOLE_SCREEN_BUFFER_INFO information;
    HANDLE output = open_console(L, L"CONOUT$");
    CHAR_INFO cells[CELLS_MOST];

    BOOL ok = GetConsoleScreenBufferInfo(output, &information);
    SMALL_RECT window = information.srWindow;
    COORD size = {(SHORT)(window.Right - window.Left + 1), (SHORT)(window.Bottom - window.Top + 1)};
    ok = ok && size.X * size.Y <= CELLS_MOST &&
         ReadConsoleOutputW(output, cells, size, (COORD){0, 0}, &window);
    CloseHandle(output);
    if (!ok)
        return fail(L, "reading the console");
    lua_createtable(L, size.Y, 0);
    for (int row = 0; row < size.Y; row++) {
        push_runs(L, cells + row * size.X, size.X);
        lua_rawseti(L, -2, row + 1);
    }
    return 1;
}

/* press(text): presses the keys of ASCII characters */
static int press(lua_State *L)
{
    HANDLE input = open_console(L, L"CONIN$");
    BOOL ok = TRUE;

    for (const char *at = luaL_checkstring(L, 1); *at != '\0'; at++) {
        INPUT_RECORD record = {.EventType = KEY_EVENT};
        DWORD written;
        record.Event.KeyEvent.bKeyDown = TRUE;
        record.Event.KeyEvent.wRepeatCount = 1;
        record.Event.KeyEvent.uChar.UnicodeChar = (WCHAR)*at;
        ok = WriteConsoleInputW(input, &record, 1, &written) && ok;
    }
    CloseHandle(input);
    return ok ? 0 : fail(L, "WriteConsoleInput");
}

/* interrupt(): Ctrl+C, for all programs of the console */
static int interrupt(lua_State *L)
{
    if (!GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0))
        return fail(L, "GenerateConsoleCtrlEvent");
    return 0;
}

__declspec(dllexport) int luaopen_support_console(lua_State *L);

int luaopen_support_console(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"open", open},   {"start", start},         {"ended", ended},
        {"kill", kill},   {"screen", screen},       {"resize", resize},
        {"press", press}, {"interrupt", interrupt}, {NULL, NULL},
    };

    luaL_newlib(L, functions);
    return 1;
}
