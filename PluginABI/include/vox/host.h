/* What the host always offers a plugin: emit, clock, log, timer; everything else by id.
 *
 * Each function only notes or answers and returns; none calls back into the plugin before it returns,
 * so each may be called from any thread and from inside any call [any].
 */
#ifndef VOX_HOST_H
#define VOX_HOST_H

#include "base.h"
#include "event.h"

enum { VOX_LOG_ERROR = 1, VOX_LOG_WARNING = 2, VOX_LOG_INFO = 3, VOX_LOG_DEBUG = 4 };

/* One table per provider instance, valid until the provider's `destroy` returned. */
typedef struct vox_host_v0 {
  uint32_t struct_size;
  uint32_t abi;
  void *VOX_NULLABLE ctx;

  /* Hands an event to the host, which copies it with all it points to.
   * VOX_OK; VOX_WOULD_BLOCK (only for audio, text and words: keep it, RESUME follows; terminal, usage
   * and error events always have room); VOX_STALE (the op or session has ended); VOX_INVALID.
   * When an op is cancelled its refused output is let go of, on both sides: no RESUME follows for it.
   * [any] since 0 */
  vox_status (*VOX_NULLABLE emit)(void *VOX_NULLABLE ctx, const vox_event *VOX_NONNULL e);

  /* The present moment; virtual when a recorded session is replayed.
   * [any] since 0 */
  vox_time (*VOX_NULLABLE now)(void *VOX_NULLABLE ctx);

  /* Writes at most 1 KiB to the host's log under the name of the provider. `who` is the session or
   * account concerned, or 0. Rate-limited; secrets of the account are masked.
   * [any] since 0 */
  void (*VOX_NULLABLE log)(void *VOX_NULLABLE ctx, vox_handle who, int32_t level,
                           const vox_view *VOX_NONNULL text);

  /* Has VOX_EV_TIMER with `token` delivered to `owner` (a session or account) at `at`. A moment that has
   * passed posts at once: the way from any thread onto the owner's queue. A token has one timer: setting
   * it again moves it, `at` 0 cancels it. VOX_OK, VOX_STALE, or VOX_WOULD_BLOCK beyond 64 pending timers
   * of one owner.
   * [any] since 0 */
  vox_status (*VOX_NULLABLE timer)(void *VOX_NULLABLE ctx, vox_handle owner, uint64_t token, vox_time at);

  /* A constant table of an optional service, e.g. "vox.http_server/0", or NULL when this host has none.
   * [provider] since 0 */
  const void *VOX_NULLABLE (*VOX_NULLABLE service)(void *VOX_NULLABLE ctx, const vox_view *VOX_NONNULL id);
} vox_host_v0;
VOX_SIZE(vox_host_v0, 56);

#endif
