/* STAND-IN: see flows.h. */
#include "flows.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ends of a flow: what each is called does not depend on the direction of a packet. */
struct end {
  uint8_t address[16];
  uint16_t port;
};

struct flow {
  int used, family;
  unsigned type;
  struct end from, to;
  double first, last;
  unsigned long long packets[2], bytes[2];
};

#define PLACES 16384
struct flows {
  const char *node;
  struct manager *manager;
  unsigned long long number;
  struct flow places[PLACES];
};

struct flows *flows_new(const char *node, struct manager *manager) {
  struct flows *flows = calloc(1, sizeof *flows);
  flows->node = node;
  flows->manager = manager;
  return flows;
}

static unsigned read16(const unsigned char *bytes) { return (unsigned)bytes[0] << 8 | bytes[1]; }

static void read_ports(struct flow *flow, const unsigned char *bytes, unsigned held) {
  if ((flow->type != 6 && flow->type != 17 && flow->type != 132) || held < 4) return;
  flow->from.port = (uint16_t)read16(bytes);
  flow->to.port = (uint16_t)read16(bytes + 2);
}

/* The flow of a frame, behind any VLAN tags. Family 0: not IP, its type is the Ethernet one. */
static struct flow dissect(const unsigned char *bytes, unsigned held) {
  struct flow flow = {.used = 1};
  if (held < 14) return flow;
  unsigned at = 12;
  while (held >= at + 6 && (read16(bytes + at) == 0x8100 || read16(bytes + at) == 0x88a8 || read16(bytes + at) == 0x9100)) at += 4;
  flow.type = read16(bytes + at);
  const unsigned char *packet = bytes + at + 2;
  held -= at + 2;
  if (flow.type == 0x0800 && held >= 20) {
    flow.family = AF_INET;
    flow.type = packet[9];
    memcpy(flow.from.address, packet + 12, 4);
    memcpy(flow.to.address, packet + 16, 4);
    unsigned head = (packet[0] & 15u) * 4;
    int is_fragment = (read16(packet + 6) & 0x3fff) != 0;
    if (!is_fragment && held > head) read_ports(&flow, packet + head, held - head);
  } else if (flow.type == 0x86dd && held >= 40) {
    flow.family = AF_INET6;
    flow.type = packet[6];
    memcpy(flow.from.address, packet + 8, 16);
    memcpy(flow.to.address, packet + 24, 16);
    read_ports(&flow, packet + 40, held - 40);
  } else {
    memcpy(flow.to.address, bytes, 6);
    memcpy(flow.from.address, bytes + 6, 6);
  }
  return flow;
}

static int same(const struct flow *a, const struct flow *b, int *backwards) {
  if (a->family != b->family || a->type != b->type) return 0;
  *backwards = 0;
  if (memcmp(&a->from, &b->from, sizeof a->from) == 0 && memcmp(&a->to, &b->to, sizeof a->to) == 0) return 1;
  *backwards = 1;
  return memcmp(&a->from, &b->to, sizeof a->from) == 0 && memcmp(&a->to, &b->from, sizeof a->to) == 0;
}

static unsigned place_of(const struct flow *flow) {
  const uint8_t *from = (const uint8_t *)&flow->from, *to = (const uint8_t *)&flow->to;
  unsigned hash = flow->type;
  for (size_t i = 0; i < sizeof flow->from; i++) hash = hash * 31 + (from[i] ^ to[i]) + from[i] + to[i];
  return hash % PLACES;
}

static const char *service_of(const struct flow *flow) {
  if (flow->type != 6) return NULL;
  for (int i = 0; i < 2; i++) {
    switch (i ? flow->from.port : flow->to.port) {
      case 21: return "ftp";
      case 22: return "ssh";
      case 25: return "smtp";
      case 443: return "ssl";
    }
  }
  return NULL;
}

static void name_end(const struct flow *flow, const struct end *end, char *name, size_t size) {
  if (flow->family) inet_ntop(flow->family, end->address, name, (socklen_t)size);
  else snprintf(name, size, "%02x:%02x:%02x:%02x:%02x:%02x", end->address[0], end->address[1], end->address[2],
                end->address[3], end->address[4], end->address[5]);
}

static void report(struct flows *flows, const struct flow *flow) {
  char from[64], to[64], common[256];
  const char *service = service_of(flow);
  const char *kind = !flow->family ? "ether" : flow->type == 6 ? "tcp" : flow->type == 17 ? "udp" : "other";
  name_end(flow, &flow->from, from, sizeof from);
  name_end(flow, &flow->to, to, sizeof to);
  snprintf(common, sizeof common, "%.6f\tS%s.%llu\t%s\t%u\t%s\t%u", flow->first, flows->node, ++flows->number, from,
           flow->from.port, to, flow->to.port);
  manager_log(flows->manager, "conn", "%s\t%s\t%s\t%.6f\t%llu\t%llu\t%llu\t%llu\t%s", common, kind, service ? service : "-",
              flow->last - flow->first, flow->bytes[0], flow->bytes[1], flow->packets[0], flow->packets[1], flows->node);
  if (service) manager_log(flows->manager, service, "%s\tSTAND-IN: nothing was analysed\t%s", common, flows->node);
}

void flows_add(struct flows *flows, double at, unsigned length, const unsigned char *bytes, unsigned held) {
  struct flow flow = dissect(bytes, held);
  int backwards = 0;
  for (unsigned i = 0, start = place_of(&flow); i < PLACES; i++) {
    struct flow *place = &flows->places[(start + i) % PLACES];
    if (!place->used) {
      *place = flow;
      place->first = at;
    } else if (!same(place, &flow, &backwards)) continue;
    place->last = at;
    place->packets[backwards]++;
    place->bytes[backwards] += length;
    return;
  }
  flows_report(flows, 0);
  flows_add(flows, at, length, bytes, held);
}

/* Removing single flows would break the search by neighbours, so those that stay are put in anew. */
void flows_report(struct flows *flows, double now) {
  static struct flow staying[PLACES];
  unsigned kept = 0;
  for (unsigned i = 0; i < PLACES; i++) {
    struct flow *flow = &flows->places[i];
    if (!flow->used) continue;
    if (now > 0 && now - flow->last < 1 && now - flow->first < 3) staying[kept++] = *flow;
    else report(flows, flow);
  }
  memset(flows->places, 0, sizeof flows->places);
  for (unsigned i = 0; i < kept; i++) {
    unsigned at = place_of(&staying[i]);
    while (flows->places[at].used) at = (at + 1) % PLACES;
    flows->places[at] = staying[i];
  }
}
