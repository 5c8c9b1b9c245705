/* Figures: a histogram of bounded size, processor time to the nanosecond. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/gen.h"

static int64_t clock_of(clockid_t id)
{
	struct timespec t;

	(void)clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t clock_ns(void)
{
	return clock_of(CLOCK_MONOTONIC);
}

int64_t cpu_own(void)
{
	return clock_of(CLOCK_PROCESS_CPUTIME_ID);
}

void hist_add(struct hist *h, int64_t ns)
{
	uint64_t v = ns > 0 ? (uint64_t)ns : 0;
	uint32_t top = v >> HIST_SUB_BITS ? 63u - (uint32_t)__builtin_clzll(v) : HIST_SUB_BITS;
	uint32_t shift = top - HIST_SUB_BITS;
	uint32_t octave = v >> HIST_SUB_BITS ? shift + 1 : 0;
	uint32_t at =
	    (octave << HIST_SUB_BITS) | ((uint32_t)(v >> shift) & ((1u << HIST_SUB_BITS) - 1));

	h->n++;
	h->at[at]++;
	h->max = ns > h->max ? ns : h->max;
}

/* The upper end of the step in which that part of them has come. */
int64_t hist_at(const struct hist *h, double part)
{
	uint64_t want = (uint64_t)((double)h->n * part);
	uint64_t seen = 0;

	for (uint32_t i = 0; i < HIST_SIZE; i++) {
		uint32_t octave = i >> HIST_SUB_BITS;
		uint64_t low = i & ((1u << HIST_SUB_BITS) - 1);
		int64_t end;

		seen += h->at[i];
		if (seen <= want && seen < h->n) {
			continue;
		}
		end = octave ? (int64_t)((low + (1u << HIST_SUB_BITS) + 1) << (octave - 1))
			     : (int64_t)low + 1;
		return end < h->max ? end : h->max;
	}
	return 0;
}

void hist_print(const char *name, const struct hist *h)
{
	printf(",\"%s\":{\"n\":%llu,\"p50\":%.1f,\"p99\":%.1f,\"max\":%.1f}", name,
	       (unsigned long long)h->n, (double)hist_at(h, 0.5) / 1e3,
	       (double)hist_at(h, 0.99) / 1e3, (double)h->max / 1e3);
}

/* schedstat counts nanoseconds; what a thread that ended had used is lost, servers keep theirs. */
static int64_t cpu_of_one(int pid)
{
	char name[64];
	int64_t sum = 0;
	struct dirent *e;
	DIR *d;

	(void)snprintf(name, sizeof name, "/proc/%d/task", pid);
	d = opendir(name);
	while (d && (e = readdir(d))) {
		char file[512];
		long long ns = 0;
		FILE *f;

		if (e->d_name[0] == '.') {
			continue;
		}
		(void)snprintf(file, sizeof file, "%s/%s/schedstat", name, e->d_name);
		f = fopen(file, "re");
		if (f && fscanf(f, "%lld", &ns) == 1) {
			sum += ns;
		}
		if (f) {
			(void)fclose(f);
		}
	}
	if (d) {
		(void)closedir(d);
	}
	return sum;
}

int64_t cpu_of(const int *pid, int count)
{
	int64_t sum = 0;

	for (int i = 0; i < count; i++) {
		sum += cpu_of_one(pid[i]);
	}
	return sum;
}

char *file_text(const char *path, size_t *len)
{
	FILE *f = fopen(path ? path : "", "re");
	char *text = NULL;
	size_t size = 0;
	size_t got = 0;

	if (!f) {
		gen_die("%s: %s", path ? path : "--input is missing", strerror(errno));
	}
	do {
		size = size ? size * 2 : 1 << 16;
		text = realloc(text, size + 1);
		if (!text) {
			gen_die("no memory");
		}
		got += fread(text + got, 1, size - got, f);
	} while (got == size);
	(void)fclose(f);
	text[got] = '\0';
	*len = got;
	return text;
}

const char *gen_after(const uint8_t *p, size_t n, const char *name)
{
	const char *at = memmem(p, n, name, strlen(name));

	if (!at) {
		gen_die("a frame without %s: %.*s", name, (int)(n < 200 ? n : 200), p);
	}
	return at + strlen(name);
}
