/* Reads the three policy files in their order: roles, then the matrix, then the form. */
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "policy/schema_parts.h"

const char schema_file_matrix[] = "visibility.tsv";
const char schema_file_roles[] = "roles.json";
const char schema_file_form[] = "form.json";

void schema_refuse(struct loader *l, const char *file, size_t line, const char *format, ...)
{
	va_list args;
	int head;

	if (l->failed) {
		return;
	}
	l->failed = true;
	head = snprintf(l->why, l->why_bytes, "%s:%zu: ", file, line);
	if (head > 0 && (size_t)head < l->why_bytes) {
		va_start(args, format);
		vsnprintf(l->why + head, l->why_bytes - (size_t)head, format, args);
		va_end(args);
	}
}

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
static void check_bytes(struct loader *l, const char *file, struct slice text)
{
	size_t line = 1;

	if (text.len > LIMIT_SCHEMA_FILE_BYTES) {
		schema_refuse(l, file, 1, "larger than %d bytes", LIMIT_SCHEMA_FILE_BYTES);
		return;
	}
	if (text.len >= 3 && memcmp(text.ptr, "\xEF\xBB\xBF", 3) == 0) {
		schema_refuse(l, file, 1, "begins with a byte-order mark");
	}
	if (utf8_is_text(text, true)) {
		return;
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
	schema_refuse(l, file, line, "not plain UTF-8 text with LF line ends");
}

enum err schema_load(const struct schema_source *src, struct schema **out, char *why,
		     size_t why_bytes)
{
	struct loader l = {.src = src, .why = why, .why_bytes = why_bytes};

	*out = NULL;
	l.s = mem_alloc(sizeof *l.s);
	l.p = mem_alloc(sizeof *l.p);
	l.s->private_ = l.p;
	arena_init(&l.p->mem);
	check_bytes(&l, schema_file_roles, src->roles_json);
	check_bytes(&l, schema_file_matrix, src->visibility_tsv);
	check_bytes(&l, schema_file_form, src->form_json);
	if (!l.failed) {
		schema_read_roles(&l);
	}
	if (!l.failed) {
		schema_read_matrix(&l);
	}
	if (!l.failed) {
		schema_read_form(&l);
	}
	if (l.failed) {
		schema_destroy(l.s);
		return ERR_SCHEMA;
	}
	hash_files(src, l.s->hash);
	*out = l.s;
	return ERR_OK;
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
