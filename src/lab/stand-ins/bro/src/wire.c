/* STAND-IN: see wire.h. */
#define _GNU_SOURCE
#include "wire.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define WAITING (1 << 20)
struct manager {
  int socket;
  struct sockaddr_in address;
  size_t length;
  char waiting[WAITING];
};

/* The layout's line of a node: `["worker-0-1"] = [$node_type=…, $ip=10.0.0.1, $p=47762/tcp, …` */
static const char *line_of(const char *node, const char *layout) {
  char key[256];
  snprintf(key, sizeof key, "[\"%s\"]", node);
  return strstr(layout, key);
}

int port_of(const char *node, const char *layout) {
  const char *line = line_of(node, layout);
  const char *port = line ? strstr(line, "$p=") : NULL;
  return port ? atoi(port + 3) : 0;
}

struct manager *manager_of(const char *worker, const char *layout) {
  struct manager *manager = calloc(1, sizeof *manager);
  char name[128] = "", address[64] = "";
  manager->socket = -1;
  const char *line = line_of(worker, layout);
  const char *at = line ? strstr(line, "$manager=\"") : NULL;
  if (!at || sscanf(at, "$manager=\"%127[^\"]", name) != 1) return manager;
  line = line_of(name, layout);
  at = line ? strstr(line, "$ip=") : NULL;
  if (!at || sscanf(at, "$ip=%63[0-9.]", address) != 1) return manager;
  manager->address.sin_family = AF_INET;
  manager->address.sin_port = htons((uint16_t)port_of(name, layout));
  inet_pton(AF_INET, address, &manager->address.sin_addr);
  return manager;
}

void manager_log(struct manager *manager, const char *log, const char *format, ...) {
  char text[32768];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  int length = snprintf(NULL, 0, "%s\t%s\n", log, text);
  if (manager->length + (size_t)length >= WAITING) return;
  manager->length += (size_t)sprintf(manager->waiting + manager->length, "%s\t%s\n", log, text);
}

static void reach(struct manager *manager) {
  if (manager->socket >= 0 || manager->address.sin_port == 0) return;
  int end = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int failed = connect(end, (struct sockaddr *)&manager->address, sizeof manager->address);
  if (failed && errno == EINPROGRESS) {
    struct pollfd ready = {.fd = end, .events = POLLOUT};
    socklen_t size = sizeof failed;
    if (poll(&ready, 1, 200) != 1 || getsockopt(end, SOL_SOCKET, SO_ERROR, &failed, &size) != 0) failed = 1;
  }
  if (failed) close(end);
  else manager->socket = end;
}

void manager_send(struct manager *manager) {
  if (manager->length == 0) return;
  reach(manager);
  while (manager->socket >= 0 && manager->length) {
    ssize_t sent = send(manager->socket, manager->waiting, manager->length, MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (sent <= 0) {
      close(manager->socket);
      manager->socket = -1;
      return;
    }
    memmove(manager->waiting, manager->waiting + sent, manager->length - (size_t)sent);
    manager->length -= (size_t)sent;
  }
}

static const char *fields_of(const char *log) {
  if (strcmp(log, "conn") == 0)
    return "ts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\torig_pkts\tresp_pkts\tnode";
  if (strcmp(log, "packet_filter") == 0) return "ts\tnode\tfilter\tinit\tsuccess";
  return "ts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tremark\tnode";
}

/* Appends one received line; the log's name comes from the network, so only plain words are taken. */
static void append(char *line) {
  char path[128];
  char *text = strchr(line, '\t');
  if (!text) return;
  *text++ = 0;
  for (const char *at = line; *at; at++)
    if (!islower((unsigned char)*at) && *at != '_') return;
  snprintf(path, sizeof path, "%.100s.log", line);
  int is_new = access(path, F_OK) != 0;
  FILE *file = fopen(path, "a");
  if (!file) return;
  if (is_new) fprintf(file, "#separator \\x09\n#path\t%s\n#remark\tSTAND-IN\n#fields\t%s\n", line, fields_of(line));
  fprintf(file, "%s\n", text);
  fclose(file);
}

struct peer {
  int socket;
  size_t length;
  char text[65536];
};

/* Takes in what a worker sent. 0: it is gone. */
static int receive(struct peer *peer) {
  ssize_t got = read(peer->socket, peer->text + peer->length, sizeof peer->text - 1 - peer->length);
  if (got <= 0) return 0;
  peer->length += (size_t)got;
  peer->text[peer->length] = 0;
  char *start = peer->text;
  for (char *end; (end = strchr(start, '\n')); start = end + 1) {
    *end = 0;
    append(start);
  }
  peer->length -= (size_t)(start - peer->text);
  memmove(peer->text, start, peer->length);
  return peer->length < sizeof peer->text - 1;
}

static int listen_on(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  int end = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
  setsockopt(end, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(end, (struct sockaddr *)&address, sizeof address) == 0 && listen(end, 64) == 0) return end;
  fprintf(stderr, "fatal error: can't listen on port %d: %s\n", port, strerror(errno));
  return -1;
}

#define MOST 256
int write_logs_until(volatile sig_atomic_t *told, int port) {
  static struct peer *peers[MOST];
  int door = port ? listen_on(port) : -1, known = 0;
  if (port && door < 0) return 1;
  while (!*told) {
    struct pollfd waits[MOST + 1] = {{.fd = door, .events = POLLIN}};
    for (int i = 0; i < known; i++) waits[i + 1] = (struct pollfd){.fd = peers[i]->socket, .events = POLLIN};
    int were_known = known;
    if (poll(waits, (nfds_t)known + 1, 200) <= 0) continue;
    for (int i = were_known - 1; i >= 0; i--) {
      if (!waits[i + 1].revents || receive(peers[i])) continue;
      close(peers[i]->socket);
      free(peers[i]);
      peers[i] = peers[--known];
    }
    if (waits[0].revents && known < MOST) {
      int end = accept4(door, NULL, NULL, SOCK_CLOEXEC);
      if (end < 0) continue;
      peers[known] = calloc(1, sizeof **peers);
      peers[known++]->socket = end;
    }
  }
  return 0;
}
