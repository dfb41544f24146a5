/* SPDX-License-Identifier: MIT */
#include "admission.h"

/* The table for a decision. */
typedef struct list {
    cd_admitted *items;
    size_t count;
} list;

static list list_of(cd_admission *admission, cd_decision decision)
{
    switch (decision) {
    case CD_ALLOWED:
        return (list){admission->allowed, CD_DECISIONS_KEPT};
    case CD_FORBIDDEN:
        return (list){admission->forbidden, CD_DECISIONS_KEPT};
    case CD_UNDECIDED:
    default:
        return (list){admission->undecided, CD_UNDECIDED_MOST};
    }
}

static void forget(const cd_admission *admission, cd_admitted *item)
{
    if (item->sender != NULL)
        admission->host->release(item->sender);
    item->sender = NULL;
}

/* A sender's entry and the decision about it; NULL: the sender is unknown. */
static cd_admitted *find(cd_admission *admission, const cd_sender *sender, uint32_t channel,
                         cd_decision *decision)
{
    for (int kind = 0; kind < CD_DECISIONS; kind++) {
        list all = list_of(admission, (cd_decision)kind);
        for (size_t i = 0; i < all.count; i++) {
            cd_admitted *item = &all.items[i];
            if (item->sender != NULL && item->channel == channel &&
                item->sender->key == sender->key && item->sender->account == sender->account &&
                item->sender->proven == sender->proven) {
                *decision = (cd_decision)kind;
                return item;
            }
        }
    }
    return NULL;
}

/* A free entry in a table, or else the least recently used one. */
static cd_admitted *oldest(list all)
{
    cd_admitted *found = &all.items[0];

    for (size_t i = 0; i < all.count && found->sender != NULL; i++)
        if (all.items[i].sender == NULL || all.items[i].used < found->used)
            found = &all.items[i];
    return found;
}

/* Records that a sender waits for a decision; if too many already do, it is not recorded yet. */
static void note(cd_admission *admission, cd_sender *sender, uint32_t channel)
{
    cd_admitted *place = oldest(list_of(admission, CD_UNDECIDED));

    if (place->sender != NULL)
        return;
    admission->host->retain(sender);
    *place = (cd_admitted){sender, channel, admission->checks, false};
}

cd_verdict cd_admission_check(cd_admission *admission, cd_sender *sender, uint32_t channel)
{
    cd_decision decision;

    if (sender->key != 0 && sender->account == 0)
        return CD_REFUSED;
    cd_admitted *known = find(admission, sender, channel, &decision);
    admission->checks++;
    if (known == NULL) {
        note(admission, sender, channel);
        return CD_BUSY;
    }
    known->used = admission->checks;
    return decision == CD_ALLOWED ? CD_ACCEPTED : decision == CD_FORBIDDEN ? CD_REFUSED : CD_BUSY;
}

/* The index of a sender that the script must be asked about; CD_UNDECIDED_MOST: none. */
static size_t next_question(const cd_admission *admission)
{
    size_t i = 0;

    while (i < CD_UNDECIDED_MOST &&
           (admission->undecided[i].sender == NULL || admission->undecided[i].asked))
        i++;
    return i;
}

bool cd_admission_waits(const cd_admission *admission)
{
    return next_question(admission) < CD_UNDECIDED_MOST;
}

cd_sender *cd_admission_ask(cd_admission *admission, uint32_t *channel)
{
    size_t place = next_question(admission);

    if (place == CD_UNDECIDED_MOST)
        return NULL;
    admission->undecided[place].asked = true;
    *channel = admission->undecided[place].channel;
    return admission->undecided[place].sender;
}

void cd_admission_decide(cd_admission *admission, const cd_sender *sender, uint32_t channel,
                         bool allowed)
{
    cd_decision before;
    cd_admitted *known = find(admission, sender, channel, &before);

    if (known == NULL)
        return;
    cd_admitted item = *known;
    known->sender = NULL;
    cd_admitted *place = oldest(list_of(admission, allowed ? CD_ALLOWED : CD_FORBIDDEN));
    forget(admission, place);
    *place = item;
}

void cd_admission_defer(cd_admission *admission, const cd_sender *sender, uint32_t channel)
{
    cd_decision decision;
    cd_admitted *known = find(admission, sender, channel, &decision);

    if (known != NULL && decision == CD_UNDECIDED)
        forget(admission, known);
}

void cd_admission_forget(cd_admission *admission, uint32_t channel)
{
    for (int kind = 0; kind < CD_DECISIONS; kind++) {
        list all = list_of(admission, (cd_decision)kind);
        for (size_t i = 0; i < all.count; i++)
            if (channel == 0 || all.items[i].channel == channel)
                forget(admission, &all.items[i]);
    }
}
