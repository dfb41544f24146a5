/* SPDX-License-Identifier: MIT
 *
 * Arrays that grow, in memory from malloc.
 */
#ifndef COPYDATA_MP_GROW_H
#define COPYDATA_MP_GROW_H

#include <stddef.h>

/* Makes room for one more item after the first `count`. `items` is the array, NULL while *capacity
 * is 0; *capacity is how many items of `size` bytes it has room for, at least `count`.
 *
 * Returns the array, which may have moved, with *capacity doubled if it was full. Returns NULL when
 * there is no memory, or the size would not fit in a size_t; `items` and *capacity are then
 * unchanged. The caller frees the array.
 *
 *     thing *things = cd_grow(list->things, &list->capacity, list->count, sizeof *things);
 *     if (things == NULL)
 *         return false;
 *     list->things = things;
 *     list->things[list->count++] = one_more;
 */
void *cd_grow(void *items, size_t *capacity, size_t count, size_t size);

#endif
