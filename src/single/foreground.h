/* SPDX-License-Identifier: MIT
 *
 * Which window is in the foreground: Windows lets only the process that is there give it away.
 */
#ifndef COPYDATA_SINGLE_FOREGROUND_H
#define COPYDATA_SINGLE_FOREGROUND_H

#include <stdbool.h>
#include <windows.h>

/* Lets a process bring its window to the foreground. Without effect unless we are there. */
void cd_foreground_allow(DWORD pid);

/* Brings a window of ours to the foreground, from the taskbar too. Returns whether Windows did. */
bool cd_foreground_take(HWND hwnd);

#endif
