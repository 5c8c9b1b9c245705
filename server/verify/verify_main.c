#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "verify/verify_tool.h"

/* rokusha-verify: is a bundle of signed minutes what it says? It needs no server and no network. */

enum { EXIT_VALID, EXIT_NOT, EXIT_UNUSABLE };

struct options {
	const char *bundle;
	const char *trust;
	const char *extract;
	const char *compare;
	const char *newer;
	const char *out;
	bool json;
};

static const char usage[] =
    "使い方: rokusha-verify FILE [--trust FILE] [--extract DIR] [--compare OTHER]\n"
    "                            [--apply-erasures NEWER [--out FILE]] [--json]\n"
    "\n"
    "封をした議事録のファイルを確かめます。サーバーもネットワークもいりません。\n"
    "\n"
    "  --trust FILE            信頼するサーバーの鍵。一行にひとつ、# から始まる行は注釈\n"
    "  --extract DIR           openssl だけで確かめるためのファイルと、読める中身を、新しい DIR "
    "に書く\n"
    "  --compare OTHER         もうひとつのファイルと同じ記録か（分岐していないか）\n"
    "  --apply-erasures NEWER  新しいファイルにある消去を、この古いファイルにも行い、--out に書く\n"
    "  --json                  結果を JSON で\n"
    "\n"
    "終わりの値: 0 正しい、1 正しくない・欠けている・分岐している・鍵を確かめていない、2 "
    "読めない\n";

static void complain(const struct buf *why)
{
	(void)fprintf(stderr, "rokusha-verify: %.*s\n", (int)why->len, why->ptr);
}

static bool read_options(int argc, char **argv, struct options *o)
{
	const struct {
		const char *name;
		const char **value;
	} row[] = {{"--trust", &o->trust},
		   {"--extract", &o->extract},
		   {"--compare", &o->compare},
		   {"--apply-erasures", &o->newer},
		   {"--out", &o->out}};

	for (int i = 1; i < argc; i++) {
		size_t k = 0;

		while (k < sizeof row / sizeof *row && strcmp(argv[i], row[k].name) != 0) {
			k++;
		}
		if (k < sizeof row / sizeof *row) {
			if (++i == argc || *row[k].value) {
				return false;
			}
			*row[k].value = argv[i];
		} else if (strcmp(argv[i], "--json") == 0) {
			o->json = true;
		} else if (argv[i][0] == '-' || o->bundle) {
			return false;
		} else {
			o->bundle = argv[i];
		}
	}
	return o->bundle && (!o->out || o->newer) && !(o->newer && (o->compare || o->extract));
}

static bool is_whole(const struct bundle *b)
{
	return b->report.verdict <= MIN_WITHHELD;
}

static void print(const struct buf *text)
{
	(void)fwrite(text->ptr, 1, text->len, stdout);
}

/* ---- --compare ---- */

static int compare(const struct bundle *b, const struct options *o, const struct trust *t,
		   struct buf *text, struct buf *why)
{
	struct bundle other;
	struct fork f;
	int code;

	if (!bundle_read(o->compare, &other, why)) {
		bundle_fini(&other);
		return EXIT_UNUSABLE;
	}
	bundle_verify(&other, t, NULL);
	if (!is_whole(b) || !is_whole(&other)) {
		buf_printf(text, "\n比べるファイルが正しくありません: %s\n",
			   is_whole(b) ? other.path : b->path);
		code = EXIT_NOT;
	} else {
		f = fork_of(&b->report, &other.report);
		say_fork(b, &other, &f, text);
		code = f.kind == FORK_PARTED      ? EXIT_NOT
		       : f.kind == FORK_OTHER_LOG ? EXIT_UNUSABLE
						  : EXIT_VALID;
	}
	bundle_fini(&other);
	return code;
}

/* ---- --apply-erasures ---- */

/* The newer bundle goes on from the older one, and is of the same reader. */
static bool follows(const struct bundle *old, const struct bundle *newer)
{
	const struct min_report *a = &old->report;
	const struct min_report *b = &newer->report;

	return slice_eq(a->origin, b->origin) && slice_eq(a->party, b->party) &&
	       a->size <= b->size && min_hash_eq(&a->root[a->size], &b->root[a->size]);
}

static int prune(struct bundle *old, const struct bundle *newer, const struct options *o,
		 const struct trust *t, struct buf *why)
{
	struct map erased = {0};
	struct buf pruned = {0};
	int code = EXIT_NOT;

	randombytes_buf(&erased.seed, sizeof erased.seed);
	bundle_erased(newer, &erased);
	bundle_prune(buf_slice(&old->bytes), &erased, &pruned);
	buf_fini(&old->bytes);
	old->bytes = pruned;
	bundle_verify(old, t, &erased);
	if (old->report.verdict == MIN_VALID) {
		code = EXIT_VALID;
		if (o->out && !write_new(NULL, o->out, buf_slice(&old->bytes), why)) {
			code = EXIT_UNUSABLE;
		}
	}
	map_fini(&erased);
	return code;
}

static int apply(struct bundle *old, const struct options *o, const struct trust *t,
		 struct buf *why)
{
	struct bundle newer;
	int code = EXIT_NOT;

	if (!bundle_read(o->newer, &newer, why)) {
		bundle_fini(&newer);
		return EXIT_UNUSABLE;
	}
	bundle_verify(&newer, t, NULL);
	if (!is_whole(old) || !is_whole(&newer)) {
		buf_printf(why, "%s: 正しくないファイルです",
			   is_whole(old) ? newer.path : old->path);
	} else if (!follows(old, &newer)) {
		buf_printf(why, "%s は %s の続きではありません", newer.path, old->path);
	} else {
		code = prune(old, &newer, o, t, why);
	}
	bundle_fini(&newer);
	return code;
}

/* ---- all of it ---- */

static int run(struct bundle *b, const struct options *o, const struct trust *t, struct buf *why)
{
	struct buf text = {0};
	int code;

	bundle_verify(b, t, NULL);
	code = b->report.verdict == MIN_VALID ? EXIT_VALID : EXIT_NOT;
	if (o->newer) {
		code = apply(b, o, t, why);
	}
	if (o->extract && is_whole(b) && !extract(b, t, o->extract, why)) {
		code = EXIT_UNUSABLE;
	}
	if (o->json) {
		json_report(b, t, &text);
	} else {
		say_report(b, t, &text);
	}
	if (o->compare) {
		struct buf words = {0};
		int second = compare(b, o, t, &words, why);

		if (!o->json) {
			buf_add(&text, buf_slice(&words));
		}
		code = second > code ? second : code;
		buf_fini(&words);
	}
	print(&text);
	buf_fini(&text);
	/* Whole, but by whose key was not asked: not "valid". */
	return code == EXIT_VALID && t->any ? EXIT_NOT : code;
}

int main(int argc, char **argv)
{
	struct options o = {0};
	struct trust t = {0};
	struct bundle b = {0};
	struct buf why = {0};
	int code = EXIT_UNUSABLE;

	if (sodium_init() < 0) {
		return EXIT_UNUSABLE;
	}
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		(void)fputs(usage, stdout);
		return EXIT_VALID;
	}
	if (!read_options(argc, argv, &o)) {
		(void)fputs(usage, stderr);
		return EXIT_UNUSABLE;
	}
	t.any = !o.trust;
	if ((!o.trust || trust_read(o.trust, &t, &why)) && bundle_read(o.bundle, &b, &why)) {
		code = run(&b, &o, &t, &why);
	}
	if (why.len) {
		complain(&why);
	}
	bundle_fini(&b);
	trust_fini(&t);
	buf_fini(&why);
	if (fflush(stdout) != 0) {
		return EXIT_UNUSABLE;
	}
	return code;
}
