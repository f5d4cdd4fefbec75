/* The words every other header is written in: status, handle, time, borrowed text.
 *
 * Dialect: fixed-width integers, {ptr, len} views, one struct per kind of event behind a common head.
 * Zero is a valid default of every member, and a reserved member (`zero`) is zero: a non-zero one is
 * answered VOX_UNSUPPORTED. Every struct that may be checked opens with its own size. Nothing here
 * changes its size once published: growth is a new tag (`vox_..._v1`).
 */
#ifndef VOX_BASE_H
#define VOX_BASE_H

#include <stdint.h>

/* The version these headers describe. While it is 0 every incompatible change is a new number of
 * VOX_ABI_DRAFT, and the host accepts that number alone; the promises of stability begin with 1. */
#define VOX_ABI_DRAFT 1

#if defined(__clang__)
#define VOX_NULLABLE _Nullable
#define VOX_NONNULL _Nonnull
#else
#define VOX_NULLABLE
#define VOX_NONNULL
#endif

#if defined(__cplusplus)
#define VOX_SIZE(type, bytes) static_assert(sizeof(type) == (bytes), "the size of " #type " is fixed")
#else
#define VOX_SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), "the size of " #type " is fixed")
#endif

/* How a call itself went; how the work went is told by an event. Closed. */
typedef int32_t vox_status;
enum {
  VOX_OK = 0,
  VOX_WOULD_BLOCK = 1, /* no room: keep what you have, a VOX_EV_RESUME follows */
  VOX_STALE = 2,       /* the handle's session or op has ended: stop sending for it */
  VOX_INVALID = 3,     /* the caller broke the contract; nothing happened */
  VOX_UNSUPPORTED = 4, /* not offered by this side */
  VOX_NO_MEMORY = 5,
  VOX_INTERNAL = 6
};

/* An account, session, op, route request or socket. Made by the host, {generation 32, index 32},
 * opaque to the plugin; 0 is none. A late use is answered VOX_STALE, never with freed memory. */
typedef uint64_t vox_handle;

/* CLOCK_MONOTONIC in nanoseconds, the same in the host and in a worker process; 0 is none. */
typedef uint64_t vox_time;

/* Bytes or UTF-8 text borrowed until the call returns; `ptr` may be null when `len` is 0. */
typedef struct vox_view {
  const uint8_t *VOX_NULLABLE ptr;
  uint64_t len;
} vox_view;
VOX_SIZE(vox_view, 16);

/* A header line, a secret, a state item. */
typedef struct vox_pair {
  vox_view name;
  vox_view value;
} vox_pair;
VOX_SIZE(vox_pair, 32);

#endif
