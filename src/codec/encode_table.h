/* SPDX-License-Identifier: MIT */
#ifndef COPYDATA_CODEC_ENCODE_TABLE_H
#define COPYDATA_CODEC_ENCODE_TABLE_H

#include "encoder.h"

/* A table, whatever its metatable; kind says which mark it has. */
void cd_encode_fields(cd_encoder *e, const cd_where *up, unsigned depth, int at, cd_kind kind);

#endif
