/* SPDX-License-Identifier: MIT
 *
 * A receiving window's answer to a frame, which SendMessageTimeout returns to the sender (protocol,
 * "Verdict"). It covers the frame: all of its messages or none.
 */
#ifndef COPYDATA_WIRE_VERDICT_H
#define COPYDATA_WIRE_VERDICT_H

typedef enum cd_verdict {
    CD_UNHANDLED = 0, /* the window did not handle it; also Windows' answer past 64 nested sends */
    CD_ACCEPTED = 1,  /* every message is in the receiver's queue */
    CD_BUSY = 2,      /* the queue is full: try again later */
    CD_REFUSED = 3,   /* the receiver's policy says no */
    CD_MALFORMED = 4, /* not valid messages of this protocol */
    CD_TOO_LARGE = 5, /* over the receiver's limit */
    CD_ABSENT = 6,    /* the window is not (or no longer) on this channel */
    CD_UNPROVEN = 7   /* the receiver wants proof of the sender; nothing in the frame was
                         accepted */
} cd_verdict;

#endif
