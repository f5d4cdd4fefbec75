/* Child processes and what is shared with them: descriptors over a Unix socket, sealed memory, how a child ended. */
#ifndef PATCHBAY_PROCESS_H
#define PATCHBAY_PROCESS_H

#include <stdint.h>

enum { CLINUX_MAX_FDS = 72 };

/* What became of clinux_spawn; the errors are errno values, 0 = none. */
struct clinux_child {
  int32_t pid;
  int32_t pidfd;
  int32_t error;           /* the child could not be made or the program could not be run */
  int32_t namespace_error; /* the child runs, but without namespaces of its own */
};

/* Runs `program` with `argv` and `envp` (both end with NULL). The child has `socket` as descriptor 3, /dev/null as 0, 1 and 2, no
 * other descriptor, default signals, a process group of its own, no terminal and, when `namespaces` is 1, a user, network and IPC
 * namespace of its own. Every step after the copy of this process is a bare system call, so it may be called from any thread. */
struct clinux_child clinux_spawn(const char *program, char *const argv[], char *const envp[], int socket, int namespaces);

/* How a child ended. */
struct clinux_death {
  int32_t ended;  /* 0: it has not */
  int32_t signal; /* 0: it left by itself, with `status` */
  int32_t status;
};

/* Waits for the end of a child, or only looks when `wait` is 0. */
struct clinux_death clinux_reap(int pid, int wait);

/* From now on, when this process dies of a fault of its own, aborts or calls exit, it first writes to `bytes` how much private writable
 * memory it has: what RLIMIT_DATA limits. (The kernel's own figure for a dead child, ru_maxrss, counts its parent's memory too when
 * the child was made by vfork.) To be called once, before the file system is closed to it; 0, or an errno value. */
int clinux_note_memory_at_death(volatile uint64_t *bytes);

/* A pair of connected SOCK_SEQPACKET sockets that are not inherited; 0, or an errno value. */
int clinux_socket_pair(int *mine, int *theirs);

/* Sends one message without blocking, with descriptors of which the receiver gets copies; 0, or an errno value. */
int clinux_send(int socket, const void *bytes, uint64_t count, const int32_t *fds, int32_t nfds);

/* Receives one message without blocking. `nfds` is room before and count after. The length; 0 at the end; -errno; -EMSGSIZE for a
 * message or descriptors that did not fit, which are gone. */
int64_t clinux_receive(int socket, void *bytes, uint64_t room, int32_t *fds, int32_t *nfds);

/* Memory with a descriptor, of a size that nobody can change any more, neither here nor in the process it is shared with; negative
 * errno when there is none. */
int clinux_shared_memory(const char *name, uint64_t bytes);

/* A descriptor of an empty, growing memory file that code may be loaded from; negative errno. */
int clinux_memory_file(const char *name);

/* From now on nobody can write to the memory file, or change its size. 0, or an errno value. */
int clinux_seal(int fd);

/* Maps `bytes` of shared memory at `offset`; NULL when it cannot be had. */
void *clinux_map(int fd, uint64_t offset, uint64_t bytes);

/* Maps `bytes` (a multiple of the page) at `offset` twice, end to end, so that a record that wraps around lies in one piece. */
void *clinux_map_twice(int fd, uint64_t offset, uint64_t bytes);

/* Ends a mapping. */
void clinux_unmap(void *address, uint64_t bytes);

/* Sleeps until one of the descriptors is readable or `ns` nanoseconds have passed (0 = only look). How many are readable; each of
 * them has its entry of `ready` set to 1, the others to 0. At most CLINUX_MAX_FDS. */
int clinux_wait_any(const int32_t *fds, int32_t count, uint64_t ns, uint8_t *ready);

/* A process that answers each ring of the eventfd `there` with one of `back`, `rounds` times, and ends: the least that two processes
 * can do to wake each other. Its number, to be reaped; negative errno. */
int clinux_ping_pong(int there, int back, uint32_t rounds);

/* Empties a doorbell. */
void clinux_silence(int doorbell);

#endif
