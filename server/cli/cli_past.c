/* A series as it stood at a moment, read beside a live server; and one seat looking at it. */
#include "cli/cli_past.h"

void past_close(struct past *p)
{
	room_destroy(p->room);
	store_series_destroy(p->loaded);
	store_close(p->store);
	if (p->policies) {
		policies_release(p->policies, &p->policy);
	}
	policies_destroy(p->policies);
	cli_running_fini(&p->running);
}

/* The import counts whenever it was made; what came later, only if it had come. */
static void cut_at(struct store_series *l, int64_t at_ms)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->record_count; i++) {
		const struct record *rec = &l->record[i];

		if (rec->at_ms <= at_ms || rec->at_ms == l->record[0].at_ms) {
			l->record[kept++] = *rec;
		}
	}
	l->record_count = kept;
}

static enum err replay(struct past *p, bool has_at, int64_t at_ms)
{
	enum err e = ERR_OK;

	p->room = room_create(p->schema, p->policy.ceiling);
	for (size_t i = 0; !has_at && e == ERR_OK && i < p->loaded->base_count; i++) {
		e = room_replay_base(p->room, &p->loaded->base[i]);
	}
	for (size_t i = 0; e == ERR_OK && i < p->loaded->record_count; i++) {
		e = room_replay(p->room, &p->loaded->record[i]);
	}
	return e == ERR_OK ? room_replay_done(p->room, at_ms, has_at) : e;
}

static bool past_load(const struct cli *c, struct past *p)
{
	char why[STORE_WHY_BYTES] = "";

	if (store_find_now(p->store, slice_of(c->series), &p->series) != ERR_OK) {
		cli_fail(c, "--series: there is no series \"%s\"", c->series);
		return false;
	}
	if (store_load_now(p->store, p->series, &p->loaded, why) != ERR_OK) {
		cli_fail(c, "%s", why);
		return false;
	}
	return true;
}

bool past_open(const struct cli *c, struct past *p)
{
	char why[STORE_WHY_BYTES] = "the journal cannot be replayed";
	int64_t at_ms;
	enum err e;

	*p = (struct past){0};
	if (!cli_time(c, "--at", c->at, cli_wall_ms(), &at_ms) || !cli_running(c, &p->running)) {
		return false;
	}
	p->policies = policies_create(p->running.schema);
	p->store = cli_store(c, STORE_READ);
	if (!p->store || !past_load(c, p)) {
		return false;
	}
	if (c->at) {
		cut_at(p->loaded, at_ms);
	}
	e = policies_take(p->policies, p->loaded, p->loaded->record_count, &p->policy, why);
	if (e == ERR_OK) {
		p->schema = p->policy.schema;
		e = replay(p, c->at != NULL, at_ms);
	}
	if (e != ERR_OK) {
		cli_fail(c, "%s: %s", c->series, why);
	}
	return e == ERR_OK;
}

void past_look(const struct past *p, uint8_t seat, struct arena *mem, struct looker *out)
{
	struct room_about about = room_about(p->room);
	struct view *v = &out->view;
	struct view_export *e = &out->export;

	*out = (struct looker){
	    .view = {.rights = room_rights(p->room), .viewer = seat_bit(seat), .actor = seat},
	    .export = {.snapshot = {.fictional = about.fictional,
				    .office = about.office,
				    .notice = about.notice}}};
	v->seat = room_seats(p->room, mem, &v->seat_count);
	v->resource = room_resources(p->room, mem, &v->resource_count);
	v->meet = room_meet(p->room, mem);
	e->snapshot.cell = room_visible(p->room, v->viewer, mem, &e->snapshot.cell_count);
	e->party = room_parties(p->room, mem, &e->party_count);
	e->consent = room_consents(p->room, mem, &e->consent_count);
}
