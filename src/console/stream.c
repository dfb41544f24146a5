/* SPDX-License-Identifier: MIT */
#include "stream.h"

#define WRITE_MOST 8192 /* units at once: older consoles accept at most 64 KiB */

bool cd_stream_is_console(DWORD stream)
{
    DWORD mode;

    return GetConsoleMode(GetStdHandle(stream), &mode) != 0;
}

bool cd_stream_write(DWORD stream, const wchar_t *units, size_t count)
{
    HANDLE output = GetStdHandle(stream);

    while (count > 0) {
        DWORD part = count < WRITE_MOST ? (DWORD)count : WRITE_MOST;
        DWORD written = 0;
        if (part < count && IS_HIGH_SURROGATE(units[part - 1]))
            part--;
        if (!WriteConsoleW(output, units, part, &written, NULL) || written == 0)
            return false;
        units += written;
        count -= written;
    }
    return true;
}

int cd_stream_columns(DWORD stream)
{
    CONSOLE_SCREEN_BUFFER_INFO information;

    if (!GetConsoleScreenBufferInfo(GetStdHandle(stream), &information))
        return 0;
    return information.srWindow.Right - information.srWindow.Left + 1;
}
