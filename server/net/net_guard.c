#include "net/net_guard.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

_Static_assert((int)GUARD_SEED_BYTES == (int)crypto_shorthash_KEYBYTES, "seed");

enum { THOUSAND = 1000, KNOWN_MS = 10 * 60 * 1000, KIND_ADDR = 0, KIND_SEAT = 1 };

struct guard_key {
	uint8_t byte[GUARD_KEY_BYTES];
};

struct guard_entry {
	struct guard_entry *next;
	struct guard_key key;
	size_t peers; /* connections now */
	struct net_bucket often;
	struct net_bucket messages; /* of a seat */
	int64_t known_until_ms;
};

/* ---- rates ---- */

static void refill(struct net_bucket *b, unsigned per_s, unsigned burst, int64_t now_ms)
{
	const int64_t full = (int64_t)burst * THOUSAND;
	int64_t since = now_ms - b->at_ms;

	if (!b->is_begun || since * per_s > full) {
		b->thousandths = full;
	} else if (since > 0) {
		b->thousandths += since * per_s; /* a thousandth a millisecond is one a second */
		b->thousandths = b->thousandths < full ? b->thousandths : full;
	}
	b->is_begun = true;
	b->at_ms = now_ms;
}

bool net_bucket_take(struct net_bucket *b, unsigned per_s, unsigned burst, int64_t now_ms)
{
	refill(b, per_s, burst, now_ms);
	if (b->thousandths < THOUSAND) {
		return false;
	}
	b->thousandths -= THOUSAND;
	return true;
}

/* ---- the table ---- */

static struct guard_key key_of(uint8_t kind, const void *bytes, size_t len)
{
	struct guard_key key = {{kind}};

	assert(len < sizeof key.byte);
	memcpy(key.byte + 1, bytes, len);
	return key;
}

static struct guard_entry **bucket_of(struct net_guard *g, const struct guard_key *key)
{
	uint8_t hash[crypto_shorthash_BYTES];
	uint64_t n;

	(void)crypto_shorthash(hash, key->byte, sizeof key->byte, g->seed);
	memcpy(&n, hash, sizeof n);
	return &g->bucket[n % GUARD_BUCKETS];
}

static struct guard_entry *find(struct net_guard *g, const struct guard_key *key)
{
	struct guard_entry *e = *bucket_of(g, key);

	while (e && memcmp(&e->key, key, sizeof *key) != 0) {
		e = e->next;
	}
	return e;
}

/* The entry, made when there is none; NULL when there are too many already. */
static struct guard_entry *place(struct net_guard *g, const struct guard_key *key, int64_t now_ms)
{
	struct guard_entry *e = find(g, key);
	struct guard_entry **at;

	if (e) {
		return e;
	}
	if (g->count >= LIMIT_ADDRS) {
		net_guard_sweep(g, now_ms);
		if (g->count >= LIMIT_ADDRS) {
			return NULL;
		}
	}
	e = mem_alloc(sizeof *e);
	e->key = *key;
	at = bucket_of(g, key);
	e->next = *at;
	*at = e;
	g->count++;
	return e;
}

/* Nothing of it would be missed: as a new entry it would answer the same. */
static bool is_idle(struct guard_entry *e, int64_t now_ms)
{
	bool is_seat = e->key.byte[0] == KIND_SEAT;
	unsigned burst = is_seat ? LIMIT_OPENS_BURST : LIMIT_DIALS_BURST;

	refill(&e->messages, LIMIT_SEAT_MESSAGES_PER_S, LIMIT_SEAT_MESSAGES_BURST, now_ms);
	refill(&e->often, is_seat ? LIMIT_OPENS_PER_S : LIMIT_DIALS_PER_S, burst, now_ms);
	return e->peers == 0 && now_ms >= e->known_until_ms &&
	       e->messages.thousandths == (int64_t)LIMIT_SEAT_MESSAGES_BURST * THOUSAND &&
	       e->often.thousandths == (int64_t)burst * THOUSAND;
}

void net_guard_sweep(struct net_guard *g, int64_t now_ms)
{
	for (size_t i = 0; i < GUARD_BUCKETS; i++) {
		struct guard_entry **at = &g->bucket[i];

		while (*at) {
			struct guard_entry *e = *at;

			if (is_idle(e, now_ms)) {
				*at = e->next;
				free(e);
				g->count--;
			} else {
				at = &e->next;
			}
		}
	}
}

void net_guard_fini(struct net_guard *g)
{
	for (size_t i = 0; i < GUARD_BUCKETS; i++) {
		while (g->bucket[i]) {
			struct guard_entry *e = g->bucket[i];

			g->bucket[i] = e->next;
			free(e);
		}
	}
	g->count = 0;
}

/* ---- what is asked ---- */

enum guard_answer net_guard_dial(struct net_guard *g, const struct auth_addr *addr, int64_t now_ms)
{
	struct guard_key key = key_of(KIND_ADDR, addr->byte, sizeof addr->byte);
	struct guard_entry *e = place(g, &key, now_ms);

	if (!e || e->peers >= LIMIT_PEERS_PER_ADDR) {
		return GUARD_MANY;
	}
	if (!net_bucket_take(&e->often, LIMIT_DIALS_PER_S, LIMIT_DIALS_BURST, now_ms)) {
		return GUARD_OFTEN;
	}
	if (now_ms >= e->known_until_ms &&
	    !net_bucket_take(&g->strangers, LIMIT_STRANGERS_PER_S, LIMIT_STRANGERS_BURST, now_ms)) {
		return GUARD_STRANGER;
	}
	e->peers++;
	return GUARD_OK;
}

void net_guard_left(struct net_guard *g, const struct auth_addr *addr)
{
	struct guard_key key = key_of(KIND_ADDR, addr->byte, sizeof addr->byte);
	struct guard_entry *e = find(g, &key);

	assert(e && e->peers > 0); /* who is here is never swept */
	e->peers--;
}

void net_guard_known(struct net_guard *g, const struct auth_addr *addr, int64_t now_ms)
{
	struct guard_key key = key_of(KIND_ADDR, addr->byte, sizeof addr->byte);
	struct guard_entry *e = find(g, &key);

	if (e) {
		e->known_until_ms = now_ms + KNOWN_MS;
	}
}

static struct guard_entry *seat_of(struct net_guard *g, struct series_id series, uint8_t seat,
				   int64_t now_ms)
{
	uint8_t bytes[sizeof series.n + 1];
	struct guard_key key;

	memcpy(bytes, &series.n, sizeof series.n);
	bytes[sizeof series.n] = seat;
	key = key_of(KIND_SEAT, bytes, sizeof bytes);
	return place(g, &key, now_ms);
}

bool net_guard_open(struct net_guard *g, struct series_id series, uint8_t seat, int64_t now_ms)
{
	struct guard_entry *e = seat_of(g, series, seat, now_ms);

	return e && net_bucket_take(&e->often, LIMIT_OPENS_PER_S, LIMIT_OPENS_BURST, now_ms);
}

bool net_guard_message(struct net_guard *g, struct series_id series, uint8_t seat, int64_t now_ms)
{
	struct guard_entry *e = seat_of(g, series, seat, now_ms);

	return e && net_bucket_take(&e->messages, LIMIT_SEAT_MESSAGES_PER_S,
				    LIMIT_SEAT_MESSAGES_BURST, now_ms);
}
