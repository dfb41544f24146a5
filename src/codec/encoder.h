/* SPDX-License-Identifier: MIT
 *
 * The encoder's parts to each other: encode.c begins, ends and writes values that are not tables;
 * encode_table.c writes tables, sorted.c maps in order, objects.c what has a metatable of its own,
 * graph.c shared tables. Each may find values inside that any other is for.
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

/* It writes behind buffer->size and adds to it only at the end, so an error, which leaves by
 * longjmp, leaves the buffer as it was. */
typedef struct cd_encoder {
    lua_State *L;
    cd_buffer *buffer;
    cd_packer packer; /* where the next byte goes, in the buffer's block */
    const char *end;  /* of the block */
    const cd_encode_options *options;
    cd_codec *codec;
    int home;      /* index of the codec's home, or a pseudo-index */
    int kept;      /* pseudo-index where the buffer is, and nowhere else; 0: its owner sees to it */
    int graph;     /* stack index of what graph.c knows; 0: references are off */
    bool defining; /* the next table is written, not referred to, though it is shared */
} cd_encoder;

/* What cd_encode does, for functions that have the home at hand, at an absolute or a pseudo-index. The
 * value is on top of the stack, at the index at. kept: where the buffer is kept, when that is a
 * pseudo-index and the buffer is not on the stack; else 0. [-0, +n, v] */
void cd_encode_with(lua_State *L, int at, cd_buffer *buffer, int kept,
                    const cd_encode_options *options, int home, cd_codec *codec);

/* For all below: the value is on top of the stack and stays there; up is the table it is in, depth
 * how many it is in. [-0, +0, v] */

/* Any value. */
void cd_encode_value(cd_encoder *e, const cd_where *up, unsigned depth);

/* A value of that type, neither string nor number, whose index is at. */
void cd_encode_other(cd_encoder *e, const cd_where *up, unsigned depth, int at, int type);

/* The bytes of a string: as str if they are UTF-8, else as bin. */
void cd_encode_text(cd_encoder *e, const cd_where *up, const char *bytes, size_t length);

/* A table whose index is at. */
void cd_encode_table(cd_encoder *e, const cd_where *up, unsigned depth, int at);

/* A table, whatever its metatable; kind says which mark it has. */
void cd_encode_fields(cd_encoder *e, const cd_where *up, unsigned depth, cd_kind kind);

/* A table or userdata that has a metatable, but none of the codec's. */
void cd_encode_object(cd_encoder *e, const cd_where *up, unsigned depth);

/* The key of a map, below its value, which is on top of the stack. Returns whether it counts as a key
 * that is not a string. */
bool cd_encode_key(cd_encoder *e, cd_where *here, unsigned depth);

/* The pairs of the table at here->table, in the order of their keys' bytes; returns how many. Pops what
 * is above the table. */
size_t cd_encode_sorted(cd_encoder *e, cd_where *here, unsigned depth);

/* Encodes the value as a graph, if any table in it is shared. False, with nothing written, if none
 * is. Leaves what it knows of the graph on the stack, for the functions below. [-0, +n, v] */
bool cd_encode_graph(cd_encoder *e);

/* Writes a reference in place of the table, if it is shared. False: it is to be written itself. */
bool cd_encode_reference(cd_encoder *e);

/* What metatables say. Each pushes what it finds; or nothing, and returns false. [-0, +(0|1), v] */
bool cd_object_registration(const cd_encoder *e);                 /* a table, see codec.h */
bool cd_object_replacement(cd_encoder *e, const cd_where *where); /* what __msgpack returns */
bool cd_graph_replacement(cd_encoder *e, const cd_where *where);  /* the same, called but once */

/* Bytes written so far, and room for more. */
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

/* Room on Lua's stack for CD_LEVELS levels, the last of them with a batch. Also asked for by what takes
 * more than a level does: then the next levels have theirs all the same. */
static inline void cd_encode_room(cd_encoder *e)
{
    luaL_checkstack(e->L, CD_LEVELS_ROOM + CD_BATCH, NULL);
}

void cd_encode_grow(cd_encoder *e, size_t more);

static inline void cd_encode_reserve(cd_encoder *e, size_t more)
{
    if ((size_t)(e->end - e->packer.at) < more)
        cd_encode_grow(e, more);
}

/* For a header that is known only behind its content: moves the content, which starts at position +
 * reserved, to position + needed. */
void cd_encode_move(cd_encoder *e, size_t position, size_t reserved, size_t needed);

/* The header at position of an ext whose payload is all that was written from CD_EXT_RESERVED bytes
 * behind it on. */
enum { CD_EXT_RESERVED = 3 };
void cd_encode_ext_header(cd_encoder *e, const cd_where *up, size_t position, int type);

#endif
