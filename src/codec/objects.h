/* SPDX-License-Identifier: MIT
 *
 * What the metatable of the value on top of the stack defines: the registration of its class, or
 * __msgpack.
 */
#ifndef COPYDATA_CODEC_OBJECTS_H
#define COPYDATA_CODEC_OBJECTS_H

#include "encoder.h"

/* Pushes its class's registration, a table (see codec.h), or nothing and returns false. [-0,
 * +(0|1), -] */
bool cd_object_registration(const cd_encoder *e);

/* Pushes what its __msgpack returns. If there is none, or it returns the value itself, a table
 * whose fields are meant, pushes nothing and returns false. [-0, +(0|1), v] */
bool cd_object_replacement(cd_encoder *e, const cd_where *where);

/* Calls the function below its argument, which may do anything, including encode. That stores
 * another buffer where this one is kept, so this one is held on the stack during the call, and put
 * back. [-2, +1, v] */
void cd_object_call(cd_encoder *e);

#endif
