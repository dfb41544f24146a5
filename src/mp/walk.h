/* SPDX-License-Identifier: MIT
 *
 * Checks MessagePack without building anything. The window procedure walks a message before it
 * promises to deliver it. Needs neither Lua nor Windows, allocates nothing, does not recurse, uses
 * some 4 KiB of stack, and takes time in proportion to the bytes it walks.
 */
#ifndef COPYDATA_MP_WALK_H
#define COPYDATA_MP_WALK_H

#include <stdbool.h>
#include <stddef.h>

/* Limits of a value unless its reader sets others; writers observe the same. CD_DEPTH: nesting of
 * arrays and maps. CD_KEYS: keys of one map that are not strings, because the hashes of numbers,
 * unlike those of strings, can be made to collide, and such a map costs the square of their
 * count. */
#define CD_DEPTH 128
#define CD_KEYS  8192

/* True when bytes start with one valid value; *length is then how many bytes it takes.
 *
 * INVARIANT: it accepts exactly what cd_decode accepts with default options and no ext types
 * registered, and finds the same end. */
bool cd_walk(const char *bytes, size_t size, size_t *length);

#endif
