/*
 * Suggestions: what the journal says of them, what each reader was shown, and whether that is the
 * same. Both map them over the changes of their text by themselves.
 */
#include "base/utf8.h"
#include "sim/sim.h"

static const char *const state_names[] = {
    [SUGGESTION_OPEN] = "open", [SUGGESTION_TAKEN] = "taken", [SUGGESTION_ANSWERED] = "answered",
    [SUGGESTION_OLD] = "old",   [SUGGESTION_GONE] = "gone",
};

/* ---- lists ---- */

static void idea_fini(struct idea *i)
{
	free(i->words);
	free(i->reply);
	json_decref(i->change);
}

static void remove_at(struct ideas *all, size_t at)
{
	idea_fini(&all->idea[at]);
	all->count--;
	memmove(&all->idea[at], &all->idea[at + 1], (all->count - at) * sizeof *all->idea);
}

void ideas_forget(struct ideas *all, uint32_t cell)
{
	for (size_t i = all->count; i-- > 0;) {
		if (cell == MAP_NONE || all->idea[i].cell == cell) {
			remove_at(all, i);
		}
	}
}

void ideas_fini(struct ideas *all)
{
	ideas_forget(all, MAP_NONE);
	free(all->idea);
	*all = (struct ideas){0};
}

static struct idea *find(const struct ideas *all, uint64_t id)
{
	for (size_t i = 0; i < all->count; i++) {
		if (all->idea[i].id == id) {
			return &all->idea[i];
		}
	}
	return NULL;
}

static struct idea *add(struct ideas *all, uint64_t id)
{
	mem_room(&all->idea, &all->cap, all->count, sizeof *all->idea);
	all->idea[all->count] = (struct idea){.id = id, .by = SEAT_NONE};
	return &all->idea[all->count++];
}

static void put_text(char **slot, const char *text)
{
	free(*slot);
	*slot = strdup(text ? text : "");
}

size_t ideas_over(struct ideas *all, uint32_t cell, const struct change *change, uint64_t ver)
{
	struct arena mem;
	size_t mapped = 0;

	arena_init(&mem);
	for (size_t i = 0; i < all->count; i++) {
		struct idea *one = &all->idea[i];
		struct change from, to;

		if (one->cell != cell || !one->change || one->ver + 1 != ver) {
			continue;
		}
		cr_assert(change_from_json(&mem, one->change, &from) == ERR_OK &&
			      change_map(&mem, &from, change, false, &to) == ERR_OK,
			  "a suggestion that does not fit its text");
		json_decref(one->change);
		one->change = change_to_json(&to);
		one->ver = ver;
		mapped++;
	}
	arena_fini(&mem);
	return mapped;
}

/* ---- as the journal has it ---- */

static int level_of(const struct follower *f, uint8_t seat, uint32_t cell)
{
	return o_seat_level(&f->o, seat, &f->o.cell[cell]);
}

static bool has_writer(const struct follower *f, uint32_t cell)
{
	for (uint8_t s = 0; s < f->o.seat_count; s++) {
		if (level_of(f, s, cell) == O_WRITE) {
			return true;
		}
	}
	return false;
}

/* The oldest of this seat's that is settled goes where there would be too many. */
static void make_room(struct follower *f, uint8_t seat)
{
	struct idea *settled = NULL;
	size_t count = 0;

	for (size_t i = 0; i < f->ideas.count; i++) {
		struct idea *one = &f->ideas.idea[i];

		if (one->seat == seat && one->state != SUGGESTION_GONE) {
			count++;
			settled = settled || one->state == SUGGESTION_OPEN ? settled : one;
		}
	}
	if (count >= LIMIT_SUGGESTIONS_SEAT) {
		cr_assert(settled, "seat %u has too many suggestions", seat);
		settled->state = SUGGESTION_GONE;
	}
}

void follow_suggest(struct sim *s, struct follower *f, const struct record *r, const json_t *body,
		    bool counts)
{
	uint32_t cell = map_get(&f->o.by_key, r->cell);
	uint64_t id = o_hex(body, "id");
	struct change change;
	struct idea *one;
	struct slice text;
	struct arena mem;

	cr_assert(cell != MAP_NONE && f->o.schema->col[f->o.cell[cell].col].suggestable &&
		      level_of(f, r->actor, cell) != O_HIDDEN &&
		      level_of(f, r->for_seat, cell) != O_HIDDEN && has_writer(f, cell),
		  "a suggestion of seat %u for %.*s", r->actor, (int)r->cell.len, r->cell.ptr);
	cr_assert(!find(&f->ideas, id), "two suggestions of one name");
	arena_init(&mem);
	cr_assert(r->ver == follow_ver(f, cell) &&
		      change_from_json(&mem, json_object_get(body, "c"), &change) == ERR_OK &&
		      !change_is_empty(&change) &&
		      change_apply(&mem, &change, slice_of(f->o.cell[cell].text), LIMIT_TEXT_UNITS,
				   &text) == ERR_OK,
		  "a suggestion for %s does not fit it", f->o.cell[cell].key);
	arena_fini(&mem);
	make_room(f, r->for_seat);
	one = add(&f->ideas, id);
	one->ver = r->ver;
	one->cell = cell;
	one->seat = r->for_seat;
	one->at = r->at_ms;
	one->change = json_incref(json_object_get(body, "c"));
	put_text(&one->words, json_text(body, "words"));
	put_text(&one->reply, NULL);
	if (counts && book_entry(s, r->client, r->cseq)) {
		book_entry(s, r->client, r->cseq)->row = id;
	}
}

/* The text goes on by what was suggested, nothing else. */
static void take_over(struct idea *one, const struct record *r, const json_t *body)
{
	const json_t *list = json_object_get(body, "c");

	cr_assert(one->state == SUGGESTION_OPEN && json_array_size(list) == 1 &&
		      json_equal(json_array_get(list, 0), one->change),
		  "taken over is something else than was suggested");
	json_decref(one->change);
	one->change = NULL;
	one->state = SUGGESTION_TAKEN;
	one->ver = r->ver;
	one->by = r->for_seat;
	put_text(&one->reply, NULL);
}

void follow_answer(struct follower *f, const struct record *r, const json_t *body)
{
	struct idea *one = find(&f->ideas, o_hex(body, "id"));
	const char *what = json_text(body, "what"), *words = json_text(body, "words");

	cr_assert(one && one->state != SUGGESTION_GONE &&
		      slice_is(r->cell, f->o.cell[one->cell].key),
		  "an answer to no suggestion");
	cr_assert(level_of(f, r->actor, one->cell) != O_HIDDEN && o_is_live(&f->o, one->seat) &&
		      level_of(f, r->actor, f->o.seat[one->seat].label) != O_HIDDEN,
		  "seat %u answers what it may not see", r->actor);
	if (strcmp(what, "back") == 0) {
		cr_assert(one->seat == r->for_seat, "seat %u takes back another's", r->for_seat);
		one->state = SUGGESTION_GONE;
		return;
	}
	cr_assert(level_of(f, r->for_seat, one->cell) == O_WRITE,
		  "seat %u, which does not write it, says %s", r->for_seat, what);
	if (strcmp(what, "take") == 0) {
		take_over(one, r, body);
		return;
	}
	cr_assert(strcmp(what, "answer") == 0 && one->state != SUGGESTION_TAKEN && words && *words,
		  "no answer: %s", what);
	one->state = SUGGESTION_ANSWERED;
	one->by = r->for_seat;
	put_text(&one->reply, words);
}

/* ---- as a client has it ---- */

static enum suggestion_state state_of(struct sim *s, const json_t *o)
{
	const char *name = json_text(o, "state");

	for (size_t i = 0; name && i < sizeof state_names / sizeof *state_names; i++) {
		if (strcmp(state_names[i], name) == 0) {
			return (enum suggestion_state)i;
		}
	}
	HOLDS(&s->watch, false, "a suggestion in no state");
	return SUGGESTION_GONE;
}

/* What is said of the text as it stands is as long as it. */
static void fits(struct sim *s, const struct client *c, const struct idea *one)
{
	const struct slot *slot = &c->v.slot[one->cell];
	struct change change;

	if (!one->change || one->ver > slot->ver) {
		return; /* the edits up to there are still to come */
	}
	HOLDS(&s->watch,
	      one->ver == slot->ver &&
		  change_from_json(&s->watch.mem, one->change, &change) == ERR_OK &&
		  change_len_old(&change) == utf8_units(slice_of(slot->text)),
	      "seat %u has a suggestion that does not fit %s", c->v.l.seat,
	      s->kept.o.cell[one->cell].key);
}

void client_idea(struct sim *s, struct client *c, uint32_t cell, const json_t *o)
{
	uint64_t id = o_hex(o, "id");
	struct idea *one = find(&c->ideas, id);
	enum suggestion_state state = state_of(s, o);

	if (state == SUGGESTION_GONE) {
		HOLDS(&s->watch, one, "a suggestion goes that seat %u never had", c->v.l.seat);
		remove_at(&c->ideas, (size_t)(one - c->ideas.idea));
		return;
	}
	one = one ? one : add(&c->ideas, id);
	one->cell = cell;
	one->ver = json_number(o, "ver");
	one->seat = (uint8_t)judge_seat_of(s, json_text(o, "seat"));
	one->by = json_text(o, "by") ? (uint8_t)judge_seat_of(s, json_text(o, "by")) : SEAT_NONE;
	one->state = state;
	one->at = (int64_t)json_number(o, "at");
	put_text(&one->words, json_text(o, "words"));
	put_text(&one->reply, json_text(o, "reply"));
	keep_json(&one->change, json_object_get(o, "change"));
	fits(s, c, one);
}

void client_ideas_over(struct sim *s, struct client *c, uint32_t cell, const struct change *change)
{
	s->count[SIM_MAPPED] += ideas_over(&c->ideas, cell, change, c->v.slot[cell].ver);
	for (size_t i = 0; i < c->ideas.count; i++) {
		if (c->ideas.idea[i].cell == cell) {
			fits(s, c, &c->ideas.idea[i]);
		}
	}
}

/* ---- judged ---- */

void judge_idea(struct sim *s, const struct line *l, uint32_t cell, const json_t *o)
{
	uint64_t id = o_hex(o, "id");
	const struct idea *kept = find(&s->kept.ideas, id);
	const char *words = json_text(o, "words");

	COUNT(s, SHOWN);
	HOLDS(&s->watch, kept && kept->cell == cell, "a suggestion is told before it is kept");
	judge_seat(s, l, json_text(o, "seat"));
	HOLDS(&s->watch,
	      kept->seat == judge_seat_of(s, json_text(o, "seat")) &&
		  strcmp(words ? words : "", kept->words) == 0 &&
		  json_number(o, "ver") <= follow_ver(&s->kept, cell),
	      "another suggestion than was kept");
	if (json_text(o, "by")) {
		judge_seat(s, l, json_text(o, "by"));
	}
}

static bool may_know(struct follower *f, const struct line *l, uint8_t seat)
{
	return o_knows(&f->o, judge_eyes(&f->o, l), seat);
}

void judge_ideas_known(struct sim *s, const struct client *c)
{
	for (size_t i = 0; i < c->ideas.count; i++) {
		const struct idea *one = &c->ideas.idea[i];

		HOLDS(&s->watch,
		      may_know(&s->kept, c->line, one->seat) &&
			  (s->ahead.more == 0 || may_know(&s->ahead, c->line, one->seat)),
		      "seat %u%s keeps a suggestion of seat %u", c->v.l.seat,
		      c->v.board ? " (board)" : "", one->seat);
		HOLDS(&s->watch, one->by == SEAT_NONE || may_know(&s->kept, c->line, one->by),
		      "seat %u%s keeps the name of seat %u, who answered", c->v.l.seat,
		      c->v.board ? " (board)" : "", one->by);
	}
}

static bool is_same(const struct idea *a, const struct idea *b, uint8_t by)
{
	return a->state == b->state && a->at == b->at && a->ver == b->ver && a->seat == b->seat &&
	       a->by == by && strcmp(a->words, b->words) == 0 && strcmp(a->reply, b->reply) == 0 &&
	       (a->change ? json_equal(a->change, b->change) : !b->change);
}

void judge_ideas_rest(struct sim *s, struct client *c)
{
	struct oracle *o = &s->kept.o;
	size_t count = 0;

	for (size_t i = 0; i < s->kept.ideas.count; i++) {
		const struct idea *kept = &s->kept.ideas.idea[i];
		const struct idea *one = find(&c->ideas, kept->id);
		uint8_t by =
		    kept->by == SEAT_NONE || o_knows(o, c->v.set, kept->by) ? kept->by : SEAT_NONE;

		if (kept->state == SUGGESTION_GONE || !o_knows(o, c->v.set, kept->seat) ||
		    o_level(o, c->v.set, kept->cell) == O_HIDDEN) {
			continue;
		}
		count++;
		HOLDS(&s->watch, one && is_same(one, kept, by), "seat %u%s %s of seat %u for %s",
		      c->v.l.seat, c->v.board ? " (board)" : "",
		      one ? "has another suggestion" : "lacks the suggestion", kept->seat,
		      o->cell[kept->cell].key);
	}
	HOLDS(&s->watch, count == c->ideas.count, "seat %u has too many suggestions", c->v.l.seat);
}

/* ---- acts ---- */

/* One many edit, mostly. */
static uint32_t any_text(struct sim *s, struct client *c)
{
	struct oracle *o = &s->kept.o;
	uint32_t at = sim_pick(s, 4) ? o_find(o, "plan.work.action.goal")
				     : (uint32_t)sim_pick(s, o->cell_count);

	client_slots(s, c);
	for (size_t i = 0; at != MAP_NONE && i < o->cell_count; i++) {
		const struct slot *slot = &c->v.slot[at];

		if (slot->has && slot->text && o->schema->col[o->cell[at].col].suggestable) {
			return at;
		}
		at = (at + 1) % (uint32_t)o->cell_count;
	}
	return MAP_NONE;
}

void act_suggest(struct sim *s, struct client *c)
{
	uint32_t cell = client_may_speak(c) ? any_text(s, c) : MAP_NONE;
	char change[160], words[48] = "", text[1024];

	if (cell == MAP_NONE) {
		return;
	}
	words_change(s, cell, c->v.slot[cell].text, change, sizeof change);
	if (sim_pick(s, 2)) {
		snprintf(words, sizeof words, ",\"words\":\"" SIM_MARK "\"", SIM_MARK_OF(cell));
	}
	snprintf(
	    text, sizeof text,
	    "{\"t\":\"suggest\",\"ref\":%llu,\"cell\":\"%s\",\"base\":%llu,\"changes\":[%s]%s}",
	    (unsigned long long)++c->ref, s->kept.o.cell[cell].key,
	    (unsigned long long)c->v.slot[cell].ver, change, words);
	client_ask(s, c, text, MAP_NONE);
}

void act_answer(struct sim *s, struct client *c)
{
	static const char *const what[] = {"take", "take", "answer", "answer", "back"};
	const struct idea *one;
	size_t which = sim_pick(s, 5);
	char words[48] = "", text[512], id[HEX64_LEN + 1];

	if (!client_may_speak(c) || c->ideas.count == 0) {
		return;
	}
	one = &c->ideas.idea[sim_pick(s, c->ideas.count)];
	if (strcmp(what[which], "back") == 0) {
		for (size_t i = 0; i < c->ideas.count && sim_pick(s, 4) != 0; i++) {
			one = c->ideas.idea[i].seat == c->v.l.seat ? &c->ideas.idea[i] : one;
		}
	}
	if (strcmp(what[which], "answer") == 0 && sim_pick(s, 8) != 0) {
		snprintf(words, sizeof words, ",\"words\":\"" SIM_MARK "\"",
			 SIM_MARK_OF(one->cell));
	}
	id_to_hex(one->id, id);
	snprintf(text, sizeof text,
		 "{\"t\":\"answer\",\"ref\":%llu,\"cell\":\"%s\",\"row\":\"%s\",\"what\":\"%s\"%s}",
		 (unsigned long long)++c->ref, s->kept.o.cell[one->cell].key, id, what[which],
		 words);
	client_ask(s, c, text, MAP_NONE);
}
