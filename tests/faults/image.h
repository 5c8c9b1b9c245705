#ifndef ROKUSHA_TESTS_FAULTS_IMAGE_H
#define ROKUSHA_TESTS_FAULTS_IMAGE_H

/* The disk at one moment of a trace, and what a power cut then makes of it. */
#include "faults/trace.h"

struct inode {
	char *ptr; /* as synced */
	size_t size, cap;
	size_t *pending; /* ops since then */
	size_t count, pending_cap;
};

struct platter {
	struct inode inode[TRACE_INODES];
	int name[TRACE_NAMES]; /* as synced */
	size_t *pending;       /* ops on names since then */
	size_t count, pending_cap;
	size_t at;   /* ops of the trace that were done */
	size_t said; /* the last promise made by then, from 1 */
};

static uint64_t image_state = 1;

static uint64_t image_dice(uint64_t n)
{
	image_state ^= image_state << 13;
	image_state ^= image_state >> 7;
	image_state ^= image_state << 17;
	return (image_state >> 11) % n;
}

static void inode_room(struct inode *i, size_t size)
{
	if (size > i->cap) {
		i->cap = size * 2;
		i->ptr = mem_grow(i->ptr, i->cap, 1);
	}
	if (size > i->size) {
		memset(i->ptr + i->size, 0, size - i->size);
	}
	i->size = size;
}

static void platter_begin(struct platter *p)
{
	int at = 0;

	*p = (struct platter){0};
	for (int i = 0; i < TRACE_NAMES; i++) {
		p->name[i] = NO_INODE;
		if (trace.first[i]) {
			p->name[i] = at++;
			inode_room(&p->inode[p->name[i]], trace.first_size[i]);
			memcpy(p->inode[p->name[i]].ptr, trace.first[i], trace.first_size[i]);
		}
	}
}

static void platter_fini(struct platter *p)
{
	for (int i = 0; i < TRACE_INODES; i++) {
		free(p->inode[i].ptr);
		free(p->inode[i].pending);
	}
	free(p->pending);
}

static void inode_apply(struct inode *i, const struct op *o)
{
	if (o->kind == OP_TRUNCATE) {
		inode_room(i, o->at);
		return;
	}
	if (o->at + o->len > i->size) {
		inode_room(i, o->at + o->len);
	}
	memcpy(i->ptr + o->at, trace.bytes + o->data, o->len);
}

/* The next op of the trace happens. */
static void platter_step(struct platter *p)
{
	const struct op *o = &trace.op[p->at];
	struct inode *i = &p->inode[o->inode == NO_INODE ? 0 : o->inode];

	switch (o->kind) {
	case OP_WRITE:
	case OP_TRUNCATE:
		mem_room(&i->pending, &i->pending_cap, i->count, sizeof *i->pending);
		i->pending[i->count++] = p->at;
		break;
	case OP_SYNC:
		for (size_t n = 0; n < i->count; n++) {
			inode_apply(i, &trace.op[i->pending[n]]);
		}
		i->count = 0;
		break;
	case OP_NAME:
		mem_room(&p->pending, &p->pending_cap, p->count, sizeof *p->pending);
		p->pending[p->count++] = p->at;
		break;
	case OP_SYNC_DIR:
		for (size_t n = 0; n < p->count; n++) {
			p->name[trace.op[p->pending[n]].name] = trace.op[p->pending[n]].inode;
		}
		p->count = 0;
		break;
	case OP_SAID:
		p->said = o->data;
		break;
	}
	p->at++;
}

/* ---- one power cut ---- */

enum cut_mode { CUT_DROPPED, CUT_KEPT, CUT_IN_ORDER, CUT_SECTORS, CUT_TORN, CUT_MODES };

struct cut {
	enum cut_mode mode;
	size_t sector;
	uint64_t salt;
};

/* How many of the pending ops this sector has seen. */
static size_t cut_of(const struct cut *c, size_t sector, size_t count)
{
	uint64_t h = (c->salt + sector) * 0x9E3779B97F4A7C15u;

	h ^= h >> 29;
	h *= 0xBF58476D1CE4E5B9u;
	h ^= h >> 32;
	switch (c->mode) {
	case CUT_DROPPED:
		return 0;
	case CUT_KEPT:
		return count;
	case CUT_IN_ORDER:
		return (size_t)(c->salt % (count + 1));
	default:
		return h % 3 == 0 ? 0 : h % 3 == 1 ? count : (size_t)(h / 3 % (count + 1));
	}
}

/* The sector that was being written when the power went: half of it, or anything. */
static void tear(char *to, const char *from, size_t n)
{
	size_t half = image_dice(n + 1);

	memcpy(to, from, half);
	if (image_dice(3) == 0) {
		for (size_t i = half; i < n; i++) {
			to[i] = (char)image_dice(256);
		}
	}
}

static void cut_write(const struct cut *c, struct inode *out, const struct op *o, size_t n,
		      size_t count)
{
	for (size_t at = o->at; at < o->at + o->len;) {
		size_t end = (at / c->sector + 1) * c->sector;
		size_t cut = cut_of(c, at / c->sector, count);
		const char *from = trace.bytes + o->data + (at - o->at);

		end = end > o->at + o->len ? o->at + o->len : end;
		if (n <= cut && end > out->size) {
			inode_room(out, end);
		}
		if (n < cut) {
			memcpy(out->ptr + at, from, end - at);
		} else if (n == cut && c->mode == CUT_TORN) {
			tear(out->ptr + at, from, end - at);
		}
		at = end;
	}
}

static void cut_truncate(const struct cut *c, struct inode *out, const struct op *o, size_t n,
			 size_t count)
{
	for (size_t at = o->at; at < out->size;) {
		size_t end = (at / c->sector + 1) * c->sector;

		end = end > out->size ? out->size : end;
		if (n < cut_of(c, at / c->sector, count)) {
			memset(out->ptr + at, 0, end - at);
		}
		at = end;
	}
}

/* The size is kept apart from the data, and may be older or newer. */
static size_t cut_size(const struct cut *c, const struct inode *i)
{
	size_t size = i->size;
	size_t many = c->mode == CUT_DROPPED ? 0
		      : c->mode == CUT_KEPT  ? i->count
		      : c->mode == CUT_IN_ORDER
			  ? cut_of(c, 0, i->count)
			  : (image_dice(2) ? i->count : image_dice(i->count + 1));

	for (size_t n = 0; n < many; n++) {
		const struct op *o = &trace.op[i->pending[n]];

		if (o->kind == OP_TRUNCATE) {
			size = o->at;
		} else if (o->at + o->len > size) {
			size = o->at + o->len;
		}
	}
	return size;
}

static void cut_inode(const struct cut *c, const struct inode *i, const char *path)
{
	struct inode out = {0};
	FILE *f = fopen(path, "wb");

	inode_room(&out, i->size);
	if (i->size > 0) {
		memcpy(out.ptr, i->ptr, i->size);
	}
	for (size_t n = 0; n < i->count; n++) {
		const struct op *o = &trace.op[i->pending[n]];

		if (o->kind == OP_WRITE) {
			cut_write(c, &out, o, n, i->count);
		} else {
			cut_truncate(c, &out, o, n, i->count);
		}
	}
	inode_room(&out, cut_size(c, i));
	if (!f || (out.size > 0 && fwrite(out.ptr, 1, out.size, f) != out.size) || fclose(f) != 0) {
		abort();
	}
	free(out.ptr);
}

/* Files at `path` and beside it as the cut leaves them; what lay there is gone. */
static void platter_cut(const struct platter *p, const struct cut *c, const char *path)
{
	static const char *const others[] = {"-shm", ".ballast", ".lock", ".new-shm"};
	char file[DISK_PATH + 16];
	int name[TRACE_NAMES];

	memcpy(name, p->name, sizeof name);
	for (size_t n = 0; n < p->count; n++) {
		const struct op *o = &trace.op[p->pending[n]];

		if (c->mode == CUT_KEPT || (c->mode != CUT_DROPPED && image_dice(2))) {
			name[o->name] = o->inode;
		}
	}
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		(void)snprintf(file, sizeof file, "%s%s", path, others[i]);
		(void)unlink(file);
	}
	for (int i = 0; i < TRACE_NAMES; i++) {
		(void)snprintf(file, sizeof file, "%s%s", path, trace_suffix[i]);
		(void)unlink(file);
		if (name[i] != NO_INODE) {
			cut_inode(c, &p->inode[name[i]], file);
		}
	}
}

#endif
