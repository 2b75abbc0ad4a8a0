/*
 * STAND-IN for libpfring: the few calls of its interface that libpcap and the lab need. A ring is a file below
 * /run/stand-in/proc/net/pf_ring that says what the kernel module would say of it.
 */
#ifndef STAND_IN_PFRING_H
#define STAND_IN_PFRING_H

#include <stdint.h>

typedef struct stand_in_ring pfring;

typedef struct {
  uint64_t recv;
  uint64_t drop;
} pfring_stat;

/* NULL when the module is not "loaded"; libpcap then captures without it, as the real one does. */
pfring *pfring_open(const char *device, uint32_t snaplen, uint32_t flags);
int pfring_set_application_name(pfring *ring, const char *name);
int pfring_set_cluster(pfring *ring, unsigned id, int kind);
/* on: whether a filter is set. */
int pfring_set_bpf_filter(pfring *ring, int on);
/* What was received and lost so far; the file is written at most once a second. */
int pfring_count(pfring *ring, pfring_stat so_far);
void pfring_close(pfring *ring);
int pfring_version(uint32_t *version);

#endif
