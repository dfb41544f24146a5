/* SPDX-License-Identifier: MIT
 *
 * Checking MessagePack without building anything. The window procedure walks a message before it
 * promises to deliver it. Needs neither Lua nor Windows, allocates nothing, does not recurse, keeps
 * some 4 KiB on the stack, and takes time in proportion to the bytes it walks.
 */
#ifndef COPYDATA_WIRE_WALK_H
#define COPYDATA_WIRE_WALK_H

#include <stdbool.h>
#include <stddef.h>

/* What a value may be unless its reader says otherwise. The encoder holds itself to the same. */
#define CD_DEPTH 128 /* arrays and maps inside each other */
#define CD_KEYS                                                                                    \
    16384 /* keys in one map that are not strings: unlike the hashes of strings, those
                          of numbers can be made to collide, and then cost the square of this */

/* True when bytes start with one valid value; *length is then how many bytes it takes.
 *
 * INVARIANT: it accepts exactly what cd_decode accepts with default options and no ext types
 * registered, and finds the same end. */
bool cd_walk(const char *bytes, size_t size, size_t *length);

#endif
