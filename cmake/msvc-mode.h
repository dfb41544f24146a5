/* SPDX-License-Identifier: MIT
 *
 * Declarations in Microsoft's headers that Wine's lack. Only for cmake/msvc-mode.cmake.
 */
int __stdcall GetProcessHandleCount(void *process, unsigned long *count);
#define ENDSESSION_CLOSEAPP 0x00000001
