/* STAND-IN for capstats: packets per second of an interface, once per interval. Understands -i, -I (seconds) and -n (times). */
#include <pcap/pcap.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static unsigned long long packets, bytes;

static void add(u_char *user, const struct pcap_pkthdr *head, const u_char *data) {
  (void)user;
  (void)data;
  packets++;
  bytes += head->len;
}

int main(int count, char **words) {
  const char *interface = "any";
  int interval = 1, times = 1;
  char error[PCAP_ERRBUF_SIZE] = "";
  for (int i = 1; i + 1 < count; i++) {
    if (strcmp(words[i], "-i") == 0) interface = words[++i];
    else if (strcmp(words[i], "-I") == 0) interval = atoi(words[++i]);
    else if (strcmp(words[i], "-n") == 0) times = atoi(words[++i]);
  }
  fprintf(stderr, "STAND-IN: capstats counts packets\n");
  pcap_t *capture = pcap_open_live(interface, 128, 1, 100, error);
  if (!capture) {
    fprintf(stderr, "capstats: %s: %s\n", interface, error);
    return 1;
  }
  pcap_setnonblock(capture, 1, error);
  for (int i = 0; i < times; i++) {
    time_t end = time(NULL) + interval;
    packets = bytes = 0;
    while (time(NULL) < end) {
      struct pollfd ready = {.fd = pcap_get_selectable_fd(capture), .events = POLLIN};
      poll(&ready, 1, 100);
      pcap_dispatch(capture, -1, add, NULL);
    }
    printf("%ld pkts=%llu kpps=%.1f kbytes=%llu mbps=%.1f\n", (long)time(NULL), packets,
           (double)packets / interval / 1e3, bytes / 1024, (double)bytes * 8 / interval / 1e6);
  }
  pcap_close(capture);
  return 0;
}
