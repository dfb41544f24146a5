/* SPDX-License-Identifier: MIT */
#include "screen.h"

#define PLAIN (FOREGROUND_RED | FOREGROUND_GREEN | FOREGROUND_BLUE)

/* Stores a handle; INVALID_HANDLE_VALUE: the call `what` has just failed. */
static bool hold(HANDLE *place, HANDLE handle, const char *what, cd_failure *failure)
{
    if (handle == INVALID_HANDLE_VALUE) {
        cd_fail_win32(failure, what, GetLastError());
        return false;
    }
    *place = handle;
    return true;
}

static HANDLE open_console(const wchar_t *name)
{
    return CreateFileW(name, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                       OPEN_EXISTING, 0, NULL);
}

static HANDLE make_buffer(void)
{
    return CreateConsoleScreenBuffer(GENERIC_READ | GENERIC_WRITE,
                                     FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                                     CONSOLE_TEXTMODE_BUFFER, NULL);
}

/* Not the standard streams, any of which may be a file. */
static bool open_handles(cd_screen *screen, cd_failure *failure)
{
    return hold(&screen->shown, open_console(L"CONOUT$"), "opening the console", failure) &&
           hold(&screen->input, open_console(L"CONIN$"), "opening the console", failure) &&
           hold(&screen->output, make_buffer(), "CreateConsoleScreenBuffer", failure);
}

bool cd_screen_open(cd_screen *screen, cd_failure *failure)
{
    CONSOLE_CURSOR_INFO hidden = {.dwSize = 1, .bVisible = FALSE};

    *screen = (cd_screen){NULL, NULL, NULL};
    if (!open_handles(screen, failure)) {
        cd_screen_close(screen);
        return false;
    }
    SetConsoleCursorInfo(screen->output, &hidden);
    if (SetConsoleActiveScreenBuffer(screen->output))
        return true;
    cd_fail_win32(failure, "SetConsoleActiveScreenBuffer", GetLastError());
    cd_screen_close(screen);
    return false;
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

/* The visible part of the screen. */
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

/* The start of a row. Returns its width; 0 when there is no such row. */
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

    /* Not GetNumberOfConsoleInputEvents: Wine counts only what it has read, and the call reads
     * nothing. */
    while (PeekConsoleInputW(screen->input, &record, 1, &count) && count > 0) {
        if (!ReadConsoleInputW(screen->input, &record, 1, &count))
            return false;
        *key = record.Event.KeyEvent.uChar.UnicodeChar;
        if (record.EventType == KEY_EVENT && record.Event.KeyEvent.bKeyDown && *key != L'\0')
            return true;
    }
    return false;
}
