/* SPDX-License-Identifier: MIT
 *
 * Numbers that nobody can guess.
 */
#ifndef COPYDATA_WIN_RANDOM_H
#define COPYDATA_WIN_RANDOM_H

#include "failure.h"

#include <stdbool.h>
#include <stdint.h>

/* Fills in 64 bits of Windows' generator for secrets. Returns false with `failure` filled in. */
bool cd_random(uint64_t *number, cd_failure *failure);

#endif
