/* A session: a provider at work for one call in one role. One table serves every role; the role gives the
 * op kinds, the events, the JSON schemas and the traits.
 *
 * Life:  open -> READY -> (start .. terminal)* -> close -> CLOSED -> destroy
 * An op: start -> [ACCEPTED] -> output* -> USAGE* -> exactly one of COMPLETED, FAILED, CANCELLED
 *
 * Tags:  [provider] one at a time per provider, never on a call's loop, budget 100 ms
 *        [session]  one at a time per session, may change thread, never blocks, budget 1 ms at p99
 * After `cancel` the host drops the op's later output as VOX_STALE; usage and the terminal event still
 * pass for the trait `cancel_grace_ms` (50 by default, at most 10,000).
 */
#ifndef VOX_SESSION_H
#define VOX_SESSION_H

#include "audio.h"
#include "base.h"

/* Why a cancel or close happens. Open: an unknown reason is read as POLICY. */
enum {
  VOX_REASON_POLICY = 0,
  VOX_REASON_BARGE_IN = 1,
  VOX_REASON_HANG_UP = 2,
  VOX_REASON_FAILOVER = 3,
  VOX_REASON_SHUTDOWN = 4,
  VOX_REASON_DEADLINE = 5,
  VOX_REASON_SUPERSEDED = 6 /* a preemptive or hedged piece of work that is no longer wanted */
};

enum {
  VOX_OPEN_CONTROL = 1, /* no call: for PROBE, VOICES, MODELS, WARM, VOCABULARY */
  VOX_OPEN_WARM = 2     /* a spare: connect, but no work yet */
};

/* How a session begins. All views are borrowed until `open` returns. */
typedef struct vox_open {
  uint32_t struct_size;
  uint16_t flags;
  uint16_t zero;
  vox_view settings; /* JSON object: provider's, account's, chain entry's and agent's settings, merged */
  vox_view context;  /* JSON object {"call","tenant","agent","direction","language","region"}; pseudonyms */
  vox_view offer;    /* telephony: the id of the offer that this session claims */
  uint32_t in_rate;  /* Hz of the audio the host will push; 0 = none */
  uint32_t out_rate; /* Hz of the audio the host expects; 0 = none */
  vox_time deadline; /* READY is due by then; 0 = none */
} vox_open;
VOX_SIZE(vox_open, 72);

/* Op kinds that every role may know. Role headers count from 16. VOICES completes with {"voices":[{"id","name","languages":[],"rate"}]},
 * MODELS with {"models":[{"id","name","languages":[]}]}; all but the ids are optional, and so is "more": true where there are others. */
enum { VOX_OP_WARM = 1, VOX_OP_PROBE = 2, VOX_OP_VOICES = 3, VOX_OP_MODELS = 4 };

/* A piece of work. `text` is the main text of kinds that have one (SAY, QUERY), so that a plugin without a
 * JSON reader can serve; `body` is JSON of the kind's schema. */
typedef struct vox_request {
  uint32_t struct_size;
  uint16_t kind;
  uint16_t flags;
  vox_time deadline; /* absolute; 0 = none. The host ends the op itself when it passes */
  uint32_t stream;
  uint32_t zero;
  vox_view text;
  vox_view body;
  vox_view idempotency_key;
} vox_request;
VOX_SIZE(vox_request, 72);

typedef struct vox_session_v0 {
  uint32_t struct_size;
  uint32_t flags;

  /* Begins a session on an account. Returns at once with `*ctx`; READY or FAILED follows as an event. A
   * status other than VOX_OK means the same as FAILED, and no destroy follows.
   * [provider & account open] since 0 */
  vox_status (*VOX_NULLABLE open)(void *VOX_NULLABLE acct, vox_handle s, const vox_open *VOX_NONNULL o,
                                  void *VOX_NULLABLE *VOX_NONNULL ctx);

  /* Begins an op. The request is borrowed until return. A status other than VOX_OK means the same as FAILED.
   * [session & ready & !closing] since 0 */
  vox_status (*VOX_NULLABLE start)(void *VOX_NULLABLE ctx, vox_handle op, const vox_request *VOX_NONNULL r);

  /* Hands over up to 200 ms of audio. VOX_OK; VOX_WOULD_BLOCK (the host keeps it and waits for RESUME);
   * VOX_STALE. The samples are borrowed until return.
   * [session & op running] since 0 */
  vox_status (*VOX_NULLABLE push_audio)(void *VOX_NULLABLE ctx, vox_handle op, const vox_audio *VOX_NONNULL a);

  /* Hands over bytes of an op that takes them (storage PUT, the text of a SAY that grows). As push_audio.
   * [session & op running] since 0 */
  vox_status (*VOX_NULLABLE push_bytes)(void *VOX_NULLABLE ctx, vox_handle op, const vox_view *VOX_NONNULL b);

  /* mark > 0: flush what you have and go on, answering with that mark where the role says so.
   * mark 0: no more input; finish. Idempotent.
   * [session & op running] since 0 */
  vox_status (*VOX_NULLABLE finalize)(void *VOX_NULLABLE ctx, vox_handle op, uint64_t mark);

  /* Discards an op. The host has let go of it already. Idempotent.
   * [session & op started] since 0 */
  vox_status (*VOX_NULLABLE cancel)(void *VOX_NULLABLE ctx, vox_handle op, uint16_t reason);

  /* An event for the session: timer, RESUME, or of a service.
   * [session & !destroyed] since 0 */
  vox_status (*VOX_NULLABLE deliver)(void *VOX_NULLABLE ctx, const vox_event *VOX_NONNULL e);

  /* Drains, then CLOSED by `deadline`; the host cancels what is left. On a line it hangs up. Idempotent.
   * [session & open] since 0 */
  vox_status (*VOX_NULLABLE close)(void *VOX_NULLABLE ctx, uint16_t reason, vox_time deadline);

  /* Frees the session. Exactly once, last, also after FAILED.
   * [provider & (closed | failed)] since 0 */
  void (*VOX_NULLABLE destroy)(void *VOX_NULLABLE ctx);
} vox_session_v0;
VOX_SIZE(vox_session_v0, 80);

#endif
