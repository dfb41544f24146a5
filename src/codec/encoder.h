/* SPDX-License-Identifier: MIT
 *
 * The encoder's state, and its output. The files that encode, from the bottom: encode_leaf.c values
 * that contain no others; objects.c what metatables define; graph.c shared tables; encode_key.c,
 * sorted.c and encode_table.c tables; encode.c any value.
 *
 * In all functions named cd_encode_...: the value is on top of the stack and stays there; `up` is
 * the table that contains it, `depth` the number of tables around it, `at` its index. [-0, +0, v]
 */
#ifndef COPYDATA_CODEC_ENCODER_H
#define COPYDATA_CODEC_ENCODER_H

#include <lauxlib.h>
#include <lua.h>

#include <stdbool.h>
#include <stddef.h>

#include "mp/pack.h"
#include "buffer.h"
#include "codec.h"
#include "msgpack.h"
#include "where.h"

/* It writes after buffer->size and adds to it only at the end, so that an error, which leaves by
 * longjmp, leaves the buffer unchanged. */
typedef struct cd_encoder cd_encoder;
struct cd_encoder {
    lua_State *L;
    cd_buffer *buffer;
    cd_packer packer; /* where the next byte goes, in the buffer's block */
    const char *end;  /* of the block */
    const cd_encode_options *options;
    cd_codec *codec;
    int home;      /* index of the codec's home, or a pseudo-index */
    int kept;      /* pseudo-index of the only reference to the buffer; 0: its owner keeps it */
    int graph;     /* stack index of graph.c's state; 0: references are off */
    bool defining; /* write the next table in full, even if it is shared */

    /* Encodes a value of that type, LUA_TTABLE or above, which may contain others. It is a function
     * of encode.c, which stands above the files that call it. */
    void (*nested)(cd_encoder *e, const cd_where *up, unsigned depth, int at, int type);
};

/* Bytes written so far. */
static inline size_t cd_written(const cd_encoder *e)
{
    return (size_t)(e->packer.at - (e->buffer->bytes + e->buffer->size));
}

static inline char *cd_written_at(const cd_encoder *e, size_t position)
{
    return e->buffer->bytes + e->buffer->size + position;
}

/* Elements of an array that are on the stack at once. */
enum { CD_BATCH = 8 };

/* Makes room on Lua's stack for CD_LEVELS levels, the last of them with a batch. Code that needs
 * more slots than a level also asks: then the next levels still have theirs. */
static inline void cd_encode_room(cd_encoder *e)
{
    luaL_checkstack(e->L, CD_LEVELS_ROOM + CD_BATCH, NULL);
}

void cd_encode_grow(cd_encoder *e, size_t more);

/* Makes room for that many more bytes. */
static inline void cd_encode_reserve(cd_encoder *e, size_t more)
{
    if ((size_t)(e->end - e->packer.at) < more)
        cd_encode_grow(e, more);
}

/* For a header known only after its content: moves the content from position + reserved to position
 * + needed. */
void cd_encode_move(cd_encoder *e, size_t position, size_t reserved, size_t needed);

/* Writes at `position` the header of an ext whose payload is everything written from
 * CD_EXT_RESERVED bytes after it. */
enum { CD_EXT_RESERVED = 3 };
void cd_encode_ext_header(cd_encoder *e, const cd_where *up, size_t position, int type);

#endif
