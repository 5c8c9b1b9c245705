/* The listening socket is ours, not lws': accept4 with O_CLOEXEC, limits before anything else. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/net_state.h"

enum { ACCEPT_MAX = 16 /* of one turn of the loop: others have their turn, too */ };

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
	static const uint8_t local[4] = {127, 0, 0, 1};
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
		*is_local = memcmp(out.byte + 12, local, sizeof local) == 0;
		return out;
	}
	*is_local = a->ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
	memset(out.byte + 8, 0, 8);
	return out;
}

static void on_readable(uv_poll_t *handle, int status, int events);

static void on_pause_over(uv_timer_t *handle)
{
	struct net *n = handle->data;

	if (n->listen_fd >= 0) {
		(void)uv_poll_start(&n->listener, UV_READABLE, on_readable);
	}
}

/*
 * Out of descriptors the waiting client would keep the listener readable and the loop spinning:
 * the spare one is given up to take the client and hang up. The others wait for a moment.
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
	(void)uv_poll_stop(&n->listener);
	(void)uv_timer_start(&n->pause, on_pause_over, NET_PAUSE_MS, 0);
}

static bool may_come(struct net *n, const struct auth_addr *addr, bool is_local)
{
	return n->peer_count < n->peer_max &&
	       (is_local || net_guard_dial(&n->guard, addr, net_mono_ms()) == GUARD_OK);
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
		if (!may_come(n, &addr, is_local)) {
			(void)close(fd);
			n->refused_count++;
			continue;
		}
		/* Only delays: an edit is smaller than a packet and must not wait for the next. */
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
		net_peer_adopt(n, fd, &addr, is_local);
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
