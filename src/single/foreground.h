/* SPDX-License-Identifier: MIT
 *
 * The foreground window: Windows lets only the process that has it pass it on.
 */
#ifndef COPYDATA_SINGLE_FOREGROUND_H
#define COPYDATA_SINGLE_FOREGROUND_H

#include <stdbool.h>
#include <windows.h>

/* Lets a process bring its window to the foreground. Has no effect unless we have the
 * foreground. */
void cd_foreground_allow(DWORD pid);

/* Brings a window of ours to the foreground, from the taskbar too. Returns whether Windows did. */
bool cd_foreground_take(HWND hwnd);

#endif
