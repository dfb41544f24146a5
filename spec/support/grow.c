/* SPDX-License-Identifier: MIT
 *
 * Tests src/mp/grow.h alone: it doubles, keeps the contents, and changes nothing when it fails.
 */
#include "mp/grow.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static int failures;

static void expect(bool holds, const char *what, int line)
{
    if (holds)
        return;
    fprintf(stderr, "line %d: %s\n", line, what);
    failures++;
}
#define EXPECT(condition) expect((condition), #condition, __LINE__)

typedef struct item {
    char bytes[24];
} item;

static void grows(void)
{
    size_t capacity = 0, count = 0, moves = 0;
    uint32_t *numbers = NULL;
    for (; count < 100000; count++) {
        size_t before = capacity;
        uint32_t *grown = cd_grow(numbers, &capacity, count, sizeof *numbers);
        EXPECT(grown != NULL && capacity > count);
        EXPECT(before > count ? grown == numbers && capacity == before : capacity > before);
        moves += capacity != before;
        numbers = grown;
        numbers[count] = (uint32_t)count * 7;
    }
    EXPECT(moves < 20); /* it doubles */
    for (size_t i = 0; i < count; i++)
        EXPECT(numbers[i] == (uint32_t)i * 7);
    free(numbers);
}

/* An array that claims to be full with this many items cannot grow, and stays unchanged. */
static void refuses(size_t full)
{
    item *items = malloc(sizeof *items);
    size_t capacity = full;
    EXPECT(cd_grow(items, &capacity, full, sizeof *items) == NULL);
    EXPECT(capacity == full);
    free(items); /* a double free if it was freed */
}

int main(void)
{
    grows();
    refuses(SIZE_MAX);                        /* the doubled count would wrap to 0 or little */
    refuses(SIZE_MAX / 2 + 1);                /* likewise */
    refuses(SIZE_MAX / 2 / sizeof(item) + 1); /* the bytes would wrap */
    refuses(SIZE_MAX / 2 / sizeof(item));     /* they do not wrap, but no system has that many */
    if (failures == 0)
        puts("fine");
    return failures != 0;
}
