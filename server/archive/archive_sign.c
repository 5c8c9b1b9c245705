/* Signing: oneself, for somebody on paper or by a mark, and saying that one was there. */
#include <string.h>

#include "archive/archive_sign.h"
#include "minutes/b64.h"
#include "minutes/shape.h"

enum err signing_begin(struct signing *s, struct asked *q)
{
	enum err e;

	s->q = q;
	s->seat = q->ask->seat;
	s->slot = SLOT_NONE;
	min_change_init(&s->change);
	e = held_of(q, &s->h);
	return e == ERR_OK && !min_log_party(s->h.log, q->ask->seat) ? ERR_GONE : e;
}

void signing_fini(struct signing *s)
{
	min_change_fini(&s->change);
	held_close(&s->h);
}

enum err signing_end(struct signing *s, enum err e)
{
	if (e == ERR_OK) {
		e = min_change_is_empty(&s->change)
			? ERR_RULE
			: held_keep(&s->h, &s->change, NULL, s->q->out->why);
	}
	if (e == ERR_OK) {
		answer_json(s->q, 200, json_object());
	}
	signing_fini(s);
	return e;
}

/* The code is right and the log is there. `*go_on` false: answered. */
static enum err begin(struct signing *s, struct asked *q, bool *go_on)
{
	enum err e = code_ask(q, go_on);

	return e == ERR_OK && *go_on ? signing_begin(s, q) : e;
}

/* ---- bodies ---- */

static bool read_decision(const struct asked *q, enum min_decision *out)
{
	struct slice name = body_text(q, "decision");

	return name.ptr && min_decision_of(name, out) && *out != MIN_VOUCH;
}

/* A slot of the seat, where one is named. */
static enum err read_slot(struct signing *s)
{
	struct slice name = body_text(s->q, "slot");
	const struct min_party *p = min_log_party(s->h.log, s->seat);
	size_t slot = name.ptr ? min_slot_of(name) : 0;

	if (!name.ptr) {
		return json_object_get(s->q->body, "slot") ? ERR_PROTO : ERR_OK;
	}
	if (slot >= 32) {
		return ERR_PROTO;
	}
	if (slot != p->slot && !(p->shared >> slot & 1)) {
		return ERR_GONE;
	}
	s->slot = (uint8_t)slot;
	return ERR_OK;
}

enum err signing_read(struct signing *s)
{
	s->note = body_text(s->q, "note");
	return read_decision(s->q, &s->decision) ? read_slot(s) : ERR_PROTO;
}

/* Another party of the log, by its id there. */
static enum err read_party(const struct signing *s, const char *name, uint8_t *out)
{
	struct slice id = body_text(s->q, name);
	const struct min_party *asker = min_log_party(s->h.log, s->q->ask->seat);

	if (!id.ptr) {
		return ERR_PROTO;
	}
	*out = min_log_seat(s->h.log, id);
	return *out == SEAT_NONE || !(asker->knows & seat_bit(*out)) ? ERR_GONE : ERR_OK;
}

static bool is_head(const json_t *pair, const struct min_due *due)
{
	const json_t *size = json_array_get(pair, 0), *root = json_array_get(pair, 1);
	struct min_hash h;

	return json_array_size(pair) == 2 && json_is_integer(size) &&
	       json_integer_value(size) == (json_int_t)due->size && json_is_string(root) &&
	       min_b64_exact((struct slice){json_string_value(root), json_string_length(root)}, h.b,
			     sizeof h.b) &&
	       min_hash_eq(&h, &due->root);
}

bool signing_saw(const struct asked *q, const struct min_due *due, size_t count)
{
	const json_t *list = json_object_get(q->body, "heads");

	if (q->ask->is_trusted && !list) {
		return true;
	}
	if (json_array_size(list) != count) {
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		bool found = false;

		for (size_t k = 0; k < count; k++) {
			found = found || is_head(json_array_get(list, k), &due[i]);
		}
		if (!found) {
			return false;
		}
	}
	return true;
}

/* ---- one's own ---- */

static struct min_say say_of(enum min_decision d)
{
	return (struct min_say){.decision = d, .by = SEAT_NONE, .witness = SEAT_NONE};
}

void signing_act(const struct signing *s, const struct min_due *due, const struct min_act *like,
		 const struct min_hash *about, struct min_slot_say other[2], struct min_act *out)
{
	const struct min_party *p = min_log_party(s->h.log, s->seat);
	bool everywhere = s->decision == MIN_DECLINE || s->decision == MIN_WITHDRAW;

	*out = *like;
	out->seat = s->seat;
	out->time = s->h.now;
	out->size = due->size;
	out->slots = due->slots;
	if (everywhere) {
		out->say.decision = s->decision;
	}
	if (about) {
		out->say.has_about = true;
		out->say.about = *about;
	}
	out->other = other;
	out->other_count = 0;
	for (int k = 0; k < 2; k++) {
		uint8_t slot = k == 0 ? p->slot : s->slot;

		if (slot == SLOT_NONE || !(due->slots >> slot & 1) || (k == 1 && slot == p->slot)) {
			continue;
		}
		other[out->other_count] = (struct min_slot_say){.slot = slot, .say = out->say};
		other[out->other_count].say.decision = s->decision;
		other[out->other_count].say.note = s->note;
		out->other_count++;
	}
}

static enum err sign_head(struct signing *s, const struct min_due *due, const struct min_act *like,
			  const struct min_hash *about, struct min_hash *statement)
{
	struct min_slot_say other[2];
	struct min_act act;

	signing_act(s, due, like, about, other, &act);
	return min_log_sign(s->h.log, &act, statement, &s->change);
}

/* The seat's newest act that these slots know of, and that it has not withdrawn. */
static bool last_act(const struct min_told *told, size_t count, uint8_t seat, uint32_t slots,
		     struct min_hash *out)
{
	bool found = false;

	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; told[i].seat == seat && k < told[i].say_count; k++) {
			const struct min_told_say *say = &told[i].say[k];

			if ((slots >> say->slot & 1) && say->decision != MIN_VOUCH &&
			    say->decision != MIN_WITHDRAW &&
			    !min_told_is_withdrawn(told, count, &told[i])) {
				found = true;
				*out = told[i].statement;
			}
		}
	}
	return found;
}

static enum err withdraw(struct signing *s, const struct min_due *due, size_t count)
{
	struct min_act like = {.method = MIN_ATTESTED, .say = say_of(MIN_WITHDRAW)};
	struct min_told *told;
	struct arena mem;
	size_t told_count;
	enum err e;

	arena_init(&mem);
	e = min_log_status(s->h.log, s->seat, &mem, &told, &told_count);
	for (size_t i = 0; e == ERR_OK && i < count; i++) {
		struct min_hash about;

		if (last_act(told, told_count, s->seat, due[i].slots, &about)) {
			e = sign_head(s, &due[i], &like, &about, NULL);
		}
	}
	arena_fini(&mem);
	return e;
}

size_t signing_dues(const struct signing *s, struct min_due out[MIN_DUE_MAX], bool is_signed)
{
	struct min_due all[MIN_DUE_MAX];
	size_t count = min_log_heads(s->h.log, s->seat, all), n = 0;

	for (size_t i = 0; i < count; i++) {
		if (all[i].is_signed == is_signed) {
			out[n++] = all[i];
		}
	}
	return n;
}

static enum err sign_own(struct signing *s)
{
	struct min_act like = {.method = MIN_ATTESTED, .say = say_of(MIN_AGREE)};
	struct min_due due[MIN_DUE_MAX];
	bool takes_back = s->decision == MIN_WITHDRAW;
	size_t count = signing_dues(s, due, takes_back);
	enum err e = ERR_OK;

	/* Whatever the minutes say by now, one's own word may be taken back. */
	if (takes_back) {
		return withdraw(s, due, count);
	}
	if (!signing_saw(s->q, due, count)) {
		return ERR_STALE;
	}
	for (size_t i = 0; e == ERR_OK && i < count; i++) {
		e = sign_head(s, &due[i], &like, NULL, NULL);
	}
	return e;
}

enum err answer_sign(struct asked *q)
{
	struct signing s = {0};
	bool go_on;
	enum err e = begin(&s, q, &go_on);

	if (!go_on) {
		return e;
	}
	if (e == ERR_OK) {
		e = signing_read(&s);
	}
	if (e == ERR_OK) {
		e = sign_own(&s);
	}
	return signing_end(&s, e);
}

/* ---- somebody was there ---- */

/* In the slots of the act that the asker shares: one act for each head among them. */
static enum err vouch_for(struct signing *s, uint8_t by, const struct min_hash *statement,
			  uint32_t slots)
{
	struct min_due due[MIN_DUE_MAX];
	const struct min_party *p = min_log_party(s->h.log, by);
	size_t count = min_log_heads(s->h.log, by, due);
	enum err e = ERR_OK;
	bool any = false;

	for (size_t i = 0; e == ERR_OK && i < count; i++) {
		struct min_act act = {.seat = by,
				      .method = MIN_ATTESTED,
				      .time = s->h.now,
				      .size = due[i].size,
				      .slots = due[i].slots & slots & p->shared,
				      .say = say_of(MIN_VOUCH)};

		if (act.slots) {
			act.slots |= (uint32_t)1 << p->slot;
			act.say.has_about = true;
			act.say.about = *statement;
			e = min_log_sign(s->h.log, &act, NULL, &s->change);
			any = true;
		}
	}
	return e == ERR_OK && !any ? ERR_GONE : e;
}

/* The act as the asker is told of it. */
static enum err find_act(const struct signing *s, const struct min_hash *about, uint8_t *whose,
			 uint32_t *slots)
{
	struct min_told *told;
	struct arena mem;
	size_t count;
	enum err e;

	arena_init(&mem);
	e = min_log_status(s->h.log, s->q->ask->seat, &mem, &told, &count);
	*slots = 0;
	*whose = SEAT_NONE;
	for (size_t i = 0; e == ERR_OK && i < count; i++) {
		for (size_t k = 0; min_hash_eq(&told[i].statement, about) && k < told[i].say_count;
		     k++) {
			*slots |= (uint32_t)1 << told[i].say[k].slot;
			*whose = told[i].seat;
		}
	}
	arena_fini(&mem);
	return e == ERR_OK && *whose == SEAT_NONE ? ERR_GONE : e;
}

enum err answer_vouch(struct asked *q)
{
	struct signing s = {0};
	struct min_hash about;
	uint8_t whose;
	uint32_t slots;
	bool go_on;
	enum err e = begin(&s, q, &go_on);

	if (!go_on) {
		return e;
	}
	if (e == ERR_OK) {
		e = body_hash(q, "about", &about) ? find_act(&s, &about, &whose, &slots)
						  : ERR_PROTO;
	}
	if (e == ERR_OK && whose == q->ask->seat) {
		e = ERR_RULE; /* one's own word vouches for nothing */
	}
	if (e == ERR_OK) {
		e = vouch_for(&s, q->ask->seat, &about, slots);
	}
	return signing_end(&s, e);
}

/* ---- on paper, by a mark ---- */

/* All heads the other has not signed; with `is_vouched` the asker says that it was there, too. */
static enum err sign_for(struct signing *s, const struct min_act *like, bool is_vouched)
{
	struct min_due due[MIN_DUE_MAX];
	size_t count = signing_dues(s, due, false);
	enum err e = count ? ERR_OK : ERR_RULE;

	for (size_t i = 0; e == ERR_OK && i < count; i++) {
		struct min_hash statement;

		e = sign_head(s, &due[i], like, NULL, &statement);
		if (e == ERR_OK && is_vouched) {
			e = vouch_for(s, s->q->ask->seat, &statement, due[i].slots);
			e = e == ERR_GONE ? ERR_OK : e; /* they do not share this one */
		}
	}
	return e;
}

/* Somebody else's act: who, and what they decided. */
static enum err read_for(struct signing *s)
{
	enum err e = read_party(s, "for", &s->seat);
	const struct min_party *asker = min_log_party(s->h.log, s->q->ask->seat);
	const struct min_party *other;

	if (e != ERR_OK || !read_decision(s->q, &s->decision) || s->decision == MIN_WITHDRAW) {
		return e == ERR_OK ? ERR_PROTO : e;
	}
	other = min_log_party(s->h.log, s->seat);
	/* Who never sat with them was not there when they signed. */
	return s->seat == s->q->ask->seat || !(asker->shared & other->shared) ? ERR_RULE : ERR_OK;
}

enum err answer_paper(struct asked *q)
{
	struct signing s = {0};
	struct min_act like = {.method = MIN_PAPER, .say = say_of(MIN_AGREE)};
	bool go_on;
	enum err e = begin(&s, q, &go_on);

	if (!go_on) {
		return e;
	}
	if (e == ERR_OK) {
		e = body_hash(q, "scan", &like.scan) ? read_for(&s) : ERR_PROTO;
	}
	if (e == ERR_OK) {
		e = sign_for(&s, &like, true);
	}
	return signing_end(&s, e);
}

enum err answer_mark(struct asked *q)
{
	struct signing s = {0};
	struct min_act like = {.method = MIN_ATTESTED, .say = say_of(MIN_AGREE)};
	bool go_on;
	enum err e = begin(&s, q, &go_on);

	if (!go_on) {
		return e;
	}
	like.say.is_mark = true;
	like.say.by = q->ask->seat;
	if (e == ERR_OK && !q->standing.is_chair && !q->standing.is_recorder) {
		e = ERR_GONE; /* a scribe has a duty in the meeting */
	}
	if (e == ERR_OK) {
		e = read_for(&s);
	}
	if (e == ERR_OK) {
		e = read_party(&s, "witness", &like.say.witness);
	}
	if (e == ERR_OK && (like.say.witness == q->ask->seat || like.say.witness == s.seat)) {
		e = ERR_RULE;
	}
	if (e == ERR_OK) {
		e = sign_for(&s, &like, false);
	}
	return signing_end(&s, e);
}
