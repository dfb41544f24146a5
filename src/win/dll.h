/* SPDX-License-Identifier: MIT
 *
 * This DLL, as Windows knows it.
 */
#ifndef COPYDATA_WIN_DLL_H
#define COPYDATA_WIN_DLL_H

#include "failure.h"

#include <stdbool.h>

/* Its handle, for making windows. */
HINSTANCE cd_dll(void);

/* Keeps it loaded until the process ends, for code that the system may call at any time. */
void cd_dll_stay_loaded(void);

/* Registers a window class of this DLL, unless it has; then it stays loaded. Never unregistered:
 * another thread may be about to use the class. On failure fills in `failure`. */
bool cd_dll_register(const wchar_t *class, WNDPROC procedure, cd_failure *failure);

#endif
