/* SPDX-License-Identifier: MIT */
#ifndef COPYDATA_CODEC_UNPACK_H
#define COPYDATA_CODEC_UNPACK_H

#include "decoder.h"

/* Calls `use` with an uninitialized decoder, followed by the template's stack; returns its
 * result. */
bool cd_with_decoder(bool (*use)(cd_decoder *d, void *argument), void *argument);

/* Pushes the value at *offset and moves *offset past it. On failure records the error, returns
 * false, leaves anything on the stack, and *offset shows where. [-0, +1, m] */
bool cd_decoder_read(cd_decoder *d, size_t *offset);

#endif
