/* SPDX-License-Identifier: MIT
 *
 * The encoder's internal interface: encode.c starts, finishes and writes values that are not
 * tables; encode_table.c writes tables, sorted.c maps in order, objects.c values with a metatable
 * of their own, graph.c shared tables. Each may meet nested values that any other part handles.
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
typedef struct cd_encoder {
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
} cd_encoder;

/* cd_encode for functions that have the home, at an absolute or pseudo-index. The value is on top
 * of the stack, at the index `at`. kept: where the buffer is kept, if that is a pseudo-index and
 * the buffer is not on the stack; else 0. [-0, +n, v] */
void cd_encode_with(lua_State *L, int at, cd_buffer *buffer, int kept,
                    const cd_encode_options *options, int home, cd_codec *codec);

/* For all below: the value is on top of the stack and stays there; `up` is the table that contains
 * it, `depth` the number of tables around it. [-0, +0, v] */

/* Any value. */
void cd_encode_value(cd_encoder *e, const cd_where *up, unsigned depth);

/* A value of that type, neither string nor number, at index `at`. */
void cd_encode_other(cd_encoder *e, const cd_where *up, unsigned depth, int at, int type);

/* The bytes of a string: as str if they are UTF-8, else as bin. */
void cd_encode_text(cd_encoder *e, const cd_where *up, const char *bytes, size_t length);

/* A table at index `at`. */
void cd_encode_table(cd_encoder *e, const cd_where *up, unsigned depth, int at);

/* A table, whatever its metatable; kind says which mark it has. */
void cd_encode_fields(cd_encoder *e, const cd_where *up, unsigned depth, cd_kind kind);

/* A table or userdata with a metatable that is not one of the codec's. */
void cd_encode_object(cd_encoder *e, const cd_where *up, unsigned depth);

/* The key of a map, below its value, which is on top of the stack. Returns whether it counts as a
 * key that is not a string. */
bool cd_encode_key(cd_encoder *e, cd_where *here, unsigned depth);

/* The pairs of the table at here->table, in the order of their keys' bytes; returns how many. Pops
 * everything above the table. */
size_t cd_encode_sorted(cd_encoder *e, cd_where *here, unsigned depth);

/* Encodes the value as a graph, if any table in it is shared. If none is, returns false and writes
 * nothing. Leaves the graph's state on the stack, for the functions below. [-0, +n, v] */
bool cd_encode_graph(cd_encoder *e);

/* Writes a reference in place of the table, if it is shared. False: write the table itself. */
bool cd_encode_reference(cd_encoder *e);

/* What metatables define. Each pushes what it finds; or pushes nothing and returns false. [-0,
 * +(0|1), v] */
bool cd_object_registration(const cd_encoder *e);                 /* a table, see codec.h */
bool cd_object_replacement(cd_encoder *e, const cd_where *where); /* what __msgpack returns */
bool cd_graph_replacement(cd_encoder *e, const cd_where *where);  /* the same, called only once */

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

/* Makes room on Lua's stack for CD_LEVELS levels, the last of them with a batch. Code that needs
 * more slots than a level also asks: then the next levels still have theirs. */
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

/* For a header known only after its content: moves the content from position + reserved to position
 * + needed. */
void cd_encode_move(cd_encoder *e, size_t position, size_t reserved, size_t needed);

/* Writes at `position` the header of an ext whose payload is everything written from
 * CD_EXT_RESERVED bytes after it. */
enum { CD_EXT_RESERVED = 3 };
void cd_encode_ext_header(cd_encoder *e, const cd_where *up, size_t position, int type);

#endif
