/*
 * minutes_verify KEY FILE ROUNDS
 *
 * What it costs to verify a copy of signed minutes, twelve times over as for the meetings of a
 * year, beside the raw cost of the same hashes and signatures, in turns. Prints a line of JSON.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "base/mem.h"
#include "minutes/b64.h"
#include "minutes/verify.h"

enum { OPS = 1 << 18, MESSAGE = 1 << 20, ROUNDS_MAX = 1000, MEETINGS = 12 };

#define MUST(x)                                                                                    \
	do {                                                                                       \
		if (!(x)) {                                                                        \
			fprintf(stderr, "minutes_verify: %s\n", #x);                               \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

/* A hash of so many bytes; a signature of so many, negative. */
static struct {
	long op[OPS];
	size_t count;
	long len;
	bool records;
	unsigned char open[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES];
	unsigned char *message;
} g;

static void note(long len)
{
	if (g.records) {
		MUST(g.count < OPS && labs(len) <= MESSAGE);
		g.op[g.count++] = len;
	}
}

int __real_crypto_hash_sha256_init(crypto_hash_sha256_state *s);
int __real_crypto_hash_sha256_update(crypto_hash_sha256_state *s, const unsigned char *in,
				     unsigned long long len);
int __real_crypto_hash_sha256_final(crypto_hash_sha256_state *s, unsigned char *out);
int __real_crypto_sign_verify_detached(const unsigned char *sig, const unsigned char *m,
				       unsigned long long len, const unsigned char *pk);
int __wrap_crypto_hash_sha256_init(crypto_hash_sha256_state *s);
int __wrap_crypto_hash_sha256_update(crypto_hash_sha256_state *s, const unsigned char *in,
				     unsigned long long len);
int __wrap_crypto_hash_sha256_final(crypto_hash_sha256_state *s, unsigned char *out);
int __wrap_crypto_sign_verify_detached(const unsigned char *sig, const unsigned char *m,
				       unsigned long long len, const unsigned char *pk);

int __wrap_crypto_hash_sha256_init(crypto_hash_sha256_state *s)
{
	g.len = 0;
	return __real_crypto_hash_sha256_init(s);
}

int __wrap_crypto_hash_sha256_update(crypto_hash_sha256_state *s, const unsigned char *in,
				     unsigned long long len)
{
	g.len += (long)len;
	return __real_crypto_hash_sha256_update(s, in, len);
}

int __wrap_crypto_hash_sha256_final(crypto_hash_sha256_state *s, unsigned char *out)
{
	note(g.len);
	return __real_crypto_hash_sha256_final(s, out);
}

int __wrap_crypto_sign_verify_detached(const unsigned char *sig, const unsigned char *m,
				       unsigned long long len, const unsigned char *pk)
{
	note(-(long)len);
	return __real_crypto_sign_verify_detached(sig, m, len, pk);
}

static void raw(void)
{
	unsigned char out[64];
	crypto_hash_sha256_state s;

	for (size_t i = 0; i < g.count; i++) {
		if (g.op[i] >= 0) {
			(void)__real_crypto_hash_sha256_init(&s);
			(void)__real_crypto_hash_sha256_update(&s, g.message,
							       (unsigned long long)g.op[i]);
			(void)__real_crypto_hash_sha256_final(&s, out);
		} else {
			/* A wrong signature takes as long: all is reckoned before it is compared.
			 */
			(void)__real_crypto_sign_verify_detached(
			    g.message, g.message, (unsigned long long)-g.op[i], g.open);
		}
	}
}

static double now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static struct buf file_of(const char *path)
{
	struct buf out = {0};
	char part[4096];
	FILE *f = fopen(path, "rb");

	MUST(f);
	for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;) {
		buf_add(&out, (struct slice){part, n});
	}
	(void)fclose(f);
	return out;
}

static void verify(const struct buf *text, uint8_t trust[1][MIN_KEY_TYPED])
{
	struct min_params p = {
	    .trust = (const uint8_t(*)[MIN_KEY_TYPED])trust, .trust_count = 1, .seed = 1};
	struct slice rest = buf_slice(text);
	struct min_report report;

	MUST(min_verify(min_source_of(&rest), &p, &report) == MIN_VALID);
	min_report_fini(&report);
}

int main(int argc, char **argv)
{
	static double ours[ROUNDS_MAX], bare[ROUNDS_MAX];
	uint8_t trust[1][MIN_KEY_TYPED];
	struct buf text;
	size_t rounds;

	MUST(argc == 4 && sodium_init() >= 0 &&
	     min_b64_exact(slice_of(argv[1]), trust[0], MIN_KEY_TYPED));
	rounds = strtoul(argv[3], NULL, 10);
	MUST(rounds > 0 && rounds <= ROUNDS_MAX);
	text = file_of(argv[2]);
	g.message = mem_alloc(MESSAGE);
	(void)crypto_sign_keypair(g.open, g.secret);
	(void)crypto_sign_detached(g.message, NULL, g.message, 100, g.secret);
	g.records = true;
	verify(&text, trust);
	g.records = false;
	for (size_t i = 0; i < rounds; i++) {
		double from = now_us();

		for (int n = 0; n < MEETINGS; n++) {
			verify(&text, trust);
		}
		ours[i] = now_us() - from;
		from = now_us();
		for (int n = 0; n < MEETINGS; n++) {
			raw();
		}
		bare[i] = now_us() - from;
	}
	qsort(ours, rounds, sizeof *ours, by_size);
	qsort(bare, rounds, sizeof *bare, by_size);
	printf("{\"verify\":{\"us\":%.0f,\"raw_us\":%.0f,\"ratio\":%.3f,\"operations\":%zu,"
	       "\"bytes\":%zu}}\n",
	       ours[rounds / 2], bare[rounds / 2], ours[rounds / 2] / bare[rounds / 2],
	       g.count * MEETINGS, text.len * MEETINGS);
	buf_fini(&text);
	free(g.message);
	return 0;
}
