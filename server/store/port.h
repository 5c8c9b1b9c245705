#ifndef ROKUSHA_STORE_PORT_H
#define ROKUSHA_STORE_PORT_H

#include "store/store.h"

/*
 * Private to the store: what a backend fills in. Its own struct begins with a struct store; store.c
 * hands every verb of store.h to the one of the same name here.
 */
enum load_how { LOAD_WHOLE, LOAD_ROOM, LOAD_CLIENTS };

/* What store_load, store_load_room or store_load_clients asks for. */
struct load_what {
	enum load_how how;
	struct series_id series;
	uint64_t remembered;                /* ROOM */
	uint64_t client[STORE_CLIENTS_MAX]; /* CLIENTS */
	size_t client_count, each;
};

struct store_verbs {
	void (*close)(struct store *s);
	void (*on_done)(struct store *s, void (*wake)(void *arg), void *arg);
	void (*poll)(struct store *s);
	bool (*is_stuck)(struct store *s);
	void (*commit)(struct store *s, const struct store_batch *b, store_commit_done *done,
		       void *arg);
	void (*hold)(struct store *s, bool is_held);
	void (*load)(struct store *s, const struct load_what *what, store_load_done *done,
		     void *arg);
	void (*login)(struct store *s, const uint8_t link_hash[STORE_HASH_BYTES],
		      const struct store_session *draft, store_login_done *done, void *arg);
	void (*logout)(struct store *s, uint64_t sid);
	enum err (*import_now)(struct store *s, const struct store_import *in, size_t count,
			       struct series_id *out, size_t *failed, char *why);
	enum err (*keep_policy_now)(struct store *s, const struct store_policy *policy, char *why);
	enum err (*load_now)(struct store *s, struct series_id series, struct store_series **out,
			     char *why);
	enum err (*derived_now)(struct store *s, struct series_id series, struct arena *mem,
				struct store_derived *out, char *why);
	enum err (*find_now)(struct store *s, struct slice name, struct series_id *out);
	enum err (*each_now)(struct store *s,
			     bool (*each)(void *arg, struct series_id id, struct slice name),
			     void *arg);
	enum err (*sessions_now)(struct store *s, int64_t now_ms,
				 void (*each)(void *arg, const struct store_session *session),
				 void *arg);
	enum err (*secret_now)(struct store *s, uint8_t out[STORE_SECRET_BYTES]);
	enum err (*check_now)(struct store *s, char *why);
};

struct store {
	const struct store_verbs *verb;
};

/* printf into a `why` of STORE_WHY_BYTES; accepts NULL. */
void why_printf(char *why, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
