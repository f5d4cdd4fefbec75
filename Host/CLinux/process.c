/* The bodies of process.h. */
#define _GNU_SOURCE
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x10u
#endif
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x08u
#endif

/* What the child needs, and where it leaves word: it shares the memory of its parent until it runs the program. */
struct plan {
  const char *program;
  char *const *argv;
  char *const *envp;
  int socket;
  int namespaces;
  volatile int error;
  volatile int namespace_error;
};

/* The child's side. It must not return, nor touch anything but the plan. */
static void __attribute__((noinline, noreturn)) become(struct plan *plan) {
  struct sigaction standard;
  memset(&standard, 0, sizeof standard);
  standard.sa_handler = SIG_DFL;
  for (int s = 1; s < NSIG; s++) sigaction(s, &standard, 0);
  /* No terminal and none of its signals. A new session would do the same, but the scheduler of a desktop (autogroup) then takes the
   * worker for another user's, and each wake-up costs microseconds more. */
  setpgid(0, 0);
  const int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (terminal >= 0) ioctl(terminal, TIOCNOTTY);
  int nothing = open("/dev/null", O_RDWR);
  /* Out of the way of 0 to 3 first, so that no copy overwrites another. */
  int socket = fcntl(plan->socket, F_DUPFD, 16);
  for (int fd = 0; fd < 3; fd++) dup2(nothing, fd);
  dup2(socket, 3);
  syscall(SYS_close_range, 4u, ~0u, 0u);
  if (plan->namespaces && unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC)) plan->namespace_error = errno;
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, 0);
  execve(plan->program, plan->argv, plan->envp);
  plan->error = errno;
  _exit(127);
}

struct clinux_child clinux_spawn(const char *program, char *const argv[], char *const envp[], int socket, int namespaces) {
  struct plan plan = {program, argv, envp, socket, namespaces, 0, 0};
  struct clinux_child child = {-1, -1, 0, 0};
  /* No handler of ours may run in the child while it shares our memory. */
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t pid = vfork();
  if (pid == 0) become(&plan);
  const int failed = errno;
  pthread_sigmask(SIG_SETMASK, &before, 0);
  if (pid < 0) {
    child.error = failed;
    return child;
  }
  if (plan.error) {
    while (waitpid(pid, 0, 0) < 0 && errno == EINTR) {}
    child.error = plan.error;
    return child;
  }
  child.pid = pid;
  child.pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
  child.namespace_error = plan.namespace_error;
  return child;
}

struct clinux_death clinux_reap(int pid, int wait) {
  struct clinux_death death = {0, 0, 0};
  int status = 0;
  pid_t got;
  do got = waitpid(pid, &status, wait ? 0 : WNOHANG);
  while (got < 0 && errno == EINTR);
  if (got != pid) return death;
  death.ended = 1;
  death.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  death.status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  return death;
}

static volatile uint64_t *memory_at_death;
static int statm = -1;

/* Runs in a process that is dying, so it calls nothing but the kernel. */
static void note_memory(void) {
  char text[128];
  const int error = errno;
  const ssize_t length = pread(statm, text, sizeof text, 0);
  errno = error;
  /* The sixth number of the file: pages of data and stack. */
  int field = 1;
  uint64_t pages = 0;
  for (ssize_t i = 0; i < length && field <= 6; i++) {
    if (text[i] == ' ') field++;
    else if (field == 6 && text[i] >= '0' && text[i] <= '9') pages = pages * 10 + (uint64_t)(text[i] - '0');
  }
  *memory_at_death = pages * 4096;
}

/* The standard action is in place again and the signal not blocked: the process ends by the signal it was given. */
static void note_fault(int signal) {
  note_memory();
  raise(signal);
}

int clinux_note_memory_at_death(volatile uint64_t *bytes) {
  statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (statm < 0) return errno;
  memory_at_death = bytes;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = note_fault;
  action.sa_flags = (int)(SA_RESETHAND | SA_NODEFER | SA_ONSTACK);
  const int fatal[] = {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGTRAP, SIGFPE};
  for (unsigned i = 0; i < sizeof fatal / sizeof *fatal; i++) sigaction(fatal[i], &action, 0);
  return atexit(note_memory);
}

int clinux_socket_pair(int *mine, int *theirs) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair)) return errno;
  *mine = pair[0];
  *theirs = pair[1];
  return 0;
}

int clinux_send(int socket, const void *bytes, uint64_t count, const int32_t *fds, int32_t nfds) {
  union {
    struct cmsghdr align;
    char room[CMSG_SPACE(CLINUX_MAX_FDS * sizeof(int32_t))];
  } control;
  struct iovec part = {(void *)bytes, count};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (nfds < 0 || nfds > CLINUX_MAX_FDS) return EINVAL;
  if (nfds) {
    memset(&control, 0, sizeof control);
    message.msg_control = &control;
    message.msg_controllen = CMSG_SPACE((size_t)nfds * sizeof *fds);
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN((size_t)nfds * sizeof *fds);
    memcpy(CMSG_DATA(head), fds, (size_t)nfds * sizeof *fds);
  }
  ssize_t sent;
  do sent = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  while (sent < 0 && errno == EINTR);
  return sent < 0 ? errno : 0;
}

int64_t clinux_receive(int socket, void *bytes, uint64_t room, int32_t *fds, int32_t *nfds) {
  union {
    struct cmsghdr align;
    char room[CMSG_SPACE(CLINUX_MAX_FDS * sizeof(int32_t))];
  } control;
  const int32_t limit = *nfds;
  struct iovec part = {bytes, room};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  *nfds = 0;
  ssize_t got;
  do got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  while (got < 0 && errno == EINTR);
  if (got < 0) return -errno;
  int lost = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
  for (struct cmsghdr *head = CMSG_FIRSTHDR(&message); head; head = CMSG_NXTHDR(&message, head)) {
    if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
    const size_t n = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int32_t);
    for (size_t i = 0; i < n; i++) {
      int32_t fd;
      memcpy(&fd, CMSG_DATA(head) + i * sizeof fd, sizeof fd);
      if (*nfds < limit) fds[(*nfds)++] = fd;
      else {
        close(fd);
        lost = 1;
      }
    }
  }
  if (lost) {
    for (int32_t i = 0; i < *nfds; i++) close(fds[i]);
    *nfds = 0;
    return -EMSGSIZE;
  }
  return got;
}

int clinux_shared_memory(const char *name, uint64_t bytes) {
  int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
  if (fd < 0 && errno == EINVAL) fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) return -errno;
  /* Without these seals the other process could cut the memory short, and a read beyond its end would kill this one. */
  if (ftruncate(fd, (off_t)bytes) || fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)) {
    const int error = errno;
    close(fd);
    return -error;
  }
  return fd;
}

int clinux_memory_file(const char *name) {
  int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
  if (fd < 0 && errno == EINVAL) fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  return fd < 0 ? -errno : fd;
}

int clinux_seal(int fd) {
  return fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) ? errno : 0;
}

void *clinux_map(int fd, uint64_t offset, uint64_t bytes) {
  void *at = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset);
  return at == MAP_FAILED ? 0 : at;
}

void *clinux_map_twice(int fd, uint64_t offset, uint64_t bytes) {
  char *at = mmap(0, 2 * bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) return 0;
  for (int half = 0; half < 2; half++) {
    if (mmap(at + (uint64_t)half * bytes, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, (off_t)offset) == MAP_FAILED) {
      munmap(at, 2 * bytes);
      return 0;
    }
  }
  return at;
}

void clinux_unmap(void *address, uint64_t bytes) { munmap(address, bytes); }

int clinux_wait_any(const int32_t *fds, int32_t count, uint64_t ns, uint8_t *ready) {
  struct pollfd list[CLINUX_MAX_FDS];
  if (count > CLINUX_MAX_FDS) count = CLINUX_MAX_FDS;
  for (int32_t i = 0; i < count; i++) list[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
  struct timespec timeout = {.tv_sec = (time_t)(ns / 1000000000u), .tv_nsec = (long)(ns % 1000000000u)};
  const int found = ppoll(list, (nfds_t)count, &timeout, 0);
  for (int32_t i = 0; i < count; i++) ready[i] = found > 0 && list[i].revents != 0;
  return found > 0 ? found : 0;
}

int clinux_ping_pong(int there, int back, uint32_t rounds) {
  const pid_t pid = fork();
  if (pid) return pid < 0 ? -errno : pid;
  uint64_t count = 1;
  for (uint32_t i = 0; i < rounds; i++)
    if (read(there, &count, sizeof count) != sizeof count || write(back, &count, sizeof count) != sizeof count) break;
  _exit(0);
}

void clinux_silence(int doorbell) {
  uint64_t count;
  ssize_t got = read(doorbell, &count, sizeof count);
  (void)got; /* an empty counter has nothing to silence */
}
