/* What went wrong with a piece of work: class, scope and side effects decide what the host does next. */
#ifndef VOX_ERROR_H
#define VOX_ERROR_H

#include "base.h"

/* The class of an error. Closed: a plugin chooses the nearest. The host alone gives CRASHED and CALLER. */
enum {
  VOX_ERR_NONE = 0,
  VOX_ERR_AUTH = 1,        /* the credential is wrong or lacks a right */
  VOX_ERR_QUOTA = 2,       /* credit or plan is spent; waiting does not help */
  VOX_ERR_RATE = 3,        /* too fast; `retry_after_ms` when the vendor told it */
  VOX_ERR_INVALID = 4,     /* the request itself is wrong; the same again fails again */
  VOX_ERR_OVERLOADED = 5,  /* the vendor is up and has no capacity */
  VOX_ERR_UNAVAILABLE = 6, /* connect, DNS, TLS, reset, 5xx */
  VOX_ERR_TIMEOUT = 7,     /* a limit of the vendor's protocol passed (the host has deadlines of its own) */
  VOX_ERR_REFUSED = 8,     /* the vendor's policy refuses this content */
  VOX_ERR_INTERNAL = 9,    /* a fault of the plugin */
  VOX_ERR_CRASHED = 10,
  VOX_ERR_CALLER = 11
};

/* How far the error reaches. Closed. Only PROVIDER takes the provider away from everybody. */
enum { VOX_SCOPE_OP = 0, VOX_SCOPE_SESSION = 1, VOX_SCOPE_ACCOUNT = 2, VOX_SCOPE_PROVIDER = 3 };

/* Whether the work may have taken effect at the vendor. Closed. */
enum { VOX_EFFECTS_NONE = 0, VOX_EFFECTS_MAYBE = 1, VOX_EFFECTS_YES = 2 };

typedef struct vox_error {
  uint32_t struct_size;
  uint16_t cls;
  uint16_t scope;
  uint16_t effects;
  uint16_t flags;
  uint32_t retry_after_ms; /* 0 = not told */
  int32_t wire_status;     /* the vendor's HTTP status, close code or the like; 0 = none */
  uint32_t zero;
  vox_view code;           /* stable, e.g. "voice_not_found" */
  vox_view request_id;     /* the vendor's, for its support desk */
  vox_view message;        /* one English sentence that may be shown to a tenant */
  vox_view detail;         /* for the operator only */
} vox_error;
VOX_SIZE(vox_error, 88);

#endif
