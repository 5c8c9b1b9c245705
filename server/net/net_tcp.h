#ifndef ROKUSHA_NET_NET_TCP_H
#define ROKUSHA_NET_NET_TCP_H

#include <stdint.h>

/* Bytes the other side of `fd` has confirmed so far: what it does not read it stops confirming. */
uint64_t net_tcp_acked(int fd);

#endif
