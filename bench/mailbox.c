/* SPDX-License-Identifier: MIT
 *
 * Measures our own work per message, without Windows: for tools/bench-mailbox.
 *
 *   mailbox [ROUNDS]
 *
 * Prints lines `mailbox <what> <nanoseconds>`, each the median over all rounds of the time for one
 * message, a table of five fields:
 *   compose    makes the table into a message, as src/lua/lib_frame.c does
 *   receive    checks and queues a frame, as the window procedure does
 *   take       takes a message, and finally releases it
 *   decode     makes it into a table again, as src/lua/lib_exchange.c does
 *   in         the last three, one message after the other
 *   threads    one thread receives a million of them while another takes them
 * each with one message in a frame (-1), and with 64 (-64). All but the last are processor time,
 * which does not count other programs.
 */
#include "codec/api.h"
#include "codec/msgpack.h"
#include "mailbox/mailbox.h"
#include "native_host.h"

#include <lauxlib.h>
#include <lualib.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS  101 /* by default */
#define REPEATS 8   /* of each measurement in a round */
#define BATCH   256 /* messages timed together, and waiting together */
#define MILLION 1000000
#define CHANNEL "bench"
#define VALUE                                                                                      \
    "return {name = 'report', line = 42, column = 7.5, ready = true, path = 'src/main.lua'}"

enum { BUFFER = 1, TABLE, OPEN }; /* on the Lua stack */
enum { COMPOSE, RECEIVE, TAKE, DECODE, IN, THREADS, MEASURED };

static const char *const names[MEASURED] = {"compose", "receive", "take",
                                            "decode",  "in",      "threads"};

/* The state of the bench. */
static cd_native native;
static cd_mailbox *mailbox;
static cd_sender *sender;
static lua_State *L;

/* A frame of messages. */
typedef struct frame {
    size_t count, size;
    char bytes[64 * 128];
} frame;

static double clock_of(clockid_t clock)
{
    struct timespec time;

    clock_gettime(clock, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static double now(void)
{
    return clock_of(CLOCK_THREAD_CPUTIME_ID);
}

/* One message each ------------------------------------------------------------------------------*/

static cd_buffer *compose(void)
{
    cd_buffer *buffer = cd_buffer_take(L, BUFFER);
    cd_packer packer = {cd_buffer_reserve(L, buffer, CD_ENVELOPE_HEAD + strlen(CHANNEL))};

    cd_notification_head(&packer, &(cd_address){CHANNEL, strlen(CHANNEL), false});
    buffer->size = (size_t)(packer.at - buffer->bytes);
    cd_encode(L, TABLE, buffer, NULL);
    cd_timestamp sent = cd_native_host.now();
    packer.at = cd_buffer_reserve(L, buffer, CD_PACK_MAX);
    cd_envelope_tail(&packer, &sent);
    buffer->size = (size_t)(packer.at - buffer->bytes);
    lua_pop(L, 1);
    return buffer;
}

/* Composes all messages of a frame. */
static void fill(frame *made, size_t count)
{
    made->size = 0;
    for (made->count = 0; made->count < count; made->count++) {
        const cd_buffer *message = compose();
        CD_CHECK(message->size <= sizeof made->bytes - made->size);
        memcpy(made->bytes + made->size, message->bytes, message->size);
        made->size += message->size;
    }
}

static void receive(const frame *received)
{
    CD_CHECK(cd_mailbox_receive(mailbox, sender, received->bytes, received->size) == CD_ACCEPTED);
}

static cd_item *take(void)
{
    uint32_t id;

    return cd_mailbox_take(mailbox, CD_WANT_HANDLED, UINT64_MAX, &id);
}

/* open(item) -> data, sent, received */
static int open_item(lua_State *state)
{
    cd_decode_error error;
    const cd_item *item = lua_touserdata(state, 1);
    const cd_message *message = &item->message;
    const cd_timestamp *received = &cd_item_origin(item)->received;

    if (!cd_decode(state, cd_item_bytes(item, message->body), message->body.size, NULL, NULL,
                   &error))
        return luaL_error(state, "%s", error.message);
    lua_pushnumber(state, (lua_Number)message->sent.tv_sec + message->sent.tv_nsec / 1e9);
    lua_pushnumber(state, (lua_Number)received->tv_sec + received->tv_nsec / 1e9);
    return 3;
}

static void decode(cd_item *item)
{
    lua_pushvalue(L, OPEN);
    lua_pushlightuserdata(L, item);
    CD_CHECK(lua_pcall(L, 1, LUA_MULTRET, 0) == LUA_OK);
    lua_settop(L, OPEN);
}

/* Measuring -------------------------------------------------------------------------------------*/

/* Adds the cost of BATCH messages, in frames of `count`, to the measurements. */
static void measure(size_t count, double *times)
{
    static frame sent;
    static cd_item *items[BATCH];
    double start = now(), end;

    for (size_t i = 0; i < BATCH; i += count)
        fill(&sent, count);
    end = now(), times[COMPOSE] += end - start, start = end;
    for (size_t i = 0; i < BATCH; i += count)
        receive(&sent);
    end = now(), times[RECEIVE] += end - start, start = end;
    for (size_t i = 0; i < BATCH; i++)
        items[i] = take();
    end = now(), times[TAKE] += end - start, start = end;
    for (size_t i = 0; i < BATCH; i++)
        decode(items[i]);
    end = now(), times[DECODE] += end - start, start = end;
    for (size_t i = 0; i < BATCH; i++)
        cd_mailbox_release(mailbox, items[i]);
    end = now(), times[TAKE] += end - start, start = end;
    for (size_t i = 0; i < BATCH; i += count) {
        receive(&sent);
        for (size_t taken = 0; taken < count; taken++) {
            cd_item *item = take();
            decode(item);
            cd_mailbox_release(mailbox, item);
        }
    }
    times[IN] += now() - start;
}

/* The receiving thread: sends a refused frame again. */
static void *receive_million(void *argument)
{
    const frame *sent = argument;

    for (size_t i = 0; i < MILLION; i += sent->count)
        while (cd_mailbox_receive(mailbox, sender, sent->bytes, sent->size) == CD_BUSY)
            sched_yield();
    return NULL;
}

/* Like an endpoint's script with nothing else to do, except for the decoding. */
static double run_threads(size_t count)
{
    static frame sent;
    pthread_t thread;

    fill(&sent, count);
    double start = clock_of(CLOCK_MONOTONIC);
    CD_CHECK(pthread_create(&thread, NULL, receive_million, &sent) == 0);
    for (size_t taken = 0; taken < MILLION;) {
        if (!cd_mailbox_ready(mailbox, CD_WANT_HANDLED))
            CD_CHECK(sem_wait(&native.wakes) == 0);
        for (cd_item *item; (item = take()) != NULL; taken++)
            cd_mailbox_release(mailbox, item);
    }
    double end = clock_of(CLOCK_MONOTONIC);
    CD_CHECK(pthread_join(thread, NULL) == 0);
    return end - start;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *list, size_t count)
{
    qsort(list, count, sizeof *list, ascending);
    return (list[(count - 1) / 2] + list[count / 2]) / 2;
}

static void run(size_t count, size_t rounds)
{
    double *results[MEASURED];

    for (size_t what = 0; what < MEASURED; what++)
        CD_CHECK((results[what] = malloc(rounds * sizeof(double))) != NULL);
    for (size_t round = 0; round < rounds; round++) {
        double times[MEASURED] = {0};
        lua_gc(L, LUA_GCCOLLECT);
        lua_gc(L, LUA_GCSTOP);
        for (size_t i = 0; i < REPEATS; i++)
            measure(count, times);
        lua_gc(L, LUA_GCRESTART);
        for (size_t what = 0; what < THREADS; what++)
            results[what][round] = times[what] / (REPEATS * BATCH);
    }
    const size_t runs = 1 + rounds / 5; /* each takes long */
    for (size_t i = 0; i < runs; i++)
        results[THREADS][i] = run_threads(count) / MILLION;
    for (size_t what = 0; what < MEASURED; what++) {
        printf("mailbox %s-%zu %.0f\n", names[what], count,
               median(results[what], what == THREADS ? runs : rounds));
        free(results[what]);
    }
}

int main(int count, char **arguments)
{
    const size_t rounds = count > 1 ? strtoul(arguments[1], NULL, 10) : ROUNDS;
    const cd_limits limits = {
        .max_message = CD_MAX_MESSAGE,
        .queue_messages = CD_QUEUE_MESSAGES,
        .queue_bytes = 2 * CD_MAX_MESSAGE,
        .sender_messages = CD_QUEUE_MESSAGES / 2,
        .sender_bytes = CD_MAX_MESSAGE,
        .transfers = CD_TRANSFERS,
        .transfer_bytes = 2 * CD_MAX_MESSAGE,
        .transfer_silence = CD_TRANSFER_SILENCE,
    };

    L = luaL_newstate();
    CD_CHECK(L != NULL && rounds > 0);
    luaL_openlibs(L);
    lua_newtable(L);
    cd_open_msgpack(L);
    lua_settop(L, 0);
    cd_buffer_push(L);
    CD_CHECK(luaL_dostring(L, VALUE) == LUA_OK);
    lua_pushcfunction(L, open_item);

    cd_native_open(&native);
    sender = cd_native_sender(1, 1, true);
    mailbox = cd_mailbox_new(&cd_native_host, &native, &limits);
    CD_CHECK(mailbox != NULL);
    cd_mailbox_handle(mailbox, cd_mailbox_join(mailbox, CHANNEL, strlen(CHANNEL), true, false),
                      true);

    run(1, rounds);
    run(64, rounds);

    cd_mailbox_free(mailbox);
    cd_native_host.release(sender);
    cd_native_close(&native);
    lua_close(L);
    return 0;
}
