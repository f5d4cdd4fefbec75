/* What a sandbox must forbid, tried. */
#define _GNU_SOURCE
#include "attempt.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int file(const char *path, int flags) {
  const int fd = open(path, flags, 0600);
  if (fd >= 0) close(fd);
  return fd < 0 ? errno : 0;
}

static int answer(long result) { return result < 0 ? errno : 0; }

static void *idle(void *nothing) {
  pause();
  return nothing;
}

/* Binds a port of loopback, or asks it for a connection. */
static int port(int type, unsigned number, int connects) {
  struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons((uint16_t)number), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  const int fd = socket(AF_INET, type, 0);
  if (fd < 0) return errno;
  const int failed = connects ? connect(fd, (struct sockaddr *)&place, sizeof place) : bind(fd, (struct sockaddr *)&place, sizeof place);
  const int error = failed ? errno : 0;
  close(fd);
  return error;
}

void fill_doorbells(void) {
  const uint64_t most = UINT64_MAX - 1;
  struct stat status;
  for (int fd = 4; fd < 32; fd++)
    /* What has no type is an eventfd here. */
    if (!fstat(fd, &status) && !(status.st_mode & S_IFMT)) {
      while (write(fd, &most, sizeof most) < 0 && errno == EAGAIN) {
        uint64_t count;
        if (read(fd, &count, sizeof count) < 0) break;
      }
      fcntl(fd, F_SETFL, 0);
    }
}

int attempt(const char *act) {
  static char *const none[] = {0};
  char path[256];
  if (!strcmp(act, "execve")) return answer(execve("/bin/true", none, none));
  if (!strcmp(act, "fork")) return answer(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
  if (!strcmp(act, "clone3")) return answer(syscall(SYS_clone3, 0, 0));
  if (!strcmp(act, "ptrace")) return answer(ptrace(PTRACE_TRACEME, 0, 0, 0));
  if (!strcmp(act, "mount")) return answer(mount("none", "/tmp", "tmpfs", 0, 0));
  if (!strcmp(act, "unshare")) return answer(unshare(CLONE_NEWUSER));
  unsigned number;
  if (sscanf(act, "bind-tcp %u", &number) == 1) return port(SOCK_STREAM, number, 0);
  if (sscanf(act, "bind-udp %u", &number) == 1) return port(SOCK_DGRAM, number, 0);
  if (sscanf(act, "connect-tcp %u", &number) == 1) return port(SOCK_STREAM, number, 1);
  if (!strcmp(act, "inet")) return answer(socket(AF_INET, SOCK_STREAM, 0));
  if (!strcmp(act, "udp")) return answer(socket(AF_INET, SOCK_DGRAM, 0));
  if (!strcmp(act, "unix")) return answer(socket(AF_UNIX, SOCK_STREAM, 0));
  if (!strcmp(act, "netlink")) return answer(socket(AF_NETLINK, SOCK_RAW, 0));
  if (!strcmp(act, "packet")) return answer(socket(AF_PACKET, SOCK_RAW, 0));
  if (!strcmp(act, "pair")) {
    int pair[2];
    return answer(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
  }
  if (!strcmp(act, "kill-parent")) return answer(kill(getppid(), 0));
  if (!strcmp(act, "kill-self")) return answer(kill(getpid(), 0));
  if (!strcmp(act, "bpf")) return answer(syscall(SYS_bpf, 0, 0, 0));
  if (!strcmp(act, "io_uring")) return answer(syscall(SYS_io_uring_setup, 1, 0));
  if (!strcmp(act, "userfaultfd")) return answer(syscall(SYS_userfaultfd, 0));
  if (!strcmp(act, "keyctl")) return answer(syscall(SYS_keyctl, 0, 0, 0, 0, 0));
  if (!strcmp(act, "pidfd")) return answer(syscall(SYS_pidfd_open, getppid(), 0));
  if (!strcmp(act, "vm-read")) return answer(syscall(SYS_process_vm_readv, getppid(), 0, 0, 0, 0, 0));
  if (!strcmp(act, "read-passwd")) return file("/etc/passwd", O_RDONLY);
  if (!strcmp(act, "read-root")) return file("/root", O_RDONLY | O_DIRECTORY);
  if (!strcmp(act, "read-parent")) {
    snprintf(path, sizeof path, "/proc/%d/environ", getppid());
    return file(path, O_RDONLY);
  }
  if (!strcmp(act, "write-tmp")) return file("/tmp/vox-worker-fixture", O_WRONLY | O_CREAT);
  if (!strcmp(act, "read-lib")) return file("/etc/ld.so.cache", O_RDONLY);
  if (!strcmp(act, "core")) {
    struct rlimit limit;
    getrlimit(RLIMIT_CORE, &limit);
    return limit.rlim_max == 0 ? EPERM : 0;
  }
  if (!strcmp(act, "files"))
    for (int i = 0; i < 100000; i++)
      if (open("/dev/null", O_RDONLY) < 0) return errno;
  if (!strcmp(act, "threads"))
    for (int i = 0; i < 10000; i++) {
      pthread_t thread;
      const int error = pthread_create(&thread, 0, idle, 0);
      if (error) return error;
    }
  if (!strcmp(act, "environment")) return environ && environ[0] ? 0 : ENOENT;
  /* 0, 1, 2, the socket, the library, the board and the doorbells of this worker; nothing of the host's beyond. */
  if (!strcmp(act, "inherited")) {
    for (int fd = 12; fd < 1024; fd++)
      if (fcntl(fd, F_GETFD) >= 0) return 0;
    return EBADF;
  }
  if (!strcmp(act, "capabilities")) {
    char line[256];
    int found = ENOENT;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status))
      if (!strncmp(line, "CapEff:", 7)) found = strtoull(line + 7, 0, 16) ? 0 : EPERM;
    if (status) fclose(status);
    return found;
  }
  return -1;
}
