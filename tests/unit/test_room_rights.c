/* Rights that change while everybody looks on: consents, bars, denials, and who acts for whom. */
#include "base/limits.h"
#include "support/listener.h"

#define UNTIL "2026-12-24"

static void start(struct rig *r)
{
	meeting_start(r, CASE_1, MEETING_1);
}

static enum err grant(struct rig *r, const char *by, const char *seat, const char *items,
		      const char *until)
{
	return say(r, by, "'t':'grant','seat':'%s','value':%s,'until':'%s'", seat_hex(r, seat),
		   items, until);
}

static enum err grant_for_self(struct rig *r, const char *by, const char *seat, const char *items,
			       const char *method)
{
	return say(r, by, "'t':'grant','seat':'%s','value':%s,'until':'" UNTIL "','for':'%s'%s%s%s",
		   seat_hex(r, seat), items, seat_hex(r, "p-self"), method ? ",'method':'" : "",
		   method ? method : "", method ? "'" : "");
}

static enum err withdraw(struct rig *r, const char *by, const char *row)
{
	return say(r, by, "'t':'withdraw','row':'%s','words':'やめます'", row);
}

/* ---- a consent is given ---- */

Test(rights, a_consent_opens_in_the_same_turn)
{
	struct rig r;
	const struct fx *cells;
	const char *row;

	start(&r);
	cr_assert(!sees(&r, "p-hw", HEALTH));
	YES(grant(&r, "p-self", "p-hw", "['plan.health.outline']", UNTIL));
	row = new_row(&r);
	cells = rig_fx(&r, FX_CELLS, conn_of(&r, "p-hw"));
	cr_assert(has_key(cells, HEALTH));
	for (size_t i = 0; i < cells->cell_count; i++) {
		cr_assert(!cells->cell[i].has_since);
	}
	cr_assert(sees(&r, "p-hw", HEALTH));
	cr_assert(!sees(&r, "p-hw", "plan.health.background.current_state"));
	cr_assert(!sees(&r, "p-emp", HEALTH));
	cr_assert(sees(&r, "p-hw", key_of(&r, "consent", row, "scope")), "it is about them");
	cr_assert(sees(&r, "p-self", key_of(&r, "consent", row, "scope")));
	cr_assert(!sees(&r, "p-emp", key_of(&r, "consent", row, "scope")));
	NO(ERR_GONE, type_text(&r, "p-hw", HEALTH, "読むだけ"));
	meeting_over(&r);
}

Test(rights, one_column_of_a_class_can_be_given)
{
	struct rig r;

	start(&r);
	YES(grant(&r, "p-self", "p-hw", "['" HEALTH "']", UNTIL));
	cr_assert(sees(&r, "p-hw", HEALTH));
	cr_assert(!sees(&r, "p-hw", "plan.health.outline.status"));
	meeting_over(&r);
}

Test(rights, only_what_may_be_given_to_that_role)
{
	struct rig r;

	start(&r);
	NO(ERR_RULE, grant(&r, "p-self", "p-emp", "['plan.health.action']", UNTIL));
	NO(ERR_RULE, grant(&r, "p-self", "p-hw", "['household.protected_info']", UNTIL));
	NO(ERR_RULE, grant(&r, "p-self", "p-hw", "['plan.work.outline']", UNTIL));
	NO(ERR_RULE,
	   grant(&r, "p-self", "p-hw", "['plan.health.outline','plan.legal.outline']", UNTIL));
	NO(ERR_RULE, grant(&r, "p-self", "p-hw", "['plan.legal.outline.goal_short']", UNTIL));
	NO(ERR_PROTO, grant(&r, "p-self", "p-hw", "['no.such.class']", UNTIL));
	NO(ERR_PROTO, grant(&r, "p-self", "p-hw", "[]", UNTIL));
	NO(ERR_PROTO, grant(&r, "p-self", "p-hw", "'plan.health.outline'", UNTIL));
	cr_assert(!sees(&r, "p-hw", HEALTH));
	cr_assert(!sees(&r, "p-emp", HEALTH));
	meeting_over(&r);
}

Test(rights, only_the_person_gives_or_a_scribe_with_a_method)
{
	struct rig r;
	const char *health = "['plan.health.outline']";

	start(&r);
	NO(ERR_GONE, grant(&r, "p-ps", "p-hw", health, UNTIL));
	NO(ERR_GONE, grant(&r, "p-hw", "p-hw", health, UNTIL));
	NO(ERR_GONE, grant_for_self(&r, "p-ps", "p-hw", health, NULL));
	NO(ERR_GONE, grant_for_self(&r, "p-cw", "p-hw", health, "oral"));
	NO(ERR_GONE,
	   say(&r, "p-self", "'t':'grant','seat':'00000000000000ff','value':%s,'until':'" UNTIL "'",
	       health));
	NO(ERR_GONE, grant(&r, "p-self", "p-self", health, UNTIL));
	cr_assert(!sees(&r, "p-hw", HEALTH));
	YES(grant_for_self(&r, "p-aps", "p-hw", health, "oral"));
	cr_assert_eq(r.fx.record[0].actor, rig_seat(&r, "p-aps"));
	cr_assert_eq(r.fx.record[0].for_seat, rig_seat(&r, "p-self"));
	cr_assert_eq(r.fx.record[0].method, METHOD_ORAL);
	cr_assert(sees(&r, "p-hw", HEALTH));
	meeting_over(&r);
}

Test(rights, a_consent_ends_some_day_within_three_years)
{
	struct rig r;
	const char *health = "['plan.health.outline']";

	start(&r);
	NO(ERR_RULE, grant(&r, "p-self", "p-hw", health, "2026-11-11"));
	NO(ERR_RULE, grant(&r, "p-self", "p-hw", health, "2029-11-20"));
	NO(ERR_PROTO, grant(&r, "p-self", "p-hw", health, "2026-02-30"));
	NO(ERR_PROTO, grant(&r, "p-self", "p-hw", health, "いつまでも"));
	YES(grant(&r, "p-self", "p-hw", health, "2029-11-12"));
	meeting_over(&r);
}

Test(rights, it_lapses_at_the_end_of_its_day_in_japan)
{
	struct rig r;
	int64_t midnight;

	start(&r);
	YES(grant(&r, "p-self", "p-hw", "['plan.health.outline']", "2026-11-12"));
	cr_assert(casefile_time_ms(slice_of("2026-11-13T00:00"), &midnight));
	cr_assert_eq(room_deadline(r.room), midnight);
	r.now_ms = midnight - 1;
	rig_event(&r, ROOM_TICK, 0, 0, NULL);
	cr_assert(sees(&r, "p-hw", HEALTH));
	r.now_ms = midnight;
	rig_event(&r, ROOM_TICK, 0, 0, NULL);
	cr_assert(has_key(rig_fx(&r, FX_DROP, conn_of(&r, "p-hw")), HEALTH));
	cr_assert(!sees(&r, "p-hw", HEALTH));
	cr_assert_eq(r.fx.record[0].kind, RECORD_LAPSE);
	meeting_over(&r);
}

/* Time is looked at before anything is judged: a request at midnight finds it gone. */
Test(rights, nothing_slips_in_between_the_deadline_and_the_tick)
{
	struct rig r;
	int64_t midnight;

	start(&r);
	YES(grant(&r, "p-self", "p-hw", "['plan.health.outline']", "2026-11-12"));
	cr_assert(casefile_time_ms(slice_of("2026-11-13T00:00"), &midnight));
	r.now_ms = midnight;
	YES(type_text(&r, "p-ps", HEALTH, "夜に"));
	cr_assert(has_key(rig_fx(&r, FX_DROP, conn_of(&r, "p-hw")), HEALTH));
	meeting_over(&r);
}

/* ---- withdrawn, and given again ---- */

static bool snapshot_has(struct rig *r, const char *seat, const char *key, bool *since)
{
	const struct fx *snap = rig_fx(r, FX_SNAP, conn_of(r, seat));

	for (size_t i = 0; snap && i < snap->cell_count; i++) {
		if (slice_is(snap->cell[i].key, key)) {
			*since = snap->cell[i].has_since;
			return true;
		}
	}
	return false;
}

/* Go, and come back with what one had of a text. */
static void come_back(struct rig *r, const char *seat, const char *key, uint64_t ver)
{
	uint32_t conn = conn_of(r, seat);

	rig_event(r, ROOM_LEAVE, conn, rig_seat(r, seat), NULL);
	send_quoted(r, conn, seat,
		    (char *)(uintptr_t)arena_printf(
			&r->mem, "{'t':'join','client':'%016x','have':[['%s',%llu]]}", conn + 900,
			key, (unsigned long long)ver)
			.ptr);
}

Test(rights, a_withdrawal_drops_in_the_same_turn)
{
	struct rig r;
	const struct fx *ack;
	const char *row;

	start(&r);
	YES(grant(&r, "p-self", "p-hw", "['plan.health.outline']", UNTIL));
	row = new_row(&r);
	NO(ERR_GONE, withdraw(&r, "p-hw", row));
	NO(ERR_GONE, withdraw(&r, "p-emp", row));
	YES(withdraw(&r, "p-self", row));
	ack = rig_fx(&r, FX_ACK, conn_of(&r, "p-self"));
	cr_assert(has_key(rig_fx(&r, FX_DROP, conn_of(&r, "p-hw")), HEALTH));
	cr_assert(rig_fx(&r, FX_DROP, conn_of(&r, "p-hw")) < ack);
	cr_assert(!sees(&r, "p-hw", HEALTH));
	cr_assert(sees(&r, "p-hw", key_of(&r, "consent", row, "withdrawal")));
	NO(ERR_RULE, withdraw(&r, "p-self", row));
	r.now_ms += 1;
	cr_assert(!sees(&r, "p-hw", HEALTH));
	meeting_over(&r);
}

Test(rights, a_scribe_withdraws_for_the_person)
{
	struct rig r;
	const char *row;

	start(&r);
	YES(grant(&r, "p-self", "p-hw", "['plan.health.outline']", UNTIL));
	row = new_row(&r);
	NO(ERR_GONE,
	   say(&r, "p-cw", "'t':'withdraw','row':'%s','words':'x','for':'%s','method':'oral'", row,
	       seat_hex(&r, "p-self")));
	YES(say(&r, "p-aps", "'t':'withdraw','row':'%s','words':'x','for':'%s','method':'oral'",
		row, seat_hex(&r, "p-self")));
	cr_assert(!sees(&r, "p-hw", HEALTH));
	meeting_over(&r);
}

/* What was written while one had no right is not caught up on, now or after a restart. */
Test(rights, given_again_it_comes_as_it_stands)
{
	struct rig r;
	uint64_t had;
	bool since = true;
	const char *row;
	struct room *live;

	start(&r);
	YES(grant(&r, "p-self", "p-hw", "['plan.health.outline']", UNTIL));
	row = new_row(&r);
	had = ver_of(&r, "p-hw", HEALTH);
	YES(withdraw(&r, "p-self", row));
	YES(type_text(&r, "p-ps", HEALTH, "ひみつ"));
	YES(type_text(&r, "p-ps", HEALTH, "消した"));
	YES(grant(&r, "p-self", "p-hw", "['plan.health.outline']", UNTIL));
	cr_assert(has_key(rig_fx(&r, FX_CELLS, conn_of(&r, "p-hw")), HEALTH));
	come_back(&r, "p-hw", HEALTH, had);
	cr_assert(snapshot_has(&r, "p-hw", HEALTH, &since) && !since);
	live = r.room;
	r.room = rig_rebuild(&r);
	come_back(&r, "p-hw", HEALTH, had);
	cr_assert(snapshot_has(&r, "p-hw", HEALTH, &since) && !since, "nor after a restart");
	room_destroy(r.room);
	r.room = live;
	meeting_over(&r);
}

/* ---- bars ---- */

static enum err bar(struct rig *r, const char *by, const char *seat, int on)
{
	return say(r, by, "'t':'bar','seat':'%s','on':%d", seat_hex(r, seat), on);
}

Test(rights, a_bar_cuts_everything_at_once)
{
	struct rig r;
	size_t had, count;

	start(&r);
	YES(open_item(&r, "p-ps", "1"));
	YES(attend(&r, "p-ps", "p-emp", "in"));
	(void)room_visible(r.room, seat_bit(rig_seat(&r, "p-emp")), &r.mem, &had);
	YES(bar(&r, "p-ps", "p-emp", 1));
	cr_assert_eq(rig_fx(&r, FX_DROP, conn_of(&r, "p-emp"))->cell_count, had);
	cr_assert(rig_fx(&r, FX_BYE, conn_of(&r, "p-emp")));
	(void)room_visible(r.room, seat_bit(rig_seat(&r, "p-emp")), &r.mem, &count);
	cr_assert_eq(count, 0);
	NO(ERR_GONE, say(&r, "p-emp", "'t':'attend','what':'in'"));
	cr_assert(rig_fx(&r, FX_BYE, conn_of(&r, "p-emp")));
	NO(ERR_GONE, attend(&r, "p-ps", "p-emp", "in"));
	YES(open_item(&r, "p-ps", "3"));
	rig_event(&r, ROOM_LEAVE, conn_of(&r, "p-emp"), rig_seat(&r, "p-emp"), NULL);
	rig_join(&r, conn_of(&r, "p-emp"), "p-emp");
	cr_assert(rig_fx(&r, FX_BYE, conn_of(&r, "p-emp")) && !rig_fx(&r, FX_SNAP, 0));
	meeting_over(&r);
}

Test(rights, bars_are_the_chairs_and_not_against_itself)
{
	struct rig r;

	start(&r);
	NO(ERR_GONE, bar(&r, "p-aps", "p-emp", 1));
	NO(ERR_GONE, bar(&r, "p-self", "p-emp", 1));
	NO(ERR_GONE, bar(&r, "p-ps", "p-ps", 1));
	NO(ERR_GONE, say(&r, "p-ps", "'t':'bar','seat':'00000000000000ff','on':1"));
	NO(ERR_PROTO, bar(&r, "p-ps", "p-emp", 2));
	NO(ERR_RULE, bar(&r, "p-ps", "p-emp", 0));
	YES(bar(&r, "p-ps", "p-emp", 1));
	NO(ERR_RULE, bar(&r, "p-ps", "p-emp", 1));
	meeting_over(&r);
}

Test(rights, a_lifted_bar_lets_in_afresh)
{
	struct rig r;
	uint64_t had;
	bool since = true;

	start(&r);
	had = ver_of(&r, "p-emp", GOAL);
	YES(bar(&r, "p-ps", "p-emp", 1));
	YES(type_text(&r, "p-ps", GOAL, "その間に"));
	YES(bar(&r, "p-ps", "p-emp", 0));
	cr_assert(sees(&r, "p-emp", GOAL));
	come_back(&r, "p-emp", GOAL, had);
	cr_assert(snapshot_has(&r, "p-emp", GOAL, &since) && !since);
	meeting_over(&r);
}

/* ---- denials ---- */

static enum err deny(struct rig *r, const char *by, const char *seat, const char *about, int on)
{
	return say(r, by, "'t':'deny','seat':'%s','about':'%s','on':%d", seat_hex(r, seat),
		   seat_hex(r, about), on);
}

Test(rights, a_denial_hides_the_other_and_lifts_again)
{
	struct rig r;
	const char *row;

	start(&r);
	YES(open_item(&r, "p-ps", "1"));
	YES(attend(&r, "p-ps", "p-emp", "in"));
	YES(attend(&r, "p-ps", "p-kp", "in"));
	YES(say(&r, "p-emp", "'t':'row','table':'min.dissent','cells':{'text':'反対'}"));
	row = new_row(&r);
	cr_assert(sees(&r, "p-kp", key_of(&r, "min.dissent", row, "text")));
	IS(told_of(&r, "p-kp", "p-emp"), "here line");
	YES(deny(&r, "p-ps", "p-kp", "p-emp", 1));
	cr_assert(has_key(rig_fx(&r, FX_DROP, conn_of(&r, "p-kp")),
			  key_of(&r, "min.dissent", row, "text")));
	IS(told_of(&r, "p-kp", "p-emp"), "?");
	IS(told_of(&r, "p-self", "p-emp"), "here line");
	cr_assert(sees(&r, "p-kp", key_of(&r, "conf.agenda_items", item(&r, "1"), "title")));
	YES(deny(&r, "p-ps", "p-kp", "p-emp", 0));
	cr_assert(has_key(rig_fx(&r, FX_CELLS, conn_of(&r, "p-kp")),
			  key_of(&r, "min.dissent", row, "text")));
	IS(told_of(&r, "p-kp", "p-emp"), "here line");
	meeting_over(&r);
}

Test(rights, denials_are_the_chairs)
{
	struct rig r;

	start(&r);
	NO(ERR_GONE, deny(&r, "p-sup", "p-kp", "p-emp", 1));
	NO(ERR_GONE, deny(&r, "p-ps", "p-kp", "p-kp", 1));
	NO(ERR_RULE, deny(&r, "p-ps", "p-kp", "p-emp", 0));
	NO(ERR_PROTO, deny(&r, "p-ps", "p-kp", "p-emp", 2));
	YES(deny(&r, "p-ps", "p-kp", "p-emp", 1));
	NO(ERR_RULE, deny(&r, "p-ps", "p-kp", "p-emp", 1));
	meeting_over(&r);
}

/* A caret of somebody one must not know of is not there either. */
Test(rights, a_denial_hides_presence)
{
	struct rig r;
	struct view kp;
	bool shown = false;

	start(&r);
	YES(open_item(&r, "p-ps", "1"));
	YES(attend(&r, "p-ps", "p-kp", "in"));
	YES(deny(&r, "p-ps", "p-kp", "p-cw", 1));
	send_quoted(&r, conn_of(&r, "p-cw"), "p-cw",
		    (char[]){"{'t':'here','cell':'" GOAL "','at':[1,0,0]}"});
	kp = view_for(&r, "p-kp");
	cr_assert_null(view_here(&kp, rig_fx(&r, FX_HERE, 0)->here, &shown));
	YES(deny(&r, "p-ps", "p-kp", "p-cw", 0));
	send_quoted(&r, conn_of(&r, "p-cw"), "p-cw",
		    (char[]){"{'t':'here','cell':'" GOAL "','at':[1,0,0]}"});
	kp = view_for(&r, "p-kp");
	cr_assert(taken(&r, view_here(&kp, rig_fx(&r, FX_HERE, 0)->here, &shown)).len > 0);
	meeting_over(&r);
}

static bool is_shown(struct rig *r, const char *seat, const char *name)
{
	return strstr(shown_to(r, seat).ptr, name) != NULL;
}

static enum err put(struct rig *r, const char *key, const char *value)
{
	return say(r, "p-ps", "'t':'set','cell':'%s','base':%llu,'value':%s", key,
		   (unsigned long long)ver_of(r, "p-ps", key), value);
}

/* Nobody learns the name of a resource that was not told them when it gets another. */
Test(rights, a_resource_is_called_the_same_wherever_it_is_named)
{
	struct rig r;
	const char *ware, *law, *old = "架空倉庫";

	start(&r);
	ware = key_of(&r, "case.resources", row_hex(&r, "case.resources", "r-ware"), "name");
	law = key_of(&r, "case.resources", row_hex(&r, "case.resources", "r-law"), "name");
	YES(put(&r, "plan.work.action.resource_ids", "['架空倉庫']"));
	cr_assert(is_shown(&r, "p-ps", old) && !is_shown(&r, "p-hw", old));
	NO(ERR_RULE, put(&r, ware, "''"));
	YES(put(&r, ware, "'工房あさひ（架空）'"));
	cr_assert(is_shown(&r, "p-ps", "工房あさひ（架空）") && !is_shown(&r, "p-ps", old));
	cr_assert(!is_shown(&r, "p-hw", old) && !is_shown(&r, "p-hw", "工房あさひ（架空）"));
	/* Two of one name: the lists that say it may mean either. */
	YES(put(&r, law, "'工房あさひ（架空）'"));
	YES(put(&r, ware, "'工房ゆうひ（架空）'"));
	cr_assert(is_shown(&r, "p-ps", "工房ゆうひ（架空）"));
	cr_assert(!is_shown(&r, "p-hw", "工房あさひ（架空）"));
	/* None of that name any more: what is left of it goes with it. */
	YES(put(&r, law, "'法律の相談（架空）'"));
	cr_assert(!is_shown(&r, "p-hw", "工房あさひ") &&
		  !is_shown(&r, "p-hw", "法律の相談（架空）"));
	meeting_over(&r);
}

/* `times` the same name, as a list. */
static const char *names(struct rig *r, const char *name, size_t times)
{
	const char *list = arena_printf(&r->mem, "['%s'", name).ptr;

	for (size_t i = 1; i < times; i++) {
		list = arena_printf(&r->mem, "%s,'%s'", list, name).ptr;
	}
	return arena_printf(&r->mem, "%s]", list).ptr;
}

static const char *long_name(struct rig *r, size_t units)
{
	char *name = arena_alloc(&r->mem, 3 * units + 1);

	for (size_t i = 0; i < units; i++) {
		memcpy(name + 3 * i, "長", 4);
	}
	return name;
}

/* A short name in a long list would let anybody make a value longer than a message can be. */
Test(rights, a_new_name_makes_no_list_longer_than_a_message)
{
	struct rig r;
	const char *ware, *key = "plan.work.action.resource_ids";

	start(&r);
	ware = key_of(&r, "case.resources", row_hex(&r, "case.resources", "r-ware"), "name");
	YES(put(&r, key, names(&r, "架空倉庫", 64)));
	NO(ERR_LIMIT, put(&r, ware, arena_printf(&r.mem, "'%s'", long_name(&r, 1000)).ptr));
	YES(put(&r, ware, arena_printf(&r.mem, "'%s'", long_name(&r, 100)).ptr));
	meeting_over(&r);
}

static enum err put_long(struct rig *r, const char *key, const char *name, size_t times)
{
	json_t *list = json_array();
	const char *frame;
	char *value;
	enum err e;

	for (size_t i = 0; i < times; i++) {
		json_array_append_new(list, json_string(name));
	}
	value = json_dumps(list, JSON_COMPACT);
	frame = arena_printf(
		    &r->mem,
		    "{\"t\":\"set\",\"cell\":\"%s\",\"base\":%llu,\"value\":%s,\"ref\":%llu}", key,
		    (unsigned long long)ver_of(r, "p-ps", key), value, (unsigned long long)++r->ref)
		    .ptr;
	rig_send(r, conn_of(r, "p-ps"), "p-ps", frame);
	e = answer_of(r, conn_of(r, "p-ps"));
	free(value);
	json_decref(list);
	return e;
}

/* The room is full: a register grows no more than a text does. */
Test(rights, a_full_room_takes_no_longer_list)
{
	struct rig r;
	const char *key = "plan.work.action.resource_ids", *words;
	enum err e = ERR_OK;
	size_t rows = 0;

	start(&r);
	words = long_name(&r, 4000);
	YES(open_item(&r, "p-ps", "1"));
	while (e == ERR_OK) {
		rig_send(&r, conn_of(&r, "p-ps"), "p-ps",
			 arena_printf(&r.mem,
				      "{\"t\":\"row\",\"table\":\"min.dissent\",\"ref\":%llu,"
				      "\"cells\":{\"text\":\"%s\"}}",
				      (unsigned long long)++r.ref, words)
			     .ptr);
		e = answer_of(&r, conn_of(&r, "p-ps"));
		rows++;
	}
	cr_assert(e == ERR_LIMIT && rows < LIMIT_ROOM_ROWS / 2, "%s", err_name(e));
	/* What is left is less than a row of 12 kB, and a list can be longer than that. */
	cr_assert_eq(put_long(&r, key, "短", 1), ERR_OK);
	cr_assert_eq(put_long(&r, key, long_name(&r, 100), 64), ERR_LIMIT);
	cr_assert_eq(put_long(&r, key, "短", 2), ERR_OK);
	meeting_over(&r);
}
