/* SPDX-License-Identifier: MIT
 *
 * Channel names (protocol, "Channel"): which bytes are one. Which of them are the same one only
 * Windows knows, since it compares property names in its own way.
 */
#ifndef COPYDATA_WIRE_NAME_H
#define COPYDATA_WIRE_NAME_H

#include <stddef.h>

#define CD_NAME_MAX   246               /* UTF-16 units */
#define CD_NAME_BYTES (3 * CD_NAME_MAX) /* that so many units take in UTF-8, at most */

/*
 * Returns NULL when `size` bytes are a channel's name; otherwise why not, a literal that reads on
 * after "channel name ", such as "is empty".
 */
const char *cd_name_wrong(const char *bytes, size_t size);

#endif
