/* The bodies of clinux.h. */
#define _GNU_SOURCE
#include "clinux.h"

#include <errno.h>
#include <linux/futex.h>
#include <malloc.h>
#include <poll.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clinux_doorbell(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

void clinux_ring(int doorbell) {
  uint64_t one = 1;
  ssize_t written = write(doorbell, &one, sizeof one);
  (void)written; /* a full counter rings as well */
}

static struct timespec span(uint64_t ns) { return (struct timespec){(time_t)(ns / 1000000000u), (long)(ns % 1000000000u)}; }

int clinux_porch(void) { return epoll_create1(EPOLL_CLOEXEC); }

int clinux_porch_add(int porch, int doorbell) {
  /* Told by the ring itself (EPOLLET), whatever the counter says. */
  struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.fd = doorbell};
  return epoll_ctl(porch, EPOLL_CTL_ADD, doorbell, &event) ? errno : 0;
}

void clinux_porch_remove(int porch, int doorbell) { epoll_ctl(porch, EPOLL_CTL_DEL, doorbell, 0); }

void clinux_porch_wait(int porch, uint64_t ns) {
  struct epoll_event rang[8]; /* those that find no room are told the next time */
  const struct timespec timeout = span(ns);
  if (epoll_pwait2(porch, rang, 8, ns == UINT64_MAX ? 0 : &timeout, 0) < 0 && errno == ENOSYS)
    epoll_wait(porch, rang, 8, ns > 1000000000u ? 1000 : (int)((ns + 999999u) / 1000000u)); /* before Linux 5.11 */
}

int clinux_watch_set(void) { return epoll_create1(EPOLL_CLOEXEC); }

void clinux_watch(int set, int descriptor, uint32_t how) {
  struct epoll_event event = {.events = (how & CLINUX_READ ? EPOLLIN : 0u) | (how & CLINUX_WRITE ? EPOLLOUT : 0u), .data.fd = descriptor};
  if (!how)
    epoll_ctl(set, EPOLL_CTL_DEL, descriptor, &event);
  else if (epoll_ctl(set, EPOLL_CTL_MOD, descriptor, &event))
    epoll_ctl(set, EPOLL_CTL_ADD, descriptor, &event);
}

int clinux_watch_wait(int set, int ms, struct clinux_ready *ready, int room) {
  struct epoll_event got[64];
  int count = epoll_wait(set, got, room < 64 ? room : 64, ms);
  for (int i = 0; i < count; i++) {
    uint32_t events = got[i].events;
    ready[i].descriptor = got[i].data.fd;
    ready[i].how = (events & EPOLLIN ? CLINUX_READ : 0) | (events & EPOLLOUT ? CLINUX_WRITE : 0) |
                   (events & (EPOLLERR | EPOLLHUP) ? CLINUX_BROKEN : 0);
  }
  return count < 0 ? 0 : count;
}

void clinux_rest(int doorbell, uint64_t ns) {
  struct pollfd bell = {.fd = doorbell, .events = POLLIN};
  const struct timespec timeout = span(ns);
  (void)ppoll(&bell, 1, &timeout, NULL);
}

void clinux_sleep_while(const volatile uint32_t *word, uint32_t value, uint64_t ns) {
  const struct timespec timeout = span(ns);
  syscall(SYS_futex, word, FUTEX_WAIT, value, ns == UINT64_MAX ? 0 : &timeout, 0, 0);
}

void clinux_wake(const volatile uint32_t *word) { syscall(SYS_futex, word, FUTEX_WAKE, 1, 0, 0, 0); }

int clinux_cores(void) {
  cpu_set_t cores; /* more than it holds are no fewer than two */
  return sched_getaffinity(0, sizeof cores, &cores) ? 2 : CPU_COUNT(&cores);
}

void clinux_use_one_core(int only) {
  cpu_set_t cores; /* those that the machine lacks are left out by the kernel */
  CPU_ZERO(&cores);
  for (int core = 0; core < (only ? 1 : CPU_SETSIZE); core++) CPU_SET(core, &cores);
  sched_setaffinity(0, sizeof cores, &cores);
}

void clinux_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

void clinux_interrupt_nobody(void) {
  const struct sched_param none = {0};
  sched_setscheduler(0, SCHED_BATCH, &none);
}

void clinux_timer_slack(uint64_t ns) { prctl(PR_SET_TIMERSLACK, (unsigned long)ns, 0, 0, 0); }

void clinux_trim_heap(void) { malloc_trim(0); }
