/* What a process takes away from itself, for ever, before it runs code it does not trust. Every function answers 0 or an errno
 * value. To be called while the process has one thread. */
#ifndef PATCHBAY_SANDBOX_H
#define PATCHBAY_SANDBOX_H

#include <stdint.h>

/* No program run from here can have more rights than this process. */
int clinux_no_new_privileges(void);

/* Limits of the process; 0 leaves one as it is. `memory` counts bytes of private writable memory, `threads` those of the whole user
 * namespace. Core files are off in any case. */
int clinux_limit(uint64_t memory, uint64_t files, uint64_t threads);

/* Drops every capability, also those that a user namespace of its own gives. */
int clinux_drop_capabilities(void);

/* The version of Landlock this kernel has; 0 = none. */
int clinux_landlock_version(void);

enum {
  CLINUX_LANDLOCK_NO_TCP = 1 /* no TCP port can be bound or connected to, but those that are allowed (version 4) */
};

/* A rule set that forbids the whole file system; a descriptor, or negative errno. From version 6 on, signals to processes outside and
 * abstract sockets of them are forbidden too. */
int clinux_landlock_begin(uint32_t flags);

/* Lets the folder or file at `path` be read, and with `write` changed. Code may be loaded from what may be read. */
int clinux_landlock_allow(int rules, const char *path, int write);

/* Lets a TCP port be bound and connected to, in a rule set that forbids them. */
int clinux_landlock_allow_port(int rules, uint16_t port);

/* The file of the loaded library that has `symbol`; NULL when none has it. Constant. */
const char *clinux_library_of(const char *symbol);

/* Puts the rules in force for this thread and all that it starts, and closes the descriptor. */
int clinux_landlock_enforce(int rules);

enum {
  CLINUX_SYSCALLS_NO_SOCKETS = 0,  /* no socket at all but connected pairs */
  CLINUX_SYSCALLS_INTERNET = 1     /* sockets of IPv4, IPv6 and netlink */
};

/* Forbids the system calls that reach other processes, run programs, change the machine or open sockets (Seccomp BPF). A forbidden
 * call fails with EPERM; one of a foreign instruction set ends the process. */
int clinux_filter_syscalls(int sockets);

#endif
