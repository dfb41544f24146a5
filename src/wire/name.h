/* SPDX-License-Identifier: MIT
 *
 * Channel names (protocol, "Channel"): which bytes are valid names. Only Windows knows which of
 * them are equal, because it compares property names in its own way.
 */
#ifndef COPYDATA_WIRE_NAME_H
#define COPYDATA_WIRE_NAME_H

#include <stddef.h>

#define CD_NAME_MAX   246               /* UTF-16 units */
#define CD_NAME_BYTES (3 * CD_NAME_MAX) /* the most these take in UTF-8 */

/*
 * Returns NULL when `size` bytes are a valid channel name; otherwise the reason, a literal that
 * continues "channel name ", such as "is empty".
 */
const char *cd_name_wrong(const char *bytes, size_t size);

#endif
