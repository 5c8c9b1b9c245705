/* Signed notes and checkpoints, against the vectors of C2SP and others. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/mem.h"
#include "minutes/b64.h"
#include "minutes/note.h"
#include "support/vectors.h"

Test(minutes_note, verifier_keys)
{
	json_t *v = vectors("note/signed-note");
	struct slice whole = str(json_object_get(v, "verifier_mangling"), "vkey");
	const json_t *k;
	size_t i;
	struct min_vkey got;

	json_array_foreach(json_object_get(v, "verifiers"), i, k)
	{
		bool ok = json_is_true(json_object_get(k, "ok")) &&
			  json_integer_value(json_object_get(k, "type")) == MIN_KEY_ED25519;
		struct buf again = {0};

		cr_assert_eq(min_vkey_read(str(k, "vkey"), &got), ok, "%s", str(k, "vkey").ptr);
		if (ok) {
			cr_assert(slice_eq(got.name, str(k, "name")));
			cr_assert(is_hex_of(got.id, sizeof got.id, str(k, "key_id")));
			min_vkey_add(&again, got.name, got.key);
			cr_assert(slice_eq(buf_slice(&again), str(k, "vkey")));
		}
		buf_fini(&again);
	}
	for (size_t from = 0; from < whole.len; from++) {
		char *bytes = mem_dup(whole);

		for (size_t to = from + 1; to <= whole.len; to++) {
			cr_assert_eq(
			    min_vkey_read((struct slice){whole.ptr + from, to - from}, &got),
			    to - from == whole.len);
		}
		bytes[from]++;
		cr_assert(!min_vkey_read(slice_of(bytes), &got), "byte %zu", from);
		free(bytes);
	}
	json_decref(v);
}

static bool is_called(const struct min_note_sig *s, const json_t *want)
{
	char id[9];
	struct buf b = {0};
	bool same;

	sodium_bin2hex(id, sizeof id, s->id, sizeof s->id);
	buf_add(&b, s->name);
	buf_printf(&b, "+%s", id);
	same = slice_eq(buf_slice(&b),
			(struct slice){json_string_value(want), json_string_length(want)});
	buf_fini(&b);
	return same;
}

static void opens(const json_t *o, const struct min_note *note, const struct min_vkey *key,
		  size_t keys)
{
	static const char *const names[] = {"ok", "malformed", "invalid-signature", "ambiguous-key",
					    "no-verifiable-signature"};
	bool known[MIN_NOTE_SIGS];
	enum min_note_result got = min_note_open(note, key, keys, known);
	const json_t *verified = json_object_get(o, "verified");
	size_t n = 0;

	cr_assert(slice_is(str(o, "result"), names[got]), "%s: %s", str(o, "id").ptr, names[got]);
	if (got != MIN_NOTE_OK) {
		return;
	}
	cr_assert(slice_eq(note->text, str(o, "text")), "%s", str(o, "id").ptr);
	for (size_t i = 0; i < note->count; i++) {
		if (known[i]) {
			cr_assert(is_called(&note->sig[i], json_array_get(verified, n)));
			n++;
		}
	}
	cr_assert_eq(n, json_array_size(verified));
}

Test(minutes_note, notes_opened_and_refused)
{
	json_t *v = vectors("note/signed-note");
	const json_t *o;
	const json_t *text;
	size_t i;
	size_t j;

	json_array_foreach(json_object_get(v, "open"), i, o)
	{
		struct buf bytes = {0};
		struct min_note note;
		struct min_vkey key[8];
		size_t keys = 0;

		if (json_object_get(o, "note")) {
			buf_add(&bytes, str(o, "note"));
		} else {
			bytes = from_hex(str(o, "note_hex"));
		}
		json_array_foreach(json_object_get(o, "verifiers"), j, text)
		{
			cr_assert(j < 8);
			keys += min_vkey_read(
			    (struct slice){json_string_value(text), json_string_length(text)},
			    &key[keys]);
		}
		if (min_note_parse(buf_slice(&bytes), &note)) {
			opens(o, &note, key, keys);
		} else {
			cr_assert(slice_is(str(o, "result"), "malformed"), "%s", str(o, "id").ptr);
		}
		buf_fini(&bytes);
	}
	cr_assert_eq(i, 19);
	json_decref(v);
}

Test(minutes_note, notes_parsed_and_signed)
{
	json_t *v = vectors("note/signed-note");
	const json_t *c;
	const json_t *s;
	size_t i;
	size_t j;

	json_array_foreach(json_object_get(v, "parse"), i, c)
	{
		struct min_note note;

		cr_assert(min_note_parse(str(c, "note"), &note), "%s", str(c, "id").ptr);
		cr_assert(slice_eq(note.text, str(c, "text")));
		cr_assert_eq(note.count, json_array_size(json_object_get(c, "signatures")));
		json_array_foreach(json_object_get(c, "signatures"), j, s)
		{
			struct buf raw = {0};

			cr_assert(slice_eq(note.sig[j].name, str(s, "name")));
			cr_assert(is_hex_of(note.sig[j].id, 4, str(s, "key_id")));
			cr_assert(min_b64_decode(note.sig[j].line, &raw));
			cr_assert(is_hex_of(raw.ptr + 4, raw.len - 4, str(s, "signature")));
			buf_fini(&raw);
		}
	}
	json_array_foreach(json_object_get(v, "sign"), i, c)
	{
		struct buf seed = from_hex(str(c, "seed_hex"));
		struct buf made = {0};
		struct min_vkey key;
		uint8_t pub[32];
		uint8_t secret[64];
		uint8_t sig[64];
		struct slice text = str(c, "text");

		crypto_sign_seed_keypair(pub, secret, (uint8_t *)seed.ptr);
		crypto_sign_detached(sig, NULL, (const uint8_t *)text.ptr, text.len, secret);
		cr_assert(min_vkey_read(str(c, "vkey"), &key) && memcmp(key.key, pub, 32) == 0);
		buf_add(&made, json_object_get(c, "existing") ? str(c, "existing") : text);
		if (!json_object_get(c, "existing")) {
			buf_add_str(&made, "\n");
		}
		min_note_add_sig(&made, key.name, pub, sig);
		cr_assert(slice_eq(buf_slice(&made), str(c, "note")), "%s", str(c, "id").ptr);
		buf_fini(&seed);
		buf_fini(&made);
	}
	cr_assert(!min_key_name_is_valid(S("a+b")) && !min_key_name_is_valid(S("bad name")) &&
		  !min_key_name_is_valid(S("")) && !min_key_name_is_valid(S("a\xe3\x80\x80z")) &&
		  min_key_name_is_valid(S("\xe5\xb8\x82/c")));
	json_decref(v);
}

Test(minutes_note, checkpoints_as_strictly_as_c2sp_has_them)
{
	json_t *v = vectors("note/checkpoint");
	const json_t *c;
	size_t taken = 0;
	size_t i;

	json_array_foreach(json_object_get(v, "cases"), i, c)
	{
		struct min_checkpoint got;
		struct buf again = {0};
		bool ok =
		    json_is_true(json_object_get(c, "ok")) &&
		    !(json_object_get(c, "strict") && slice_begins(str(c, "strict"), "refuse"));

		cr_assert_eq(min_checkpoint_read(str(c, "text"), &got), ok, "%s", str(c, "id").ptr);
		if (ok) {
			cr_assert(slice_eq(got.origin, str(c, "origin")));
			cr_assert_eq((json_int_t)got.size,
				     json_integer_value(json_object_get(c, "size")));
			cr_assert(is_hex_of(got.root.b, sizeof got.root.b, str(c, "hash")));
			min_checkpoint_text(&again, got.origin, got.size, &got.root);
			buf_add(&again, got.rest);
			cr_assert(slice_eq(buf_slice(&again), str(c, "text")));
			taken++;
		}
		buf_fini(&again);
	}
	cr_assert_geq(taken, 2);
	json_decref(v);
}
