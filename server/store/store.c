/*
 * The port: every verb goes to the backend the store was opened with. Nothing else is here, so that
 * a test may put verbs of its own in the place of this file.
 */
#include "store/store.h"

#include <assert.h>
#include <stdlib.h>

#include "store/port.h"

void store_close(struct store *s)
{
	if (s) {
		s->verb->close(s);
	}
}

void store_on_done(struct store *s, void (*wake)(void *arg), void *arg)
{
	s->verb->on_done(s, wake, arg);
}

void store_poll(struct store *s)
{
	s->verb->poll(s);
}

bool store_is_stuck(struct store *s)
{
	return s->verb->is_stuck(s);
}

void store_commit(struct store *s, const struct store_batch *b, store_commit_done *done, void *arg)
{
	s->verb->commit(s, b, done, arg);
}

void store_hold(struct store *s, bool is_held)
{
	s->verb->hold(s, is_held);
}

void store_load(struct store *s, struct series_id series, store_load_done *done, void *arg)
{
	s->verb->load(s, &(struct load_what){.how = LOAD_WHOLE, .series = series}, done, arg);
}

void store_load_room(struct store *s, struct series_id series, uint64_t remembered,
		     store_load_done *done, void *arg)
{
	struct load_what what = {.how = LOAD_ROOM, .series = series, .remembered = remembered};

	s->verb->load(s, &what, done, arg);
}

void store_load_clients(struct store *s, struct series_id series, const uint64_t *client,
			size_t count, size_t each, store_load_done *done, void *arg)
{
	struct load_what what = {
	    .how = LOAD_CLIENTS, .series = series, .client_count = count, .each = each};

	assert(count <= STORE_CLIENTS_MAX);
	for (size_t i = 0; i < count; i++) {
		assert(client[i] != 0);
		what.client[i] = client[i];
	}
	s->verb->load(s, &what, done, arg);
}

uint64_t store_series_seq(const struct store_series *l, size_t i)
{
	return i < l->rest_count ? l->rest_seq[i] : l->from + (i - l->rest_count) + 1;
}

void store_series_destroy(struct store_series *l)
{
	if (l) {
		arena_fini(&l->mem);
		free(l);
	}
}

void store_login(struct store *s, const uint8_t link_hash[STORE_HASH_BYTES],
		 const struct store_session *draft, store_login_done *done, void *arg)
{
	s->verb->login(s, link_hash, draft, done, arg);
}

void store_logout(struct store *s, uint64_t sid)
{
	s->verb->logout(s, sid);
}

enum err store_import_now(struct store *s, const struct store_import *in, struct series_id *out,
			  char *why)
{
	return store_import_all_now(s, in, 1, out, NULL, why);
}

enum err store_import_all_now(struct store *s, const struct store_import *in, size_t count,
			      struct series_id *out, size_t *failed, char *why)
{
	size_t at = count;
	enum err e = s->verb->import_now(s, in, count, out, &at, why);

	if (failed) {
		*failed = at;
	}
	return e;
}

enum err store_keep_policy_now(struct store *s, const struct store_policy *policy, char *why)
{
	return s->verb->keep_policy_now(s, policy, why);
}

enum err store_load_now(struct store *s, struct series_id series, struct store_series **out,
			char *why)
{
	return s->verb->load_now(s, series, out, why);
}

enum err store_derived_now(struct store *s, struct series_id series, struct arena *mem,
			   struct store_derived *out, char *why)
{
	return s->verb->derived_now(s, series, mem, out, why);
}

enum err store_find_now(struct store *s, struct slice name, struct series_id *out)
{
	return s->verb->find_now(s, name, out);
}

enum err store_each_now(struct store *s,
			bool (*each)(void *arg, struct series_id id, struct slice name), void *arg)
{
	return s->verb->each_now(s, each, arg);
}

enum err store_sessions_now(struct store *s, int64_t now_ms,
			    void (*each)(void *arg, const struct store_session *session), void *arg)
{
	return s->verb->sessions_now(s, now_ms, each, arg);
}

enum err store_secret_now(struct store *s, uint8_t out[STORE_SECRET_BYTES])
{
	return s->verb->secret_now(s, out);
}

enum err store_check_now(struct store *s, char *why)
{
	return s->verb->check_now(s, why);
}
