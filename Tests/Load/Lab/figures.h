// Measured times, and what they come to.
#ifndef LAB_FIGURES_H
#define LAB_FIGURES_H

#include <stddef.h>
#include <stdint.h>

// All of one kind, in microseconds. All zero is none.
typedef struct {
  uint32_t *us;
  size_t count, room;
} figures;

void figures_add(figures *, uint64_t ns);
void figures_forget(figures *);
// Prints `"name": {"count": …, "p50": …, "p95": …, "p99": …, "max": …}`, in milliseconds.
void figures_print(figures *, const char *name);

#endif
