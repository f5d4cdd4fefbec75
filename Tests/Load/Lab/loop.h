// One thread that waits for sockets and for times, and knows how late it was.
#ifndef LAB_LOOP_H
#define LAB_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "figures.h"

#define MS 1000000ull

// CLOCK_MONOTONIC in nanoseconds, the clock of every process of the machine.
uint64_t now_ns(void);

// A moment at which something is to be done. Lives within its owner; all zero is one that is not set.
typedef struct alarm {
  void (*ring)(struct alarm *);
  uint64_t due;
  // Where it stands among the others, from 1; 0 = not set.
  size_t place;
  // Where its lateness is noted; NULL = nowhere.
  figures *lateness;
} alarm_t;

void alarm_set(alarm_t *, uint64_t due);
void alarm_stop(alarm_t *);

typedef struct {
  uint8_t *bytes;
  size_t count, room;
} buffer;

void buffer_add(buffer *, const void *, size_t);

// A connection with somebody. Its owner is told what comes, and once, when nothing of it is under way, that it is gone.
typedef struct peer {
  int fd;
  bool is_gone, is_connecting, is_upgraded;
  // A client of a WebSocket masks what it says.
  bool is_client;
  buffer in, out;
  // When the last bytes of `in` came: sent, not read, so that what they are measured by does not hold the lab's own delay.
  uint64_t came;
  // Takes what has come; answers how many bytes it has dealt with.
  size_t (*hear)(struct peer *, uint8_t *, size_t);
  void (*gone)(struct peer *);
  void *owner;
  struct peer *next_gone;
} peer;

// Sends now what the socket takes, the rest when it can.
void peer_send(peer *, const void *, size_t);
void peer_close(peer *);
peer *peer_connect(uint16_t port);
// Listens on a free port of loopback, which is answered; `accepted` is told of everybody who comes.
uint16_t listen_anywhere(void (*accepted)(peer *));

void loop_open(void);
// Watches a descriptor that is no connection.
void loop_watch(int fd, void (*ready)(int fd));
void loop_run(void);
void loop_stop(void);

#endif
