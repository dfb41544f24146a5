/* SPDX-License-Identifier: MIT
 *
 * Maps in an order independent of Lua's: that of the bytes of their encoded keys.
 */
#ifndef COPYDATA_CODEC_SORTED_H
#define COPYDATA_CODEC_SORTED_H

#include "encoder.h"

/* Writes the pairs of the table at here->table; returns how many. Pops everything above the
 * table. */
size_t cd_encode_sorted(cd_encoder *e, cd_where *here, unsigned depth);

#endif
