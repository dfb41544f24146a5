/* SPDX-License-Identifier: MIT
 *
 * This DLL, as Windows knows it.
 */
#ifndef COPYDATA_WIN_DLL_H
#define COPYDATA_WIN_DLL_H

#include <windows.h>

/* Its handle, used for window classes. */
HINSTANCE cd_dll(void);

/* Keeps it loaded until the process ends, for code that the system may call at any time. */
void cd_dll_stay_loaded(void);

#endif
