#include "figures.h"

#include <stdio.h>
#include <stdlib.h>

void figures_add(figures *f, uint64_t ns) {
  if (f->count == f->room && !(f->us = realloc(f->us, (f->room = f->room * 2 + 1024) * sizeof *f->us))) exit(1);
  f->us[f->count++] = (uint32_t)(ns / 1000 > UINT32_MAX ? UINT32_MAX : ns / 1000);
}

void figures_forget(figures *f) { f->count = 0; }

static int compare(const void *a, const void *b) {
  uint32_t one = *(const uint32_t *)a, two = *(const uint32_t *)b;
  return (one > two) - (one < two);
}

// The value that so many permille do not exceed.
static double at(const figures *f, size_t permille) {
  if (!f->count) return 0;
  size_t place = (f->count * permille + 999) / 1000;
  return f->us[place ? place - 1 : 0] / 1000.0;
}

void figures_print(figures *f, const char *name) {
  qsort(f->us, f->count, sizeof *f->us, compare);
  printf("\"%s\": {\"count\": %zu, \"p50\": %.3f, \"p95\": %.3f, \"p99\": %.3f, \"max\": %.3f}", name, f->count, at(f, 500), at(f, 950),
         at(f, 990), at(f, 1000));
}
