/* Reads the three policy files in their order: roles, then the matrix, then the form. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "policy/schema_parts.h"

const char schema_file_matrix[] = "visibility.tsv";
const char schema_file_roles[] = "roles.json";
const char schema_file_form[] = "form.json";

/* The policy's name for ever: anybody can compute it again with sha256sum. */
static void hash_files(const struct schema_source *src, char out[65])
{
	const struct slice file[] = {src->visibility_tsv, src->roles_json, src->form_json};
	crypto_hash_sha256_state state;
	unsigned char digest[crypto_hash_sha256_BYTES];

	crypto_hash_sha256_init(&state);
	for (size_t i = 0; i < sizeof file / sizeof file[0]; i++) {
		crypto_hash_sha256_update(&state, (const unsigned char *)file[i].ptr, file[i].len);
	}
	crypto_hash_sha256_final(&state, digest);
	sodium_bin2hex(out, 65, digest, sizeof digest);
}

/* A byte-order mark or Windows line ends would end up inside a name; say so instead. */
static bool check_bytes(struct loader *l, const char *file, struct slice text)
{
	size_t line = 1;

	if (text.len > LIMIT_SCHEMA_FILE_BYTES) {
		schema_refuse(l, file, 1, "ファイルが %d バイトより大きすぎます",
			      LIMIT_SCHEMA_FILE_BYTES);
		return false;
	}
	if (text.len >= 3 && memcmp(text.ptr, "\xEF\xBB\xBF", 3) == 0) {
		schema_refuse(l, file, 1,
			      "先頭に BOM があります。「UTF-8（BOM なし）」で保存してください");
		return false;
	}
	if (utf8_is_text(text, true)) {
		return true;
	}
	for (size_t i = 0, start = 0; i <= text.len; i++) {
		if (i < text.len && text.ptr[i] != '\n') {
			continue;
		}
		if (!utf8_is_text((struct slice){text.ptr + start, i - start}, false)) {
			break;
		}
		start = i + 1;
		line++;
	}
	schema_refuse(l, file, line,
		      "UTF-8 で改行が LF の文字だけにしてください（ここに別の文字があります）");
	return false;
}

enum err schema_load_all(const struct schema_source *src, struct schema **out,
			 struct schema_problems *found)
{
	struct loader l = {.src = src, .found = found};
	bool roles, matrix, form;

	*out = NULL;
	found->count = 0;
	found->left_out = 0;
	l.s = mem_alloc(sizeof *l.s);
	l.p = mem_alloc(sizeof *l.p);
	l.s->private_ = l.p;
	arena_init(&l.p->mem);
	roles = check_bytes(&l, schema_file_roles, src->roles_json);
	matrix = check_bytes(&l, schema_file_matrix, src->visibility_tsv);
	form = check_bytes(&l, schema_file_form, src->form_json);
	if (roles) {
		schema_read_roles(&l);
	}
	if (matrix) {
		schema_read_matrix(&l);
	}
	if (form) {
		schema_read_form(&l);
	}
	map_fini(&l.said);
	if (l.refused > 0) {
		schema_destroy(l.s);
		return ERR_SCHEMA;
	}
	hash_files(src, l.s->hash);
	*out = l.s;
	return ERR_OK;
}

enum err schema_load(const struct schema_source *src, struct schema **out, char *why,
		     size_t why_bytes)
{
	struct schema_problems *found = mem_alloc(sizeof *found);
	enum err e = schema_load_all(src, out, found);

	if (e != ERR_OK) {
		const struct schema_problem *first = &found->item[0];

		snprintf(why, why_bytes, "%s:%zu: %s", first->file, first->line, first->reason);
	}
	free(found);
	return e;
}

void schema_destroy(struct schema *s)
{
	if (!s) {
		return;
	}
	map_fini(&s->private_->role);
	map_fini(&s->private_->cls);
	map_fini(&s->private_->col);
	map_fini(&s->private_->table);
	arena_fini(&s->private_->mem);
	free(s->private_);
	free(s);
}
