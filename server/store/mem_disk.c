#include "store/mem_disk.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/mem.h"

struct store_mem_disk *store_mem_disk_create(void)
{
	struct store_mem_disk *d = mem_alloc(sizeof *d);

	arena_init(&d->mem);
	return d;
}

static void series_destroy(struct mem_series *m)
{
	free(m->record);
	free(m->base);
	free(m->audit);
	map_fini(&m->request);
	arena_fini(&m->mem);
	arena_fini(&m->now_mem);
	free(m);
}

void store_mem_disk_destroy(struct store_mem_disk *d)
{
	if (!d) {
		return;
	}
	assert(!d->is_open);
	for (size_t i = 0; i < d->series_count; i++) {
		series_destroy(d->series[i]);
	}
	free(d->policy);
	arena_fini(&d->mem);
	free(d->series);
	free(d->link);
	free(d->session);
	free(d);
}

struct mem_series *mem_disk_series(const struct store_mem_disk *d, struct series_id id)
{
	return id.n >= 1 && (uint64_t)id.n <= d->series_count ? d->series[id.n - 1] : NULL;
}

/* ---- the rules of the tables ---- */

enum { REQUEST_BYTES = 2 * sizeof(uint64_t) };

static struct slice request_key(const struct record *r, char key[REQUEST_BYTES])
{
	memcpy(key, &r->client, sizeof r->client);
	memcpy(key + sizeof r->client, &r->cseq, sizeof r->cseq);
	return (struct slice){key, REQUEST_BYTES};
}

/* A request is kept once; `before` (may be NULL) holds those of the series. */
static bool are_new(const struct map *before, const struct record *record, size_t count)
{
	struct map here = {0};
	char key[REQUEST_BYTES];
	bool ok = true;

	for (size_t i = 0; i < count && ok; i++) {
		struct slice k = request_key(&record[i], key);

		if (record[i].client != 0) {
			ok = map_get(&here, k) == MAP_NONE &&
			     (!before || map_get(before, k) == MAP_NONE);
			map_put(&here, k, 0);
		}
	}
	map_fini(&here);
	return ok;
}

static bool are_cells_once(const struct cell_now *now, size_t count)
{
	struct map here = {0};
	bool ok = true;

	for (size_t i = 0; i < count && ok; i++) {
		ok = map_get(&here, now[i].cell) == MAP_NONE;
		map_put(&here, now[i].cell, 0);
	}
	map_fini(&here);
	return ok;
}

/* ---- putting ---- */

static bool is_seat(uint8_t n)
{
	return n < SEAT_MAX || n == SEAT_NONE;
}

static void put_record(struct mem_series *m, const struct record *r)
{
	struct record *to;
	char key[REQUEST_BYTES];

	assert(r->client != 0 || r->cseq == 0);
	assert(is_seat(r->actor) && is_seat(r->for_seat));
	mem_room(&m->record, &m->record_cap, m->record_count, sizeof *m->record);
	to = &m->record[m->record_count++];
	*to = *r;
	to->cell = arena_dup(&m->mem, r->cell);
	to->body = arena_dup(&m->mem, r->body);
	if (r->client != 0) {
		map_put(&m->request, request_key(r, key), 0);
	}
}

static void put_audit(struct mem_series *m, const struct audit *a)
{
	struct audit *to;

	mem_room(&m->audit, &m->audit_cap, m->audit_count, sizeof *m->audit);
	to = &m->audit[m->audit_count++];
	*to = *a;
	to->what = arena_dup(&m->mem, a->what);
	to->cells = arena_dup(&m->mem, a->cells);
}

/* As bytes, and what another begins with comes before it. */
static int compare(struct slice a, struct slice b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int c = n ? memcmp(a.ptr, b.ptr, n) : 0;

	return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

static void put_base(struct mem_series *m, const struct text_base *b)
{
	size_t at = 0;

	while (at < m->base_count && compare(m->base[at].cell, b->cell) < 0) {
		at++;
	}
	if (at == m->base_count || !slice_eq(m->base[at].cell, b->cell)) {
		mem_room(&m->base, &m->base_cap, m->base_count, sizeof *m->base);
		memmove(&m->base[at + 1], &m->base[at], (m->base_count - at) * sizeof *m->base);
		m->base[at].cell = arena_dup(&m->mem, b->cell);
		m->base_count++;
	}
	m->base[at].ver = b->ver;
	m->base[at].text = arena_dup(&m->mem, b->text);
}

static void put_bases(struct mem_series *m, const struct store_batch *b)
{
	m->base_count = b->base_afresh ? 0 : m->base_count;
	for (size_t i = 0; i < b->base_count; i++) {
		put_base(m, &b->base[i]);
	}
	if (b->has_base) {
		m->base_seq = m->record_count;
		m->base_body = arena_dup(&m->mem, b->base_body);
	}
}

static int compare_now(const void *a, const void *b)
{
	const struct cell_now *x = a;
	const struct cell_now *y = b;

	return compare(x->cell, y->cell);
}

static void put_now(struct mem_series *m, const struct store_batch *b)
{
	arena_reset(&m->now_mem);
	m->now = arena_alloc(&m->now_mem, b->now_count * sizeof *m->now);
	for (size_t i = 0; i < b->now_count; i++) {
		m->now[i].cell = arena_dup(&m->now_mem, b->now[i].cell);
		m->now[i].ver = b->now[i].ver;
		m->now[i].value = arena_dup(&m->now_mem, b->now[i].value);
	}
	m->now_count = b->now_count;
	qsort(m->now, m->now_count, sizeof *m->now, compare_now);
	m->now_seq = m->record_count;
	m->has_now = true;
}

/* Of the series; a policy belongs to none. */
static bool is_empty(const struct store_batch *b)
{
	return b->record_count == 0 && b->audit_count == 0 && b->base_count == 0 && !b->has_base &&
	       !b->has_now;
}

static const struct store_policy *find_policy(const struct store_mem_disk *d, const char *hash)
{
	for (size_t i = 0; i < d->policy_count; i++) {
		if (strcmp(d->policy[i].hash, hash) == 0) {
			return &d->policy[i];
		}
	}
	return NULL;
}

static struct store_policy copy_policy(struct arena *mem, const struct store_policy *p)
{
	struct store_policy to = *p;

	to.visibility = arena_dup(mem, p->visibility);
	to.roles = arena_dup(mem, p->roles);
	to.form = arena_dup(mem, p->form);
	return to;
}

static void put_policies(struct store_mem_disk *d, const struct store_policy *p, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!find_policy(d, p[i].hash)) {
			mem_room(&d->policy, &d->policy_cap, d->policy_count, sizeof *d->policy);
			d->policy[d->policy_count++] = copy_policy(&d->mem, &p[i]);
		}
	}
}

void mem_disk_keep_policy(struct store_mem_disk *d, const struct store_policy *p)
{
	for (size_t i = 0; i < d->series_count; i++) {
		const struct mem_series *m = d->series[i];

		for (size_t n = 0; n < 2 && n < m->record_count; n++) {
			char hash[65];

			if (record_policy_hash(&m->record[n], hash) && strcmp(hash, p->hash) == 0) {
				put_policies(d, p, 1);
				return;
			}
		}
	}
}

bool mem_disk_commit(struct store_mem_disk *d, const struct store_batch *b)
{
	struct mem_series *m = mem_disk_series(d, b->series);

	if (!m && is_empty(b)) {
		put_policies(d, b->policy, b->policy_count);
		return true;
	}
	if (!m) {
		return false;
	}
	if (!are_new(&m->request, b->record, b->record_count) ||
	    (b->has_base && m->record_count + b->record_count == 0) ||
	    (b->has_now && !are_cells_once(b->now, b->now_count))) {
		return false;
	}
	for (size_t i = 0; i < b->record_count; i++) {
		put_record(m, &b->record[i]);
	}
	for (size_t i = 0; i < b->audit_count; i++) {
		put_audit(m, &b->audit[i]);
	}
	put_bases(m, b);
	put_policies(d, b->policy, b->policy_count);
	if (b->has_now) {
		put_now(m, b);
	}
	return true;
}

/* ---- load ---- */

static bool is_loaded(const struct store_series *l, const char *hash)
{
	for (size_t i = 0; i < l->policy_count; i++) {
		if (strcmp(l->policy[i].hash, hash) == 0) {
			return true;
		}
	}
	return false;
}

static void load_policies(const struct store_mem_disk *d, struct store_series *l)
{
	char hash[65];

	l->policy = arena_alloc(&l->mem, d->policy_count * sizeof *l->policy);
	for (size_t i = 0; i < l->record_count; i++) {
		const struct store_policy *p =
		    record_policy_hash(&l->record[i], hash) ? find_policy(d, hash) : NULL;

		if (p && !is_loaded(l, hash)) {
			l->policy[l->policy_count++] = copy_policy(&l->mem, p);
		}
	}
}

static void copy_record(struct store_series *l, const struct record *r)
{
	struct record *to = &l->record[l->record_count++];

	*to = *r;
	to->cell = arena_dup(&l->mem, r->cell);
	to->body = arena_dup(&l->mem, r->body);
}

static void load_records(const struct mem_series *m, struct store_series *l)
{
	l->record = arena_alloc(&l->mem, m->record_count * sizeof *l->record);
	l->rest_seq = arena_alloc(&l->mem, m->record_count * sizeof *l->rest_seq);
	for (size_t i = 0; i < m->record_count; i++) {
		if (i >= l->from || m->record[i].kind != RECORD_EDIT) {
			if (i < l->from) {
				l->rest_seq[l->rest_count++] = i + 1;
			}
			copy_record(l, &m->record[i]);
		}
	}
	l->last_seq = l->from > m->record_count ? l->from : m->record_count;
}

static void load_bases(const struct mem_series *m, struct store_series *l)
{
	l->base = arena_alloc(&l->mem, m->base_count * sizeof *l->base);
	for (size_t i = 0; i < m->base_count; i++) {
		l->base[i].cell = arena_dup(&l->mem, m->base[i].cell);
		l->base[i].ver = m->base[i].ver;
		l->base[i].text = arena_dup(&l->mem, m->base[i].text);
	}
	l->base_count = m->base_count;
	l->has_base = m->base_seq > 0;
	l->base_seq = m->base_seq;
	l->base_body = arena_dup(&l->mem, m->base_body);
}

/* In a table the numbers have a sign. */
static int compare_requests(const void *a, const void *b)
{
	int64_t x = (int64_t)((const struct record *)a)->cseq;
	int64_t y = (int64_t)((const struct record *)b)->cseq;

	return (x > y) - (x < y);
}

static void load_client(const struct mem_series *m, uint64_t client, size_t each,
			struct store_series *l)
{
	struct record *r = mem_alloc(m->record_count * sizeof *r);
	size_t count = 0;

	for (size_t i = 0; i < m->record_count; i++) {
		if (m->record[i].client == client) {
			r[count++] = m->record[i];
		}
	}
	qsort(r, count, sizeof *r, compare_requests);
	for (size_t i = count > each ? count - each : 0; i < count; i++) {
		copy_record(l, &r[i]);
	}
	free(r);
}

enum err mem_disk_load(const struct store_mem_disk *d, const struct load_what *what,
		       struct store_series **out, char *why)
{
	const struct mem_series *m = mem_disk_series(d, what->series);
	struct store_series *l;

	if (!m) {
		why_printf(why, "there is no series %" PRId64, what->series.n);
		return ERR_GONE;
	}
	l = mem_alloc(sizeof *l);
	arena_init(&l->mem);
	l->id = what->series;
	l->name = arena_dup(&l->mem, m->name);
	if (what->how == LOAD_CLIENTS) {
		l->record =
		    arena_alloc(&l->mem, what->client_count * what->each * sizeof *l->record);
		for (size_t i = 0; i < what->client_count; i++) {
			load_client(m, what->client[i], what->each, l);
		}
	} else {
		if (what->how == LOAD_ROOM && m->base_seq > what->remembered) {
			l->from = m->base_seq - what->remembered;
		}
		load_records(m, l);
		load_bases(m, l);
		load_policies(d, l);
	}
	*out = l;
	return ERR_OK;
}

/* ---- links and sessions ---- */

static struct mem_link *find_link(struct store_mem_disk *d, const uint8_t *hash)
{
	for (size_t i = 0; i < d->link_count; i++) {
		if (memcmp(d->link[i].link.secret_hash, hash, STORE_HASH_BYTES) == 0) {
			return &d->link[i];
		}
	}
	return NULL;
}

static bool is_session_new(const struct store_mem_disk *d, const struct store_session *s)
{
	for (size_t i = 0; i < d->session_count; i++) {
		if (d->session[i].sid == s->sid ||
		    memcmp(d->session[i].token_hash, s->token_hash, STORE_HASH_BYTES) == 0) {
			return false;
		}
	}
	return true;
}

enum err mem_disk_login(struct store_mem_disk *d, const uint8_t *link_hash,
			struct store_session *session)
{
	struct mem_link *l = find_link(d, link_hash);

	if (!l || l->link.expires_ms <= session->created_ms || (l->is_used && !l->link.reusable)) {
		return ERR_GONE;
	}
	if (!is_session_new(d, session)) {
		return ERR_IO;
	}
	l->is_used = true;
	session->series = l->series;
	session->seat = l->link.seat;
	mem_room(&d->session, &d->session_cap, d->session_count, sizeof *d->session);
	d->session[d->session_count++] = *session;
	return ERR_OK;
}

void mem_disk_logout(struct store_mem_disk *d, uint64_t sid)
{
	for (size_t i = 0; i < d->session_count; i++) {
		d->session[i].ended = d->session[i].ended || d->session[i].sid == sid;
	}
}

/* ---- import ---- */

static bool is_name_taken(const struct store_mem_disk *d, struct slice name)
{
	for (size_t i = 0; i < d->series_count; i++) {
		if (slice_eq(d->series[i]->name, name)) {
			return true;
		}
	}
	return false;
}

/* Is the link's secret in none before it, of this import or an earlier one of the same file? */
static bool is_link_new(struct store_mem_disk *d, const struct store_import *in, size_t last,
			size_t link)
{
	const uint8_t *hash = in[last].link[link].secret_hash;

	if (find_link(d, hash)) {
		return false;
	}
	for (size_t n = 0; n <= last; n++) {
		for (size_t k = 0; k < (n == last ? link : in[n].link_count); k++) {
			if (memcmp(in[n].link[k].secret_hash, hash, STORE_HASH_BYTES) == 0) {
				return false;
			}
		}
	}
	return true;
}

/* Nothing is put on the disk before everything is known to fit. */
static enum err may_import(struct store_mem_disk *d, const struct store_import *in, size_t at,
			   char *why)
{
	bool taken = is_name_taken(d, in[at].name);
	bool fits = are_new(NULL, in[at].record, in[at].record_count);

	for (size_t n = 0; n < at; n++) {
		taken = taken || slice_eq(in[n].name, in[at].name);
	}
	for (size_t i = 0; i < in[at].link_count; i++) {
		fits = fits && is_link_new(d, in, at, i);
	}
	if (taken) {
		why_printf(why, "a series of that name is there already");
		return ERR_GONE;
	}
	if (!fits) {
		why_printf(why, "the series could not be stored: a request or link.hash twice");
		return ERR_IO;
	}
	return ERR_OK;
}

static void import_one(struct store_mem_disk *d, const struct store_import *in,
		       struct series_id *out)
{
	struct mem_series *m = mem_alloc(sizeof *m);

	arena_init(&m->mem);
	arena_init(&m->now_mem);
	m->name = arena_dup(&m->mem, in->name);
	m->pending = arena_dup(&m->mem, in->pending);
	for (size_t i = 0; i < in->record_count; i++) {
		put_record(m, &in->record[i]);
	}
	mem_room(&d->series, &d->series_cap, d->series_count, sizeof *d->series);
	d->series[d->series_count++] = m;
	out->n = (int64_t)d->series_count;
	for (size_t i = 0; i < in->link_count; i++) {
		assert(in->link[i].seat < SEAT_MAX);
		mem_room(&d->link, &d->link_cap, d->link_count, sizeof *d->link);
		d->link[d->link_count++] = (struct mem_link){.link = in->link[i], .series = *out};
	}
}

enum err mem_disk_import(struct store_mem_disk *d, const struct store_import *in, size_t count,
			 struct series_id *out, size_t *failed, char *why)
{
	for (size_t i = 0; i < count; i++) {
		enum err e = may_import(d, in, i, why);

		if (e != ERR_OK) {
			*failed = i;
			return e;
		}
	}
	for (size_t i = 0; i < count; i++) {
		import_one(d, &in[i], &out[i]);
		put_policies(d, in[i].policy, in[i].policy_count);
	}
	return ERR_OK;
}
