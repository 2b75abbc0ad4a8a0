/* STAND-IN: how log lines come from the workers to the manager's process: one line each, `log TAB text`, over TCP. */
#ifndef WIRE_H
#define WIRE_H

#include <signal.h>

struct manager;

/* Port of a node in the text of the generated cluster layout; 0 if it is not there. */
int port_of(const char *node, const char *layout);
/* The manager of a worker; lines are kept until it can be reached, up to a megabyte. */
struct manager *manager_of(const char *worker, const char *layout);
void manager_log(struct manager *manager, const char *log, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Sends what is waiting; never blocks for longer than 200 ms. */
void manager_send(struct manager *manager);
/* Receives lines and appends them to <log>.log in the working folder until told to end. Port 0: only waits. */
int write_logs_until(volatile sig_atomic_t *told, int port);

#endif
