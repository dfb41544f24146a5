/* SPDX-License-Identifier: MIT */
#include "deaths.h"

#include <stdlib.h>

typedef struct cd_death {
    struct cd_death *next;
    cd_deaths *all;
    DWORD pid;      /* not reused while its handle is open */
    HANDLE process; /* with SYNCHRONIZE */
    HANDLE wait;
} cd_death;

void cd_deaths_open(cd_deaths *deaths, void (*told)(void *context), void *context)
{
    *deaths = (cd_deaths){.told = told, .context = context};
}

static cd_death **find(cd_deaths *deaths, DWORD pid)
{
    cd_death **link = &deaths->first;

    while (*link != NULL && (*link)->pid != pid)
        link = &(*link)->next;
    return link;
}

static void CALLBACK on_end(void *death, BOOLEAN timed_out)
{
    const cd_deaths *all = ((const cd_death *)death)->all;

    (void)timed_out;
    all->told(all->context);
}

static DWORD process_of(HWND hwnd)
{
    DWORD pid = 0; /* left unchanged when there is no such window */

    GetWindowThreadProcessId(hwnd, &pid);
    return pid;
}

/* Begins to wait. Returns false when Windows does not allow it, or the process no longer owns the
 * window. */
static bool begin(cd_death *death, HWND hwnd)
{
    death->process = OpenProcess(SYNCHRONIZE, FALSE, death->pid);
    if (death->process == NULL)
        return false;
    /* Its id may have been reused before the handle reserved it. */
    if (process_of(hwnd) == death->pid &&
        RegisterWaitForSingleObject(&death->wait, death->process, on_end, death, INFINITE,
                                    WT_EXECUTEINWAITTHREAD | WT_EXECUTEONLYONCE))
        return true;
    CloseHandle(death->process);
    return false;
}

DWORD cd_deaths_watch(cd_deaths *deaths, HWND hwnd)
{
    DWORD pid = process_of(hwnd);

    if (pid == GetCurrentProcessId())
        return 0;
    if (pid != 0 && *find(deaths, pid) != NULL)
        return pid;
    cd_death *death = pid != 0 ? malloc(sizeof *death) : NULL;
    if (death != NULL) {
        *death = (cd_death){.next = deaths->first, .all = deaths, .pid = pid};
        if (begin(death, hwnd)) {
            deaths->first = death;
            deaths->count++;
            return pid;
        }
        free(death);
    }
    if (!IsWindow(hwnd))
        deaths->told(deaths->context);
    return 0;
}

static void end(cd_deaths *deaths, cd_death **link)
{
    cd_death *death = *link;

    *link = death->next;
    deaths->count--;
    UnregisterWaitEx(death->wait, INVALID_HANDLE_VALUE); /* waits for a running callback */
    CloseHandle(death->process);
    free(death);
}

void cd_deaths_unwatch(cd_deaths *deaths, DWORD pid)
{
    cd_death **link = find(deaths, pid);

    if (*link != NULL)
        end(deaths, link);
}

void cd_deaths_close(cd_deaths *deaths)
{
    while (deaths->first != NULL)
        end(deaths, &deaths->first);
}
