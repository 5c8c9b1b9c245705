#ifndef ROKUSHA_TESTS_SIM_TWIN_CASES_H
#define ROKUSHA_TESTS_SIM_TWIN_CASES_H

/* The cases the twin runs begin with: those of tests/cases, and parties they lack. */
#include "support/rig.h"

enum { TWIN_CASES = 3 };

static const char *const twin_case_file[TWIN_CASES] = {
    "tests/cases/case-1.json", "tests/cases/case-2.json", "tests/cases/case-3.json"};
static const char *const twin_case_now[TWIN_CASES] = {"2026-11-12T14:00", "2026-08-27T10:00",
						      "2026-06-18T13:30"};

/* Of roles that these cases lack, and a second employer, who must not learn of the first. */
static inline void twin_add_parties(json_t *file)
{
	static const char *const role[] = {"adm", "guest", "emp", "kp"};

	for (size_t i = 0; i < sizeof role / sizeof *role; i++) {
		json_array_append_new(json_object_get(file, "parties"),
				      json_pack("{s:o,s:s,s:o,s:o,s:s}", "id",
						json_sprintf("p-more%zu", i), "role", role[i],
						"name", json_sprintf("管理 %zu太郎（架空）", i),
						"display_label", json_sprintf("もう一人の%zu", i),
						"affiliation", "虹坂工業（架空）"));
	}
}

static inline void twin_cases(struct rig *rig)
{
	for (size_t i = 0; i < TWIN_CASES; i++) {
		struct buf text = rig_file(twin_case_file[i]);
		json_t *file = json_loadb(text.ptr, text.len, 0, NULL);
		char *with;

		cr_assert(file);
		twin_add_parties(file);
		with = json_dumps(file, 0);
		rig_init_text(&rig[i], slice_of(with), twin_case_now[i], 7 + i);
		free(with);
		json_decref(file);
		buf_fini(&text);
	}
}

#endif
