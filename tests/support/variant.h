#ifndef ROKUSHA_TESTS_SUPPORT_VARIANT_H
#define ROKUSHA_TESTS_SUPPORT_VARIANT_H

/* The shipped policy with some words of its files replaced, and the bytes it is made of. */
#include "base/mem.h"
#include "policy/ceiling.h"
#include "store/store.h"
#include "support/files.h"

struct variant {
	struct buf file[3];
	struct schema *schema;
	struct store_policy source;
};

/* In visibility.tsv, roles.json and form.json, in this order: whichever has `from`. */
struct swap {
	const char *from, *to;
};

/* Case 1: the city loses the lead agency, Hello Work gains the life history, a field is new. */
#define LEAD "case.lead_agency"
#define LIFE "person.life_history"
#define HOBBY "person.hobby"
/* clang-format off */ /* it would break the lines inside the strings */
#define SWAP_LOSS \
	{LEAD "\t主担当機関\tparty\tS1\tr\tw\tr\tw\tr\t", \
	 LEAD "\t主担当機関\tparty\tS1\tr\tw\tr\tw\tn\t"}
#define SWAP_GAIN \
	{LIFE "\t生活歴\ttext\tS3\tr\tw\tr\tr\tr\tn\t", \
	 LIFE "\t生活歴\ttext\tS3\tr\tw\tr\tr\tr\tr\t"}
#define SWAP_FIELD \
	{"\"fields\": [", "\"fields\": [{\"id\": \"" HOBBY "\", \"label\": \"好きなこと\", " \
			  "\"class\": \"person.comm_needs\", \"type\": \"text\"},"}
/* clang-format on */

static inline bool variant_swap(struct buf *file, const struct swap *s)
{
	struct buf out = {0};
	char *text = mem_dup(buf_slice(file));
	const char *at = strstr(text, s->from);

	if (at) {
		buf_add(&out, (struct slice){text, (size_t)(at - text)});
		buf_add(&out, slice_of(s->to));
		buf_add(&out, slice_of(at + strlen(s->from)));
		buf_fini(file);
		*file = out;
	}
	free(text);
	return at != NULL;
}

static inline void variant_init(struct variant *v, const struct swap *swap, size_t count)
{
	static const char *const path[] = {"schema/visibility.tsv", "schema/roles.json",
					   "schema/form.json"};
	char why[512] = "";

	*v = (struct variant){0};
	for (size_t i = 0; i < 3; i++) {
		v->file[i] = rig_file(path[i]);
	}
	for (size_t i = 0; i < count; i++) {
		cr_assert(variant_swap(&v->file[0], &swap[i]) ||
			      variant_swap(&v->file[1], &swap[i]) ||
			      variant_swap(&v->file[2], &swap[i]),
			  "nowhere: %s", swap[i].from);
	}
	v->source.visibility = buf_slice(&v->file[0]);
	v->source.roles = buf_slice(&v->file[1]);
	v->source.form = buf_slice(&v->file[2]);
	cr_assert(schema_load(&(struct schema_source){v->source.visibility, v->source.roles,
						      v->source.form},
			      &v->schema, why, sizeof why) == ERR_OK,
		  "%s", why);
	memcpy(v->source.hash, v->schema->hash, sizeof v->source.hash);
}

static inline void variant_fini(struct variant *v)
{
	schema_destroy(v->schema);
	for (size_t i = 0; i < 3; i++) {
		buf_fini(&v->file[i]);
	}
}

#define VARIANT(V, ...)                                                                            \
	do {                                                                                       \
		static const struct swap swaps_[] = {__VA_ARGS__};                                 \
		variant_init(V, swaps_, sizeof swaps_ / sizeof *swaps_);                           \
	} while (0)

#endif
