/*
 * STAND-IN for Bro (or Zeek): counts packets by flow on one interface through the filter that the local site policy
 * gives its node, and logs a line per flow. It analyses nothing.
 *
 *   -i INTERFACE   capture there; without it the process is a manager or proxy
 *   -U FILE        keep the state (RUNNING, TERMINATED) in this file
 *   -p PREFIX      ignored
 *   -a, --parse-only   only check the policy and the filter
 *   -e CODE        if CODE prints cmd_line_bpf_filter, print it and end
 *   -v, --version
 *
 * The node's name is in CLUSTER_NODE, the folders with policy in BROPATH or ZEEKPATH (separated by colons).
 */
#include "config.h"
#include "policy.h"
#include "flows.h"
#include "wire.h"

#include <pcap/pcap.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t told_to_end;
static void end_soon(int signal) {
  (void)signal;
  told_to_end = 1;
}

struct settings {
  const char *interface, *status_file, *node;
  int only_check, print_filter;
};

static void say_status(const struct settings *settings, const char *status) {
  FILE *file = settings->status_file ? fopen(settings->status_file, "w") : NULL;
  if (!file) return;
  fprintf(file, "%s [STAND-IN]\n", status);
  fclose(file);
}

/* As the real one is checked: the filter must compile for Ethernet. */
static int filter_compiles(const char *filter) {
  struct bpf_program program;
  pcap_t *dead = pcap_open_dead(DLT_EN10MB, 65535);
  int good = pcap_compile(dead, &program, filter, 1, PCAP_NETMASK_UNKNOWN) == 0;
  if (!good) fprintf(stderr, "error: can't compile filter \"%s\": %s\n", filter, pcap_geterr(dead));
  pcap_close(dead);
  return good;
}

static void note_packet(u_char *flows, const struct pcap_pkthdr *head, const u_char *bytes) {
  flows_add((struct flows *)flows, (double)head->ts.tv_sec + head->ts.tv_usec / 1e6, head->len, bytes, head->caplen);
}

static void write_netstats(pcap_t *capture) {
  struct pcap_stat stat;
  FILE *file = pcap_stats(capture, &stat) == 0 ? fopen(".netstats", "w") : NULL;
  if (!file) return;
  fprintf(file, "recvd=%u dropped=%u link=%u\n", stat.ps_recv, stat.ps_drop, stat.ps_recv + stat.ps_drop);
  fclose(file);
}

/* A quiet interface must not keep us from reporting: libpcap's own timeout does not end a wait for the first packet. */
static void wait_for_packets(pcap_t *capture) {
  struct pollfd ready = {.fd = pcap_get_selectable_fd(capture), .events = POLLIN};
  poll(&ready, 1, 100);
}

static int capture_until_told(const struct settings *settings, const char *filter) {
  char error[PCAP_ERRBUF_SIZE] = "";
  struct bpf_program program;
  pcap_t *capture = pcap_open_live(settings->interface, 65535, 1, 100, error);
  if (!capture) {
    fprintf(stderr, "fatal error: problem with interface %s (pcap_error: %s (pcap_activate))\n", settings->interface, error);
    return 1;
  }
  if (pcap_compile(capture, &program, filter, 1, PCAP_NETMASK_UNKNOWN) != 0 ||
      (*filter && pcap_setfilter(capture, &program) != 0)) {
    fprintf(stderr, "fatal error: can't set filter \"%s\": %s\n", filter, pcap_geterr(capture));
    return 1;
  }
  pcap_setnonblock(capture, 1, error);
  fprintf(stderr, "listening on %s\n", settings->interface);
  say_status(settings, "RUNNING");
  struct manager *manager = manager_of(settings->node, policy_layout());
  manager_log(manager, "packet_filter", "%.6f\t%s\t%s\tT\tT", (double)time(NULL), settings->node, *filter ? filter : "ip or not ip");
  struct flows *flows = flows_new(settings->node, manager);
  time_t last = 0;
  while (!told_to_end) {
    wait_for_packets(capture);
    if (pcap_dispatch(capture, -1, note_packet, (u_char *)flows) < 0) {
      fprintf(stderr, "fatal error: %s: %s\n", settings->interface, pcap_geterr(capture));
      return 1;
    }
    if (time(NULL) == last) continue;
    last = time(NULL);
    flows_report(flows, (double)last);
    manager_send(manager);
    write_netstats(capture);
  }
  flows_report(flows, 0);
  manager_send(manager);
  pcap_close(capture);
  return 0;
}

static struct settings read_words(int count, char **words) {
  struct settings settings = {.node = getenv("CLUSTER_NODE") ? getenv("CLUSTER_NODE") : FLAVOUR};
  for (int i = 1; i < count; i++) {
    const char *next = i + 1 < count ? words[i + 1] : "";
    if (strcmp(words[i], "-v") == 0 || strcmp(words[i], "--version") == 0) {
      printf("%s version %s (STAND-IN: counts packets, analyses nothing)\n", FLAVOUR, VERSION);
      exit(0);
    }
    if (strcmp(words[i], "-a") == 0 || strcmp(words[i], "--parse-only") == 0) settings.only_check = 1;
    else if (strcmp(words[i], "-i") == 0) settings.interface = next, i++;
    else if (strcmp(words[i], "-U") == 0) settings.status_file = next, i++;
    else if (strcmp(words[i], "-p") == 0) i++;
    else if (strcmp(words[i], "-e") == 0) settings.print_filter = strstr(next, "cmd_line_bpf_filter") != NULL, i++;
  }
  return settings;
}

int main(int count, char **words) {
  struct settings settings = read_words(count, words);
  const char *filter = policy_filter(settings.node);
  if (!filter || !filter_compiles(filter)) return 1;
  if (settings.print_filter) puts(filter);
  if (settings.only_check || settings.print_filter) return 0;
  fprintf(stderr, "STAND-IN: %s counts packets, it analyses nothing\n", FLAVOUR);
  signal(SIGTERM, end_soon);
  signal(SIGINT, end_soon);
  signal(SIGPIPE, SIG_IGN);
  int status;
  if (settings.interface) status = capture_until_told(&settings, filter);
  else {
    say_status(&settings, "RUNNING");
    status = write_logs_until(&told_to_end, port_of(settings.node, policy_layout()));
  }
  say_status(&settings, "TERMINATED");
  return status;
}
