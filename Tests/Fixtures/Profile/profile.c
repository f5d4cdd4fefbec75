/* The body of profile.h. */
#define _GNU_SOURCE
#include "profile.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Of LLVM's profile runtime (compiler-rt, InstrProfiling.h); there in programs built for coverage. */
__attribute__((weak)) void __llvm_profile_set_file_object(FILE *file, int merge);
__attribute__((weak)) int __llvm_profile_write_file(void);

static void *keep(void *file) {
  for (;;) {
    usleep(3000);
    rewind(file);
    __llvm_profile_write_file();
    fflush(file);
  }
  return 0;
}

void profile_keep(void) {
  char path[4096];
  if (!__llvm_profile_set_file_object || !__llvm_profile_write_file) return;
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 128);
  if (length < 0) return;
  path[length] = 0;
  char *name = strrchr(path, '/');
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  snprintf(name ? name : path, 128, "/worker-profiles/%d-%lld%09ld.profraw", (int)getpid(), (long long)now.tv_sec, now.tv_nsec);
  FILE *file = fopen(path, "w+e");
  pthread_t thread;
  if (!file) return;
  __llvm_profile_set_file_object(file, 0);
  if (pthread_create(&thread, 0, keep, file) == 0) pthread_detach(thread);
}
