/*
 * STAND-IN for tcpdump over PF_RING's libpcap: one line per packet that passes the filter, no dissectors.
 * Understands -i INTERFACE, -r FILE, -c COUNT, -n, -d (prints the compiled filter) and --version.
 */
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void show(u_char *user, const struct pcap_pkthdr *head, const u_char *bytes) {
  (void)user;
  printf("%ld.%06ld ethertype 0x%02x%02x, length %u\n", (long)head->ts.tv_sec, (long)head->ts.tv_usec,
         head->caplen > 13 ? bytes[12] : 0, head->caplen > 13 ? bytes[13] : 0, head->len);
  fflush(stdout);
}

int main(int count, char **words) {
  const char *interface = NULL, *file = NULL;
  char expression[65536] = "", error[PCAP_ERRBUF_SIZE] = "";
  int most = -1, dump = 0;
  for (int i = 1; i < count; i++) {
    if (strcmp(words[i], "--version") == 0) {
      printf("tcpdump version 4.99.4 (STAND-IN)\n%s (STAND-IN, with pf_ring)\n", pcap_lib_version());
      return 0;
    }
    if (strcmp(words[i], "-i") == 0 && i + 1 < count) interface = words[++i];
    else if (strcmp(words[i], "-r") == 0 && i + 1 < count) file = words[++i];
    else if (strcmp(words[i], "-c") == 0 && i + 1 < count) most = atoi(words[++i]);
    else if (strcmp(words[i], "-d") == 0) dump = 1;
    else if (words[i][0] == '-') continue;
    else {
      if (*expression) strncat(expression, " ", sizeof expression - strlen(expression) - 1);
      strncat(expression, words[i], sizeof expression - strlen(expression) - 1);
    }
  }
  fprintf(stderr, "STAND-IN: tcpdump prints a line per packet\n");
  pcap_t *capture = dump ? pcap_open_dead(DLT_EN10MB, 65535)
                    : file ? pcap_open_offline(file, error)
                           : pcap_open_live(interface ? interface : "any", 65535, 1, 100, error);
  if (!capture) {
    fprintf(stderr, "tcpdump: %s\n", error);
    return 1;
  }
  struct bpf_program program;
  if (pcap_compile(capture, &program, expression, 1, PCAP_NETMASK_UNKNOWN) != 0) {
    fprintf(stderr, "tcpdump: %s\n", pcap_geterr(capture));
    return 1;
  }
  if (dump) {
    bpf_dump(&program, 1);
    return 0;
  }
  if (pcap_setfilter(capture, &program) != 0 || pcap_loop(capture, most, show, NULL) == -1) {
    fprintf(stderr, "tcpdump: %s\n", pcap_geterr(capture));
    return 1;
  }
  pcap_close(capture);
  return 0;
}
