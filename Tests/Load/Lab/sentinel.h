// Knows when a core did not run at all: what is measured then is the machine that others share, and no program on it.
#ifndef LAB_SENTINEL_H
#define LAB_SENTINEL_H

#include <stdbool.h>
#include <stdint.h>

// Watches a core from now on. False where a thread that nothing goes before may not be had (it takes CAP_SYS_NICE): it then knows nothing.
bool sentinel_watch(unsigned core);
// Whether a watched core stood still for a millisecond or more that lies between these moments in part. To be asked soon: what is long past
// is forgotten.
bool sentinel_saw(uint64_t from, uint64_t to);
// The share of the time, of one core, that watched cores stood still since the last such question.
double sentinel_share(void);

#endif
