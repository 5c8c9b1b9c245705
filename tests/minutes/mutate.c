/*
 * Bundles with one byte changed: how many of them are taken. Nothing in a bundle is
 * unsigned, so it must be none.
 *   mutate every FILE KEY STEP [VALUES]   each STEPth byte, VALUES other values of it (1: one of
 * them) mutate places FILE KEY SEED N         N places from a seed: `place value verdict` a line
 *   mutate judge KEY FILE…                `verdict` a line
 * KEY is the server's key as it stands in bundles. The last line of `every` counts.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <sodium.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "minutes/b64.h"
#include "minutes/verify.h"
#include "verify/verify_crypto.h"

static uint8_t key[1][MIN_KEY_TYPED];

static enum min_verdict verdict_of(struct min_source source)
{
	struct min_params p = {
	    .trust = (const uint8_t(*)[MIN_KEY_TYPED])key,
	    .trust_count = 1,
	    .assertion = verify_assertion,
	};
	struct min_report r;
	enum min_verdict v = min_verify(source, &p, &r);

	min_report_fini(&r);
	return v;
}

static enum min_verdict verdict(struct slice bytes)
{
	return verdict_of(min_source_of(&bytes));
}

static struct buf read_file(const char *path)
{
	struct buf b = {0};
	char block[8192];
	size_t n;
	FILE *f = fopen(path, "rb");

	if (!f) {
		perror(path);
		exit(2);
	}
	while ((n = fread(block, 1, sizeof block, f)) > 0) {
		buf_add(&b, (struct slice){block, n});
	}
	(void)fclose(f);
	return b;
}

/* splitmix64 */
static uint64_t dice(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* Never the byte itself. Half of the time a character that may stand in base64. */
static char other(char old, uint64_t *state)
{
	static const char like[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_\",:[]{}\n";
	char c;

	do {
		uint64_t d = dice(state);

		c = d & 1 ? like[(d >> 1) % (sizeof like - 1)] : (char)(d >> 8);
	} while (c == old);
	return c;
}

/*
 * One pass over the bundle as it is, given byte by byte. Before each byte the process forks: the
 * child goes on with another byte in its place, so that what stands before it is verified once for
 * all.
 */
struct fan {
	struct slice bytes;
	size_t at;
	size_t step;
	unsigned values;
	pid_t parent;
	unsigned running;
	uint64_t tried;
	uint64_t taken;
	char swap; /* in a child: what comes instead of the next byte */
	bool swapped;
};

enum { AT_ONCE = 2, PIECE = 4096, TAKEN = 3, REFUSED = 4 };

static void reap(struct fan *f)
{
	int status = 0;
	pid_t who = wait(&status);

	f->running--;
	/* A child that crashed took it, too. */
	if (who < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != REFUSED) {
		f->taken++;
	}
}

/* In a child true. */
static bool spread(struct fan *f)
{
	uint64_t state = f->at;

	for (unsigned i = 0; i < f->values; i++) {
		char swap = other(f->bytes.ptr[f->at], &state);
		pid_t child;

		if (f->running == AT_ONCE) {
			reap(f);
		}
		child = fork();
		if (child == 0) {
			f->swap = swap;
			f->swapped = true;
			return true;
		}
		f->tried++;
		f->running += child > 0;
		f->taken += child < 0;
	}
	return false;
}

static size_t give(void *arg, char *to, size_t max)
{
	struct fan *f = arg;
	size_t n = f->bytes.len - f->at;

	if (n == 0) {
		return 0;
	}
	if (f->swapped) {
		/* In pieces: most are refused soon, and what was not read costs nothing. */
		n = n < max ? n : max;
		n = n < PIECE ? n : PIECE;
		memcpy(to, f->bytes.ptr + f->at, n);
	} else if (f->at % f->step == 0 && spread(f)) {
		n = 1;
		to[0] = f->swap;
	} else {
		n = 1;
		to[0] = f->bytes.ptr[f->at];
	}
	f->at += n;
	return n;
}

static int all(struct buf b, size_t step, unsigned values)
{
	struct fan f = {.bytes = buf_slice(&b), .step = step, .values = values, .parent = getpid()};
	enum min_verdict v = verdict_of((struct min_source){give, &f});

	if (getpid() != f.parent) {
		if (v != MIN_INVALID) {
			fprintf(stderr, "taken: a byte as %02x\n", (unsigned char)f.swap);
		}
		_exit(v == MIN_INVALID ? REFUSED : TAKEN);
	}
	while (f.running) {
		reap(&f);
	}
	printf("%" PRIu64 " tried, %" PRIu64 " taken\n", f.tried, f.taken);
	return f.taken == 0 && v <= MIN_WITHHELD ? 0 : 1;
}

static const char *const names[] = {"valid", "withheld", "invalid", "unreadable"};

static int places(struct buf b, uint64_t seed, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t at = (size_t)(dice(&seed) % b.len);
		char old = b.ptr[at];

		b.ptr[at] = other(old, &seed);
		printf("%zu %u %s\n", at, (unsigned char)b.ptr[at], names[verdict(buf_slice(&b))]);
		b.ptr[at] = old;
	}
	return 0;
}

static bool is_key(const char *text)
{
	return min_b64_exact(slice_of(text), key[0], sizeof key[0]);
}

static int judge(int count, char **file)
{
	for (int i = 0; i < count; i++) {
		struct buf b = read_file(file[i]);

		printf("%s\n", names[verdict(buf_slice(&b))]);
		buf_fini(&b);
	}
	return 0;
}

static int change(int argc, char **argv)
{
	struct buf b = read_file(argv[2]);
	int code = 2;

	if (verdict(buf_slice(&b)) > MIN_WITHHELD) {
		fprintf(stderr, "%s: not valid as it is\n", argv[2]);
	} else if (strcmp(argv[1], "every") == 0) {
		code = all(b, strtoul(argv[4], NULL, 10),
			   argc > 5 ? (unsigned)strtoul(argv[5], NULL, 10) : 1);
	} else if (argc > 5) {
		code = places(b, strtoull(argv[4], NULL, 10), strtoul(argv[5], NULL, 10));
	}
	buf_fini(&b);
	return code;
}

int main(int argc, char **argv)
{
	if (sodium_init() < 0) {
		return 2;
	}
	if (argc > 3 && strcmp(argv[1], "judge") == 0 && is_key(argv[2])) {
		return judge(argc - 3, argv + 3);
	}
	if (argc > 4 && is_key(argv[3])) {
		return change(argc, argv);
	}
	fprintf(stderr, "usage: mutate every FILE KEY STEP [VALUES]\n"
			"       mutate places FILE KEY SEED N\n"
			"       mutate judge KEY FILE...\n");
	return 2;
}
