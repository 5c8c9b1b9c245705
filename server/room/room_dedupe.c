/*
 * Each request carries (client, ref); a repeated one gets the answer it got, the same pair with
 * another body is refused. Only kept requests are remembered: a refused one is judged anew.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"
#include "room/room_state.h"

static struct room_client *client_find(struct room *r, uint64_t id)
{
	for (size_t i = 0; i < r->client_count; i++) {
		if (r->client[i].id == id) {
			return &r->client[i];
		}
	}
	return NULL;
}

/* A place for a new client: the end, or the one that was silent longest. */
static struct room_client *client_place(struct room *r)
{
	struct room_client *oldest;

	if (r->client_count < LIMIT_ROOM_CLIENTS) {
		mem_room(&r->client, &r->client_cap, r->client_count, sizeof *r->client);
		return &r->client[r->client_count++];
	}
	oldest = &r->client[0];
	for (size_t i = 1; i < r->client_count; i++) {
		if (r->client[i].used < oldest->used) {
			oldest = &r->client[i];
		}
	}
	free(oldest->answer);
	return oldest;
}

bool dedupe_may_use(struct room *r, uint64_t client, uint8_t actor)
{
	const struct room_client *c = client_find(r, client);

	for (size_t i = 0; i < r->viewer_count; i++) {
		if (r->viewer[i].client == client && r->viewer[i].actor != actor) {
			return false;
		}
	}
	return !c || c->actor == actor;
}

void dedupe_keep(struct room *r, uint64_t client, uint8_t actor, const struct room_answer *answer)
{
	struct room_client *c = client_find(r, client);

	if (!c) {
		c = client_place(r);
		*c = (struct room_client){.id = client, .actor = actor};
	}
	c->used = ++r->use_count;
	c->ref_max = answer->ref > c->ref_max ? answer->ref : c->ref_max;
	if (c->answer_count < ROOM_ANSWERS) {
		mem_room(&c->answer, &c->answer_cap, c->answer_count, sizeof *c->answer);
		c->answer[c->answer_count++] = *answer;
	} else {
		c->answer[c->answer_next] = *answer;
		c->answer_next = (c->answer_next + 1) % ROOM_ANSWERS;
	}
}

void dedupe_remember(struct room *r, const struct room_event *ev, const struct room_answer *answer)
{
	const struct room_viewer *viewer = viewer_find(r, ev->conn);
	struct room_answer kept = *answer;

	assert(viewer);
	kept.ref = ev->msg->ref;
	kept.digest = ev->msg->digest;
	dedupe_keep(r, viewer->client, ev->actor, &kept);
}

bool dedupe_answer(struct room *r, const struct room_event *ev, struct fx_list *out)
{
	const struct room_viewer *viewer = viewer_find(r, ev->conn);
	struct room_client *c = viewer ? client_find(r, viewer->client) : NULL;

	if (!c) {
		return false;
	}
	for (size_t i = 0; i < c->answer_count; i++) {
		const struct room_answer *a = &c->answer[i];
		struct fx *f;

		if (a->ref != ev->msg->ref) {
			continue;
		}
		if (a->digest != ev->msg->digest) {
			fx_no(out, ev, ERR_PROTO);
			return true;
		}
		f = fx_add(out, FX_ACK, ev->conn);
		f->ref = a->ref;
		f->ver = a->ver;
		f->row = a->row;
		f->has_row = a->has_row;
		return true;
	}
	/* Forgotten with the ring: whether it was kept cannot be told any more. */
	if (c->answer_count == ROOM_ANSWERS && ev->msg->ref + ROOM_ANSWERS <= c->ref_max) {
		fx_no(out, ev, ERR_OLD);
		return true;
	}
	return false;
}
