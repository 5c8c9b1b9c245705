/* Every limit of the format: at it accepted, one above refused, and always the place is named. */
#include "test_casefile_strings.h"

static struct full full; /* too large for a stack */

/* Refused, and nobody has to search where. */
static void refused_at(struct rig *r, const struct full_place *p, struct slice text)
{
	json_t *kept =
	    json_incref(p->key ? json_object_get(p->in, p->key) : json_array_get(p->in, p->index));
	enum err want = !strings_has_control(text, p->lines) && !p->seats ? ERR_LIMIT : ERR_PROTO;
	size_t len = strlen(p->path);
	enum err e;

	full_set(p, text);
	e = rig_read(r);
	cr_assert(e == want || (p->seats && e == ERR_LIMIT), "%s: %s: %s", p->path, err_name(e),
		  r->why);
	cr_assert(strncmp(r->why, p->path, len) == 0 && r->why[len] == ':', "%s, and not %s",
		  r->why, p->path);
	if (p->key) {
		json_object_set_new(p->in, p->key, kept);
	} else {
		json_array_set_new(p->in, p->index, kept);
	}
}

Test(casefile_text, what_does_not_fit_is_refused_where_it_stands, .timeout = 300)
{
	struct strings all;
	struct rig r;
	size_t refused = 0;

	strings_init(&all);
	strings_add(&all, (struct slice){"\0", 1});
	strings_add(&all, (struct slice){"a\0b", 3});
	rig_init(&r, NULL);
	full_init(&full, r.schema, false);
	r.doc = full.doc;
	for (size_t n = 0; n < all.count; n++) {
		bool naughty = strings_has_control(all.text[n], true);

		/* Each at each place, but what only has lines or "@" at fewer. */
		for (size_t i = 0; i < full.count; i++) {
			if (!full_fits(&full.place[i], all.text[n]) &&
			    (naughty || (n + i) % 7 == 0)) {
				refused_at(&r, &full.place[i], all.text[n]);
				refused++;
			}
		}
	}
	cr_assert_gt(refused, 2000);
	rig_must(&r);
	r.doc = NULL;
	full_fini(&full);
	rig_fini(&r);
	strings_fini(&all);
}

static struct buf text_of_units(size_t units, bool wide)
{
	struct buf b = {0};

	for (size_t i = 0; i < units; i += wide && i + 1 < units ? 2 : 1) {
		buf_add_str(&b, wide && i + 1 < units ? "𠮷" : "あ");
	}
	return b;
}

/* Every text of the format at its limit, and one character above it. */
Test(casefile_text, every_limit, .timeout = 300)
{
	struct rig r;

	rig_init(&r, NULL);
	full_init(&full, r.schema, false);
	r.doc = full.doc;
	for (size_t i = 0; i < full.count; i++) {
		const struct full_place *p = &full.place[i];
		struct buf most = text_of_units(p->units_max, i % 2);
		struct buf more = text_of_units(p->units_max + 1, i % 2);

		refused_at(&r, p, buf_slice(&more));
		full_set(p, buf_slice(&most));
		/* Of this object one text is made, which is longer than its parts. */
		if (strstr(p->path, ".consent_record.") && p->lines && !p->inner) {
			cr_assert_eq(rig_read(&r), ERR_LIMIT);
			cr_assert(strstr(r.why, ".consent_record: longer"), "%s", r.why);
		} else {
			rig_must(&r);
		}
		full_set(p, slice_of("文"));
		buf_fini(&most);
		buf_fini(&more);
	}
	r.doc = NULL;
	full_fini(&full);
	rig_fini(&r);
}
