/* roles.json: roles, duties, and what words of a consent mean which method. */
#include "base/utf8.h"
#include "policy/schema_parts.h"

static void add_role(struct loader *l, const struct json_place *p)
{
	struct schema_role *role = &l->role[l->s->role_count];
	struct json_place seal = json_place_member(p, "seal");

	json_need_object(p, "id label seal official companion may_draft approves_policy");
	if (!json_is_object(p->value)) {
		l->known.roles = false;
		return;
	}
	role->id = json_need_name(p, "id", false);
	role->label = json_need_line(p, "label");
	role->seal = json_need_line(p, "seal");
	role->official = json_may_bool(p, "official");
	role->companion = json_may_bool(p, "companion");
	role->may_draft = json_may_bool(p, "may_draft");
	role->approves_policy = json_may_bool(p, "approves_policy");
	if (*role->seal && utf8_units(slice_of(role->seal)) != 1) {
		json_place_refuse(&seal, "「seal」は一文字にしてください");
	}
	if (!*role->id) {
		l->known.roles = false;
		return;
	}
	if (map_get(&l->p->role, slice_of(role->id)) != MAP_NONE) {
		json_place_refuse(p, "役割 %s が二度あります", role->id);
		return;
	}
	map_put(&l->p->role, slice_of(role->id), l->s->role_count++);
}

static void read_roles(struct loader *l, const struct json_place *root)
{
	struct json_place list = json_need_array(root, "roles");
	size_t n = json_array_size(list.value);

	if (n > ROLE_MAX) {
		json_place_refuse(&list, "役割は %d までです", ROLE_MAX);
		return;
	}
	l->known.roles = json_is_array(list.value);
	l->role = arena_alloc(&l->p->mem, (n + 1) * sizeof *l->role);
	l->s->role = l->role;
	for (size_t i = 0; i < n; i++) {
		struct json_place p = json_place_element(&list, i);

		add_role(l, &p);
	}
	/* Whose case it is: drafts and assent hang on this one role. */
	if (l->known.roles && schema_role_find(l->s, slice_of("self")) == SCHEMA_NONE) {
		json_place_refuse(&list, "本人の役割 self がありません。この id は変えられません");
	}
}

/* The server knows what the duties do; the file only names them for people. */
static void read_duties(const struct json_place *root)
{
	static const char *const known[] = {"chair", "recorder"};
	struct json_place list = json_need_array(root, "duties");
	size_t n = json_array_size(list.value);

	for (size_t i = 0; i < sizeof known / sizeof known[0] && json_is_array(list.value); i++) {
		struct json_place p = json_place_element(&list, i);
		const char *id;

		if (!p.value) {
			json_place_refuse(&list, "担当 %s がありません", known[i]);
			continue;
		}
		json_need_object(&p, "id label");
		if (!json_is_object(p.value)) {
			continue;
		}
		json_need_line(&p, "label");
		id = json_need_name(&p, "id", false);
		if (*id && strcmp(id, known[i]) != 0) {
			json_place_refuse(&p, "ここには担当 %s を置いてください", known[i]);
		}
	}
	if (n > sizeof known / sizeof known[0]) {
		json_place_refuse(&list, "担当は chair と recorder だけです。増やせません");
	}
}

static void read_methods(struct loader *l, const struct json_place *root)
{
	static const char *const known[] = {"own", "dictated", "oral", "paper"};
	struct json_place list = json_need_array(root, "methods");
	size_t n = json_array_size(list.value);
	struct schema_method *method = arena_alloc(&l->p->mem, (n + 1) * sizeof *method);

	for (size_t i = 0; i < n; i++) {
		struct json_place p = json_place_element(&list, i);
		bool is_known = false;

		json_need_object(&p, "contains method");
		if (!json_is_object(p.value)) {
			continue;
		}
		method[i].contains = json_need_line(&p, "contains");
		method[i].method = json_need_name(&p, "method", false);
		for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
			is_known = is_known || strcmp(method[i].method, known[k]) == 0;
		}
		if (*method[i].method && !is_known) {
			json_place_refuse(
			    &p, "方法 %s はありません。own dictated oral paper のどれかです",
			    method[i].method);
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
	if (f.root) {
		json_need_object(&root, "roles duties methods");
	}
	if (json_is_object(f.root)) {
		read_roles(l, &root);
		read_duties(&root);
		read_methods(l, &root);
	}
	json_file_close(&f);
}
