/* SPDX-License-Identifier: MIT
 *
 * A thread of the endpoint's own, in which its window lives: it accepts messages also while the
 * script is busy. It does nothing else, and knows no Lua.
 */
#ifndef COPYDATA_WIN_PUMP_H
#define COPYDATA_WIN_PUMP_H

#include "failure.h"

#include <stdbool.h>

struct cd_endpoint;

/*
 * Starts the thread and waits until it has made the window. On failure fills in `failure`, and
 * there is neither.
 */
bool cd_pump_start(struct cd_endpoint *endpoint, cd_failure *failure);

/* Destroys the window, if it is still there, and waits for the end of the thread. */
void cd_pump_stop(struct cd_endpoint *endpoint);

#endif
