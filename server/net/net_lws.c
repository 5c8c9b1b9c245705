/* libwebsockets as we want it; what must not be changed and why is in DESIGN, "Dependencies". */
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "net/net_state.h"

#define CSP(CONNECT)                                                                               \
	"default-src 'none'; script-src 'self'; style-src 'self'; connect-src " CONNECT "; "       \
	"img-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; "                   \
	"frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types lit-html"
#define NO_DEVICES "camera=(), microphone=(), geolocation=()"

/*
 * On every answer, ours or lws' own. trusted-types: Lit needs its one policy. The signing page asks
 * nobody for anything but the page that opened it: a window that the others must be able to keep.
 */
static const struct {
	const char *name; /* with the colon, as lws wants it */
	const char *value;
	const char *on_sign; /* on the signing page; NULL: the same */
	bool tls_only;
} secure_header[] = {
    {"content-security-policy:", CSP("'self'"), CSP("'none'"), false},
    {"x-content-type-options:", "nosniff", NULL, false},
    {"referrer-policy:", "no-referrer", NULL, false},
    {"cross-origin-opener-policy:", "same-origin", "unsafe-none", false},
    {"cross-origin-resource-policy:", "same-origin", NULL, false},
    {"permissions-policy:",
     NO_DEVICES ", publickey-credentials-create=(), publickey-credentials-get=()", NO_DEVICES,
     false},
    {"strict-transport-security:", "max-age=31536000; includeSubDomains", NULL, true}};

_Static_assert(sizeof secure_header / sizeof *secure_header <= NET_SECURE_HEADERS, "room");

/*
 * The first protocol serves HTTP; its name is no token, so that no client can ask for it. A byte
 * of user data makes lws tell the second one about a close it begins itself (DROP_PROTOCOL).
 */
static const struct lws_protocols protocols[] = {
    {.name = "http only", .callback = net_http_callback},
    {.name = "rokusha.1",
     .callback = net_ws_callback,
     .per_session_data_size = 1,
     .rx_buffer_size = NET_RX_BYTES,
     .tx_packet_size = LIMIT_OUT_QUEUE_BYTES /* else a long snapshot is copied piecewise */},
    {0}};

static const lws_retry_bo_t retry = {.secs_since_valid_ping = NET_PING_S,
				     .secs_since_valid_hangup = NET_DEAD_S};

static void make_headers(struct net *n)
{
	struct lws_protocol_vhost_options *last = NULL;

	for (size_t i = 0; i < sizeof secure_header / sizeof *secure_header; i++) {
		struct lws_protocol_vhost_options *h = &n->header[i];

		if (secure_header[i].tls_only && !n->is_tls) {
			continue;
		}
		h->name = secure_header[i].name;
		h->value = secure_header[i].value;
		if (n->config->has_passkeys && strcmp(h->value, "same-origin") == 0 &&
		    secure_header[i].on_sign) {
			h->value = "same-origin-allow-popups";
		}
		if (last) {
			last->next = h;
		}
		last = h;
		buf_printf(&n->secure, "%s %s\r\n", h->name, h->value);
		buf_printf(&n->secure_sign, "%s %s\r\n", h->name,
			   secure_header[i].on_sign ? secure_header[i].on_sign : h->value);
	}
}

static bool start_vhost(struct net *n, char *why, size_t why_bytes)
{
	struct lws_context_creation_info info;

	memset(&info, 0, sizeof info);
	info.port = CONTEXT_PORT_NO_LISTEN_SERVER; /* sockets come from net_listen.c */
	info.vhost_name = "rokusha";
	info.protocols = protocols;
	info.extensions = NULL; /* never: an empty compressed message aborts the process */
	info.alpn = "http/1.1"; /* never h2: a long answer crashes it */
	info.headers = n->header;
	info.keepalive_timeout = NET_HEAD_S;
	info.retry_and_idle_policy = &retry;
	if (n->is_tls) {
		info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
		info.ssl_cert_filepath = n->config->tls_cert;
		info.ssl_private_key_filepath = n->config->tls_key;
		info.ssl_options_set = SSL_OP_NO_SSLv3 | SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 |
				       SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE;
		info.ssl_cipher_list = "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL";
	}
	n->vhost = lws_create_vhost(n->context, &info);
	if (!n->vhost) {
		snprintf(why, why_bytes,
			 n->is_tls ? "the TLS certificate or key cannot be used"
				   : "libwebsockets does not start");
		return false;
	}
	return true;
}

bool net_lws_start(struct net *n, char *why, size_t why_bytes)
{
	const char *const file[] = {n->config->tls_cert, n->config->tls_key};
	struct lws_context_creation_info info;
	void *loops[1] = {&n->loop};

	for (size_t i = 0; n->is_tls && i < 2; i++) {
		if (access(file[i], R_OK) != 0) {
			snprintf(why, why_bytes, "%s cannot be read", file[i]);
			return false;
		}
	}
	make_headers(n);
	lws_set_log_level(LLL_ERR, net_log_lws);
	memset(&info, 0, sizeof info);
	info.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
		       LWS_SERVER_OPTION_VALIDATE_UTF8 | LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS |
		       LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME |
		       (n->is_tls ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0);
	info.port = CONTEXT_PORT_NO_LISTEN;
	info.foreign_loops = loops;
	info.pcontext = &n->context;
	info.pt_serv_buf_size = NET_SERVE_BYTES;
	info.max_http_header_data = LIMIT_HEADER_BYTES;
	info.timeout_secs = NET_BODY_S;
	n->context = lws_create_context(&info);
	if (!n->context) {
		snprintf(why, why_bytes,
			 "libwebsockets does not start (is libwebsockets-evlib-uv installed?)");
		return false;
	}
	return start_vhost(n, why, why_bytes);
}

struct slice net_header(struct lws *wsi, enum lws_token_indexes token, char *buf, size_t bytes)
{
	int len = lws_hdr_total_length(wsi, token);

	if (len <= 0 || (size_t)len >= bytes) {
		return (struct slice){NULL, 0};
	}
	len = lws_hdr_copy(wsi, buf, (int)bytes, token);
	return len > 0 ? (struct slice){buf, strlen(buf)} : (struct slice){NULL, 0};
}

struct slice net_path(struct lws *wsi, int *method)
{
	char *uri = NULL;
	int len = 0;

	*method = lws_http_get_uri_and_method(wsi, &uri, &len);
	if (*method < 0 || !uri || len <= 0) {
		*method = -1;
		return (struct slice){NULL, 0};
	}
	return (struct slice){uri, (size_t)len};
}
