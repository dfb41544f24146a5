/* SPDX-License-Identifier: MIT */
#include "deaths.h"
#include "desktop.h"

#include <stdlib.h>

typedef struct cd_death {
    struct cd_death *next;
    struct cd_death *later; /* the one that ended next, if this one waits to be taken */
    bool ended;             /* reported */
    volatile LONG over;     /* and the callback is done with us */
    cd_deaths *all;
    DWORD pid;      /* not reused while its handle is open */
    HANDLE process; /* with SYNCHRONIZE */
    HANDLE wait;
} cd_death;

void cd_deaths_open(cd_deaths *deaths, void (*told)(void *context), void *context)
{
    *deaths = (cd_deaths){.lock = SRWLOCK_INIT, .told = told, .context = context};
    deaths->last = &deaths->ended;
}

static cd_death **find(cd_deaths *deaths, DWORD pid)
{
    cd_death **link = &deaths->first;

    while (*link != NULL && (*link)->pid != pid)
        link = &(*link)->next;
    return link;
}

static void CALLBACK on_end(void *context, BOOLEAN timed_out)
{
    cd_death *death = context;
    cd_deaths *all = death->all;

    (void)timed_out;
    AcquireSRWLockExclusive(&all->lock);
    death->ended = true;
    *all->last = death;
    all->last = &death->later;
    ReleaseSRWLockExclusive(&all->lock);
    all->told(all->context);
    InterlockedExchange(&death->over, TRUE);
}

bool cd_deaths_any(cd_deaths *deaths)
{
    AcquireSRWLockShared(&deaths->lock);
    bool any = deaths->ended != NULL;
    ReleaseSRWLockShared(&deaths->lock);
    return any;
}

/* Removes the one that `link` points to from those to be taken. */
static void unlink_ended(cd_deaths *deaths, cd_death **link)
{
    cd_death *death = *link;

    *link = death->later;
    if (deaths->last == &death->later)
        deaths->last = link;
}

/* Takes one that may have ended. Returns whether it has. */
static bool skip(cd_deaths *deaths, const cd_death *death)
{
    cd_death **link = &deaths->ended;

    AcquireSRWLockExclusive(&deaths->lock);
    bool ended = death->ended;
    while (*link != NULL && *link != death)
        link = &(*link)->later;
    if (*link != NULL)
        unlink_ended(deaths, link);
    ReleaseSRWLockExclusive(&deaths->lock);
    return ended;
}

/* With INVALID_HANDLE_VALUE, waits for a running callback. */
static void release(cd_deaths *deaths, cd_death *death, HANDLE completion)
{
    UnregisterWaitEx(death->wait, completion);
    skip(deaths, death); /* the callback may have begun just now */
    CloseHandle(death->process);
    free(death);
}

/* Releases the spent ones that no callback uses any more. Does not wait for a thread of the pool,
 * which may have to run on after it has woken us. */
static void release_spent(cd_deaths *deaths)
{
    cd_death **link = &deaths->spent;

    while (*link != NULL) {
        cd_death *death = *link;
        if (death->over) {
            *link = death->next;
            release(deaths, death, NULL);
        } else {
            link = &death->next;
        }
    }
}

DWORD cd_deaths_take(cd_deaths *deaths)
{
    DWORD pid = 0;

    release_spent(deaths);
    AcquireSRWLockExclusive(&deaths->lock);
    if (deaths->ended != NULL) {
        pid = deaths->ended->pid;
        unlink_ended(deaths, &deaths->ended);
    }
    ReleaseSRWLockExclusive(&deaths->lock);
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
    if (cd_desktop_process(hwnd) == death->pid &&
        RegisterWaitForSingleObject(&death->wait, death->process, on_end, death, INFINITE,
                                    WT_EXECUTEINWAITTHREAD | WT_EXECUTEONLYONCE))
        return true;
    CloseHandle(death->process);
    return false;
}

DWORD cd_deaths_watch(cd_deaths *deaths, HWND hwnd)
{
    DWORD pid = cd_desktop_process(hwnd);

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
    return 0;
}

static void end(cd_deaths *deaths, cd_death **link)
{
    cd_death *death = *link;

    *link = death->next;
    deaths->count--;
    if (skip(deaths, death)) {
        death->next = deaths->spent;
        deaths->spent = death;
    } else {
        release(deaths, death, INVALID_HANDLE_VALUE);
    }
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
    while (deaths->spent != NULL) {
        cd_death *death = deaths->spent;
        deaths->spent = death->next;
        release(deaths, death, INVALID_HANDLE_VALUE);
    }
}
