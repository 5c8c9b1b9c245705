/* The listening socket is ours, not lws': accept4 with O_CLOEXEC, limits before anything else. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "net/net_state.h"

enum {
	ACCEPT_MAX = 64,                           /* of one turn of the loop */
	PEERS_MAX = LIMIT_CONNS + LIMIT_CONNS / 4, /* besides sockets: pages being loaded */
	PEERS_PER_ADDR = 2 * LIMIT_CONNS_PER_ADDR
};

/* "host:port" or "[host]:port" */
static bool split(const char *listen, char *host, size_t host_bytes, char *port, size_t port_bytes)
{
	const char *colon = strrchr(listen, ':');
	const char *first = listen;
	size_t len = colon ? (size_t)(colon - listen) : 0;

	if (len >= 2 && listen[0] == '[' && listen[len - 1] == ']') {
		first++;
		len -= 2;
	} else if (memchr(listen, ':', len)) {
		return false; /* an IPv6 address without brackets */
	}
	if (len == 0 || len >= host_bytes || strlen(colon + 1) >= port_bytes ||
	    strspn(colon + 1, "0123456789") != strlen(colon + 1) || !colon[1]) {
		return false;
	}
	memcpy(host, first, len);
	host[len] = '\0';
	strcpy(port, colon + 1);
	return atoi(port) <= 65535;
}

static int open_socket(const struct addrinfo *ai)
{
	int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1;

	if (fd >= 0 && (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
			bind(fd, ai->ai_addr, ai->ai_addrlen) != 0 || listen(fd, SOMAXCONN) != 0)) {
		int e = errno;

		(void)close(fd);
		errno = e;
		return -1;
	}
	return fd;
}

static unsigned port_of(int fd)
{
	struct sockaddr_storage a = {0};
	socklen_t len = sizeof a;
	const struct sockaddr_in *v4 = (const void *)&a;
	const struct sockaddr_in6 *v6 = (const void *)&a;

	if (getsockname(fd, (struct sockaddr *)&a, &len) != 0) {
		return 0;
	}
	return ntohs(a.ss_family == AF_INET6 ? v6->sin6_port : v4->sin_port);
}

/*
 * Whom an address stands for: IPv4 alone, and the same written as IPv6; of IPv6 the first 64 bits,
 * because that is what one household or one attacker has.
 */
static struct auth_addr addr_of(const struct sockaddr_storage *a, bool *is_local)
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	const struct sockaddr_in *v4 = (const void *)a;
	const struct sockaddr_in6 *v6 = (const void *)a;
	struct auth_addr out = {{0}};

	if (a->ss_family == AF_INET) {
		memcpy(out.byte, mapped, sizeof mapped);
		memcpy(out.byte + 12, &v4->sin_addr, 4);
	} else if (a->ss_family == AF_INET6) {
		memcpy(out.byte, &v6->sin6_addr, 16);
	}
	if (memcmp(out.byte, mapped, sizeof mapped) == 0) {
		*is_local = out.byte[12] == 127;
		return out;
	}
	*is_local = a->ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
	memset(out.byte + 8, 0, 8);
	return out;
}

static bool is_crowded(const struct net *n, const struct auth_addr *addr, bool is_local)
{
	size_t same = 0;

	for (const struct net_peer *p = n->peer; p && !is_local; p = p->next) {
		same += memcmp(&p->addr, addr, sizeof *addr) == 0;
	}
	return n->peer_count >= PEERS_MAX || same >= PEERS_PER_ADDR;
}

/* lws closes `fd` when it cannot take it. A wsi without our pointer is never answered. */
static void adopt(struct net *n, int fd, const struct auth_addr *addr, bool is_local)
{
	struct lws *wsi = lws_adopt_socket_vhost(n->vhost, fd);
	struct net_peer *p;

	if (!wsi) {
		return;
	}
	p = mem_alloc(sizeof *p);
	p->net = n;
	p->wsi = wsi;
	p->addr = *addr;
	p->is_local = is_local;
	p->next = n->peer;
	if (p->next) {
		p->next->prev = p;
	}
	n->peer = p;
	n->peer_count++;
	lws_set_opaque_user_data(wsi, p);
}

struct net_peer *net_peer_of(const struct lws *wsi)
{
	return lws_get_opaque_user_data(wsi);
}

void net_peer_destroy(struct net_peer *p)
{
	struct net *n = p->net;

	net_http_fini(p);
	if (p->prev) {
		p->prev->next = p->next;
	} else {
		n->peer = p->next;
	}
	if (p->next) {
		p->next->prev = p->prev;
	}
	n->peer_count--;
	free(p);
}

void net_kick(struct net *n)
{
	if (n->context && !n->is_over) {
		lws_cancel_service(n->context);
	}
}

/*
 * Out of descriptors the waiting client would keep the listener readable and the loop spinning:
 * the spare one is given up to take the client and hang up.
 */
static void shed(struct net *n)
{
	int fd;

	if (n->spare_fd >= 0) {
		(void)close(n->spare_fd);
	}
	fd = accept4(n->listen_fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0) {
		(void)close(fd);
	}
	n->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	net_log("error", "accept", "result=no_descriptors peers=%zu", n->peer_count);
}

static void on_readable(uv_poll_t *handle, int status, int events)
{
	struct net *n = handle->data;

	(void)status;
	(void)events;
	for (int i = 0; i < ACCEPT_MAX; i++) {
		struct sockaddr_storage a = {0};
		socklen_t len = sizeof a;
		int fd = accept4(n->listen_fd, (struct sockaddr *)&a, &len,
				 SOCK_CLOEXEC | SOCK_NONBLOCK);
		struct auth_addr addr;
		bool is_local;
		int on = 1;

		if (fd < 0) {
			if (errno == EMFILE || errno == ENFILE) {
				shed(n);
			}
			return;
		}
		addr = addr_of(&a, &is_local);
		if (is_crowded(n, &addr, is_local)) {
			(void)close(fd);
			continue;
		}
		/* Only delays: an edit is smaller than a packet and must not wait for the next. */
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
		adopt(n, fd, &addr, is_local);
	}
}

bool net_listen(struct net *n, char *why, size_t why_bytes)
{
	const char *at = n->config->listen;
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
	struct addrinfo *found = NULL;
	char port[8];
	int rc;

	if (!split(at, n->host, sizeof n->host, port, sizeof port)) {
		snprintf(why, why_bytes, "--listen: \"%s\" is not HOST:PORT or [IPv6]:PORT", at);
		return false;
	}
	rc = getaddrinfo(n->host, port, &hints, &found);
	if (rc != 0) {
		snprintf(why, why_bytes, "--listen %s: %s", at, gai_strerror(rc));
		return false;
	}
	n->listen_fd = open_socket(found);
	if (n->listen_fd < 0) {
		snprintf(why, why_bytes, "--listen %s: %s", at, strerror(errno));
	}
	freeaddrinfo(found);
	if (n->listen_fd < 0) {
		return false;
	}
	n->port = port_of(n->listen_fd);
	n->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	rc = uv_poll_init_socket(&n->loop, &n->listener, n->listen_fd);
	n->listener.data = n;
	if (rc != 0 || uv_poll_start(&n->listener, UV_READABLE, on_readable) != 0) {
		snprintf(why, why_bytes, "--listen %s: %s", at, uv_strerror(rc));
		return false;
	}
	return true;
}

void net_listen_stop(struct net *n)
{
	if (n->listen_fd >= 0) {
		if (n->listener.data && !uv_is_closing((uv_handle_t *)&n->listener)) {
			uv_close((uv_handle_t *)&n->listener, NULL);
		}
		(void)close(n->listen_fd);
		n->listen_fd = -1;
	}
	if (n->spare_fd >= 0) {
		(void)close(n->spare_fd);
		n->spare_fd = -1;
	}
}
