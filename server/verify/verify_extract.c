#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "minutes/b64.h"
#include "verify/verify_tool.h"

/*
 * What lets somebody check by hand, with openssl alone: the bytes that were signed, signatures,
 * public keys, the commands; and what the bundle's reader can read. No name of a file comes from
 * the bundle.
 */

bool write_new(const char *dir, const char *name, struct slice bytes, struct buf *why)
{
	struct buf path = {0};
	FILE *f = NULL;
	bool ok;
	int fd;

	buf_printf(&path, "%s%s%s%c", dir ? dir : "", dir ? "/" : "", name, 0);
	fd = open(path.ptr, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	f = fd < 0 ? NULL : fdopen(fd, "wb");
	ok = f && fwrite(bytes.ptr, 1, bytes.len, f) == bytes.len && fflush(f) == 0 &&
	     fsync(fd) == 0;
	ok = f && fclose(f) == 0 && ok;
	if (!ok) {
		buf_printf(why, "%s: 書けません（%s）", path.ptr, strerror(errno));
	}
	buf_fini(&path);
	return ok;
}

/* A SubjectPublicKeyInfo as PEM. */
static void pem(struct slice der, struct buf *out)
{
	struct buf text = {0};

	min_b64_add(&text, der.ptr, der.len);
	buf_add_str(out, "-----BEGIN PUBLIC KEY-----\n");
	for (size_t i = 0; i < text.len; i += 64) {
		buf_add(out, (struct slice){text.ptr + i, text.len - i < 64 ? text.len - i : 64});
		buf_add_str(out, "\n");
	}
	buf_add_str(out, "-----END PUBLIC KEY-----\n");
	buf_fini(&text);
}

static void ed_pem(const uint8_t key[MIN_KEY_TYPED], struct buf *out)
{
	static const uint8_t head[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
				       0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
	struct buf der = {0};

	buf_add(&der, (struct slice){(const char *)head, sizeof head});
	buf_add(&der, (struct slice){(const char *)key + 1, MIN_ED_KEY});
	pem(buf_slice(&der), out);
	buf_fini(&der);
}

struct job {
	const char *dir;
	struct buf *why;
	struct buf readme;
	bool ok;
};

static void file(struct job *j, const char *stem, const char *what, struct slice bytes)
{
	char name[64];

	(void)snprintf(name, sizeof name, "%s%s", stem, what);
	j->ok = j->ok && write_new(j->dir, name, bytes, j->why);
}

static const char ed_command[] =
    "    openssl pkeyutl -verify -pubin -inkey %s.pem -rawin -in %s.txt -sigfile %s.sig\n";

static void head(struct job *j, const struct min_report *r)
{
	struct buf text = {0};
	struct buf key = {0};

	min_checkpoint_text(&text, r->origin, r->size, &r->root[r->size]);
	ed_pem(r->key, &key);
	file(j, "head", ".txt", buf_slice(&text));
	file(j, "head", ".sig", (struct slice){(const char *)r->sig, sizeof r->sig});
	file(j, "head", ".pem", buf_slice(&key));
	buf_add_str(&j->readme, "記録の先頭から終わりまでの指紋に、サーバーがした署名:\n");
	buf_printf(&j->readme, ed_command, "head", "head", "head");
	buf_fini(&text);
	buf_fini(&key);
}

/* A passkey signs what the authenticator says and the hash of what the browser says. */
static void passkey(struct job *j, const char *stem, const struct min_act *a)
{
	struct min_hash client = min_sha256(&a->client, 1);
	struct buf message = {0};
	struct buf key = {0};

	buf_add(&message, a->auth);
	buf_add(&message, (struct slice){(const char *)client.b, sizeof client.b});
	pem(a->spki, &key);
	file(j, stem, ".signed", buf_slice(&message));
	file(j, stem, ".client.json", a->client);
	file(j, stem, ".pem", buf_slice(&key));
	buf_printf(&j->readme,
		   "    openssl dgst -sha256 -verify %s.pem -signature %s.sig %s.signed\n"
		   "  次の二つが同じであること（.signed の終わりの 32 "
		   "バイトと、ブラウザーの言ったことの指紋）:\n"
		   "    tail -c 32 %s.signed | od -An -tx1; openssl dgst -sha256 -binary "
		   "%s.client.json | od -An -tx1\n"
		   "  次の値が %s.client.json の challenge であること（署名した文の指紋）:\n"
		   "    openssl dgst -sha256 -binary %s.txt | base64 | tr '+/' '-_' | tr -d '='\n",
		   stem, stem, stem, stem, stem, stem, stem);
	buf_fini(&message);
	buf_fini(&key);
}

static void act(struct job *j, const struct min_report *r, size_t i)
{
	const struct min_act *a = &r->act[i];
	struct buf key = {0};
	char stem[32];

	(void)snprintf(stem, sizeof stem, "act-%03zu", i + 1);
	buf_printf(&j->readme, "\n%s ", stem);
	say_name(r, a->party, &j->readme);
	buf_add_str(&j->readme, " ");
	say_time(a->time, &j->readme);
	buf_add_str(&j->readme, ":\n");
	file(j, stem, ".txt", a->statement);
	file(j, stem, ".sig", a->sig);
	if (a->method == MIN_WEBAUTHN) {
		passkey(j, stem, a);
	} else {
		ed_pem(r->attest, &key);
		file(j, stem, ".pem", buf_slice(&key));
		buf_printf(&j->readme, ed_command, stem, stem, stem);
	}
	buf_fini(&key);
}

/* One line a leaf: entry, label, name, value as JSON. */
static void content(void *arg, const struct min_field *f)
{
	struct buf *out = arg;

	buf_printf(out, "%u\t%.*s\t%.*s\t%.*s\n", f->entry, (int)f->label.len, f->label.ptr,
		   (int)f->name.len, f->name.ptr, (int)f->value.len, f->value.ptr);
}

bool extract(const struct bundle *b, const struct trust *t, const char *dir, struct buf *why)
{
	struct job j = {.dir = dir, .why = why, .ok = true};
	struct buf text = {0};

	if (mkdir(dir, 0700) != 0) {
		buf_printf(why, "%s: 作れません（%s）", dir, strerror(errno));
		return false;
	}
	buf_add_str(&j.readme, "手で確かめるためのファイル。openssl（3.0 以上）だけを使います。\n"
			       "どの命令も Verified OK か Signature Verified Successfully "
			       "と答えれば、署名は正しい。\n\n"
			       "contents.tsv: 読める項目の全部（記録の番号、区分、名前、値）\n"
			       "report.json: 確認の結果\n\n");
	head(&j, &b->report);
	for (size_t i = 0; i < b->report.act_count; i++) {
		act(&j, &b->report, i);
	}
	bundle_fields(b, t, content, &text);
	file(&j, "contents", ".tsv", buf_slice(&text));
	buf_clear(&text);
	json_report(b, t, &text);
	file(&j, "report", ".json", buf_slice(&text));
	file(&j, "README", ".txt", buf_slice(&j.readme));
	buf_fini(&text);
	buf_fini(&j.readme);
	return j.ok;
}
