/* Pages come and go; what one does of itself when it was told to come again. */
#include "sim/sim.h"

/* The texts it has, and their versions. */
static char *join_text(struct sim *s, const struct client *c)
{
	json_t *have = json_array();
	json_t *o;
	char hex[HEX64_LEN + 1], *text;

	for (size_t i = 0; i < c->v.slot_cap; i++) {
		if (c->v.slot[i].has && c->v.slot[i].text) {
			json_array_append_new(have, json_pack("[s,I]", s->kept.o.cell[i].key,
							      (json_int_t)c->v.slot[i].ver));
		}
	}
	id_to_hex(c->id, hex);
	o = json_pack("{s:s,s:s}", "t", "join", "client", hex);
	if (c->v.board) {
		json_object_set_new(o, "board", json_integer(1));
	}
	if (json_array_size(have) > 0) {
		json_object_set(o, "have", have);
	}
	text = json_dumps(o, JSON_COMPACT);
	json_decref(have);
	json_decref(o);
	return text;
}

void client_join(struct sim *s, unsigned who)
{
	struct client *c = &s->client[who];
	char *text = join_text(s, c);

	c->again = c->joined = c->resend = false;
	client_say(s, c, text);
	free(text);
}

/* The i-th of the seats somebody holds, from the front again where there are fewer. */
static uint8_t held_seat(const struct sim *s, size_t i)
{
	const struct oracle *o = &s->kept.o;

	for (uint8_t seat = 0;; seat = (uint8_t)((seat + 1u) % o->seat_count)) {
		if (o_is_live(o, seat) && i-- == 0) {
			return seat;
		}
	}
}

static void page_close(struct sim *s, struct client *c)
{
	for (size_t i = 0; i < c->push_cap; i++) {
		client_push_clear(&c->push[i]);
	}
	while (c->ask_count > 0) {
		client_ask_end(c, c->ask_count - 1);
	}
	viewer_forget_all(&c->v);
	ideas_forget(&c->ideas, MAP_NONE);
	free(c->push);
	c->push = NULL;
	c->push_cap = 0;
	free(c->acked_text);
	c->acked_text = NULL;
	arena_reset(&c->mem);
	c->here = false;
	(void)s;
}

void client_come(struct sim *s, unsigned who)
{
	struct client *c = &s->client[who];
	uint8_t seat = held_seat(s, who);
	/* The last of many is a screen on the wall, where the seat may have one. */
	bool board = who + 1 == s->plan->seats && who >= 3 && s->plan->seed % 3 != 0;

	if (board) {
		for (uint8_t i = 0; i < s->kept.o.seat_count; i++) {
			seat = s->kept.o.seat[i].recorder ? i : seat;
		}
		COUNT(s, BOARDS);
	}
	c->v = (struct viewer){.l = {.seat = seat},
			       .watch = &s->watch,
			       .open = true,
			       .board = board,
			       .pending = MAP_NONE};
	c->id = ++s->conns;
	c->ref = 0;
	c->acked_ref = c->repeat_ref = c->other_ref = 0;
	c->here = true;
	c->broken = false;
	line_open(s, who);
	client_join(s, who);
}

void client_leave(struct sim *s, unsigned who)
{
	struct client *c = &s->client[who];
	struct line *l = c->line;

	page_close(s, c);
	if (l) {
		line_close(s, l);
	}
}

/* The same page on a new line. With `late` the server has not heard of the end of the old one. */
void client_reconnect(struct sim *s, unsigned who, bool late)
{
	struct client *c = &s->client[who];
	struct line *l = c->line;

	COUNT(s, RECONNECTS);
	if (l && late) {
		l->old = true;
		l->slow = false;
		c->line = NULL;
		net_out_drop(&l->out);
		for (size_t i = 0; i < c->ask_count && l->held_count > 0; i++) {
			book_entry(s, c->id, c->ask[i].ref)->is_late = true;
		}
	} else if (l) {
		line_close(s, l);
	}
	for (size_t i = c->ask_count; i-- > 0;) {
		if (c->ask[i].is_dead) {
			client_ask_end(c, i);
		}
	}
	line_open(s, who);
	client_join(s, who);
}

/* In the order of their refs; an answer may come at once and take one off the list. */
static void ask_again(struct sim *s, struct client *c)
{
	uint64_t done = 0;

	c->resend = false;
	for (size_t i = 0; i < c->ask_count && c->line; i++) {
		if (c->ask[i].ref > done) {
			done = c->ask[i].ref;
			client_say(s, c, c->ask[i].text);
			i = (size_t)-1;
		}
	}
}

/* What a client does of itself: come back when it is closed, join when it is told to, ask again. */
bool client_chores(struct sim *s, unsigned who)
{
	struct client *c = &s->client[who];
	bool any;

	if (!c->here) {
		return false;
	}
	any = !c->line || c->line->closed || c->broken || c->again || c->resend;
	if (c->line && c->line->closed == 1008) {
		client_leave(s, who); /* it was told to go */
		return true;
	}
	if (c->broken) {
		client_leave(s, who);
		client_come(s, who);
	} else if (!c->line || c->line->closed) {
		client_reconnect(s, who, false);
	} else if (c->again) {
		client_join(s, who);
	}
	if (c->here && c->line && c->resend && !c->line->closed) {
		ask_again(s, c);
	}
	return any;
}

void client_fini(struct client *c)
{
	for (size_t i = 0; i < c->push_cap; i++) {
		client_push_clear(&c->push[i]);
	}
	while (c->ask_count > 0) {
		client_ask_end(c, c->ask_count - 1);
	}
	free(c->push);
	free(c->ask);
	free(c->acked_text);
	ideas_fini(&c->ideas);
	if (c->v.watch) {
		viewer_forget_all(&c->v);
	}
	arena_fini(&c->mem);
}
