/* SPDX-License-Identifier: MIT
 *
 * For specs only: threads N SCRIPT [ARGS] runs a script in N threads at once, each with a Lua state
 * of its own. The script gets the thread's number, from 1, before the ARGS. Exits with the number
 * of threads in which it raised.
 */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

#define THREADS_MOST 32

typedef struct job {
    int number;
    int argc;
    char **argv; /* the script, then its arguments */
} job;

static DWORD WINAPI work(LPVOID parameter)
{
    const job *j = parameter;
    lua_State *L = luaL_newstate();
    int status;

    luaL_openlibs(L);
    status = luaL_loadfile(L, j->argv[0]);
    if (status == LUA_OK) {
        lua_pushinteger(L, j->number);
        for (int i = 1; i < j->argc; i++)
            lua_pushstring(L, j->argv[i]);
        status = lua_pcall(L, j->argc, 0, 0);
    }
    if (status != LUA_OK)
        fprintf(stderr, "thread %d: %s\n", j->number, lua_tostring(L, -1));
    lua_close(L);
    return status != LUA_OK;
}

int main(int argc, char **argv)
{
    int count = argc > 2 ? atoi(argv[1]) : 0;
    HANDLE threads[THREADS_MOST];
    job jobs[THREADS_MOST];
    int failed = 0;

    if (count < 1 || count > THREADS_MOST) {
        fprintf(stderr, "usage: threads N SCRIPT [ARGS], N up to %d\n", THREADS_MOST);
        return 255;
    }
    for (int i = 0; i < count; i++) {
        jobs[i] = (job){i + 1, argc - 2, argv + 2};
        threads[i] = CreateThread(NULL, 0, work, &jobs[i], 0, NULL);
    }
    for (int i = 0; i < count; i++) {
        DWORD status = 1;
        WaitForSingleObject(threads[i], INFINITE);
        GetExitCodeThread(threads[i], &status);
        failed += (int)status;
    }
    return failed;
}
