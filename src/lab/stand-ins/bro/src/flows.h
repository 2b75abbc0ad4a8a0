/* STAND-IN: packets counted by flow. */
#ifndef FLOWS_H
#define FLOWS_H

#include "wire.h"

#include <stddef.h>

struct flows;

struct flows *flows_new(const char *node, struct manager *manager);
/* Counts one Ethernet frame. `length` is that on the wire, `held` the bytes at hand; times in seconds since 1970. */
void flows_add(struct flows *flows, double at, unsigned length, const unsigned char *bytes, unsigned held);
/* Logs and forgets flows that are idle or old at this time; all of them for 0. */
void flows_report(struct flows *flows, double now);

#endif
