/* The bodies of clinux.h. */
#define _GNU_SOURCE
#include "clinux.h"

#include <malloc.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

int clinux_doorbell(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

void clinux_ring(int doorbell) {
  uint64_t one = 1;
  ssize_t written = write(doorbell, &one, sizeof one);
  (void)written; /* a full counter rings as well */
}

void clinux_wait(int doorbell, uint64_t ns) {
  struct pollfd descriptor = {.fd = doorbell, .events = POLLIN};
  struct timespec timeout = {.tv_sec = (time_t)(ns / 1000000000u), .tv_nsec = (long)(ns % 1000000000u)};
  if (ns == 0 || ppoll(&descriptor, 1, &timeout, 0) > 0) {
    uint64_t count;
    ssize_t got = read(doorbell, &count, sizeof count);
    (void)got; /* an empty counter has nothing to silence */
  }
}

void clinux_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

void clinux_timer_slack(uint64_t ns) { prctl(PR_SET_TIMERSLACK, (unsigned long)ns, 0, 0, 0); }

void clinux_trim_heap(void) { malloc_trim(0); }
