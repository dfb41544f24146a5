/* SPDX-License-Identifier: MIT
 *
 * What a receiving window answers to a frame, and so what SendMessageTimeout hands the sender
 * (protocol, "Verdict"). It covers the frame: all of its messages or none.
 */
#ifndef COPYDATA_WIRE_VERDICT_H
#define COPYDATA_WIRE_VERDICT_H

typedef enum cd_verdict {
    CD_UNHANDLED = 0, /* nobody looked at it; Windows says so too, past 64 nested sends */
    CD_ACCEPTED = 1,  /* every message is in the receiver's queue */
    CD_BUSY = 2,      /* the queue is full: try again later */
    CD_REFUSED = 3,   /* the receiver's policy says no */
    CD_MALFORMED = 4, /* not valid messages of this protocol */
    CD_TOO_LARGE = 5, /* over the receiver's limit */
    CD_ABSENT = 6,    /* the window is not on this channel (any more) */
    CD_UNPROVEN = 7   /* the receiver wants proof of who sends; it took nothing of the frame */
} cd_verdict;

#endif
