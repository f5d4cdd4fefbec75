/* The bodies of counting.h. glibc names its own functions once more, for those who stand before them. */
#include "counting.h"

#include <errno.h>
#include <stddef.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

/* initial-exec: the first access of a lazily allocated thread variable would itself take memory. */
static __thread uint64_t taken __attribute__((tls_model("initial-exec")));

uint64_t counting_allocations(void) { return taken; }

void *malloc(size_t size) {
  taken++;
  return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
  taken++;
  return __libc_calloc(count, size);
}

void *realloc(void *block, size_t size) {
  taken++;
  return __libc_realloc(block, size);
}

void *memalign(size_t alignment, size_t size) {
  taken++;
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **block, size_t alignment, size_t size) {
  void *made = memalign(alignment, size);
  if (!made) return ENOMEM;
  *block = made;
  return 0;
}
