/* SPDX-License-Identifier: MIT
 *
 * Bytes that grow, in a block owned by a full userdata: if an error is raised while they are
 * written, the collector frees them. The memory comes from the Lua state's own allocator.
 */
#ifndef COPYDATA_CODEC_BUFFER_H
#define COPYDATA_CODEC_BUFFER_H

#include <lua.h>

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define CD_BUFFER_TYPE "copydata.buffer" /* the type name of its userdata, for luaL_checkudata */

typedef struct cd_buffer {
    char *bytes;     /* NULL while capacity is 0 */
    size_t size;     /* bytes written */
    size_t capacity; /* room, in bytes */
    unsigned idle;   /* consecutive uses that left most of the room empty */
    bool busy;       /* an encoder now running Lua code is writing here: do not touch */
    lua_Alloc alloc;
    void *alloc_data;
} cd_buffer;

/* Pushes a new, empty buffer. It lives as long as its userdata. [-0, +1, m] */
cd_buffer *cd_buffer_push(lua_State *L);

/* Empties and returns the buffer kept at the pseudo-index or absolute index `kept`; makes one and
 * stores it there if there is nil or a busy buffer. A buffer is busy if encoding into it called a
 * metamethod that encodes in turn, or that raised: its block must not move, so the new call gets
 * another, and the old one is collected when unused. Gives back the room of one huge message after
 * some messages that do not need it. [-0, +0, m] */
cd_buffer *cd_buffer_kept(lua_State *L, int kept);

/* The same, and pushes it, so that it stays alive if another replaces it. [-0, +1, m] */
cd_buffer *cd_buffer_take(lua_State *L, int kept);

/* Makes room for at least `more` bytes after `size`. Raises "not enough memory"; the content stays.
 * [-0, +0, m] */
void cd_buffer_grow(lua_State *L, cd_buffer *buffer, size_t more);

/* Where the next byte goes, with room for `more` bytes. The caller adds what it wrote to `size`.
 * The pointer is valid until the buffer grows again. [-0, +0, m] */
static inline char *cd_buffer_reserve(lua_State *L, cd_buffer *buffer, size_t more)
{
    if (buffer->capacity - buffer->size < more)
        cd_buffer_grow(L, buffer, more);
    return buffer->bytes + buffer->size;
}

static inline void cd_buffer_write(lua_State *L, cd_buffer *buffer, const void *bytes, size_t size)
{
    char *at = cd_buffer_reserve(L, buffer, size);
    if (size != 0)
        memcpy(at, bytes, size);
    buffer->size += size;
}

#endif
