/* Linux calls that Swift's Glibc module leaves out, because they are GNU extensions, variadic or macros. The header includes no
 * system header, so that Swift sees no second definition of their types. */
#ifndef PATCHBAY_CLINUX_H
#define PATCHBAY_CLINUX_H

#include <stdint.h>

/* A new doorbell: a non-blocking eventfd that is not inherited; negative when the system has no descriptor left. */
int clinux_doorbell(void);

/* Rings a doorbell. */
void clinux_ring(int doorbell);

/* Sleeps until the doorbell rings or `ns` nanoseconds have passed, then silences the doorbell. */
void clinux_wait(int doorbell, uint64_t ns);

/* Names the calling thread; at most 15 characters count. */
void clinux_name_thread(const char *name);

/* Asks for timers of this thread that are late by at most `ns` instead of the usual 50 microseconds. */
void clinux_timer_slack(uint64_t ns);

/* Gives freed memory back to the system, so that two readings of what a process holds can be compared. */
void clinux_trim_heap(void);

#endif
