/* SPDX-License-Identifier: MIT
 *
 * A peer in plain C: it joins a channel, says hello, prints the notifications that it gets, answers
 * requests, and proves who it is when a receiver requires that. It needs user32, bcrypt and
 * msgpack-c, but nothing of copydata's own, and follows docs/protocol.md, whose sections the
 * comments name.
 *
 *   peer CHANNEL
 *
 * A request is a list of integers, its answer their sum. The notification "quit" ends the peer, as
 * Ctrl+C does. The CMake option COPYDATA_TESTS builds it: on Linux tools/build, and then
 * `tools/wine build/mingw/examples/peer.exe editor`.
 *
 * It omits everything optional: it refuses messages in pieces, does not maintain the membership
 * counter, asks no peer for proof, and sends no requests. msgpack-c decodes up to 32 levels of
 * nesting.
 */
#include "endpoints.h"
#include "outbox.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PROPERTY   L"copydata:"         /* and the channel's name */
#define WATCH      L"copydata.watch"    /* set by a window that watches */
#define PRESENCE   L"copydata.presence" /* posted when a peer joins or leaves */
#define NAME_MOST  246                  /* UTF-16 units */
#define QUEUE_MOST 1000                 /* frames */
#define FRAME_MOST (1024 * 1024)

#define WM_QUEUED WM_APP /* posted to ourselves: process the queue */

/* An accepted frame, not handled yet. */
typedef struct frame {
    struct frame *next;
    HWND sender;
    size_t size;
    char *bytes; /* after the struct, in the same block */
} frame;

/* One message of a frame; what it points to lives as long as the decoded object. */
typedef struct message {
    uint64_t type;
    uint32_t id; /* in a request */
    const msgpack_object *channel;
    const msgpack_object *body;
} message;

typedef struct peer {
    HWND hwnd;
    wchar_t channel[NAME_MOST + 1];
    char channel_utf8[3 * NAME_MOST + 1];
    wchar_t property[NAME_MOST + sizeof PROPERTY / sizeof(wchar_t)];
    frame *first, **last; /* the queue: `last` is where the next frame is linked */
    size_t queued;
    outbox out;
} peer;

/* Sending ("Frame") ---------------------------------------------------------------------------- */

/* Begins a notification ("Frame"); the caller packs the body, then the time. */
static void pack_head(const peer *p, msgpack_packer *pk)
{
    msgpack_pack_array(pk, 3);
    msgpack_pack_int(pk, NOTIFICATION);
    msgpack_pack_str_with_body(pk, p->channel_utf8, strlen(p->channel_utf8));
    msgpack_pack_array(pk, 2);
}

static void pack_text(msgpack_packer *pk, const char *text)
{
    msgpack_pack_str_with_body(pk, text, strlen(text));
}

/* Sends { hello = "from C", pid = ... } to all other peers. */
static void say_hello(peer *p)
{
    HWND peers[PEERS_MOST];
    size_t accepted = 0, count = endpoints_find(p->hwnd, p->property, peers);
    msgpack_timestamp now = {.tv_sec = time(NULL), .tv_nsec = 0};
    msgpack_sbuffer buffer;
    msgpack_packer pk;

    msgpack_sbuffer_init(&buffer);
    msgpack_packer_init(&pk, &buffer, msgpack_sbuffer_write);
    pack_head(p, &pk);
    msgpack_pack_map(&pk, 2);
    pack_text(&pk, "hello");
    pack_text(&pk, "from C");
    pack_text(&pk, "pid");
    msgpack_pack_uint32(&pk, GetCurrentProcessId());
    msgpack_pack_timestamp(&pk, &now);
    for (size_t i = 0; i < count; i++)
        accepted += outbox_deliver(&p->out, peers[i], &buffer) == ACCEPTED;
    msgpack_sbuffer_destroy(&buffer);
    printf("hello accepted by %u of %u\n", (unsigned)accepted, (unsigned)count);
}

/* Tells watchers that we have joined or left ("Presence"). */
static void tell_watchers(const peer *p)
{
    HWND watchers[PEERS_MOST];
    size_t count = endpoints_find(p->hwnd, WATCH, watchers);
    UINT number = RegisterWindowMessageW(PRESENCE);

    for (size_t i = 0; i < count; i++)
        PostMessageW(watchers[i], number, (WPARAM)p->hwnd, 0);
}

/* Receiving ("Frame", "Verdict"): within the window procedure ---------------------------------- */

/* Names are compared without case, like the properties. */
static bool is_our_channel(const peer *p, const msgpack_object *name)
{
    wchar_t wide[NAME_MOST + 1];
    int length = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, name->via.str.ptr,
                                     (int)name->via.str.size, wide, NAME_MOST);

    return length > 0 && CompareStringOrdinal(wide, length, p->channel, -1, TRUE) == CSTR_EQUAL;
}

/* [body, sent]; sent is optional, and more may follow. */
static bool read_content(message *m, const msgpack_object *content)
{
    msgpack_timestamp sent;

    if (content->type != MSGPACK_OBJECT_ARRAY || content->via.array.size < 1)
        return false;
    m->body = &content->via.array.ptr[0];
    return content->via.array.size == 1 ||
           msgpack_object_to_timestamp(&content->via.array.ptr[1], &sent);
}

/* Reads one message and returns the verdict. */
static enum verdict read_message(const peer *p, message *m, const msgpack_object *object)
{
    if (object->type != MSGPACK_OBJECT_ARRAY || object->via.array.size < 3)
        return MALFORMED;
    const msgpack_object *item = object->via.array.ptr;
    uint32_t size = object->via.array.size;
    if (item[0].type != MSGPACK_OBJECT_POSITIVE_INTEGER)
        return MALFORMED;
    m->type = item[0].via.u64;
    bool numbered = size == 4 && item[1].type == MSGPACK_OBJECT_POSITIVE_INTEGER &&
                    item[1].via.u64 <= UINT32_MAX;
    if (m->type == FRAGMENT && size == 6)
        return TOO_LARGE;
    if (m->type == RESPONSE && numbered)
        return REFUSED; /* for no request of ours */
    if (m->type == REQUEST && numbered) {
        m->id = (uint32_t)item[1].via.u64;
        m->channel = &item[2];
    } else if (m->type == NOTIFICATION && size == 3) {
        m->channel = &item[1];
    } else {
        return MALFORMED;
    }
    if (m->channel->type != MSGPACK_OBJECT_STR || !read_content(m, &item[size - 1]))
        return MALFORMED;
    return is_our_channel(p, m->channel) ? ACCEPTED : ABSENT;
}

/* Whether an object is a proof, which a sender may put in front of a frame. We require none, and
 * skip it. */
static bool is_proof(const msgpack_object *object)
{
    const msgpack_object_array *list = &object->via.array;

    return object->type == MSGPACK_OBJECT_ARRAY && list->size == 3 &&
           list->ptr[0].type == MSGPACK_OBJECT_POSITIVE_INTEGER && list->ptr[0].via.u64 == PROOF &&
           list->ptr[1].type == MSGPACK_OBJECT_POSITIVE_INTEGER &&
           list->ptr[2].type == MSGPACK_OBJECT_POSITIVE_INTEGER;
}

/* How many bytes of a frame are a proof. */
static size_t skip_proof(const char *bytes, size_t size)
{
    msgpack_unpacked unpacked;
    size_t at = 0;

    msgpack_unpacked_init(&unpacked);
    if (msgpack_unpack_next(&unpacked, bytes, size, &at) != MSGPACK_UNPACK_SUCCESS ||
        !is_proof(&unpacked.data))
        at = 0;
    msgpack_unpacked_destroy(&unpacked);
    return at;
}

/* The verdict covers the whole frame: all of its messages or none. */
static enum verdict check_frame(const peer *p, const char *bytes, size_t size)
{
    size_t at = skip_proof(bytes, size);
    enum verdict verdict = size > at ? ACCEPTED : MALFORMED;
    msgpack_unpacked unpacked;
    message m;

    msgpack_unpacked_init(&unpacked);
    while (verdict == ACCEPTED && at < size) {
        if (msgpack_unpack_next(&unpacked, bytes, size, &at) != MSGPACK_UNPACK_SUCCESS)
            verdict = MALFORMED;
        else
            verdict = read_message(p, &m, &unpacked.data);
    }
    msgpack_unpacked_destroy(&unpacked);
    return verdict;
}

/* Accepted is a promise, so an accepted frame is in the queue. Nothing is sent from here. */
static enum verdict receive(peer *p, HWND sender, const COPYDATASTRUCT *data)
{
    if (data->dwData != FRAME_TAG)
        return UNHANDLED; /* another program's protocol */
    if (data->cbData > FRAME_MOST)
        return TOO_LARGE;
    if (p->queued == QUEUE_MOST)
        return BUSY;
    enum verdict verdict = check_frame(p, data->lpData, data->cbData);
    if (verdict != ACCEPTED)
        return verdict;
    frame *f = malloc(sizeof *f + data->cbData);
    if (f == NULL)
        return BUSY;
    f->next = NULL;
    f->sender = sender;
    f->size = data->cbData;
    f->bytes = (char *)(f + 1);
    memcpy(f->bytes, data->lpData, data->cbData);
    *p->last = f;
    p->last = &f->next;
    p->queued++;
    PostMessageW(p->hwnd, WM_QUEUED, 0, 0); /* GetMessage does not return for sent messages */
    return ACCEPTED;
}

static LRESULT CALLBACK on_message(HWND hwnd, UINT number, WPARAM wparam, LPARAM lparam)
{
    peer *p = (peer *)GetWindowLongPtrW(hwnd, GWLP_USERDATA);

    switch (number) {
    case WM_COPYDATA:
        if (p == NULL || lparam == 0)
            return UNHANDLED;
        return (LRESULT)receive(p, (HWND)wparam, (COPYDATASTRUCT *)lparam);
    case WM_DESTROY:
        PostQuitMessage(0);
        return 0;
    default:
        return DefWindowProcW(hwnd, number, wparam, lparam);
    }
}

/* Handling: in the message loop ---------------------------------------------------------------- */

/* Adds up a list of integers; false when it is not one. Unsigned, so that overflow wraps around. */
static bool add_up(const msgpack_object *list, uint64_t *sum)
{
    if (list->type != MSGPACK_OBJECT_ARRAY)
        return false;
    *sum = 0;
    for (uint32_t i = 0; i < list->via.array.size; i++) {
        const msgpack_object *item = &list->via.array.ptr[i];
        if (item->type != MSGPACK_OBJECT_POSITIVE_INTEGER &&
            item->type != MSGPACK_OBJECT_NEGATIVE_INTEGER)
            return false;
        *sum += item->via.u64;
    }
    return true;
}

/* Answers a request: [1, msgid, nil, result] or [1, msgid, { name =, message = }, nil]. */
static void answer(peer *p, HWND to, const message *m)
{
    msgpack_sbuffer buffer;
    msgpack_packer pk;
    uint64_t sum;

    msgpack_sbuffer_init(&buffer);
    msgpack_packer_init(&pk, &buffer, msgpack_sbuffer_write);
    msgpack_pack_array(&pk, 4);
    msgpack_pack_int(&pk, RESPONSE);
    msgpack_pack_uint32(&pk, m->id);
    if (add_up(m->body, &sum)) {
        msgpack_pack_nil(&pk);
        msgpack_pack_int64(&pk, (int64_t)sum);
    } else {
        msgpack_pack_map(&pk, 2);
        pack_text(&pk, "name");
        pack_text(&pk, "BAD_REQUEST");
        pack_text(&pk, "message");
        pack_text(&pk, "expected a list of integers");
        msgpack_pack_nil(&pk);
    }
    printf("answer: verdict %d\n", (int)outbox_deliver(&p->out, to, &buffer));
    msgpack_sbuffer_destroy(&buffer);
}

static void handle(peer *p, HWND sender, const message *m)
{
    printf("%s from 0x%llX: ", m->type == REQUEST ? "request" : "notification",
           (unsigned long long)(uintptr_t)sender);
    msgpack_object_print(stdout, *m->body);
    printf("\n");
    if (m->type == REQUEST)
        answer(p, sender, m);
    else if (m->body->type == MSGPACK_OBJECT_STR && m->body->via.str.size == 4 &&
             memcmp(m->body->via.str.ptr, "quit", 4) == 0)
        DestroyWindow(p->hwnd);
}

static void handle_frame(peer *p, const frame *f)
{
    msgpack_unpacked unpacked;
    size_t at = skip_proof(f->bytes, f->size);
    message m;

    msgpack_unpacked_init(&unpacked);
    while (msgpack_unpack_next(&unpacked, f->bytes, f->size, &at) == MSGPACK_UNPACK_SUCCESS)
        if (read_message(p, &m, &unpacked.data) == ACCEPTED)
            handle(p, f->sender, &m);
    msgpack_unpacked_destroy(&unpacked);
}

/* Frames accepted while this sends an answer are added at the end. */
static void handle_queue(peer *p)
{
    while (p->first != NULL) {
        frame *f = p->first;
        p->first = f->next;
        if (p->first == NULL)
            p->last = &p->first;
        p->queued--;
        handle_frame(p, f);
        free(f);
    }
}

/* ---------------------------------------------------------------------------------------------- */

/* Makes the window ("Endpoint") and joins ("Channel"). */
static bool join(peer *p)
{
    WNDCLASSW class = {
        .lpfnWndProc = on_message,
        .hInstance = GetModuleHandleW(NULL),
        .lpszClassName = ENDPOINT_CLASS,
    };

    RegisterClassW(&class);
    p->hwnd = CreateWindowExW(0, ENDPOINT_CLASS, L"", 0, 0, 0, 0, 0, HWND_MESSAGE, NULL,
                              class.hInstance, NULL);
    if (p->hwnd == NULL)
        return false;
    outbox_open(&p->out, p->hwnd);
    SetWindowLongPtrW(p->hwnd, GWLP_USERDATA, (LONG_PTR)p);
    return SetPropW(p->hwnd, p->property, (HANDLE)1) != 0;
}

int wmain(int count, wchar_t **arguments);

int wmain(int count, wchar_t **arguments)
{
    static peer p; /* zero, and too large for some stacks */
    MSG event;

    setvbuf(stdout, NULL, _IONBF, 0);
    if (count != 2 || arguments[1][0] == 0 || wcslen(arguments[1]) > NAME_MOST) {
        fprintf(stderr, "usage: peer CHANNEL (1 to %d characters)\n", NAME_MOST);
        return 2;
    }
    p.last = &p.first;
    wcscpy(p.channel, arguments[1]);
    wcscpy(p.property, PROPERTY);
    wcscat(p.property, p.channel);
    WideCharToMultiByte(CP_UTF8, 0, p.channel, -1, p.channel_utf8, sizeof p.channel_utf8, NULL,
                        NULL);
    if (!join(&p)) {
        fprintf(stderr, "cannot make a window: error %lu\n", GetLastError());
        return 1;
    }
    tell_watchers(&p);
    printf("joined, hwnd 0x%llX\n", (unsigned long long)(uintptr_t)p.hwnd);
    say_hello(&p);
    while (GetMessageW(&event, NULL, 0, 0) > 0) {
        if (event.message == WM_QUEUED && event.hwnd == p.hwnd)
            handle_queue(&p);
        else
            DispatchMessageW(&event);
    }
    tell_watchers(&p);
    printf("left\n");
    return 0;
}
