/* SPDX-License-Identifier: MIT
 *
 * Numbers that nobody can guess.
 */
#ifndef COPYDATA_WIN_RANDOM_H
#define COPYDATA_WIN_RANDOM_H

#include "failure.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Fills in numbers of Windows' generator for secrets; false: there are none to be had. */
bool cd_random_numbers(uint32_t *numbers, size_t count);

/* Fills in 64 bits of Windows' generator for secrets. Returns false with `failure` filled in. */
bool cd_random(uint64_t *number, cd_failure *failure);

#endif
