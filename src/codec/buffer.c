/* SPDX-License-Identifier: MIT */
#include "buffer.h"

#include <lauxlib.h>

#include <stdint.h>

enum {
    FIRST_CAPACITY = 512,
    KEPT_CAPACITY = 64 * 1024, /* never given back */
    PATIENCE = 16              /* uses below a quarter of the room until it shrinks */
};

static void release(cd_buffer *buffer)
{
    if (buffer->bytes != NULL)
        buffer->alloc(buffer->alloc_data, buffer->bytes, buffer->capacity, 0);
    buffer->bytes = NULL;
    buffer->capacity = 0;
    buffer->size = 0;
}

static int collect(lua_State *L)
{
    release(luaL_checkudata(L, 1, CD_BUFFER_TYPE));
    return 0;
}

/* Pushes the metatable of buffers. It enters the registry only when complete: one without __gc,
 * left by an error in between, would leak memory. */
static void push_metatable(lua_State *L)
{
    if (luaL_getmetatable(L, CD_BUFFER_TYPE) == LUA_TTABLE)
        return;
    lua_pop(L, 1);
    lua_createtable(L, 0, 2);
    lua_pushliteral(L, CD_BUFFER_TYPE);
    lua_setfield(L, -2, "__name");
    lua_pushcfunction(L, collect);
    lua_setfield(L, -2, "__gc");
    lua_pushvalue(L, -1);
    lua_setfield(L, LUA_REGISTRYINDEX, CD_BUFFER_TYPE);
}

cd_buffer *cd_buffer_push(lua_State *L)
{
    cd_buffer *buffer = lua_newuserdatauv(L, sizeof *buffer, 0);
    memset(buffer, 0, sizeof *buffer);
    buffer->alloc = lua_getallocf(L, &buffer->alloc_data);
    push_metatable(L);
    lua_setmetatable(L, -2);
    return buffer;
}

cd_buffer *cd_buffer_kept(lua_State *L, int kept)
{
    cd_buffer *buffer = lua_touserdata(L, kept);
    if (buffer == NULL || buffer->busy) {
        buffer = cd_buffer_push(L);
        lua_replace(L, kept);
        return buffer;
    }
    if (buffer->capacity <= KEPT_CAPACITY || buffer->size > buffer->capacity / 4)
        buffer->idle = 0;
    else if (++buffer->idle == PATIENCE)
        release(buffer);
    buffer->size = 0;
    return buffer;
}

cd_buffer *cd_buffer_take(lua_State *L, int kept)
{
    cd_buffer *buffer = cd_buffer_kept(L, kept);
    lua_pushvalue(L, kept);
    return buffer;
}

void cd_buffer_grow(lua_State *L, cd_buffer *buffer, size_t more)
{
    char *bytes = NULL;
    size_t capacity = buffer->capacity;
    if (more <= SIZE_MAX / 4 - buffer->size) {
        capacity = capacity < FIRST_CAPACITY ? FIRST_CAPACITY : capacity * 2;
        if (capacity < buffer->size + more)
            capacity = buffer->size + more;
        bytes = buffer->alloc(buffer->alloc_data, buffer->bytes, buffer->capacity, capacity);
    }
    if (bytes == NULL) {
        lua_pushliteral(L, "not enough memory");
        lua_error(L);
    }
    buffer->bytes = bytes;
    buffer->capacity = capacity;
}
