/* SPDX-License-Identifier: MIT */
#include "takers.h"

#include <stdlib.h>

cd_taker *cd_takers_add(cd_takers *takers, const cd_raw_wanted *wanted)
{
    cd_taker **last = &takers->first;
    cd_taker *taker = calloc(1, sizeof *taker);

    if (taker == NULL)
        return NULL;
    taker->wanted = *wanted;
    do { /* when the numbers wrap around, an old taker may still have this one */
        takers->last = (takers->last + 1) % CD_TAKER_IDS;
        taker->id = CD_TAKER_FIRST + takers->last;
    } while (cd_takers_get(takers, taker->id) != NULL);
    while (*last != NULL)
        last = &(*last)->next;
    *last = taker;
    return taker;
}

void cd_takers_remove(cd_takers *takers, cd_taker *taker)
{
    cd_taker **link = &takers->first;

    while (*link != taker)
        link = &(*link)->next;
    *link = taker->next;
    free(taker);
}

cd_taker *cd_takers_get(const cd_takers *takers, uint32_t id)
{
    cd_taker *taker = takers->first;

    while (taker != NULL && taker->id != id)
        taker = taker->next;
    return taker;
}

static bool matches(const cd_raw_wanted *wanted, cd_raw_kind kind, uintptr_t tag,
                    const cd_sender *sender)
{
    return wanted->kind == kind && (!wanted->tagged || wanted->tag == tag) &&
           (wanted->window == 0 || wanted->window == sender->key) &&
           (wanted->account == 0 || wanted->account == sender->account || sender->key == 0);
}

/* Higher ranks come first. */
static int rank(const cd_raw_wanted *wanted)
{
    return wanted->asked ? 4 : (wanted->window != 0 ? 2 : 0) + (wanted->tagged ? 1 : 0);
}

cd_taker *cd_takers_find(const cd_takers *takers, cd_raw_kind kind, uintptr_t tag,
                         const cd_sender *sender)
{
    cd_taker *found = NULL;

    for (cd_taker *taker = takers->first; taker != NULL; taker = taker->next)
        if (matches(&taker->wanted, kind, tag, sender) &&
            (found == NULL || rank(&taker->wanted) > rank(&found->wanted)))
            found = taker;
    return found;
}
