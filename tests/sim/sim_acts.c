/* What happens: people, the network, the disk, the clock. Each act draws from dice of its own. */
#include "base/day.h"
#include "sim/sim.h"

/* A cell this client may write, now and then one everybody writes. */
static uint32_t any_cell(struct sim *s, struct client *c, bool text)
{
	static const char *const hot[] = {"plan.work.action.goal",
					  "plan.health.outline.goal_short"};
	struct oracle *o = &s->kept.o;
	uint32_t at = sim_pick(s, 3) ? o_find(o, hot[sim_pick(s, 2)]) : MAP_NONE;

	client_slots(s, c);
	if (text && at != MAP_NONE && at < c->v.slot_cap && c->v.slot[at].has &&
	    c->v.slot[at].write) {
		return at;
	}
	at = (uint32_t)sim_pick(s, o->cell_count);
	for (size_t i = 0; i < o->cell_count; i++, at = (at + 1) % (uint32_t)o->cell_count) {
		const struct slot *slot = &c->v.slot[at];

		if (slot->has && slot->write && (slot->text != NULL) == text) {
			return at;
		}
	}
	return MAP_NONE;
}

bool client_may_speak(const struct client *c)
{
	return c->here && c->joined && !c->again && !c->resend && c->line && !c->line->closed &&
	       !c->v.board;
}

static void act_edit(struct sim *s, struct client *c)
{
	uint32_t cell = client_may_speak(c) ? any_cell(s, c, true) : MAP_NONE;
	struct slot *slot = cell == MAP_NONE ? NULL : &c->v.slot[cell];
	struct push *p = cell == MAP_NONE ? NULL : &c->push[cell];
	char text[1024], change[160];
	json_t *json;

	if (!slot || p->ref || p->gave_up) {
		return; /* one in flight a cell */
	}
	words_change(s, cell, slot->text, change, sizeof change);
	json = json_loads(change, 0, NULL);
	cr_assert(change_from_json(&c->mem, json, &p->change) == ERR_OK, "%s", change);
	json_decref(json);
	p->ref = ++c->ref;
	snprintf(text, sizeof text,
		 "{\"t\":\"edit\",\"ref\":%llu,\"cell\":\"%s\",\"base\":%llu,\"changes\":[%s]}",
		 (unsigned long long)c->ref, s->kept.o.cell[cell].key,
		 (unsigned long long)slot->ver, change);
	client_ask(s, c, text, cell);
}

static json_t *some_seats(struct sim *s)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < s->kept.o.seat_count; i++) {
		char hex[HEX64_LEN + 1];

		id_to_hex(s->kept.o.seat[i].wire, hex);
		if (sim_pick(s, 4) != 0) {
			json_array_append_new(list, json_sprintf("@%s", hex));
		}
	}
	return list;
}

static json_t *some_value(struct sim *s, uint32_t cell)
{
	const struct oracle *o = &s->kept.o;
	static const char *const status[] = {"draft", "proposed", "provisional", "checked"};

	if (strcmp(o->cell[cell].key, "plan.status") == 0) {
		return json_string(status[sim_pick(s, 4)]);
	}
	switch (o->schema->col[o->cell[cell].col].type) {
	case CELL_DATE:
		return json_sprintf("2027-01-%02zu", 1 + sim_pick(s, 28));
	case CELL_INT:
		return json_integer((json_int_t)sim_pick(s, 50));
	case CELL_BOOL:
		return json_boolean(sim_pick(s, 2));
	case CELL_SEATS:
		return some_seats(s);
	case CELL_LINE:
		return strcmp(o->cell[cell].key, "conf.schedule.start") == 0
			   ? json_sprintf("%02zu:30", 8 + sim_pick(s, 9))
			   : json_sprintf(SIM_MARK, SIM_MARK_OF(cell));
	default:
		return json_null();
	}
}

static void set_cell(struct sim *s, struct client *c, uint32_t cell)
{
	const struct slot *slot;
	struct push *p;
	json_t *value, *o;
	char *text;

	client_slots(s, c);
	slot = &c->v.slot[cell];
	p = &c->push[cell];
	if (!slot->has || slot->text || p->ref) {
		return;
	}
	value = some_value(s, cell);
	if (json_is_null(value)) {
		return;
	}
	p->ref = ++c->ref;
	p->wanted = json_incref(value);
	o = json_pack("{s:s,s:I,s:s,s:I,s:o}", "t", "set", "ref", (json_int_t)c->ref, "cell",
		      s->kept.o.cell[cell].key, "base", (json_int_t)slot->ver, "value", value);
	text = json_dumps(o, JSON_COMPACT);
	client_ask(s, c, text, cell);
	free(text);
	json_decref(o);
}

static void act_set(struct sim *s, struct client *c)
{
	uint32_t cell = client_may_speak(c) ? any_cell(s, c, false) : MAP_NONE;

	if (cell != MAP_NONE) {
		set_cell(s, c, cell);
	}
}

static void act_status(struct sim *s, struct client *c)
{
	if (client_may_speak(c)) {
		set_cell(s, c, o_find(&s->kept.o, "plan.status"));
	}
}

static void act_audience(struct sim *s, struct client *c)
{
	const struct oracle *o = &s->kept.o;

	if (client_may_speak(c)) {
		set_cell(s, c, o_item_cell(o, o->item[sim_pick(s, o->item_count)].row, "audience"));
	}
}

/* ---- the meeting, by messages with holes ---- */

/* A row of a table: one that is there, mostly. */
static void add_row_id(struct sim *s, struct buf *out, const char *table)
{
	const struct oracle *o = &s->kept.o;
	size_t first = sim_pick(s, o->row_count);
	char hex[HEX64_LEN + 1] = "0000000000000001";

	for (size_t i = 0; i < o->row_count; i++) {
		const struct o_row *row = &o->row[(first + i) % o->row_count];

		if (strcmp(o->schema->table[row->table].id, table) == 0) {
			id_to_hex(row->id, hex);
			break;
		}
	}
	buf_add_str(out, hex);
}

/* Seats of the running item, mostly; else any. */
static void add_seat(struct sim *s, struct buf *out)
{
	char hex[HEX64_LEN + 1];

	id_to_hex(s->kept.o.seat[sim_pick(s, s->kept.o.seat_count)].wire, hex);
	buf_add_str(out, hex);
}

/* A class a consent may open for that seat, mostly. */
static void add_grant(struct sim *s, struct buf *out)
{
	const struct oracle *o = &s->kept.o;
	unsigned seat = (unsigned)sim_pick(s, o->seat_count);
	uint16_t cls = (uint16_t)sim_pick(s, o->schema->cls_count);
	int64_t day = (s->now + 9 * 3600000) / 86400000 + (int64_t)sim_pick(s, 3);
	char hex[HEX64_LEN + 1], until[11] = "";

	for (size_t i = 0; i < o->schema->cls_count &&
			   o->schema->cls[cls].mark[o->seat[seat].role] != MARK_GRANTABLE;
	     i++) {
		cls = (uint16_t)((cls + 1) % o->schema->cls_count);
	}
	id_to_hex(o->seat[seat].wire, hex);
	(void)day_write(day, until);
	buf_printf(out, "'seat':'%s','value':['%s'],'until':'%s'", hex, o->schema->cls[cls].id,
		   until);
}

/* %I item, %C consent, %M row of minutes, %S seat, %N 0 or 1, %G a grant, %T a table of minutes */
static void fill(struct sim *s, struct buf *out, const char *body)
{
	static const char *const table[] = {"min.decisions", "min.dissent", "min.actions",
					    "mon.incident"};

	for (const char *at = body; *at; at++) {
		if (*at != '%') {
			buf_add(out, (struct slice){at, 1});
			continue;
		}
		switch (*++at) {
		case 'I':
			add_row_id(s, out, "conf.agenda_items");
			break;
		case 'C':
			add_row_id(s, out, "consent");
			break;
		case 'M':
			add_row_id(s, out, "min.decisions");
			break;
		case 'S':
			add_seat(s, out);
			break;
		case 'N':
			buf_printf(out, "%zu", sim_pick(s, 2));
			break;
		case 'G':
			add_grant(s, out);
			break;
		default:
			buf_add_str(out, table[sim_pick(s, 4)]);
			break;
		}
	}
}

static void request(struct sim *s, struct client *c, const char *body)
{
	struct buf text = {0};

	if (!client_may_speak(c)) {
		return;
	}
	buf_add_str(&text, "{");
	fill(s, &text, body);
	buf_printf(&text, ",'ref':%llu}", (unsigned long long)++c->ref);
	buf_add(&text, (struct slice){"", 1});
	for (char *at = text.ptr; *at; at++) {
		*at = *at == '\'' ? '"' : *at;
	}
	client_ask(s, c, text.ptr, MAP_NONE);
	buf_fini(&text);
}

/* Who has the duty, or is the person, if it is here; else whoever was drawn. */
static struct client *who_may(struct sim *s, struct client *c, bool chair, bool person)
{
	for (unsigned i = 0; i < s->plan->seats && sim_pick(s, 8) != 0; i++) {
		struct client *one = &s->client[i];
		const struct o_seat *seat = &s->kept.o.seat[one->v.l.seat];

		if (one->here && !one->v.board &&
		    ((chair && seat->chair) || (!chair && !person && seat->recorder) ||
		     (person && strcmp(o_role(&s->kept.o, one->v.l.seat), "self") == 0))) {
			return one;
		}
	}
	return c;
}

static void act_chair(struct sim *s, struct client *c)
{
	static const char *const body[] = {
	    "'t':'open','row':'%I'",
	    "'t':'open','row':'%I'",
	    "'t':'open','row':'%I'",
	    "'t':'close'",
	    "'t':'close','end':1",
	    "'t':'order','row':'%I'",
	    "'t':'order','row':'%I','to':'%I'",
	    "'t':'attend','what':'in','seat':'%S'",
	    "'t':'attend','what':'in','seat':'%S','place':'line'",
	    "'t':'attend','what':'out','seat':'%S'",
	    "'t':'bar','seat':'%S','on':%N",
	    "'t':'deny','seat':'%S','about':'%S','on':1",
	    "'t':'deny','seat':'%S','about':'%S','on':%N",
	};

	request(s, who_may(s, c, true, false), body[sim_pick(s, sizeof body / sizeof *body)]);
}

static void act_person(struct sim *s, struct client *c)
{
	static const char *const body[] = {
	    "'t':'grant',%G",
	    "'t':'grant',%G",
	    "'t':'grant',%G",
	    "'t':'withdraw','row':'%C','words':'やめる'",
	    "'t':'withdraw','row':'%C','words':'やめる'",
	    "'t':'withdraw','row':'%C','words':''",
	    "'t':'pause','on':%N",
	    "'t':'assent'",
	};

	request(s, who_may(s, c, false, true), body[sim_pick(s, sizeof body / sizeof *body)]);
}

static void act_minutes(struct sim *s, struct client *c)
{
	static const char *const body[] = {
	    "'t':'row','table':'%T','cells':{'text':'書いた'}",
	    "'t':'row','table':'%T','cells':{'text':'書いた'}",
	    "'t':'row','table':'min.decisions','cells':{'text':'決めた'},'to':'%I'",
	    "'t':'row','table':'min.actions','cells':{'what':'宿題'}",
	    "'t':'assign','table':'min.decisions','row':'%M','to':'%I','words':'理由'",
	    "'t':'assign','table':'min.decisions','row':'%M','to':'%I'",
	};

	request(s, who_may(s, c, false, false), body[sim_pick(s, sizeof body / sizeof *body)]);
}

static void act_attend(struct sim *s, struct client *c)
{
	static const char *const body[] = {"'t':'attend','what':'in'", "'t':'attend','what':'in'",
					   "'t':'attend','what':'in','place':'line'",
					   "'t':'attend','what':'out'"};

	request(s, c, body[sim_pick(s, sizeof body / sizeof *body)]);
}

/* What is not kept: where somebody is, who can read what, whether anybody is there. */
static void act_ask(struct sim *s, struct client *c)
{
	uint32_t cell = (uint32_t)sim_pick(s, s->kept.o.cell_count);
	char text[256];

	if (!client_may_speak(c)) {
		return;
	}
	switch (sim_pick(s, 4)) {
	case 0:
		snprintf(text, sizeof text, "{\"t\":\"reach\",\"cell\":\"%s\"}",
			 s->kept.o.cell[cell].key);
		break;
	case 1:
		snprintf(text, sizeof text, "{\"t\":\"ping\"}");
		break;
	default:
		snprintf(text, sizeof text, "{\"t\":\"here\",\"cell\":\"%s\"}",
			 s->kept.o.cell[cell].key);
	}
	client_say(s, c, text);
}

/* ---- the network ---- */

static void act_page(struct sim *s, struct client *c)
{
	unsigned who = (unsigned)(c - s->client);

	if (!c->here) {
		client_come(s, who);
	} else if (sim_pick(s, 3) == 0) {
		client_leave(s, who);
	}
}

static void act_reconnect(struct sim *s, struct client *c)
{
	if (c->here && c->line) {
		client_reconnect(s, (unsigned)(c - s->client), sim_pick(s, 2));
	}
}

static void act_slow(struct sim *s, struct client *c)
{
	if (c->line) {
		c->line->slow = !c->line->slow;
		if (!c->line->slow) {
			line_read(s, c->line, SIZE_MAX);
		}
	}
}

static void act_read(struct sim *s, struct client *c)
{
	if (c->line) {
		line_read(s, c->line, 1 + sim_pick(s, 4));
	}
}

/* From now on what it says is on its way. */
static void act_hold(struct sim *s, struct client *c)
{
	if (c->line && c->line->held_count == 0) {
		struct line *l = c->line;

		mem_room(&l->held, &l->held_cap, l->held_count, sizeof *l->held);
		l->held[l->held_count++] = strdup("");
	}
	(void)s;
}

static void act_arrive(struct sim *s, struct client *c)
{
	struct line *l = &s->line[sim_pick(s, SIM_LINES)];

	for (size_t i = 0; i < SIM_LINES && !(l->open && l->held_count); i++) {
		l = &s->line[((size_t)(l - s->line) + 1) % SIM_LINES];
	}
	(void)c;
	for (size_t n = 1 + sim_pick(s, 3); n > 0 && l->open; n--) {
		line_arrive(s, l);
	}
	if (l->open && l->old && sim_pick(s, 4) == 0) {
		line_close(s, l);
	}
}

/* Once more what was kept already, as it was or with another body. */
static void act_repeat(struct sim *s, struct client *c)
{
	char text[96];

	if (!client_may_speak(c) || !c->acked_text || c->other_ref == c->acked_ref) {
		return;
	}
	if (c->repeat_ref == c->acked_ref || sim_pick(s, 3) != 0) {
		COUNT(s, REPEATS);
		c->repeat_ref = c->acked_ref;
		client_say(s, c, c->acked_text);
		return;
	}
	c->other_ref = c->acked_ref;
	COUNT(s, OTHER_BODY);
	snprintf(text, sizeof text,
		 "{\"t\":\"attend\",\"ref\":%llu,\"what\":\"in\",\"place\":\"%s\"}",
		 (unsigned long long)c->acked_ref, sim_pick(s, 2) ? "line" : "room");
	client_say(s, c, text);
}

/* More questions than may wait for one commit. */
static void act_flood(struct sim *s, struct client *c)
{
	if (!client_may_speak(c) || !world_in_flight(s) || c->line->held_count > 0) {
		return;
	}
	for (size_t i = 0; i < SIM_FLOOD && c->line && !c->line->closed; i++) {
		client_say(s, c, "{\"t\":\"ping\"}");
	}
}

/* ---- disk and clock ---- */

static void act_fault(struct sim *s, struct client *c)
{
	static const enum store_mem_fault fault[] = {STORE_MEM_REFUSED, STORE_MEM_LOST,
						     STORE_MEM_SAVED};
	static const enum sim_count as[] = {SIM_NOT_KEPT, SIM_UNKNOWN_LOST, SIM_UNKNOWN_KEPT};
	size_t which = sim_pick(s, 3);

	(void)c;
	if (sim_pick(s, 8) == 0) {
		COUNT(s, LOADS_FAILED);
		store_mem_fail_load(s->store, 1);
		return;
	}
	s->count[as[which]]++;
	store_mem_fail_commit(s->store, 1 + sim_pick(s, 3), fault[which]);
}

/* For some acts the disk keeps nothing. */
static void act_stick(struct sim *s, struct client *c)
{
	(void)c;
	COUNT(s, STUCK);
	s->stuck_left = 1 + sim_pick(s, 14);
	world_stick(s, true);
	if (sim_pick(s, 2)) {
		world_poll(s);
	}
}

static void act_crash(struct sim *s, struct client *c)
{
	(void)c;
	world_crash(s);
}

static void act_poll(struct sim *s, struct client *c)
{
	(void)c;
	world_poll(s);
}

static void act_settle(struct sim *s, struct client *c)
{
	(void)c;
	world_settle(s);
	(void)sim_chores(s);
}

static void act_time(struct sim *s, struct client *c)
{
	int64_t due = follow_next_change(&s->kept.o);
	int64_t far = (sim_pick(s, 3) ? 4 : 500) * 86400000LL;

	(void)c;
	if (sim_pick(s, 2) == 0 && due > s->now && due < s->now + far) {
		world_pass(s, due - s->now + (int64_t)sim_pick(s, 2));
	} else {
		world_pass(s, (int64_t)sim_pick(s, sim_pick(s, 8) ? 2000 : 86400000));
	}
	follow(s);
	if (sim_pick(s, 3) != 0) {
		world_tick(s);
	}
}

static void act_clock(struct sim *s, struct client *c)
{
	int64_t by = (int64_t)sim_pick(s, 20 * 60000) - 10 * 60000;

	(void)c;
	if (sim_pick(s, 2)) {
		COUNT(s, JUMPS_FAR);
		s->real += (sim_pick(s, 2) ? 1 : -1) * (int64_t)(3 + sim_pick(s, 900)) * 3600000;
	} else if (s->real == s->ideal) {
		COUNT(s, JUMPS_NEAR);
		s->real += by;
		s->ideal += by;
	} else {
		s->real = s->ideal; /* somebody sets it right */
	}
	world_pass(s, 1);
	world_tick(s);
}

/* clang-format off */ /* one to a line */
const struct sim_kind sim_acts[] = {
    {"edit", 40, act_edit},
    {"set", 6, act_set},
    {"status", 1, act_status},
    {"audience", 2, act_audience},
    {"chair", 20, act_chair},
    {"person", 10, act_person},
    {"minutes", 9, act_minutes},
    {"attend", 8, act_attend},
    {"ask", 4, act_ask},
    {"suggest", 9, act_suggest},
    {"answer", 9, act_answer},
    {"page", 5, act_page},
    {"reconnect", 4, act_reconnect},
    {"slow", 4, act_slow},
    {"read", 4, act_read},
    {"hold", 3, act_hold},
    {"arrive", 6, act_arrive},
    {"repeat", 3, act_repeat},
    {"flood", 1, act_flood},
    {"history", 6, act_history},
    {"fault", 3, act_fault},
    {"stick", 2, act_stick},
    {"crash", 1, act_crash},
    {"poll", 14, act_poll},
    {"settle", 24, act_settle},
    {"time", 9, act_time},
    {"clock", 1, act_clock},
};
/* clang-format on */
const size_t sim_act_count = sizeof sim_acts / sizeof *sim_acts;
