/* SPDX-License-Identifier: MIT */
#include "failure.h"
#include "text.h"

#include <stdarg.h>
#include <stdio.h>

/* Our names for Win32's errors; any other is SYSTEM. */
static const struct known {
    DWORD error;
    const char *name;
    const char *text; /* NULL: the system's own text, after the failed call */
} known[] = {
    {ERROR_ACCESS_DENIED, "DENIED", NULL},
    {ERROR_INVALID_WINDOW_HANDLE, "GONE", "the window is gone"},
    {ERROR_NOT_ENOUGH_MEMORY, "MEMORY", NULL},
    {ERROR_OUTOFMEMORY, "MEMORY", NULL},
    {ERROR_NO_SYSTEM_RESOURCES, "MEMORY", NULL},
    {ERROR_COMMITMENT_LIMIT, "MEMORY", NULL}, /* the page file is full */
    {ERROR_TIMEOUT, "TIMEOUT", NULL},
};

static const struct known *look_up(DWORD error)
{
    static const struct known other = {ERROR_SUCCESS, "SYSTEM", NULL};

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].error == error)
            return &known[i];
    return &other;
}

void cd_fail(cd_failure *failure, const char *name, const char *format, ...)
{
    va_list arguments;

    failure->name = name;
    va_start(arguments, format);
    vsnprintf(failure->message, sizeof failure->message, format, arguments);
    va_end(arguments);
}

/* The system's text usually ends in ".\r\n", which must go if the message is quoted in others. */
static size_t without_ending(const wchar_t *text, size_t count)
{
    while (count > 0 && (text[count - 1] <= L' ' || text[count - 1] == L'.'))
        count--;
    return count;
}

void cd_fail_win32(cd_failure *failure, const char *what, DWORD error)
{
    const struct known *meaning = look_up(error);

    if (meaning->text != NULL) {
        cd_fail(failure, meaning->name, "%s", meaning->text);
        return;
    }
    wchar_t wide[96]; /* three bytes a unit: fits in `text` */
    char text[sizeof wide / sizeof wide[0] * 3];
    size_t count = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS |
                                      FORMAT_MESSAGE_MAX_WIDTH_MASK,
                                  NULL, error, 0, wide, sizeof wide / sizeof wide[0], NULL);
    size_t size = cd_utf8(wide, without_ending(wide, count), text, sizeof text);

    if (size == 0)
        cd_fail(failure, meaning->name, "%s failed with error %lu", what, error);
    else
        cd_fail(failure, meaning->name, "%s failed: %.*s (error %lu)", what, (int)size, text,
                error);
}
