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
		r->client[r->client_count] = (struct room_client){.answer = NULL};
		return &r->client[r->client_count++];
	}
	oldest = &r->client[0];
	for (size_t i = 1; i < r->client_count; i++) {
		if (r->client[i].used < oldest->used) {
			oldest = &r->client[i];
		}
	}
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
	return !c || c->actor == SEAT_NONE || c->actor == actor;
}

void dedupe_keep(struct room *r, uint64_t client, uint8_t actor, const struct room_answer *answer)
{
	struct room_client *c = client_find(r, client);

	if (!c) {
		c = client_place(r);
		free(c->answer);
		*c = (struct room_client){.id = client, .actor = actor};
	}
	c->actor = c->actor == SEAT_NONE ? actor : c->actor;
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

struct room_answer dedupe_of(const struct room *r, const struct record *rec, const json_t *body)
{
	struct room_answer answer = {.ref = rec->cseq, .digest = rec->digest, .ver = rec->ver};
	uint16_t table;

	answer.has_row = (rec->kind == RECORD_ROW && rows_key(r, rec->cell, &table, &answer.row)) ||
			 (rec->kind == RECORD_SUGGEST && body_hex(body, "id", &answer.row));
	return answer;
}

bool room_must_ask(const struct room *r, uint64_t client)
{
	const struct room_client *c = client_find((struct room *)(uintptr_t)r, client);

	return r->from_base && client != 0 && !(c && c->is_whole);
}

/*
 * A place of its own also where there is nothing, so that nobody asks again; the first to make room
 * for others, and bound to no seat.
 */
void room_replay_client(struct room *r, uint64_t client, const struct record *rec, size_t count)
{
	struct room_client *c = client_find(r, client);

	c = c ? c : client_place(r);
	free(c->answer);
	*c = (struct room_client){.id = client, .actor = SEAT_NONE, .is_whole = true};
	for (size_t i = 0; i < count; i++) {
		if (rec[i].client == client) {
			json_t *body = rec[i].kind == RECORD_SUGGEST
					   ? json_loadb(rec[i].body.ptr, rec[i].body.len, 0, NULL)
					   : NULL;
			struct room_answer answer = dedupe_of(r, &rec[i], body);

			dedupe_keep(r, client, rec[i].actor, &answer);
			json_decref(body);
		}
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
