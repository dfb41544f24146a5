/* SPDX-License-Identifier: MIT
 *
 * For specs only: Lua states in threads of one process. require "support.threads"
 */
#include "state.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

#define THREADS_MOST 32

typedef struct job {
    lua_Integer number;
    size_t most;         /* largest block that its state gets, in bytes */
    lua_Integer granted; /* blocks that it still gets; negative: any number */
    const char *script;
    const char *arguments[8];
    int count;
} job;

static void *allocate(void *context, void *block, size_t old_size, size_t size)
{
    job *j = context;

    if (size == 0) {
        free(block);
        return NULL;
    }
    if (block == NULL || size > old_size) {
        if (size > j->most || j->granted == 0)
            return NULL;
        if (j->granted > 0)
            j->granted--;
    }
    return realloc(block, size);
}

/* grant([count]): the state gets so many more blocks, and then none; without a count, any number */
static int grant(lua_State *L)
{
    job *j = lua_touserdata(L, lua_upvalueindex(1));

    j->granted = luaL_optinteger(L, 1, -1);
    return 0;
}

static DWORD WINAPI work(LPVOID parameter)
{
    job *j = parameter;
    lua_State *L = new_state(allocate, j);
    int status;

    luaL_openlibs(L);
    lua_pushlightuserdata(L, j);
    lua_pushcclosure(L, grant, 1);
    lua_setglobal(L, "grant");
    status = luaL_loadfile(L, j->script);
    if (status == LUA_OK) {
        lua_pushinteger(L, j->number);
        for (int i = 0; i < j->count; i++)
            lua_pushstring(L, j->arguments[i]);
        status = lua_pcall(L, j->count + 1, 0, 0);
    }
    if (status != LUA_OK)
        fprintf(stderr, "thread %d: %s\n", (int)j->number, lua_tostring(L, -1));
    lua_close(L);
    return status != LUA_OK;
}

/* Runs the script at argument 2 in `count` threads, with the strings after it. */
static int run_all(lua_State *L, lua_Integer count, size_t most)
{
    job jobs[THREADS_MOST];
    HANDLE threads[THREADS_MOST];
    lua_Integer failed = 0;

    luaL_argcheck(L, lua_gettop(L) <= 10, 11, "too many arguments");
    for (lua_Integer i = 0; i < count; i++) {
        jobs[i] =
            (job){.number = i + 1, .most = most, .granted = -1, .script = luaL_checkstring(L, 2)};
        for (int argument = 3; argument <= lua_gettop(L); argument++)
            jobs[i].arguments[jobs[i].count++] = luaL_checkstring(L, argument);
    }
    for (lua_Integer i = 0; i < count; i++)
        threads[i] = CreateThread(NULL, 0, work, &jobs[i], 0, NULL);
    for (lua_Integer i = 0; i < count; i++) {
        DWORD status = 1;
        WaitForSingleObject(threads[i], INFINITE);
        GetExitCodeThread(threads[i], &status);
        CloseHandle(threads[i]);
        failed += (lua_Integer)status;
    }
    lua_pushinteger(L, failed);
    return 1;
}

/*
 * run(count, script, ...) -> in how many threads the script raised
 * Runs a script in `count` threads at once, each with its own state, and waits for them to end. The
 * script gets the thread's number, from 1, and the strings, and can call `grant`.
 */
static int run(lua_State *L)
{
    lua_Integer count = luaL_checkinteger(L, 1);

    luaL_argcheck(L, count >= 1 && count <= THREADS_MOST, 1, "1 to 32 threads");
    return run_all(L, count, (size_t)-1);
}

/* run_short(most, script, ...): the same in one thread, whose state gets no blocks above `most`
 * bytes */
static int run_short(lua_State *L)
{
    return run_all(L, 1, (size_t)luaL_checkinteger(L, 1));
}

__declspec(dllexport) int luaopen_support_threads(lua_State *L);

int luaopen_support_threads(lua_State *L)
{
    lua_newtable(L);
    lua_pushcfunction(L, run);
    lua_setfield(L, -2, "run");
    lua_pushcfunction(L, run_short);
    lua_setfield(L, -2, "run_short");
    return 1;
}
