/* SPDX-License-Identifier: MIT */
#ifndef COPYDATA_CODEC_UNPACK_EXT_H
#define COPYDATA_CODEC_UNPACK_EXT_H

#include "decoder.h"

/* The result of reading an ext. */
typedef enum cd_ext_result {
    CD_EXT_FAILED,
    CD_EXT_PUSHED, /* its value is pushed */
    CD_EXT_OPENS   /* nothing is pushed: d->payload is a table of fields, to read as a value */
} cd_ext_result;

/* Reads any ext. as_key: it becomes a map key, so nil and NaN are refused. [-0, +(0|1), m] */
cd_ext_result cd_decoder_ext(cd_decoder *d, int type, const char *payload, size_t length,
                             bool as_key);

/* The table of fields of an object of that type is on the stack, above the limit to return to, and
 * the bytes are read up to `offset`: sets the table's metatable, and moves it to the limit's place.
 * On failure records the error. [-1, +0, m] */
bool cd_decoder_object(cd_decoder *d, int type, size_t offset);

#endif
