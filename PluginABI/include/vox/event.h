/* The head of every event, the kinds that every role shares, and the shapes that several kinds share.
 *
 * Plugin to host events travel through `vox_host_v0.emit` [any]; host to plugin events through the
 * `deliver` of the session [session] or of the account [provider]. Receivers ignore kinds they do not
 * know (the enum is open in both directions). An event is at most 64 KiB with all it points to.
 */
#ifndef VOX_EVENT_H
#define VOX_EVENT_H

#include "base.h"
#include "error.h"

typedef struct vox_event {
  uint32_t struct_size; /* of the whole event struct this head opens */
  uint16_t kind;
  uint16_t flags;
  vox_handle target;    /* the session or account it belongs to */
  vox_handle op;        /* the op, or 0 */
  vox_time at;          /* when; 0 lets the host fill in the moment of the emit */
} vox_event;
VOX_SIZE(vox_event, 32);

enum {
  /* Plugin to host. */
  VOX_EV_ACCOUNT_STATE = 1, /* vox_ev_account, on the account */
  VOX_EV_READY = 2,         /* vox_ev_text: JSON of narrowed traits and vendor ids; the session is usable */
  VOX_EV_INTERRUPTED = 3,   /* vox_ev_mark: a gap in a session the vendor lets one resume; value = expected ms */
  VOX_EV_RESUMED = 4,       /* vox_ev_mark: the gap is over */
  VOX_EV_CLOSED = 5,        /* vox_event: nothing follows on this session; the host then destroys it */
  VOX_EV_ACCEPTED = 6,      /* vox_event: the vendor took the op; ends its connect deadline */
  VOX_EV_USAGE = 7,         /* vox_ev_usage */
  VOX_EV_COMPLETED = 8,     /* vox_ev_text: text = result JSON of the op kind; terminal */
  VOX_EV_CANCELLED = 9,     /* vox_ev_mark: position where it applies; terminal */
  VOX_EV_FAILED = 10,       /* vox_ev_failed: terminal of the op, or of the session when op is 0 */
  /* Both ways. */
  VOX_EV_RESUME = 11,       /* vox_event: room again after VOX_WOULD_BLOCK */
  /* Host to plugin. */
  VOX_EV_DRAIN = 12,        /* vox_event, on the account: offer nothing new, let running sessions finish */
  VOX_EV_TIMER = 13,        /* vox_ev_mark: value = the token given to `timer` */
  /* Roles and services count from here: see their headers. */
  VOX_EV_STT = 256,
  VOX_EV_LLM = 512,
  VOX_EV_TTS = 768,
  VOX_EV_TOOL = 1024,
  VOX_EV_TELEPHONY = 1280,
  VOX_EV_ROOM = 1536,
  VOX_EV_SERVICE = 4096
};

/* Text, and something beside it when the kind says so. */
typedef struct vox_ev_text {
  vox_event h;
  uint32_t index;
  uint32_t zero;
  vox_view text;
  vox_view extra;
} vox_ev_text;
VOX_SIZE(vox_ev_text, 72);

/* A position in samples and a value whose meaning the kind gives. */
typedef struct vox_ev_mark {
  vox_event h;
  uint64_t position;
  uint64_t value;
  uint32_t stream;
  uint32_t zero;
} vox_ev_mark;
VOX_SIZE(vox_ev_mark, 56);

typedef struct vox_ev_failed {
  vox_event h;
  vox_error error;
} vox_ev_failed;
VOX_SIZE(vox_ev_failed, 120);

/* The state of an account. Closed. */
enum {
  VOX_ACCOUNT_READY = 1,
  VOX_ACCOUNT_DEGRADED = 2,            /* works, worse than it should: `error` says why */
  VOX_ACCOUNT_NEEDS_AUTHORIZATION = 3, /* detail = JSON {"url", "state"} for the operator to follow */
  VOX_ACCOUNT_FAILED = 4
};

typedef struct vox_ev_account {
  vox_event h;
  uint32_t state;
  uint32_t zero;
  vox_view detail; /* JSON: narrowed traits under "traits", and what the state needs */
  vox_error error;
} vox_ev_account;
VOX_SIZE(vox_ev_account, 144);

#endif
