/* The bodies of sandbox.h. */
#define _GNU_SOURCE
#include "sandbox.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int clinux_no_new_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ? errno : 0; }

static int limit(int what, uint64_t most) {
  struct rlimit now;
  if (getrlimit(what, &now)) return errno;
  if (now.rlim_max != RLIM_INFINITY && now.rlim_max < most) most = now.rlim_max;
  return setrlimit(what, &(struct rlimit){most, most}) ? errno : 0;
}

int clinux_limit(uint64_t memory, uint64_t files, uint64_t threads) {
  int error = limit(RLIMIT_CORE, 0);
  if (!error && memory) error = limit(RLIMIT_DATA, memory);
  if (!error && files) error = limit(RLIMIT_NOFILE, files);
  if (!error && threads) error = limit(RLIMIT_NPROC, threads);
  return error;
}

int clinux_drop_capabilities(void) {
  for (int capability = 0; capability < 64; capability++) prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};
  return syscall(SYS_capset, &head, none) ? errno : 0;
}

/* --- Landlock (Documentation/userspace-api/landlock.rst); spelt out here because the system's header may be older than its kernel. */

#define LANDLOCK_CREATE 444
#define LANDLOCK_ADD_RULE 445
#define LANDLOCK_RESTRICT 446

struct landlock_scope {
  uint64_t files;
  uint64_t net;
  uint64_t scoped;
};

struct landlock_port {
  uint64_t allowed;
  uint64_t port;
};

struct landlock_path {
  uint64_t allowed;
  int32_t parent;
} __attribute__((packed));

enum {
  EXECUTE = 1 << 0,
  WRITE_FILE = 1 << 1,
  READ_FILE = 1 << 2,
  READ_DIR = 1 << 3,
  FIRST_VERSION = (1 << 13) - 1,
  REFER = 1 << 13,
  TRUNCATE = 1 << 14,
  IOCTL_DEVICE = 1 << 15
};

int clinux_landlock_version(void) {
  long version = syscall(LANDLOCK_CREATE, 0, 0, 1);
  return version > 0 ? (int)version : 0;
}

const char *clinux_library_of(const char *symbol) {
  Dl_info info;
  void *address = dlsym(RTLD_DEFAULT, symbol);
  return address && dladdr(address, &info) ? info.dli_fname : 0;
}

static uint64_t known_rights(void) {
  const int version = clinux_landlock_version();
  return FIRST_VERSION | (version >= 2 ? REFER : 0) | (version >= 3 ? TRUNCATE : 0) | (version >= 5 ? IOCTL_DEVICE : 0);
}

int clinux_landlock_begin(uint32_t flags) {
  const int version = clinux_landlock_version();
  if (!version) return -ENOSYS;
  /* Bits 0 and 1 of `net` are bind and connect of TCP; those of `scoped` abstract sockets and signals. */
  struct landlock_scope scope = {known_rights(), flags & CLINUX_LANDLOCK_NO_TCP ? 3 : 0, 3};
  const size_t size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
  const long rules = syscall(LANDLOCK_CREATE, &scope, size, 0);
  return rules < 0 ? -errno : (int)rules;
}

int clinux_landlock_allow(int rules, const char *path, int write) {
  struct stat status;
  const int fd = open(path, O_PATH | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &status)) {
    const int error = errno;
    if (fd >= 0) close(fd);
    return error;
  }
  uint64_t rights = READ_FILE | READ_DIR;
  if (write) rights = known_rights() & ~(uint64_t)EXECUTE;
  /* A file has no rights of a folder. */
  if (!S_ISDIR(status.st_mode)) rights &= WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEVICE;
  struct landlock_path rule = {rights, fd};
  const int error = syscall(LANDLOCK_ADD_RULE, rules, 1, &rule, 0) ? errno : 0;
  close(fd);
  return error;
}

int clinux_landlock_allow_port(int rules, uint16_t port) {
  if (clinux_landlock_version() < 4) return ENOSYS;
  struct landlock_port rule = {3, port};
  return syscall(LANDLOCK_ADD_RULE, rules, 2, &rule, 0) ? errno : 0;
}

int clinux_landlock_enforce(int rules) {
  const int error = syscall(LANDLOCK_RESTRICT, rules, 0) ? errno : 0;
  close(rules);
  return error;
}

/* --- Seccomp (Documentation/userspace-api/seccomp_filter.rst) ------------------------------------------------------------------ */

#if defined(__x86_64__)
#define MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define MACHINE AUDIT_ARCH_AARCH64
#else
#error "the system call filter knows x86-64 and AArch64"
#endif

/* One after the last system call whose meaning was looked at; libraries fall back to older ones. */
#define NEWEST 463

static const uint16_t forbidden[] = {
    /* programs and other processes */
    SYS_execve, SYS_execveat, SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp, SYS_pidfd_open, SYS_pidfd_getfd,
    SYS_pidfd_send_signal, SYS_process_madvise, SYS_tkill, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo, SYS_migrate_pages,
    SYS_move_pages, SYS_setpgid, SYS_setsid,
    /* names and mounts */
    SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_setns, SYS_unshare, SYS_fsopen, SYS_fsconfig, SYS_fsmount, SYS_fspick,
    SYS_move_mount, SYS_open_tree, SYS_mount_setattr, SYS_mknodat, SYS_name_to_handle_at, SYS_open_by_handle_at, SYS_fanotify_init,
    /* the machine */
    SYS_reboot, SYS_kexec_load, SYS_kexec_file_load, SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_swapon, SYS_swapoff,
    SYS_acct, SYS_quotactl, SYS_quotactl_fd, SYS_syslog, SYS_sethostname, SYS_setdomainname, SYS_settimeofday, SYS_clock_settime,
    SYS_clock_adjtime, SYS_adjtimex, SYS_vhangup, SYS_personality, SYS_nfsservctl, SYS_lookup_dcookie,
    /* doors into the kernel that a provider has no use for */
    SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register, SYS_keyctl,
    SYS_add_key, SYS_request_key,
#if defined(__x86_64__)
    SYS_fork, SYS_vfork, SYS_mknod, SYS_iopl, SYS_ioperm, SYS_modify_ldt, SYS_uselib, SYS_ustat, SYS_sysfs, SYS__sysctl,
    SYS_create_module, SYS_get_kernel_syms, SYS_query_module,
#endif
};

enum { COUNT = sizeof forbidden / sizeof *forbidden };

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define JUMP(test, value, yes, no) BPF_JUMP(BPF_JMP | BPF_##test | BPF_K, (value), (yes), (no))
#define ANSWER(what) BPF_STMT(BPF_RET | BPF_K, (what))
#define FAIL(error) (SECCOMP_RET_ERRNO | (error))

int clinux_filter_syscalls(int sockets) {
  struct sock_filter code[2 * COUNT + 64];
  int n = 0;
#define ADD(...) code[n++] = (struct sock_filter)__VA_ARGS__
  ADD(LOAD(arch));
  ADD(JUMP(JEQ, MACHINE, 1, 0));
  ADD(ANSWER(SECCOMP_RET_KILL_PROCESS));
  ADD(LOAD(nr));
#if defined(__x86_64__)
  ADD(JUMP(JGE, 0x40000000u, 0, 1)); /* the x32 calls are the same doors under other numbers */
  ADD(ANSWER(SECCOMP_RET_KILL_PROCESS));
#endif
  ADD(JUMP(JGE, NEWEST, 0, 1));
  ADD(ANSWER(FAIL(ENOSYS)));
  for (int i = 0; i < COUNT; i++) {
    ADD(JUMP(JEQ, forbidden[i], 0, 1));
    ADD(ANSWER(FAIL(EPERM)));
  }
  /* The flags of clone3 lie in memory, which a filter cannot read; libraries then use clone. */
  ADD(JUMP(JEQ, SYS_clone3, 0, 1));
  ADD(ANSWER(FAIL(ENOSYS)));
  /* Threads may be started, processes may not. The arguments are little-endian: the low word comes first. */
  ADD(JUMP(JEQ, SYS_clone, 0, 4));
  ADD(LOAD(args[0]));
  ADD(JUMP(JSET, CLONE_THREAD, 0, 1));
  ADD(ANSWER(SECCOMP_RET_ALLOW));
  ADD(ANSWER(FAIL(EPERM)));
  /* Signals to itself only: abort() needs them. */
  const uint32_t self = (uint32_t)getpid();
  ADD(JUMP(JEQ, SYS_kill, 1, 0));
  ADD(JUMP(JEQ, SYS_tgkill, 0, 4));
  ADD(LOAD(args[0]));
  ADD(JUMP(JEQ, self, 0, 1));
  ADD(ANSWER(SECCOMP_RET_ALLOW));
  ADD(ANSWER(FAIL(EPERM)));
  /* Limits and scheduling of itself only. */
  ADD(JUMP(JEQ, SYS_prlimit64, 0, 4));
  ADD(LOAD(args[0]));
  ADD(JUMP(JEQ, 0, 0, 1));
  ADD(ANSWER(SECCOMP_RET_ALLOW));
  ADD(ANSWER(FAIL(EPERM)));
  if (sockets == CLINUX_SYSCALLS_NO_SOCKETS) {
    ADD(JUMP(JEQ, SYS_socket, 0, 1));
    ADD(ANSWER(FAIL(EPERM)));
  } else {
    ADD(JUMP(JEQ, SYS_socket, 0, 6));
    ADD(LOAD(args[0]));
    ADD(JUMP(JEQ, AF_INET, 2, 0));
    ADD(JUMP(JEQ, AF_INET6, 1, 0));
    ADD(JUMP(JEQ, AF_NETLINK, 0, 1));
    ADD(ANSWER(SECCOMP_RET_ALLOW));
    ADD(ANSWER(FAIL(EPERM)));
  }
  ADD(ANSWER(SECCOMP_RET_ALLOW));
#undef ADD
  struct sock_fprog program = {(unsigned short)n, code};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) ? errno : 0;
}
