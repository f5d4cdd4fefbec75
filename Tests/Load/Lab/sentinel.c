#include "sentinel.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

#include "loop.h"

enum { MOST_CORES = 2, STALLS = 256 };
static const uint64_t BEAT_NS = MS, STALL_NS = MS / 2;

// Stalls of one core, the newest over the oldest. A writer and a reader, who may miss one that is being written and never waits.
typedef struct {
  _Atomic uint64_t from[STALLS], to[STALLS];
  _Atomic unsigned count;
  _Atomic uint64_t sum;
} log_t;

static log_t logs[MOST_CORES];
static unsigned watched;
static uint64_t asked;

// Sleeps for a millisecond again and again. Nothing on its core goes before it, so that what makes it late is no thread.
static void *watch(void *argument) {
  log_t *log = argument;
  uint64_t due = now_ns() + BEAT_NS;
  while (true) {
    struct timespec at = {.tv_sec = (time_t)(due / 1000000000), .tv_nsec = (long)(due % 1000000000)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR) {}
    uint64_t now = now_ns();
    if (now > due + STALL_NS) {
      unsigned place = log->count++ % STALLS;
      log->from[place] = due;
      // What waited meanwhile is in the way of what comes, for about as long.
      log->to[place] = now + (now - due);
      log->sum += now - due;
    }
    due = now + BEAT_NS;
  }
  return NULL;
}

bool sentinel_watch(unsigned core) {
  if (watched == MOST_CORES) return false;
  log_t *log = &logs[watched];
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  struct sched_param first = {.sched_priority = 1};
  pthread_attr_t how;
  pthread_attr_init(&how);
  pthread_attr_setaffinity_np(&how, sizeof set, &set);
  pthread_attr_setinheritsched(&how, PTHREAD_EXPLICIT_SCHED);
  pthread_attr_setschedpolicy(&how, SCHED_FIFO);
  pthread_attr_setschedparam(&how, &first);
  pthread_t thread;
  bool is_there = !pthread_create(&thread, &how, watch, log);
  pthread_attr_destroy(&how);
  if (is_there) pthread_detach(thread), watched++;
  return is_there;
}

bool sentinel_saw(uint64_t from, uint64_t to) {
  for (unsigned i = 0; i < watched; i++) {
    unsigned count = logs[i].count;
    for (unsigned n = 0; n < STALLS && n < count; n++) {
      unsigned place = (count - 1 - n) % STALLS;
      // What came before was over before.
      if (logs[i].to[place] < from) break;
      if (logs[i].from[place] < to) return true;
    }
  }
  return false;
}

double sentinel_share(void) {
  uint64_t now = now_ns(), sum = 0;
  for (unsigned i = 0; i < watched; i++) sum += atomic_exchange(&logs[i].sum, 0);
  double share = asked && watched ? (double)sum / (double)(now - asked) / watched : 0;
  asked = now;
  return share;
}
