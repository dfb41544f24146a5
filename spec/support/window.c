/* SPDX-License-Identifier: MIT
 *
 * For specs only: what any other program may do to our windows. require "support.window"
 */
#include <lauxlib.h>
#include <lua.h>

#include <stdint.h>
#include <windows.h>

static HWND check_hwnd(lua_State *L, int argument)
{
    return (HWND)(intptr_t)luaL_checkinteger(L, argument);
}

static void check_wide(lua_State *L, int argument, wchar_t *wide, int room)
{
    if (MultiByteToWideChar(CP_UTF8, 0, luaL_checkstring(L, argument), -1, wide, room) == 0)
        luaL_argerror(L, argument, "does not fit");
}

/*
 * The next window of a class, message-only or ordinary. NULL: there is none, or `after` has
 * vanished.
 */
static HWND next_window(HWND after, const wchar_t *class, BOOL message_only)
{
    return FindWindowExW(message_only ? HWND_MESSAGE : GetDesktopWindow(), after, class, NULL);
}

/* Pushes {hwnd, ...}: the windows of a class, of one process unless `wanted` is 0. */
static void push_windows(lua_State *L, const wchar_t *class, BOOL message_only, DWORD wanted)
{
    HWND before, last, hwnd;

    lua_pushnil(L);
    do {
        lua_Integer count = 0;
        lua_pop(L, 1);
        lua_newtable(L);
        before = last = NULL;
        while ((hwnd = next_window(last, class, message_only)) != NULL) {
            DWORD process = 0;
            before = last;
            last = hwnd;
            GetWindowThreadProcessId(hwnd, &process);
            if (wanted != 0 && process != wanted)
                continue;
            lua_pushinteger(L, (lua_Integer)(intptr_t)hwnd);
            lua_rawseti(L, -2, ++count);
        }
        /* A foreign window that vanishes ends the enumeration, and Wine does not report it. */
    } while (last != NULL && next_window(before, class, message_only) != last);
}

/* find(class, message_only [, pid]) -> {hwnd, ...}: the windows of a class, all or one process's */
static int find(lua_State *L)
{
    wchar_t class[256];

    check_wide(L, 1, class, 256);
    push_windows(L, class, lua_toboolean(L, 2), (DWORD)luaL_optinteger(L, 3, 0));
    return 1;
}

/* pid(hwnd) -> the process of a window; nil if there is no such window */
static int pid(lua_State *L)
{
    DWORD process = 0;

    if (GetWindowThreadProcessId(check_hwnd(L, 1), &process) == 0)
        return 0;
    lua_pushinteger(L, process);
    return 1;
}

/* visible(hwnd) -> whether the window is visible */
static int visible(lua_State *L)
{
    lua_pushboolean(L, IsWindowVisible(check_hwnd(L, 1)));
    return 1;
}

/* copydata(hwnd, dwData, bytes, wParam, seconds) -> result | nil, error */
static int copydata(lua_State *L)
{
    HWND hwnd = check_hwnd(L, 1);
    size_t size;
    const char *bytes = luaL_checklstring(L, 3, &size);
    COPYDATASTRUCT data = {(ULONG_PTR)luaL_checkinteger(L, 2), (DWORD)size,
                           (void *)(uintptr_t)bytes};
    WPARAM wparam = (WPARAM)luaL_checkinteger(L, 4);
    UINT timeout = (UINT)(luaL_checknumber(L, 5) * 1000.0);
    DWORD_PTR result = 0;

    if (SendMessageTimeoutW(hwnd, WM_COPYDATA, wparam, (LPARAM)&data, SMTO_NORMAL, timeout,
                            &result) == 0) {
        DWORD error = GetLastError();
        lua_pushnil(L);
        lua_pushinteger(L, error);
        return 2;
    }
    lua_pushinteger(L, (lua_Integer)result);
    return 1;
}

/* send(hwnd, message, wParam, lParam, seconds) -> result | nil, error */
static int send(lua_State *L)
{
    UINT message = (UINT)luaL_checkinteger(L, 2);
    UINT timeout = (UINT)(luaL_checknumber(L, 5) * 1000.0);
    DWORD_PTR result = 0;

    if (SendMessageTimeoutW(check_hwnd(L, 1), message, (WPARAM)luaL_checkinteger(L, 3),
                            (LPARAM)luaL_checkinteger(L, 4), SMTO_NORMAL, timeout, &result) == 0) {
        DWORD error = GetLastError();
        lua_pushnil(L);
        lua_pushinteger(L, error);
        return 2;
    }
    lua_pushinteger(L, (lua_Integer)result);
    return 1;
}

/* registered(name) -> the number of a registered message */
static int registered(lua_State *L)
{
    wchar_t name[512];

    check_wide(L, 1, name, 512);
    lua_pushinteger(L, RegisterWindowMessageW(name));
    return 1;
}

/* post(hwnd, message [, wParam]) */
static int post(lua_State *L)
{
    UINT message = (UINT)luaL_checkinteger(L, 2);

    lua_pushboolean(L,
                    PostMessageW(check_hwnd(L, 1), message, (WPARAM)luaL_optinteger(L, 3, 0), 0));
    return 1;
}

/* quit([hwnd]): posts WM_QUIT to the window's thread; without a window to our own */
static int quit(lua_State *L)
{
    DWORD thread = lua_isnoneornil(L, 1) ? GetCurrentThreadId()
                                         : GetWindowThreadProcessId(check_hwnd(L, 1), NULL);

    lua_pushboolean(L, PostThreadMessageW(thread, WM_QUIT, 0, 0));
    return 1;
}

/* post_quit(): as a program ends its own loop; unlike a posted WM_QUIT, no filter stops it */
static int post_quit(lua_State *L)
{
    (void)L;
    PostQuitMessage(0);
    return 0;
}

/* Suspends or resumes the thread of a window, perhaps in another process. */
static int set_running(lua_State *L, BOOL running)
{
    DWORD id = GetWindowThreadProcessId(check_hwnd(L, 1), NULL);
    HANDLE thread = OpenThread(THREAD_SUSPEND_RESUME, FALSE, id);
    DWORD result = running ? ResumeThread(thread) : SuspendThread(thread);
    DWORD error = GetLastError();

    if (thread != NULL)
        CloseHandle(thread);
    if (result == (DWORD)-1)
        return luaL_error(L, "the window's thread cannot be suspended or resumed: error %d",
                          (int)error);
    return 0;
}

/* suspend(hwnd): suspends the window's thread */
static int suspend(lua_State *L)
{
    return set_running(L, FALSE);
}

/* resume(hwnd): resumes it */
static int resume(lua_State *L)
{
    return set_running(L, TRUE);
}

/* wait(seconds) -> whether there are messages for this thread; pumps none */
static int wait(lua_State *L)
{
    DWORD left = (DWORD)(luaL_checknumber(L, 1) * 1000);

    lua_pushboolean(L,
                    MsgWaitForMultipleObjects(0, NULL, FALSE, left, QS_ALLINPUT) == WAIT_OBJECT_0);
    return 1;
}

/* pump(): dispatches our own thread's messages, and removes a WM_QUIT */
static int pump(lua_State *L)
{
    MSG message;

    (void)L;
    while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE) > 0)
        DispatchMessageW(&message);
    return 0;
}

/* property(hwnd, name) -> its value; 0 if there is none */
static int property(lua_State *L)
{
    wchar_t name[512];

    check_wide(L, 2, name, 512);
    lua_pushinteger(L, (lua_Integer)(intptr_t)GetPropW(check_hwnd(L, 1), name));
    return 1;
}

/* set_property(hwnd, name, value): 0 removes it */
static int set_property(lua_State *L)
{
    wchar_t name[512];
    HWND hwnd = check_hwnd(L, 1);
    lua_Integer value = luaL_checkinteger(L, 3);

    check_wide(L, 2, name, 512);
    if (value == 0)
        RemovePropW(hwnd, name);
    else
        SetPropW(hwnd, name, (HANDLE)(intptr_t)value);
    return 0;
}

/* set_word(hwnd, offset, value) -> whether Windows lets us set a word of the window */
static int set_word(lua_State *L)
{
    HWND hwnd = check_hwnd(L, 1);
    int offset = (int)luaL_checkinteger(L, 2);
    LONG_PTR value = (LONG_PTR)luaL_checkinteger(L, 3);

    SetLastError(ERROR_SUCCESS);
    LONG_PTR before = SetWindowLongPtrW(hwnd, offset, value);
    lua_pushboolean(L, before != 0 || GetLastError() == ERROR_SUCCESS);
    return 1;
}

/* membership() -> the membership counter; nil if there is none */
static int membership(lua_State *L)
{
    HANDLE section = OpenFileMappingW(FILE_MAP_READ, FALSE, L"Local\\copydata.membership");
    LONG64 *counter;

    if (section == NULL)
        return 0;
    counter = MapViewOfFile(section, FILE_MAP_READ, 0, 0, sizeof *counter);
    lua_pushinteger(L, *(volatile LONG64 *)counter);
    UnmapViewOfFile(counter);
    CloseHandle(section);
    return 1;
}

/*
 * admits(hwnd) -> whether a window of this process lets WM_COPYDATA through from programs of lower
 * integrity; from now on it does. nil if the system has no such filters.
 */
static int admits(lua_State *L)
{
    CHANGEFILTERSTRUCT change = {.cbSize = sizeof change, .ExtStatus = MAXDWORD};

    if (!ChangeWindowMessageFilterEx(check_hwnd(L, 1), WM_COPYDATA, MSGFLT_ALLOW, &change))
        return luaL_error(L, "ChangeWindowMessageFilterEx failed: error %d", (int)GetLastError());
    if (change.ExtStatus == MAXDWORD)
        return 0; /* Wine */
    lua_pushboolean(L, change.ExtStatus == MSGFLTINFO_ALREADYALLOWED_FORWND);
    return 1;
}

/* show(hwnd): shows a window of this thread, without giving it the focus */
static int show(lua_State *L)
{
    ShowWindow(check_hwnd(L, 1), SW_SHOWNA);
    return 0;
}

/* foreground() -> the foreground window, 0 if there is none */
static int foreground(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)(intptr_t)GetForegroundWindow());
    return 1;
}

/* press_ctrl_c(pid) -> true | nil, error: attaches to that process's console and presses Ctrl+C */
static int press_ctrl_c(lua_State *L)
{
    BOOL ok;

    FreeConsole();
    SetConsoleCtrlHandler(NULL, TRUE); /* not for us */
    ok = AttachConsole((DWORD)luaL_checkinteger(L, 1)) && GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0);
    if (!ok) {
        DWORD error = GetLastError();
        lua_pushnil(L);
        lua_pushinteger(L, error);
        return 2;
    }
    lua_pushboolean(L, TRUE);
    return 1;
}

__declspec(dllexport) int luaopen_support_window(lua_State *L);

int luaopen_support_window(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"find", find},
        {"pid", pid},
        {"visible", visible},
        {"copydata", copydata},
        {"send", send},
        {"post", post},
        {"post_quit", post_quit},
        {"quit", quit},
        {"suspend", suspend},
        {"resume", resume},
        {"pump", pump},
        {"wait", wait},
        {"property", property},
        {"set_property", set_property},
        {"membership", membership},
        {"set_word", set_word},
        {"registered", registered},
        {"press_ctrl_c", press_ctrl_c},
        {"admits", admits},
        {"foreground", foreground},
        {"show", show},
        {NULL, NULL},
    };

    luaL_newlib(L, functions);
    return 1;
}
