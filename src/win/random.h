/* SPDX-License-Identifier: MIT
 *
 * Unguessable numbers.
 */
#ifndef COPYDATA_WIN_RANDOM_H
#define COPYDATA_WIN_RANDOM_H

#include "failure.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Fills in numbers from Windows' cryptographic generator; false: it has failed. */
bool cd_random_numbers(uint32_t *numbers, size_t count);

/* Fills in 64 bits from Windows' cryptographic generator. On failure returns false and fills in
 * `failure`. */
bool cd_random(uint64_t *number, cd_failure *failure);

#endif
