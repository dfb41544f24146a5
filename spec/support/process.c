/* SPDX-License-Identifier: MIT
 *
 * For specs only: child processes that can be fed, read, frozen and killed. require
 * "support.process"
 */
#include "start.h"

#include <lauxlib.h>
#include <lua.h>

#include <stdio.h>
#include <string.h>
#include <windows.h>

#include <psapi.h>

#define PROCESS_TYPE "support.process"
#define LINE_MAX     65536

typedef struct process {
    HANDLE handle; /* NULL: closed */
    DWORD pid;
    HANDLE input;  /* writes the child's standard input */
    HANDLE output; /* reads its standard output; overlapped */
    HANDLE arrived;
    size_t size; /* bytes read and not taken yet */
    char bytes[LINE_MAX];
} process;

static int fail(lua_State *L, const char *what)
{
    return luaL_error(L, "%s failed: error %d", what, (int)GetLastError());
}

static process *check(lua_State *L)
{
    process *p = luaL_checkudata(L, 1, PROCESS_TYPE);

    luaL_argcheck(L, p->handle != NULL, 1, "the process was closed");
    return p;
}

static void shut(HANDLE *handle)
{
    if (*handle != NULL)
        CloseHandle(*handle);
    *handle = NULL;
}

/*
 * Waits for a handle and pumps the thread's messages: a child may send us something before it does
 * what we wait for. Returns false when time runs out.
 */
static BOOL wait_pumping(HANDLE handle, double seconds)
{
    ULONGLONG end = GetTickCount64() + (ULONGLONG)(seconds * 1000.0);

    for (;;) {
        ULONGLONG now = GetTickCount64();
        DWORD left = now < end ? (DWORD)(end - now) : 0;
        DWORD woken =
            MsgWaitForMultipleObjectsEx(1, &handle, left, QS_ALLINPUT, MWMO_INPUTAVAILABLE);
        if (woken == WAIT_OBJECT_0)
            return TRUE;
        if (woken != WAIT_OBJECT_0 + 1)
            return FALSE;
        MSG message;
        while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE) > 0)
            DispatchMessageW(&message);
    }
}

/* A pipe whose read end can be waited for; anonymous pipes cannot. */
static BOOL make_output(HANDLE *ours, HANDLE *theirs)
{
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    wchar_t name[64];

    swprintf(name, 64, L"\\\\.\\pipe\\copydata.spec.%lu.%p", GetCurrentProcessId(), (void *)ours);
    *ours = CreateNamedPipeW(name, PIPE_ACCESS_INBOUND | FILE_FLAG_OVERLAPPED, PIPE_TYPE_BYTE, 1,
                             LINE_MAX, LINE_MAX, 0, NULL);
    if (*ours == INVALID_HANDLE_VALUE)
        return FALSE;
    *theirs = CreateFileW(name, GENERIC_WRITE, 0, &inherit, OPEN_EXISTING, 0, NULL);
    return *theirs != INVALID_HANDLE_VALUE;
}

/* A file that a child may write; NULL when it cannot be made. */
static HANDLE make_file(const char *name)
{
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    wchar_t wide[MAX_PATH];
    HANDLE file = INVALID_HANDLE_VALUE;

    if (MultiByteToWideChar(CP_UTF8, 0, name, -1, wide, MAX_PATH) != 0)
        file = CreateFileW(wide, GENERIC_WRITE, FILE_SHARE_READ, &inherit, CREATE_ALWAYS, 0, NULL);
    return file != INVALID_HANDLE_VALUE ? file : NULL;
}

/* spawn(command line [, own console [, file for its standard error]]) -> process */
static int spawn(lua_State *L)
{
    wchar_t command[8192];
    const char *text = luaL_checkstring(L, 1);
    BOOL console = lua_toboolean(L, 2);
    const char *errors = luaL_optstring(L, 3, NULL);
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    STARTUPINFOW startup = {.cb = sizeof startup, .dwFlags = STARTF_USESTDHANDLES};
    PROCESS_INFORMATION made;
    process *p = lua_newuserdatauv(L, sizeof *p, 0);

    memset(p, 0, sizeof *p);
    luaL_setmetatable(L, PROCESS_TYPE);
    if (MultiByteToWideChar(CP_UTF8, 0, text, -1, command, 8192) == 0)
        return fail(L, "MultiByteToWideChar");
    if (!CreatePipe(&startup.hStdInput, &p->input, &inherit, 0))
        return fail(L, "CreatePipe");
    SetHandleInformation(p->input, HANDLE_FLAG_INHERIT, 0);
    if (!make_output(&p->output, &startup.hStdOutput))
        return fail(L, "CreateNamedPipe");
    startup.hStdError = errors != NULL ? make_file(errors) : GetStdHandle(STD_ERROR_HANDLE);
    if (startup.hStdError == NULL && errors != NULL)
        return fail(L, "CreateFile");
    p->arrived = CreateEventW(NULL, TRUE, FALSE, NULL);
    BOOL ok = start_process(command, console ? CREATE_NEW_CONSOLE : 0, &startup, &made);
    DWORD error = GetLastError();
    CloseHandle(startup.hStdInput);
    CloseHandle(startup.hStdOutput);
    if (errors != NULL)
        CloseHandle(startup.hStdError);
    if (!ok) {
        SetLastError(error);
        return fail(L, "CreateProcess");
    }
    CloseHandle(made.hThread);
    p->handle = made.hProcess;
    p->pid = made.dwProcessId;
    return 1;
}

static int process_pid(lua_State *L)
{
    lua_pushinteger(L, check(L)->pid);
    return 1;
}

/* process:write(bytes) -> whether the child still reads */
static int process_write(lua_State *L)
{
    process *p = check(L);
    size_t size;
    const char *bytes = luaL_checklstring(L, 2, &size);
    DWORD written;

    lua_pushboolean(L, WriteFile(p->input, bytes, (DWORD)size, &written, NULL));
    return 1;
}

/* process:finish(): the child's standard input ends */
static int process_finish(lua_State *L)
{
    shut(&check(L)->input);
    return 0;
}

/* process:close_output(): stops reading the child's output */
static int process_close_output(lua_State *L)
{
    shut(&check(L)->output);
    return 0;
}

/* Takes a line from the bytes read; false when there is none yet. */
static BOOL take_line(lua_State *L, process *p)
{
    const char *newline = memchr(p->bytes, '\n', p->size);

    if (newline == NULL)
        return FALSE;
    size_t length = (size_t)(newline - p->bytes);
    lua_pushlstring(L, p->bytes, length > 0 && newline[-1] == '\r' ? length - 1 : length);
    p->size -= length + 1;
    memmove(p->bytes, newline + 1, p->size);
    return TRUE;
}

/* process:line(seconds) -> line | nil, "timeout" | nil, "end" */
static int process_line(lua_State *L)
{
    process *p = check(L);
    double seconds = luaL_checknumber(L, 2);

    while (!take_line(L, p)) {
        OVERLAPPED overlapped = {.hEvent = p->arrived};
        DWORD got = 0;
        if (p->size == sizeof p->bytes)
            return luaL_error(L, "the child's line is too long");
        BOOL ok = ReadFile(p->output, p->bytes + p->size, (DWORD)(sizeof p->bytes - p->size), NULL,
                           &overlapped);
        /* A read that fails at once, as at the end, is not pending: nothing would end a wait for
         * it. */
        BOOL started = ok || GetLastError() == ERROR_IO_PENDING;
        if (!ok && started && !wait_pumping(p->arrived, seconds)) {
            CancelIo(p->output);
            GetOverlappedResult(p->output, &overlapped, &got, TRUE);
            p->size += got;
            if (take_line(L, p))
                return 1;
            lua_pushnil(L);
            lua_pushliteral(L, "timeout");
            return 2;
        }
        if (!started || !GetOverlappedResult(p->output, &overlapped, &got, TRUE) || got == 0) {
            lua_pushnil(L);
            lua_pushliteral(L, "end");
            return 2;
        }
        p->size += got;
    }
    return 1;
}

/* process:wait(seconds) -> exit status | nil if it still runs */
static int process_wait(lua_State *L)
{
    process *p = check(L);
    DWORD status;

    if (!wait_pumping(p->handle, luaL_checknumber(L, 2)))
        return 0;
    GetExitCodeProcess(p->handle, &status);
    lua_pushinteger(L, status);
    return 1;
}

/* process:kill(): ends it without a chance to clean up, and waits until it has ended */
static int process_kill(lua_State *L)
{
    process *p = check(L);

    TerminateProcess(p->handle, 137);
    WaitForSingleObject(p->handle, INFINITE);
    return 0;
}

/* terminate(pid, seconds) -> whether it succeeded: kills a process after `seconds` */
static int terminate(lua_State *L)
{
    HANDLE handle = OpenProcess(PROCESS_TERMINATE, FALSE, (DWORD)luaL_checkinteger(L, 1));

    Sleep((DWORD)(luaL_checknumber(L, 2) * 1000.0));
    lua_pushboolean(L, TerminateProcess(handle, 137));
    shut(&handle);
    return 1;
}

/* memory() -> bytes of private memory of this process */
static int memory(lua_State *L)
{
    PROCESS_MEMORY_COUNTERS counters = {.cb = sizeof counters};

    if (!GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof counters))
        return fail(L, "GetProcessMemoryInfo");
    lua_pushinteger(L, (lua_Integer)counters.PagefileUsage);
    return 1;
}

typedef LONG(NTAPI *nt_function)(HANDLE);

static int call_nt(lua_State *L, const char *name)
{
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
    nt_function function = (nt_function)(void (*)(void))GetProcAddress(ntdll, name);

    if (function == NULL || function(check(L)->handle) != 0)
        return luaL_error(L, "%s failed", name);
    return 0;
}

static int process_suspend(lua_State *L)
{
    return call_nt(L, "NtSuspendProcess");
}

static int process_resume(lua_State *L)
{
    return call_nt(L, "NtResumeProcess");
}

/* What NtQuerySystemInformation reports about all handles of the system. */
#define ALL_HANDLES 64 /* SystemExtendedHandleInformation */
#define TOO_SHORT   ((LONG)0xC0000004)

typedef struct all_handles {
    ULONG_PTR count, reserved;
    struct {
        void *object;
        ULONG_PTR pid, handle;
        ULONG access;
        USHORT trace, type;
        ULONG attributes, reserved;
    } list[];
} all_handles;

typedef LONG(NTAPI *nt_query)(int, void *, ULONG, ULONG *);

/* Pushes how many handles a process holds. GetProcessHandleCount says 0 under Wine 8. */
static int push_handles(lua_State *L, DWORD pid)
{
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
    nt_query query = (nt_query)(void (*)(void))GetProcAddress(ntdll, "NtQuerySystemInformation");
    lua_Integer count = 0;
    ULONG size = 1u << 20;
    LONG status;

    all_handles *all = lua_newuserdatauv(L, size, 0);
    while ((status = query(ALL_HANDLES, all, size, NULL)) == TOO_SHORT) {
        size *= 2;
        all = lua_newuserdatauv(L, size, 0);
    }
    if (status != 0)
        return luaL_error(L, "NtQuerySystemInformation failed");
    for (ULONG_PTR i = 0; i < all->count; i++)
        count += all->list[i].pid == pid;
    lua_pushinteger(L, count);
    return 1;
}

/* handle_count() -> how many handles this process holds */
static int handle_count(lua_State *L)
{
    return push_handles(L, GetCurrentProcessId());
}

/* process:handles() -> how many handles it holds */
static int process_handles(lua_State *L)
{
    return push_handles(L, GetProcessId(check(L)->handle));
}

/* process:close(): kills it if it still runs */
static int process_close(lua_State *L)
{
    process *p = luaL_checkudata(L, 1, PROCESS_TYPE);

    if (p->handle != NULL && WaitForSingleObject(p->handle, 0) == WAIT_TIMEOUT) {
        TerminateProcess(p->handle, 137);
        WaitForSingleObject(p->handle, INFINITE);
    }
    shut(&p->input);
    shut(&p->output);
    shut(&p->arrived);
    shut(&p->handle);
    return 0;
}

__declspec(dllexport) int luaopen_support_process(lua_State *L);

int luaopen_support_process(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"pid", process_pid},         {"write", process_write},
        {"finish", process_finish},   {"line", process_line},
        {"wait", process_wait},       {"kill", process_kill},
        {"suspend", process_suspend}, {"resume", process_resume},
        {"handles", process_handles}, {"close_output", process_close_output},
        {"close", process_close},     {"__close", process_close},
        {"__gc", process_close},      {NULL, NULL},
    };

    luaL_newmetatable(L, PROCESS_TYPE);
    luaL_setfuncs(L, methods, 0);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    lua_newtable(L);
    lua_pushcfunction(L, spawn);
    lua_setfield(L, -2, "spawn");
    lua_pushcfunction(L, terminate);
    lua_setfield(L, -2, "terminate");
    lua_pushcfunction(L, memory);
    lua_setfield(L, -2, "memory");
    lua_pushcfunction(L, handle_count);
    lua_setfield(L, -2, "handle_count");
    lua_pushinteger(L, GetCurrentProcessId());
    lua_setfield(L, -2, "own_pid");
    return 1;
}
