/*
 * STAND-IN for PF_RING's libpcap. It stands before the system's libpcap: the calls below take the places of the
 * system's, open a ring beside the capture, and make the ring's cluster an AF_PACKET fan-out group, so that the
 * processes of one cluster really share the packets by flow. All other calls are the system's.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <linux/if_packet.h>
#include <pcap/pcap.h>
#include <pfring.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* The system's call of the same name. */
#define SYSTEM(call) ((typeof(&call))dlsym(RTLD_NEXT, #call))

#define MOST 64
static struct {
  pcap_t *capture;
  pfring *ring;
  char device[64];
} open_rings[MOST];

static int find(const pcap_t *capture) {
  for (int i = 0; i < MOST; i++)
    if (open_rings[i].capture == capture) return i;
  return -1;
}

pcap_t *pcap_create(const char *device, char *error) {
  pcap_t *capture = SYSTEM(pcap_create)(device, error);
  int place = find(NULL);
  if (capture && place >= 0) {
    open_rings[place].capture = capture;
    strncpy(open_rings[place].device, device ? device : "any", sizeof open_rings[0].device - 1);
  }
  return capture;
}

/* Without a loaded module, or without a cluster id, every process gets every packet: as with the real one. */
int pcap_activate(pcap_t *capture) {
  int status = SYSTEM(pcap_activate)(capture);
  int i = find(capture);
  if (status < 0 || i < 0) return status;
  pfring *ring = pfring_open(open_rings[i].device, 65535, 0);
  if (!ring) return status;
  open_rings[i].ring = ring;
  const char *name = getenv("PCAP_PF_RING_APPNAME");
  if (name) pfring_set_application_name(ring, name);
  const char *cluster = getenv("PCAP_PF_RING_CLUSTER_ID");
  if (cluster && atoi(cluster) > 0) {
    int fanout = (atoi(cluster) & 0xffff) | (PACKET_FANOUT_HASH << 16);
    if (setsockopt(pcap_fileno(capture), SOL_PACKET, PACKET_FANOUT, &fanout, sizeof fanout) == 0)
      pfring_set_cluster(ring, (unsigned)atoi(cluster), 0);
  }
  return status;
}

pcap_t *pcap_open_live(const char *device, int snaplen, int promiscuous, int timeout, char *error) {
  pcap_t *capture = pcap_create(device, error);
  if (!capture) return NULL;
  pcap_set_snaplen(capture, snaplen);
  pcap_set_promisc(capture, promiscuous);
  pcap_set_timeout(capture, timeout);
  int status = pcap_activate(capture);
  if (status >= 0) return capture;
  const char *why = pcap_geterr(capture);
  strncpy(error, *why ? why : pcap_statustostr(status), PCAP_ERRBUF_SIZE - 1);
  pcap_close(capture);
  return NULL;
}

static void count(pcap_t *capture) {
  int i = find(capture);
  struct pcap_stat stat;
  if (i < 0 || !open_rings[i].ring || pcap_stats(capture, &stat) != 0) return;
  pfring_count(open_rings[i].ring, (pfring_stat){.recv = stat.ps_recv, .drop = stat.ps_drop});
}

int pcap_dispatch(pcap_t *capture, int most, pcap_handler handler, u_char *user) {
  int status = SYSTEM(pcap_dispatch)(capture, most, handler, user);
  count(capture);
  return status;
}

int pcap_loop(pcap_t *capture, int most, pcap_handler handler, u_char *user) {
  int status = SYSTEM(pcap_loop)(capture, most, handler, user);
  count(capture);
  return status;
}

int pcap_setfilter(pcap_t *capture, struct bpf_program *program) {
  int status = SYSTEM(pcap_setfilter)(capture, program);
  int i = find(capture);
  if (status == 0 && i >= 0 && open_rings[i].ring) pfring_set_bpf_filter(open_rings[i].ring, 1);
  return status;
}

void pcap_close(pcap_t *capture) {
  int i = find(capture);
  if (i >= 0) {
    if (open_rings[i].ring) pfring_close(open_rings[i].ring);
    memset(&open_rings[i], 0, sizeof open_rings[i]);
  }
  SYSTEM(pcap_close)(capture);
}
