/* SPDX-License-Identifier: MIT
 *
 * starved SCRIPT [SCRIPT]: runs a Lua script with too little memory. First the first allocation
 * fails and all later ones, then those from the second on, until the script succeeds; then every
 * second allocation fails, every third and so on. A run may end with "not enough memory" and no
 * other error; the Lua state must stay usable after it, and all memory must be freed. The second
 * script runs once, with enough memory. In neither may anything be written past a block: past Lua's
 * stack, by pushing more than there is room for.
 */
#include "state.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PERIODS = 300, /* the rarest failures tried */
    GUARD = 256,   /* bytes after each block, */
    GUARD_BYTE = 0xa5
};

typedef struct supply {
    size_t used;    /* bytes allocated and not freed */
    long requested; /* allocations asked for so far */
    long last;      /* the last that is granted; 0: there is none */
    long period;    /* every nth fails; 0: none */
} supply;

static void check_guard(const unsigned char *block, size_t size)
{
    for (int i = 0; i < GUARD; i++) {
        if (block[size + (size_t)i] != GUARD_BYTE) {
            fprintf(stderr, "written %d bytes behind a block of %zu\n", i, size);
            abort();
        }
    }
}

static void *provide(void *data, void *block, size_t old_size, size_t size)
{
    supply *s = data;
    if (block == NULL)
        old_size = 0; /* it is a Lua type then */
    else
        check_guard(block, old_size);
    if (size == 0) {
        free(block);
        s->used -= old_size;
        return NULL;
    }
    if (size > old_size) {
        s->requested++;
        if ((s->last != 0 && s->requested > s->last) ||
            (s->period != 0 && s->requested % s->period == 0))
            return NULL;
    }
    unsigned char *result = realloc(block, size + GUARD);
    if (result == NULL)
        return NULL;
    memset(result + size, GUARD_BYTE, GUARD);
    s->used += size - old_size;
    return result;
}

static int fail(const supply *s, const char *what, const char *why)
{
    fprintf(stderr, "memory ends after %ld, fails every %ld: %s: %s\n", s->last, s->period, what,
            why != NULL ? why : "?");
    return 1;
}

static int run(lua_State *L)
{
    const char *script = lua_touserdata(L, 1);
    luaL_openlibs(L);
    if (luaL_loadfile(L, script) != LUA_OK)
        lua_error(L);
    lua_call(L, 0, 0);
    return 0;
}

static int protected_run(lua_State *L, char *script)
{
    lua_pushcfunction(L, run);
    lua_pushlightuserdata(L, script);
    return lua_pcall(L, 1, 0, 0);
}

/* One run; sets *through if memory sufficed. */
static int attempt(char *script, long last, long period, int *through)
{
    supply s = {0, 0, last, period};
    lua_State *L = new_state(provide, &s);
    if (L == NULL)
        return s.used == 0 ? 0 : fail(&s, "bytes lost", "by lua_newstate");
    int failed = 0;
    int status = protected_run(L, script);
    *through = status == LUA_OK;
    /* lack of memory inside require is an ordinary error with that message */
    const char *message = *through ? "" : lua_tostring(L, -1);
    if (!*through && (message == NULL || strstr(message, "not enough memory") == NULL))
        failed = fail(&s, "another error", message);
    lua_settop(L, 0);
    s.last = s.period = 0;
    if (!failed && protected_run(L, script) != LUA_OK)
        failed = fail(&s, "not usable afterwards", lua_tostring(L, -1));
    lua_close(L);
    return !failed && s.used != 0 ? fail(&s, "bytes lost", "") : failed;
}

int main(int count, char **arguments)
{
    if (count < 2 || count > 3) {
        fputs("starved SCRIPT [SCRIPT]\n", stderr);
        return 2;
    }
    int through = 0;
    long last = 1;
    for (; !through; last++)
        if (attempt(arguments[1], last, 0, &through) != 0)
            return 1;
    int survived = 0;
    for (long period = 2; period <= PERIODS; period++) {
        if (attempt(arguments[1], 0, period, &through) != 0)
            return 1;
        survived += through;
    }
    if (count == 3 && (attempt(arguments[2], 0, 0, &through) != 0 || !through))
        return 1;
    printf("%ld allocations suffice; got through %d of %d times when some failed\n", last - 1,
           survived, PERIODS - 1);
    return 0;
}
