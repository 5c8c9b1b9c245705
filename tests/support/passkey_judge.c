/*
 * The judge of passkeys as a program, for bytes that a browser made. On standard input one JSON
 * object a line, all but `rp` in base64: {"rp","challenge","client","auth","spki"} is a
 * registration,
 * {"rp","statement","client","auth","spki","sig"} an assertion. Answers a line each: the name of
 * the fault, or ok and the credential's id.
 */
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "auth/passkey.h"

enum { LINE_BYTES = 64 * 1024 };

struct part {
	unsigned char bytes[LINE_BYTES];
	size_t len;
};

static struct slice part_of(const json_t *line, const char *name, struct part *p)
{
	const char *text = json_string_value(json_object_get(line, name));

	if (!text || sodium_base642bin(p->bytes, sizeof p->bytes, text, strlen(text), NULL, &p->len,
				       NULL, sodium_base64_VARIANT_ORIGINAL) != 0) {
		fprintf(stderr, "passkey_judge: no %s\n", name);
		exit(2);
	}
	return (struct slice){(const char *)p->bytes, p->len};
}

static void judge(const json_t *line)
{
	static struct part client, auth, spki, other;
	static char id_text[2 * LINE_BYTES];
	struct slice rp = slice_of(json_string_value(json_object_get(line, "rp")));
	struct passkey_registration r = {part_of(line, "client", &client),
					 part_of(line, "auth", &auth),
					 part_of(line, "spki", &spki)};
	struct slice id = {0};
	enum passkey_fault f;

	if (json_object_get(line, "sig")) {
		static struct part statement;
		struct passkey_assertion a = {r.client, r.auth, part_of(line, "sig", &other)};

		f = passkey_verify(rp, part_of(line, "statement", &statement), r.spki, &a);
	} else {
		if (part_of(line, "challenge", &other).len != PASSKEY_CHALLENGE_BYTES) {
			exit(2);
		}
		f = passkey_enrol(rp, other.bytes, &r, &id);
	}
	sodium_bin2base64(id_text, sizeof id_text, (const unsigned char *)id.ptr, id.len,
			  sodium_base64_VARIANT_ORIGINAL);
	printf("%s %s\n", passkey_fault_name(f), id_text);
}

int main(void)
{
	static char text[LINE_BYTES];

	if (sodium_init() < 0) {
		return 2;
	}
	while (fgets(text, sizeof text, stdin)) {
		json_t *line = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

		if (!line) {
			return 2;
		}
		judge(line);
		json_decref(line);
	}
	return 0;
}
