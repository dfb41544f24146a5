/* SPDX-License-Identifier: MIT
 *
 * What every frame begins with (protocol, "Frame").
 */
#ifndef COPYDATA_WIRE_TYPES_H
#define COPYDATA_WIRE_TYPES_H

#define CD_FRAME_TAG 0x314B504Du /* dwData of every frame: the bytes "MPK1" */

/* The first element of a message. */
typedef enum cd_message_type {
    CD_REQUEST = 0,
    CD_RESPONSE = 1,
    CD_NOTIFICATION = 2,
    CD_FRAGMENT = 3,
    CD_PROOF = 4
} cd_message_type;

/* How many elements each has. */
enum {
    CD_REQUEST_ELEMENTS = 4,
    CD_RESPONSE_ELEMENTS = 4,
    CD_NOTIFICATION_ELEMENTS = 3,
    CD_FRAGMENT_ELEMENTS = 6,
    CD_PROOF_ELEMENTS = 3
};

#endif
