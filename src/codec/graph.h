/* SPDX-License-Identifier: MIT
 *
 * Shared tables and cycles: with the option refs, a table that occurs again becomes a reference.
 */
#ifndef COPYDATA_CODEC_GRAPH_H
#define COPYDATA_CODEC_GRAPH_H

#include "encoder.h"

/* Encodes the value as a graph, if any table in it is shared. If none is, returns false and writes
 * nothing. Leaves the graph's state on the stack, for the functions below, and the value again
 * above it. [-0, +n, v] */
bool cd_encode_graph(cd_encoder *e);

/* In a graph: writes a reference in place of the table, if it is shared. False: write the table
 * itself. */
bool cd_graph_reference(cd_encoder *e);

/* The same at any time. Inline, because every table comes through here. */
static inline bool cd_encode_reference(cd_encoder *e)
{
    return e->graph != 0 && cd_graph_reference(e);
}

/* Pushes what the value's __msgpack returns (see objects.h); in a graph calls it only once for each
 * object. [-0, +(0|1), v] */
bool cd_graph_replacement(cd_encoder *e, const cd_where *where);

#endif
