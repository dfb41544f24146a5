/* SPDX-License-Identifier: MIT
 *
 * What Microsoft's headers declare and Wine's lack. For cmake/msvc-mode.cmake alone.
 */
int __stdcall GetProcessHandleCount(void *process, unsigned long *count);
#define ENDSESSION_CLOSEAPP 0x00000001
