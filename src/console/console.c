/* SPDX-License-Identifier: MIT */
#include "console.h"

#define WRITE_MOST 8192 /* units at once: older consoles take no more than 64 KiB */

#define PLAIN (FOREGROUND_RED | FOREGROUND_GREEN | FOREGROUND_BLUE)

bool cd_console_is(DWORD stream)
{
    DWORD mode;

    return GetConsoleMode(GetStdHandle(stream), &mode) != 0;
}

bool cd_console_write(DWORD stream, const wchar_t *units, size_t count)
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

int cd_console_columns(DWORD stream)
{
    CONSOLE_SCREEN_BUFFER_INFO information;

    if (!GetConsoleScreenBufferInfo(GetStdHandle(stream), &information))
        return 0;
    return information.srWindow.Right - information.srWindow.Left + 1;
}

static HANDLE open_console(const wchar_t *name)
{
    HANDLE handle = CreateFileW(name, GENERIC_READ | GENERIC_WRITE,
                                FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);

    return handle != INVALID_HANDLE_VALUE ? handle : NULL;
}

static bool fail(cd_screen *screen, cd_failure *failure, const char *what)
{
    cd_fail_win32(failure, what, GetLastError());
    cd_screen_close(screen);
    return false;
}

bool cd_screen_open(cd_screen *screen, cd_failure *failure)
{
    const CONSOLE_CURSOR_INFO hidden = {.dwSize = 1, .bVisible = FALSE};

    *screen = (cd_screen){NULL, NULL, NULL};
    /* Not the standard streams, any of which may be a file. */
    screen->shown = open_console(L"CONOUT$");
    screen->input = open_console(L"CONIN$");
    if (screen->shown == NULL || screen->input == NULL)
        return fail(screen, failure, "opening the console");
    HANDLE output = CreateConsoleScreenBuffer(GENERIC_READ | GENERIC_WRITE,
                                              FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                                              CONSOLE_TEXTMODE_BUFFER, NULL);
    if (output == INVALID_HANDLE_VALUE)
        return fail(screen, failure, "CreateConsoleScreenBuffer");
    screen->output = output;
    SetConsoleCursorInfo(output, &hidden);
    if (!SetConsoleActiveScreenBuffer(output))
        return fail(screen, failure, "SetConsoleActiveScreenBuffer");
    return true;
}

void cd_screen_close(cd_screen *screen)
{
    if (screen->output != NULL) {
        SetConsoleActiveScreenBuffer(screen->shown);
        CloseHandle(screen->output);
    }
    if (screen->shown != NULL)
        CloseHandle(screen->shown);
    if (screen->input != NULL)
        CloseHandle(screen->input);
    *screen = (cd_screen){NULL, NULL, NULL};
}

/* The part of the screen that shows. */
static SMALL_RECT window_of(const cd_screen *screen)
{
    CONSOLE_SCREEN_BUFFER_INFO information;

    if (!GetConsoleScreenBufferInfo(screen->output, &information))
        return (SMALL_RECT){0, 0, 79, 24};
    return information.srWindow;
}

void cd_screen_size(const cd_screen *screen, int *columns, int *rows)
{
    SMALL_RECT window = window_of(screen);

    *columns = window.Right - window.Left + 1;
    *rows = window.Bottom - window.Top + 1;
}

/* Where a row begins. Returns how wide it is; 0 when there is no such row. */
static DWORD row_at(const cd_screen *screen, int row, COORD *start)
{
    SMALL_RECT window = window_of(screen);

    *start = (COORD){window.Left, (SHORT)(window.Top + row)};
    if (row < 0 || start->Y > window.Bottom)
        return 0;
    return (DWORD)(window.Right - window.Left + 1);
}

void cd_screen_put(const cd_screen *screen, int row, const wchar_t *units, size_t count)
{
    COORD start;
    DWORD width = row_at(screen, row, &start);
    DWORD done;

    WriteConsoleOutputCharacterW(screen->output, units, count < width ? (DWORD)count : width, start,
                                 &done);
}

void cd_screen_colour(const cd_screen *screen, int row, WORD attributes)
{
    COORD start;
    DWORD width = row_at(screen, row, &start);
    DWORD done;

    FillConsoleOutputAttribute(screen->output, attributes, width, start, &done);
}

void cd_screen_clear(const cd_screen *screen)
{
    COORD start;
    DWORD width, done;

    for (int row = 0; (width = row_at(screen, row, &start)) > 0; row++) {
        FillConsoleOutputCharacterW(screen->output, L' ', width, start, &done);
        FillConsoleOutputAttribute(screen->output, PLAIN, width, start, &done);
    }
}

bool cd_screen_key(const cd_screen *screen, wchar_t *key)
{
    INPUT_RECORD record;
    DWORD count;

    /* Not GetNumberOfConsoleInputEvents: Wine counts what it has read, and that does not make it
     * read. */
    while (PeekConsoleInputW(screen->input, &record, 1, &count) && count > 0) {
        if (!ReadConsoleInputW(screen->input, &record, 1, &count))
            return false;
        *key = record.Event.KeyEvent.uChar.UnicodeChar;
        if (record.EventType == KEY_EVENT && record.Event.KeyEvent.bKeyDown && *key != L'\0')
            return true;
    }
    return false;
}
