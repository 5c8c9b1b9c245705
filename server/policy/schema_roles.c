/* roles.json: roles, duties, and what words of a consent mean which method. */
#include "base/utf8.h"
#include "policy/schema_parts.h"

static void add_role(struct loader *l, const struct json_place *p, uint16_t at)
{
	struct schema_role *role = &l->role[at];
	struct json_place seal = json_place_member(p, "seal");

	json_need_object(p, "id label seal official companion may_draft approves_policy");
	role->id = json_need_name(p, "id", false);
	role->label = json_need_line(p, "label");
	role->seal = json_need_line(p, "seal");
	role->official = json_may_bool(p, "official");
	role->companion = json_may_bool(p, "companion");
	role->may_draft = json_may_bool(p, "may_draft");
	role->approves_policy = json_may_bool(p, "approves_policy");
	if (l->failed) {
		return;
	}
	if (utf8_units(slice_of(role->seal)) != 1) {
		json_place_refuse(&seal, "\"seal\" must be one character");
	}
	if (map_get(&l->p->role, slice_of(role->id)) != MAP_NONE) {
		json_place_refuse(p, "role %s is there twice", role->id);
	}
	map_put(&l->p->role, slice_of(role->id), at);
}

static void read_roles(struct loader *l, const struct json_place *root)
{
	struct json_place list = json_need_array(root, "roles");
	size_t n = json_array_size(list.value);

	if (n > ROLE_MAX) {
		json_place_refuse(&list, "more than %d roles", ROLE_MAX);
		return;
	}
	l->role = arena_alloc(&l->p->mem, (n + 1) * sizeof *l->role);
	l->s->role = l->role;
	for (size_t i = 0; i < n && !l->failed; i++) {
		struct json_place p = json_place_element(&list, i);

		add_role(l, &p, (uint16_t)i);
		l->s->role_count = (uint16_t)(i + 1);
	}
	/* Whose case it is: drafts and assent hang on this one role. */
	if (!l->failed && schema_role_find(l->s, slice_of("self")) == SCHEMA_NONE) {
		json_place_refuse(&list, "there is no role self");
	}
}

/* The server knows what the duties do; the file only names them for people. */
static void read_duties(struct loader *l, const struct json_place *root)
{
	static const char *const known[] = {"chair", "recorder"};
	struct json_place list = json_need_array(root, "duties");

	for (size_t i = 0; i < sizeof known / sizeof known[0] && !l->failed; i++) {
		struct json_place p = json_place_element(&list, i);

		if (!p.value) {
			json_place_refuse(&list, "duty %s is missing", known[i]);
			return;
		}
		json_need_object(&p, "id label");
		json_need_line(&p, "label");
		if (strcmp(json_need_name(&p, "id", false), known[i]) != 0) {
			json_place_refuse(&p, "duty %s is expected here", known[i]);
		}
	}
	if (!l->failed && json_array_size(list.value) != sizeof known / sizeof known[0]) {
		json_place_refuse(&list, "unknown duty");
	}
}

static void read_methods(struct loader *l, const struct json_place *root)
{
	static const char *const known[] = {"own", "dictated", "oral", "paper"};
	struct json_place list = json_need_array(root, "methods");
	size_t n = json_array_size(list.value);
	struct schema_method *method = arena_alloc(&l->p->mem, (n + 1) * sizeof *method);

	for (size_t i = 0; i < n && !l->failed; i++) {
		struct json_place p = json_place_element(&list, i);
		bool is_known = false;

		json_need_object(&p, "contains method");
		method[i].contains = json_need_line(&p, "contains");
		method[i].method = json_need_name(&p, "method", false);
		for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
			is_known = is_known || strcmp(method[i].method, known[k]) == 0;
		}
		if (!is_known) {
			json_place_refuse(&p, "unknown method %s", method[i].method);
		}
	}
	l->s->method = method;
	l->s->method_count = (uint16_t)n;
}

void schema_read_roles(struct loader *l)
{
	struct json_file f;
	struct json_place root;

	json_file_open(l, schema_file_roles, l->src->roles_json, &f);
	root = json_file_root(&f);
	if (!l->failed) {
		json_need_object(&root, "roles duties methods");
	}
	if (!l->failed) {
		read_roles(l, &root);
	}
	if (!l->failed) {
		read_duties(l, &root);
	}
	if (!l->failed) {
		read_methods(l, &root);
	}
	json_file_close(&f);
}
