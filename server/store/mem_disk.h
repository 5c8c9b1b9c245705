#ifndef ROKUSHA_STORE_MEM_DISK_H
#define ROKUSHA_STORE_MEM_DISK_H

#include "base/map.h"
#include "store/port.h"
#include "store/store_mem.h"

/* Private to the store: the tables of store_mem. What goes in and out is copied. */

struct mem_series {
	struct slice name;
	struct slice pending;
	struct record *record;
	size_t record_count, record_cap;
	struct map request;     /* client and cseq of each record that has a client */
	struct text_base *base; /* by cell */
	size_t base_count, base_cap;
	uint64_t base_seq; /* 0: no base of the room */
	struct slice base_body;
	struct audit *audit;
	size_t audit_count, audit_cap;
	struct arena mem; /* of the above; what was replaced stays in it */

	bool has_now;
	uint64_t now_seq;
	struct cell_now *now; /* by cell */
	size_t now_count;
	struct arena now_mem;
};

struct mem_link {
	struct store_link link;
	struct series_id series;
	bool is_used;
};

struct store_mem_disk {
	bool is_open;
	struct store_policy *policy;
	size_t policy_count, policy_cap;
	struct arena mem;           /* of the policies */
	struct mem_series **series; /* id 1 first */
	size_t series_count, series_cap;
	struct mem_link *link;
	size_t link_count, link_cap;
	struct store_session *session;
	size_t session_count, session_cap;
};

/* NULL when there is none. */
struct mem_series *mem_disk_series(const struct store_mem_disk *d, struct series_id id);
/* All of `b`, or nothing and false where a table on a disk would refuse a row of it. */
MUST_CHECK bool mem_disk_commit(struct store_mem_disk *d, const struct store_batch *b);
/* What the verbs of the same name do. */
MUST_CHECK enum err mem_disk_load(const struct store_mem_disk *d, const struct load_what *what,
				  struct store_series **out, char *why);
MUST_CHECK enum err mem_disk_login(struct store_mem_disk *d, const uint8_t *link_hash,
				   struct store_session *session);
/* What the verb of the same name does. */
void mem_disk_keep_policy(struct store_mem_disk *d, const struct store_policy *p);
void mem_disk_logout(struct store_mem_disk *d, uint64_t sid);
/* As store_import_all_now. */
MUST_CHECK enum err mem_disk_import(struct store_mem_disk *d, const struct store_import *in,
				    size_t count, struct series_id *out, size_t *failed, char *why);

#endif
