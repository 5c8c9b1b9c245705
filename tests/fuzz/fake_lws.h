#ifndef ROKUSHA_TESTS_FUZZ_FAKE_LWS_H
#define ROKUSHA_TESTS_FUZZ_FAKE_LWS_H

/*
 * In the place of libwebsockets: what net/ calls of it, over a request that is already split into
 * headers and a frame whose length somebody made up. It keeps what is written and what is asked
 * for.
 */
#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "fuzz/fuzz.h"
#include "net/net_state.h"

struct lws {
	void *opaque;
	int method; /* LWSHUMETH_… */
	struct buf uri;
	struct buf header[WSI_TOKEN_COUNT];
	struct buf out; /* bytes of HTTP answers */
	size_t remaining;
	bool is_final, is_binary; /* of the frame */
	bool is_ws, is_full;      /* a part of the last write is still here */
	bool is_broken;           /* nothing can be written any more */
	bool is_slow;             /* a part of every frame stays */
	size_t frames;            /* that were written, and ... */
	size_t frame_bytes;       /* ... their bytes */
	struct buf said;          /* what they said, one after the other */
	size_t writes;            /* in which they went */
	bool wants_write, is_done, is_dying;
	bool has_said_close;
};

int lws_hdr_total_length(struct lws *wsi, enum lws_token_indexes h)
{
	return (int)wsi->header[h].len;
}

int lws_hdr_copy(struct lws *wsi, char *dest, int len, enum lws_token_indexes h)
{
	struct slice s = buf_slice(&wsi->header[h]);

	MUST(len > 0, "no room");
	*dest = '\0';
	if (s.len == 0) {
		return 0;
	}
	if ((size_t)len <= s.len) {
		return -1;
	}
	memcpy(dest, s.ptr, s.len);
	dest[s.len] = '\0';
	return (int)s.len;
}

int lws_http_get_uri_and_method(struct lws *wsi, char **uri, int *len)
{
	if (wsi->method < 0) {
		return -1;
	}
	*uri = wsi->uri.ptr;
	*len = (int)wsi->uri.len;
	return wsi->method;
}

/* Whole frames as they go over the wire: texts, or the close frame alone. RFC 6455, 5.2 */
static inline void take_frames(struct lws *wsi, const unsigned char *buf, size_t len)
{
	size_t at = 0;

	MUST(!wsi->has_said_close, "bytes after the close frame");
	if (len > 0 && buf[0] == 0x88) {
		MUST(len == 4 && buf[1] == 2, "no close frame");
		wsi->has_said_close = true;
		return;
	}
	while (at < len) {
		size_t payload;

		MUST(len - at >= 2 && buf[at] == 0x81, "no final text");
		payload = buf[at + 1];
		MUST(payload < 127, "a length of another kind");
		at += 2;
		if (payload == 126) {
			MUST(len - at >= 2, "half a length");
			payload = (size_t)buf[at] << 8 | buf[at + 1];
			MUST(payload >= 126, "a length longer than need be");
			at += 2;
		}
		MUST(payload <= len - at, "%zu of %zu bytes", payload, len - at);
		buf_add(&wsi->said, (struct slice){(const char *)buf + at, payload});
		wsi->frames++;
		wsi->frame_bytes += payload;
		at += payload;
	}
	wsi->is_full = wsi->is_slow;
}

int lws_write(struct lws *wsi, unsigned char *buf, size_t len, enum lws_write_protocol protocol)
{
	MUST(!wsi->is_full, "written while lws holds a part of the last one");
	if (wsi->is_broken) {
		return -1;
	}
	if (protocol == LWS_WRITE_TEXT) {
		MUST(wsi->is_ws && !wsi->has_said_close, "a frame to no WebSocket");
		buf[-1] = buf[-2] = 0x55; /* lws' own header */
		buf_add(&wsi->said, (struct slice){(const char *)buf, len});
		wsi->frames++;
		wsi->frame_bytes += len;
		wsi->writes++;
		wsi->is_full = wsi->is_slow;
		return (int)len;
	}
	if (wsi->is_ws) {
		MUST(protocol == LWS_WRITE_RAW, "%d", protocol);
		wsi->writes++;
		take_frames(wsi, buf, len);
		return (int)len;
	}
	MUST(protocol == LWS_WRITE_HTTP || protocol == LWS_WRITE_HTTP_FINAL, "%d", protocol);
	buf_add(&wsi->out, (struct slice){(const char *)buf, len});
	return (int)len;
}

int lws_callback_on_writable(struct lws *wsi)
{
	wsi->wants_write = true;
	return 1;
}

void lws_set_timeout(struct lws *wsi, enum pending_timeout reason, int secs)
{
	(void)reason;
	wsi->is_dying = wsi->is_dying || secs == LWS_TO_KILL_ASYNC;
}

int lws_http_transaction_completed(struct lws *wsi)
{
	wsi->is_done = true;
	return 0;
}

int lws_partial_buffered(struct lws *wsi)
{
	return wsi->is_full;
}

size_t lws_remaining_packet_payload(struct lws *wsi)
{
	return wsi->remaining;
}

int lws_is_final_fragment(struct lws *wsi)
{
	return wsi->is_final && wsi->remaining == 0;
}

int lws_frame_is_binary(struct lws *wsi)
{
	return wsi->is_binary;
}

void *lws_get_opaque_user_data(const struct lws *wsi)
{
	return wsi->opaque;
}

void lws_set_opaque_user_data(struct lws *wsi, void *data)
{
	wsi->opaque = data;
}

lws_sockfd_type lws_get_socket_fd(struct lws *wsi)
{
	(void)wsi;
	return -1;
}

void lws_cancel_service(struct lws_context *context)
{
	(void)context;
}

/* ---- beginning and end, of which nothing is done here ---- */

void lws_set_log_level(int level, void (*func)(int level, const char *line))
{
	(void)level;
	(void)func;
}

struct lws_context *lws_create_context(const struct lws_context_creation_info *info)
{
	return (struct lws_context *)(uintptr_t)info->foreign_loops;
}

struct lws_vhost *lws_create_vhost(struct lws_context *c, const struct lws_context_creation_info *i)
{
	(void)i;
	return (struct lws_vhost *)c;
}

void lws_context_destroy(struct lws_context *c)
{
	(void)c;
}

static struct lws *fake_adopted; /* for the next socket; NULL: it cannot be taken */

struct lws *lws_adopt_socket_vhost(struct lws_vhost *vh, lws_sockfd_type fd)
{
	(void)vh;
	(void)fd;
	return fake_adopted;
}

#endif
