/* Service "vox.state/0": what an account must not lose, such as a token the vendor has rotated, and who of several does a
 * thing that only one may do. Items are shared by all generations of a provider; together they have at most 64 KiB.
 *
 * Every function only enqueues; answers come as events on the account's queue. The items as they were when the account was
 * opened came with `open_account`.
 */
#ifndef VOX_SERVICES_STATE_H
#define VOX_SERVICES_STATE_H

#include "../base.h"
#include "http.h"

#define VOX_SERVICE_STATE "vox.state/0"

enum {
  VOX_EV_STATE_ITEM = 4144,     /* vox_ev_state: answer to `get`; version 0 and no value when there is none */
  VOX_EV_STATE_STORED = 4145,   /* vox_ev_state: the new version is on disk */
  VOX_EV_STATE_CONFLICT = 4146, /* vox_ev_state: nothing was stored; the version and value that stand */
  VOX_EV_STATE_CHANGED = 4147,  /* vox_ev_state: another one stored this; token 0 */
  VOX_EV_STATE_FAILED = 4148,   /* vox_ev_refused: nothing was stored */
  VOX_EV_LEASE_HELD = 4149,     /* vox_ev_state: the lease `key` is yours */
  VOX_EV_LEASE_LOST = 4150      /* vox_ev_state: it is not yours any more */
};

/* Versions of an item count up from 1 and never repeat. */
#define VOX_STATE_ABSENT 0              /* expected: there is no such item yet */
#define VOX_STATE_ANY UINT64_MAX        /* expected: whatever is there */

typedef struct vox_ev_state {
  vox_event h;
  uint64_t token;   /* of the call this answers */
  uint64_t version;
  vox_view key;
  vox_view value;
} vox_ev_state;
VOX_SIZE(vox_ev_state, 80);

typedef struct vox_state_v0 {
  uint32_t struct_size;
  uint32_t zero;
  void *VOX_NULLABLE ctx;

  /* Asks for an item; STATE_ITEM follows. VOX_OK, VOX_INVALID (a key has 1 to 128 bytes of UTF-8), VOX_STALE.
   * [any] since 0 */
  vox_status (*VOX_NULLABLE get)(void *VOX_NULLABLE ctx, vox_handle account, uint64_t token,
                                 const vox_view *VOX_NONNULL key);

  /* Stores an item if its version is `expected`; an empty value removes it. STATE_STORED follows once it is on disk, or
   * STATE_CONFLICT, or STATE_FAILED (no room, the disk refused). VOX_OK, VOX_INVALID, VOX_STALE.
   * [any] since 0 */
  vox_status (*VOX_NULLABLE put)(void *VOX_NULLABLE ctx, vox_handle account, uint64_t token,
                                 const vox_view *VOX_NONNULL key, const vox_view *VOX_NONNULL value, uint64_t expected);

  /* Asks for the lease `name` for `ttl_ms` (1,000 to 600,000), or renews it. LEASE_HELD follows as soon as no one else has
   * it, which may be never; LEASE_LOST when it ran out unrenewed. VOX_OK, VOX_INVALID, VOX_STALE.
   * [any] since 0 */
  vox_status (*VOX_NULLABLE lease)(void *VOX_NULLABLE ctx, vox_handle account, const vox_view *VOX_NONNULL name,
                                   uint32_t ttl_ms);

  /* Gives a lease back, or stops waiting for it; no event follows. VOX_OK, VOX_STALE.
   * [any] since 0 */
  vox_status (*VOX_NULLABLE release)(void *VOX_NULLABLE ctx, vox_handle account, const vox_view *VOX_NONNULL name);
} vox_state_v0;
VOX_SIZE(vox_state_v0, 48);

#endif
