/* SPDX-License-Identifier: MIT
 *
 * User Interface Privilege Isolation: Windows drops what a program of lower integrity sends to a
 * window of higher integrity, unless the window lets that message through.
 */
#ifndef COPYDATA_WIN_INTEGRITY_H
#define COPYDATA_WIN_INTEGRITY_H

#include "failure.h"

#include <stdbool.h>

/*
 * Lets a message through to a window of ours from programs of lower integrity. On failure fills in
 * `failure`.
 */
bool cd_integrity_admit(HWND hwnd, UINT message, cd_failure *failure);

#endif
