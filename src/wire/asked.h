/* SPDX-License-Identifier: MIT
 *
 * The requests of an endpoint that are under way: which answers are expected, and from whom. So an
 * answer that nobody asked for is dropped at the door and costs nothing.
 */
#ifndef COPYDATA_WIRE_ASKED_H
#define COPYDATA_WIRE_ASKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CD_ASKED_MOST 65535 /* requests under way at the same time */

typedef struct cd_request {
    uint32_t msgid;   /* 0: free */
    bool answered;    /* a second answer is one that nobody asked for */
    uint64_t peer;    /* the window that was asked */
    size_t next_free; /* of a free one: the index of another, from 1; 0: none */
} cd_request;

/* Start with all zero. */
typedef struct cd_asked {
    cd_request *requests;
    size_t count; /* in use or free */
    size_t capacity;
    size_t vacant;    /* the index of a free one, from 1; 0: none */
    uint32_t turn;    /* makes the numbers differ that one place gets */
    uint64_t ignored; /* answers that nobody asked for */
} cd_asked;

/* Takes down a request to a window. Returns its msgid; 0: too many are under way, or no memory. */
uint32_t cd_asked_add(cd_asked *asked, uint64_t peer);

/* An answer came. Returns whether it is expected: the first one, by the window that was asked. */
bool cd_asked_answer(cd_asked *asked, uint32_t msgid, uint64_t peer);

/* As if that answer had not come. */
void cd_asked_undo(cd_asked *asked, uint32_t msgid);

/* The request is over, answered or not. */
void cd_asked_end(cd_asked *asked, uint32_t msgid);

void cd_asked_free(cd_asked *asked);

#endif
