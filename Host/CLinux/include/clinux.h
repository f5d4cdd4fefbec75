/* Linux calls that Swift's Glibc module leaves out, because they are GNU extensions, variadic or macros. The header includes no
 * system header, so that Swift sees no second definition of their types. */
#ifndef PATCHBAY_CLINUX_H
#define PATCHBAY_CLINUX_H

#include <stdint.h>

/* A new doorbell: a non-blocking eventfd that is not inherited; negative when the system has no descriptor left. */
int clinux_doorbell(void);

/* Rings a doorbell. */
void clinux_ring(int doorbell);

/* A set of doorbells to sleep on; negative when the system has no descriptor left. Each ring is told once, and nothing is ever read from a
 * doorbell: one that another process holds as well could be emptied by it in between, and the reader would never wake. */
int clinux_porch(void);

/* Adds a doorbell to the set; 0, or an errno value. One that is closed everywhere leaves it by itself. */
int clinux_porch_add(int porch, int doorbell);

/* Takes a doorbell out of the set. */
void clinux_porch_remove(int porch, int doorbell);

/* Sleeps until a doorbell of the set rings or `ns` nanoseconds have passed (UINT64_MAX = for as long as it takes). */
void clinux_porch_wait(int porch, uint64_t ns);

/* What a descriptor is watched for, and what it is ready for. */
#define CLINUX_READ 1
#define CLINUX_WRITE 2
#define CLINUX_BROKEN 4

/* A descriptor that is ready. */
struct clinux_ready {
  int descriptor;
  uint32_t how;
};

/* A set of descriptors to wait for; negative when the system has no descriptor left. */
int clinux_watch_set(void);

/* Watches a descriptor for CLINUX_READ, CLINUX_WRITE or both, for as long as it stays ready; 0 = no more. */
void clinux_watch(int set, int descriptor, uint32_t how);

/* Waits at most `ms` for descriptors of the set; answers how many of up to `room`, 64 at most, were written to `ready`. */
int clinux_watch_wait(int set, int ms, struct clinux_ready *ready, int room);

/* Waits until the doorbell rings or `ns` nanoseconds have passed; leaves it ringing. */
void clinux_rest(int doorbell, uint64_t ns);

/* Sleeps while `word` is `value`, until clinux_wake is called for it or `ns` nanoseconds have passed (UINT64_MAX = for as long as it
 * takes). The word may lie in memory shared with another process. */
void clinux_sleep_while(const volatile uint32_t *word, uint32_t value, uint64_t ns);

/* Wakes who sleeps on the word. Unlike the ring of a doorbell that the sleeper holds as well, this never waits for anybody. */
void clinux_wake(const volatile uint32_t *word);

/* How many cores the calling thread may run on. */
int clinux_cores(void);

/* Keeps the calling thread, and the threads and processes it starts from now on, to the first core of the machine, or lets them have all. */
void clinux_use_one_core(int only);

/* Tells the core that this is a turn of a loop that only looks. */
static inline void clinux_relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}

/* Names the calling thread; at most 15 characters count. */
void clinux_name_thread(const char *name);

/* Has the calling thread wait for a core until whoever runs on it sleeps or has had its time, instead of interrupting (SCHED_BATCH). */
void clinux_interrupt_nobody(void);

/* Asks for timers of this thread that are late by at most `ns` instead of the usual 50 microseconds. */
void clinux_timer_slack(uint64_t ns);

/* Gives freed memory back to the system, so that two readings of what a process holds can be compared. */
void clinux_trim_heap(void);

#endif
