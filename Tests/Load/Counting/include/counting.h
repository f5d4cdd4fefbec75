/* Counts what each thread takes from the heap: linked into the benchmark, it stands before the C library's own functions, also
   for every library that is opened later. */
#pragma once
#include <stdint.h>

/* Blocks the calling thread has taken from the heap since it began: malloc, calloc, realloc and their aligned kin. */
uint64_t counting_allocations(void);
