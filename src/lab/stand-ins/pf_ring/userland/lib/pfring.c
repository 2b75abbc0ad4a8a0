/* STAND-IN for libpfring: see pfring.h. */
#include "pfring.h"

#include <dirent.h>
#include <linux/pf_ring.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifndef STAND_IN_ROOT
#define STAND_IN_ROOT "/run/stand-in"
#endif
#define RINGS STAND_IN_ROOT "/proc/net/pf_ring"
#define REFCNT STAND_IN_ROOT "/sys/module/pf_ring/refcnt"

struct stand_in_ring {
  char path[256];
  char device[64];
  char application[64];
  unsigned cluster;
  int filtered;
  pfring_stat seen;
  time_t written;
};

/* The kernel closes the rings of a process that died; here the next one that opens a ring tidies up. */
static int count_rings(void) {
  int rings = 0;
  DIR *folder = opendir(RINGS);
  if (!folder) return 0;
  for (struct dirent *entry; (entry = readdir(folder));) {
    char path[512];
    int pid = atoi(entry->d_name);
    if (pid <= 0) continue;
    snprintf(path, sizeof path, "/proc/%d", pid);
    if (access(path, F_OK) == 0) {
      rings++;
      continue;
    }
    snprintf(path, sizeof path, "%s/%s", RINGS, entry->d_name);
    unlink(path);
  }
  closedir(folder);
  return rings;
}

static void write_ring(pfring *ring) {
  char fresh[sizeof ring->path + 8];
  snprintf(fresh, sizeof fresh, "%s.new", ring->path);
  FILE *file = fopen(fresh, "w");
  if (!file) return;
  fprintf(file, "Bound Device(s)        : %s\n", ring->device);
  fprintf(file, "Active                 : 1\n");
  fprintf(file, "Breed                  : STAND-IN\n");
  fprintf(file, "Appl. Name             : %s\n", ring->application);
  fprintf(file, "Socket Mode            : RX+TX\n");
  fprintf(file, "Capture Direction      : RX+TX\n");
  fprintf(file, "Sampling Rate          : 1\n");
  fprintf(file, "BPF Filtering          : %s\n", ring->filtered ? "Enabled" : "Disabled");
  if (ring->cluster) fprintf(file, "Cluster Id             : %u\n", ring->cluster);
  fprintf(file, "Slot Version           : %d [STAND-IN]\n", RING_FLOWSLOT_VERSION);
  fprintf(file, "Tot Packets            : %llu\n", (unsigned long long)(ring->seen.recv + ring->seen.drop));
  fprintf(file, "Tot Pkt Lost           : %llu\n", (unsigned long long)ring->seen.drop);
  fprintf(file, "Tot Insert             : %llu\n", (unsigned long long)ring->seen.recv);
  fprintf(file, "Tot Read               : %llu\n", (unsigned long long)ring->seen.recv);
  fclose(file);
  rename(fresh, ring->path);
  ring->written = time(NULL);
}

static void write_count(void) {
  FILE *file = fopen(REFCNT, "r+");
  int rings = count_rings();
  if (!file) return;
  fprintf(file, "%d\n", rings);
  if (ftruncate(fileno(file), ftell(file)) != 0) perror(REFCNT);
  fclose(file);
}

pfring *pfring_open(const char *device, uint32_t snaplen, uint32_t flags) {
  static int opened;
  (void)snaplen;
  (void)flags;
  if (access(RINGS "/info", F_OK) != 0) return NULL;
  fprintf(stderr, "STAND-IN: libpfring, a ring on %s is an AF_PACKET socket\n", device);
  pfring *ring = calloc(1, sizeof *ring);
  if (!ring) return NULL;
  snprintf(ring->path, sizeof ring->path, "%s/%d-%s.%d", RINGS, (int)getpid(), device, opened++);
  snprintf(ring->device, sizeof ring->device, "%s", device);
  snprintf(ring->application, sizeof ring->application, "<unknown>");
  write_ring(ring);
  write_count();
  return ring;
}

int pfring_set_application_name(pfring *ring, const char *name) {
  snprintf(ring->application, sizeof ring->application, "%s", name);
  write_ring(ring);
  return 0;
}

int pfring_set_cluster(pfring *ring, unsigned id, int kind) {
  (void)kind;
  ring->cluster = id;
  write_ring(ring);
  return 0;
}

int pfring_set_bpf_filter(pfring *ring, int on) {
  ring->filtered = on;
  write_ring(ring);
  return 0;
}

int pfring_count(pfring *ring, pfring_stat so_far) {
  if (so_far.recv == ring->seen.recv && so_far.drop == ring->seen.drop) return 0;
  if (ring->written == time(NULL)) return 0;
  ring->seen = so_far;
  write_ring(ring);
  return 0;
}

void pfring_close(pfring *ring) {
  unlink(ring->path);
  free(ring);
  write_count();
}

int pfring_version(uint32_t *version) {
  *version = 0x080800;
  return 0;
}
