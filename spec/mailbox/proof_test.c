/* SPDX-License-Identifier: MIT
 *
 * Which senders must prove who they are, how often tokens are posted to them, and what becomes of
 * those that cannot prove it.
 */
#include "fixture.h"
#include "wire/proof.h"

#include <stdio.h>
#include <string.h>

#define NONCE 0x0123456789ABCDEF

/* Senders 1 and 3 can prove who they are; 2 cannot. */
static void begin(void)
{
    cd_fixture_begin();
    cd_fix.senders[1]->provable = cd_fix.senders[3]->provable = true;
}

/* A draft that begins with a proof. */
static cd_draft draft(uint64_t nonce, uint64_t token)
{
    cd_draft made = {0};
    char bytes[CD_PROOF_MOST];
    const cd_proof proof = {nonce, token};

    made.size = cd_proof_write(&proof, bytes + sizeof bytes);
    memcpy(made.bytes, bytes + sizeof bytes - made.size, made.size);
    return made;
}

static cd_verdict notify(size_t who, cd_draft made)
{
    cd_draft_notification(&made, CD_FIXTURE_CHANNEL, "!", 1);
    return cd_receive(who, &made);
}

static cd_draft proven(size_t who)
{
    return draft(NONCE, cd_native_token(cd_fix.senders[who]));
}

static cd_verdict plain(size_t who)
{
    return notify(who, (cd_draft){0});
}

/* Allows all waiting senders. Returns how many there were. */
static unsigned allow(void)
{
    uint32_t channel;
    unsigned count = 0;

    for (cd_sender *each; (each = cd_mailbox_undecided(cd_fix.mailbox, &channel)) != NULL;
         count++) {
        cd_mailbox_decide(cd_fix.mailbox, each, channel, true);
        cd_native_host.release(each);
    }
    return count;
}

static void guard(bool guarded)
{
    cd_mailbox_guard(cd_fix.mailbox, cd_fix.channel, guarded);
}

/* Checks that the next message is there, from this sender, and whether it is proven. */
static void expect(size_t who, bool is_proven)
{
    cd_item *item = cd_take(CD_WANT_HANDLED);

    CD_CHECK(item != NULL && cd_item_origin(item)->sender->key == cd_fix.senders[who]->key &&
             cd_item_origin(item)->sender->proven == is_proven);
    cd_mailbox_release(cd_fix.mailbox, item);
}

static void test_guarded(void)
{
    begin();
    CD_CHECK(plain(1) == CD_ACCEPTED && notify(1, draft(NONCE, 7)) == CD_ACCEPTED);
    CD_CHECK(notify(1, proven(1)) == CD_ACCEPTED && cd_fix.native.posts == 0);
    expect(1, false);
    expect(1, false);
    expect(1, true);
    guard(true);
    CD_CHECK(plain(1) == CD_UNPROVEN && cd_fix.native.posts == 0);
    CD_CHECK(notify(1, draft(NONCE, 0)) == CD_UNPROVEN);
    CD_CHECK(cd_fix.native.posts == 1 && cd_fix.native.nonce == NONCE);
    CD_CHECK(notify(1, draft(5, 7)) == CD_UNPROVEN);
    CD_CHECK(cd_fix.native.posts == 2 && cd_fix.native.nonce == 5);
    CD_CHECK(notify(1, proven(3)) == CD_UNPROVEN && allow() == 0);
    CD_CHECK(notify(1, proven(1)) == CD_BUSY && allow() == 1);
    CD_CHECK(notify(1, proven(1)) == CD_ACCEPTED && plain(1) == CD_UNPROVEN);
    expect(1, true);
    cd_fixture_end();
}

/* The script is asked about senders that cannot prove anything; one that could, but to which
 * nothing can be posted, is refused. */
static void test_unable(void)
{
    begin();
    guard(true);
    CD_CHECK(plain(2) == CD_BUSY && plain(0) == CD_BUSY && allow() == 2);
    CD_CHECK(notify(2, draft(NONCE, 0)) == CD_ACCEPTED &&
             notify(0, draft(NONCE, 9)) == CD_ACCEPTED);
    CD_CHECK(notify(2, proven(2)) == CD_ACCEPTED);
    CD_CHECK(cd_fix.native.posts == 0);
    expect(2, false);
    expect(0, false);
    expect(2, false);
    cd_fix.senders[3]->answerable = false;
    CD_CHECK(plain(3) == CD_REFUSED && notify(3, draft(NONCE, 0)) == CD_REFUSED);
    cd_fix.senders[3]->answerable = true;
    cd_fix.native.full = true;
    CD_CHECK(plain(3) == CD_UNPROVEN && notify(3, draft(NONCE, 0)) == CD_REFUSED);
    cd_fix.native.full = false;
    CD_CHECK(notify(3, draft(NONCE, 0)) == CD_UNPROVEN && cd_fix.native.posts == 1);
    cd_fixture_end();
}

/* Eight posts, then one a second, whatever other senders do, until the token is used. */
static void test_posts(void)
{
    begin();
    guard(true);
    for (unsigned i = 1; i <= 20; i++) {
        CD_CHECK(notify(1, draft(NONCE, i)) == CD_UNPROVEN);
        CD_CHECK(cd_fix.native.posts == (i < CD_POSTS_AT_ONCE ? i : CD_POSTS_AT_ONCE));
    }
    CD_CHECK(notify(3, draft(NONCE, 0)) == CD_UNPROVEN);
    CD_CHECK(cd_fix.native.posts == CD_POSTS_AT_ONCE + 1);
    for (unsigned second = 1; second <= 3; second++) {
        cd_fix.seconds += 0.9;
        CD_CHECK(notify(1, draft(NONCE, 0)) == CD_UNPROVEN);
        CD_CHECK(cd_fix.native.posts == CD_POSTS_AT_ONCE + second);
        cd_fix.seconds += 0.1;
        CD_CHECK(notify(1, draft(NONCE, 0)) == CD_UNPROVEN && plain(1) == CD_UNPROVEN);
        CD_CHECK(cd_fix.native.posts == CD_POSTS_AT_ONCE + second + 1);
    }
    cd_fix.native.posts = 0;
    CD_CHECK(notify(1, proven(1)) == CD_BUSY);
    for (unsigned i = 1; i <= 20; i++)
        CD_CHECK(notify(1, draft(NONCE, i)) == CD_UNPROVEN);
    CD_CHECK(cd_fix.native.posts == CD_POSTS_AT_ONCE);
    cd_fixture_end();
}

/* The answer to sender 1 for a message of another protocol. */
static intptr_t raw(void)
{
    intptr_t answer;
    bool taken = cd_mailbox_receive_raw(cd_fix.mailbox, cd_fix.senders[1], CD_RAW_COPYDATA, 5,
                                        "raw", 3, &answer);

    return taken ? answer : CD_UNHANDLED;
}

static void test_endpoint(void)
{
    begin();
    cd_mailbox_want_proof(cd_fix.mailbox);
    CD_CHECK(plain(1) == CD_UNPROVEN && notify(1, proven(1)) == CD_ACCEPTED);
    CD_CHECK(plain(2) == CD_ACCEPTED && plain(0) == CD_ACCEPTED);
    expect(1, true);
    expect(2, false);
    expect(0, false);
    cd_sender *nobody = cd_native_sender(9, 0, false);
    cd_draft made = {0};
    cd_draft_notification(&made, CD_FIXTURE_CHANNEL, "!", 1);
    CD_CHECK(cd_mailbox_receive(cd_fix.mailbox, nobody, made.bytes, made.size) == CD_REFUSED);
    cd_native_host.release(nobody);
    cd_mailbox_guard(cd_fix.mailbox, 0, true);
    CD_CHECK(plain(1) == CD_UNPROVEN && notify(1, proven(1)) == CD_BUSY && allow() == 1);
    CD_CHECK(notify(1, proven(1)) == CD_ACCEPTED);
    expect(1, true);
    /* No room for a proof there: the script is asked about the unproven sender. */
    CD_CHECK(raw() == CD_UNHANDLED && allow() == 1 && raw() == CD_FIXTURE_ANSWER);
    expect(1, false);
    cd_fixture_end();
}

/* All of a frame is accepted, or nothing. */
static void test_frames(void)
{
    cd_draft made = {0};
    uint32_t other = (begin(), cd_mailbox_join(cd_fix.mailbox, "other", 5, true, false));

    cd_mailbox_handle(cd_fix.mailbox, other, true);
    guard(true);
    cd_draft_notification(&made, "other", "!", 1);
    CD_CHECK(cd_receive(1, &made) == CD_ACCEPTED);
    cd_draft_notification(&made, CD_FIXTURE_CHANNEL, "!", 1);
    CD_CHECK(cd_receive(1, &made) == CD_UNPROVEN);
    expect(1, false);
    CD_CHECK(cd_take(CD_WANT_HANDLED) == NULL);
    made = proven(1);
    CD_CHECK(cd_receive(1, &made) == CD_MALFORMED); /* a proof of nothing */
    memcpy(made.bytes + made.size, made.bytes, made.size);
    made.size *= 2;
    CD_CHECK(notify(1, made) == CD_MALFORMED);
    made = proven(1);
    memset(made.bytes + made.size, 0xc1, cd_fixture_limits.max_message + 1);
    made.size += cd_fixture_limits.max_message; /* the proof does not count */
    CD_CHECK(cd_receive(1, &made) == CD_MALFORMED);
    made.size++;
    CD_CHECK(cd_receive(1, &made) == CD_TOO_LARGE);
    made = proven(1);
    made.bytes[0] = (char)0x92;
    CD_CHECK(notify(1, made) == CD_MALFORMED);
    cd_fixture_end();
}

static void test_shares(void)
{
    begin();
    guard(true);
    CD_CHECK(notify(1, proven(1)) == CD_BUSY && allow() == 1);
    guard(false);
    for (int i = 0; i < 4; i++)
        CD_CHECK(plain(1) == CD_ACCEPTED); /* the share of unproven senders of an account */
    CD_CHECK(plain(1) == CD_BUSY && plain(2) == CD_BUSY);
    for (int i = 0; i < 4; i++)
        CD_CHECK(notify(1, proven(1)) == CD_ACCEPTED); /* proven senders have another share */
    CD_CHECK(notify(1, proven(1)) == CD_BUSY);
    cd_drain(8);
    cd_fixture_end();
}

static void test_answers(void)
{
    cd_draft answer = {0}, shown, ours;

    begin();
    guard(true);
    uint32_t msgid = cd_ask(1);
    cd_draft_response(&answer, msgid, "!", 1);
    shown = proven(1);
    cd_draft_response(&shown, msgid, "!", 1);
    CD_CHECK(cd_receive(1, &answer) == CD_UNPROVEN && cd_mailbox_ignored(cd_fix.mailbox) == 0);
    CD_CHECK(cd_receive(3, &answer) == CD_ACCEPTED); /* from another peer: unrequested */
    CD_CHECK(cd_mailbox_ignored(cd_fix.mailbox) == 1);
    CD_CHECK(cd_receive(1, &shown) == CD_ACCEPTED);
    expect(1, true);
    cd_mailbox_end(cd_fix.mailbox, msgid);

    guard(false); /* a peer that has proven who it is must go on doing so, */
    msgid = cd_ask(1);
    ours = (cd_draft){0};
    cd_draft_response(&ours, msgid, "!", 1);
    CD_CHECK(cd_receive(1, &ours) == CD_UNPROVEN);
    cd_mailbox_end(cd_fix.mailbox, msgid);
    msgid = cd_ask(3); /* others need not */
    ours = (cd_draft){0};
    cd_draft_response(&ours, msgid, "!", 1);
    CD_CHECK(cd_receive(3, &ours) == CD_ACCEPTED);
    expect(3, false);
    cd_mailbox_end(cd_fix.mailbox, msgid);
    cd_fixture_end();
}

/* Receives piece `index` of two, of a message whose first piece has `first` bytes. */
static cd_verdict piece(size_t who, bool shows, uint32_t index, size_t first)
{
    static const char body[100];
    cd_draft whole = {0}, made = {0};

    if (shows)
        made = proven(who);
    cd_draft_notification(&whole, CD_FIXTURE_CHANNEL, body, sizeof body);
    cd_fragment part = {.transfer = 4, .index = index, .count = 2, .total = whole.size};
    part.bytes = whole.bytes + (index == 1 ? 0 : first);
    part.size = index == 1 ? first : whole.size - first;
    cd_draft_fragment(&made, &part);
    return cd_receive(who, &made);
}

static void test_pieces(void)
{
    begin();
    for (size_t first = 1; first <= 50; first += 49) { /* one byte does not have the channel */
        guard(true);
        CD_CHECK(piece(1, false, 1, first) == CD_UNPROVEN);
        CD_CHECK(piece(1, true, 1, first) == CD_ACCEPTED);
        CD_CHECK(piece(1, false, 2, first) == CD_MALFORMED);
        CD_CHECK(piece(1, true, 2, first) == CD_BUSY && allow() == 1);
        CD_CHECK(piece(1, true, 2, first) == CD_ACCEPTED);
        expect(1, true);
        guard(false);
        CD_CHECK(piece(1, false, 1, first) == CD_ACCEPTED);
        CD_CHECK(piece(1, true, 2, first) == CD_ACCEPTED); /* begun unproven, stays unproven */
        expect(1, false);
        CD_CHECK(piece(1, false, 1, first) == CD_ACCEPTED);
        guard(true);
        CD_CHECK(piece(1, false, 2, first) == CD_REFUSED);
        CD_CHECK(piece(1, true, 2, first) == CD_MALFORMED);
        guard(false);
        CD_CHECK(piece(1, false, 1, first) == CD_ACCEPTED);
        cd_mailbox_guard(cd_fix.mailbox, 0, true);
        CD_CHECK(piece(1, false, 2, first) == CD_UNPROVEN);
        CD_CHECK(piece(1, true, 2, first) == CD_BUSY && allow() == 1);
        CD_CHECK(piece(1, true, 2, first) == CD_REFUSED);
        cd_mailbox_guard(cd_fix.mailbox, 0, false);
    }
    cd_fix.seconds += 10;
    cd_fix.native.sweeps = cd_mailbox_sweep(cd_fix.mailbox);
    cd_fixture_end();
}

/* The table alone -------------------------------------------------------------------------------*/

static uint64_t gone_below;

static bool gone(uint64_t key)
{
    return key < gone_below;
}

static void test_keyed(void)
{
    typedef struct item {
        uint64_t key, value;
    } item;
    cd_keyed keyed = {.size = sizeof(item), .gone = gone};

    CD_CHECK(cd_keyed_find(&keyed, 1) == NULL && cd_keyed_find(&keyed, 0) == NULL);
    for (uint64_t key = 1; key <= 100000; key++) {
        gone_below = key < 100 ? 0 : key - 100; /* a hundred exist at the same time */
        item *added = cd_keyed_add(&keyed, key);
        CD_CHECK(added != NULL && added->key == key && added->value == 0);
        added->value = key;
        CD_CHECK(cd_keyed_add(&keyed, key) == added);
        for (uint64_t old = key > 100 ? key - 100 : 1; key % 1000 == 0 && old <= key; old++) {
            const item *found = cd_keyed_find(&keyed, old);
            CD_CHECK(found != NULL && found->value == old);
        }
    }
    CD_CHECK(keyed.capacity <= 1024 && cd_keyed_find(&keyed, 0) == NULL);
    cd_keyed_free(&keyed);
    gone_below = 0;
}

int main(void)
{
    test_guarded();
    test_unable();
    test_posts();
    test_endpoint();
    test_frames();
    test_shares();
    test_answers();
    test_pieces();
    test_keyed();
    puts("fine");
    return 0;
}
