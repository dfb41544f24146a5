/* SPDX-License-Identifier: MIT
 *
 * Bytes that grow, in a block that a full userdata owns: whatever is raised while they are
 * written, the collector gets them back. The memory is the Lua state's own allocator's.
 */
#ifndef COPYDATA_CODEC_BUFFER_H
#define COPYDATA_CODEC_BUFFER_H

#include <lua.h>

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define CD_BUFFER_TYPE "copydata.buffer" /* the name of its userdata, for luaL_checkudata */

typedef struct cd_buffer {
    char *bytes;     /* NULL while capacity is 0 */
    size_t size;     /* bytes written */
    size_t capacity; /* bytes there is room for */
    unsigned idle;   /* uses in a row that left most of the room empty */
    bool busy;       /* an encoder that is inside Lua code writes here: hands off */
    lua_Alloc alloc;
    void *alloc_data;
} cd_buffer;

/* Pushes a new, empty buffer. It lives as long as its userdata. [-0, +1, m] */
cd_buffer *cd_buffer_push(lua_State *L);

/* The buffer that is kept at the pseudo-index or absolute index kept, emptied; one is made and put
 * there when there is nil or a busy buffer. A buffer is found busy when encoding called a
 * metamethod that encodes in turn, or raised there: its block must not move, so the newcomer gets
 * another, and the old one is collected when nobody uses it any more.
 * The room one huge message took is given back after some messages that do not need it.
 * [-0, +0, m] */
cd_buffer *cd_buffer_kept(lua_State *L, int kept);

/* The same, pushed, so that it stays although another is put in its place. [-0, +1, m] */
cd_buffer *cd_buffer_take(lua_State *L, int kept);

/* Makes room for at least more bytes behind size. Raises "not enough memory"; the content stays.
 * [-0, +0, m] */
void cd_buffer_grow(lua_State *L, cd_buffer *buffer, size_t more);

/* Where the next byte goes, with room for more bytes. The caller adds to size what it wrote. The
 * pointer is good until the buffer grows again. [-0, +0, m] */
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
