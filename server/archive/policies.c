#include "archive/policies.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"
#include "room/room.h"

struct entry {
	struct schema *schema; /* owned */
	unsigned uses;
	uint64_t last; /* order of the last use */
};

struct policies {
	const struct schema *running;
	struct entry *entry;
	size_t count, cap;
	uint64_t clock;
};

struct policies *policies_create(const struct schema *running)
{
	struct policies *p = mem_alloc(sizeof *p);

	p->running = running;
	return p;
}

void policies_destroy(struct policies *p)
{
	if (!p) {
		return;
	}
	for (size_t i = 0; i < p->count; i++) {
		assert(p->entry[i].uses == 0);
		schema_destroy(p->entry[i].schema);
	}
	free(p->entry);
	free(p);
}

size_t policies_count(const struct policies *p)
{
	return p->count;
}

static const struct store_policy *kept(const struct store_series *l, const char *hash)
{
	for (size_t i = 0; i < l->policy_count; i++) {
		if (strcmp(l->policy[i].hash, hash) == 0) {
			return &l->policy[i];
		}
	}
	return NULL;
}

static enum err load(const struct store_series *l, const char *hash, struct schema **out, char *why)
{
	const struct store_policy *k = kept(l, hash);
	char reason[STORE_WHY_BYTES / 2] = "";

	if (!k) {
		(void)snprintf(
		    why, STORE_WHY_BYTES,
		    "made under the policy %s, which the database does not hold: start once "
		    "with --schema DIR of it",
		    hash);
		return ERR_SCHEMA;
	}
	if (schema_load(&(struct schema_source){k->visibility, k->roles, k->form}, out, reason,
			sizeof reason) != ERR_OK) {
		(void)snprintf(why, STORE_WHY_BYTES, "the policy %s is not sound: %s", hash,
			       reason);
		return ERR_SCHEMA;
	}
	if (strcmp((*out)->hash, hash) != 0) {
		(void)snprintf(why, STORE_WHY_BYTES, "the policy %s is damaged", hash);
		schema_destroy(*out);
		return ERR_SCHEMA;
	}
	return ERR_OK;
}

static enum err get(struct policies *p, const struct store_series *l, const char *hash,
		    const struct schema **out, char *why)
{
	struct schema *schema;
	enum err e;

	if (strcmp(p->running->hash, hash) == 0) {
		*out = p->running;
		return ERR_OK;
	}
	for (size_t i = 0; i < p->count; i++) {
		if (strcmp(p->entry[i].schema->hash, hash) == 0) {
			p->entry[i].uses++;
			*out = p->entry[i].schema;
			return ERR_OK;
		}
	}
	e = load(l, hash, &schema, why);
	if (e == ERR_OK) {
		mem_room(&p->entry, &p->cap, p->count, sizeof *p->entry);
		p->entry[p->count++] = (struct entry){.schema = schema, .uses = 1};
		*out = schema;
	}
	return e;
}

/* Some that nobody uses stay for the next room; the one used longest ago goes first. */
static void tidy(struct policies *p)
{
	size_t idle = 0;
	size_t oldest = p->count;

	for (size_t i = 0; i < p->count; i++) {
		if (p->entry[i].uses == 0) {
			idle++;
			oldest = oldest == p->count || p->entry[i].last < p->entry[oldest].last
				     ? i
				     : oldest;
		}
	}
	if (idle > LIMIT_POLICIES_IDLE) {
		schema_destroy(p->entry[oldest].schema);
		p->entry[oldest] = p->entry[--p->count];
	}
}

static void give_back(struct policies *p, const struct schema *schema)
{
	for (size_t i = 0; i < p->count; i++) {
		if (p->entry[i].schema == schema) {
			assert(p->entry[i].uses > 0);
			p->entry[i].uses--;
			p->entry[i].last = ++p->clock;
		}
	}
	tidy(p);
}

enum err policies_take(struct policies *p, const struct store_series *l, size_t count,
		       struct policy_use *out, char *why)
{
	struct room_pins pins;
	enum err e;

	*out = (struct policy_use){0};
	if (!room_pins(l->record, count, &pins)) {
		(void)snprintf(why, STORE_WHY_BYTES, "the journal names no policy");
		return ERR_PROTO;
	}
	e = get(p, l, pins.pinned, &out->schema, why);
	if (e == ERR_OK) {
		e = get(p, l, pins.approved, &out->approved, why);
	}
	if (e != ERR_OK) {
		policies_release(p, out);
	} else if (out->schema != out->approved) {
		out->ceiling = ceiling_create(out->schema, out->approved);
	}
	return e;
}

void policies_release(struct policies *p, struct policy_use *u)
{
	ceiling_destroy(u->ceiling);
	if (u->schema) {
		give_back(p, u->schema);
	}
	if (u->approved) {
		give_back(p, u->approved);
	}
	*u = (struct policy_use){0};
}
