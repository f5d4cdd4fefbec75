/* What the parts of the fixture plugin share: the list of ways it can be broken, and its objects. */
#ifndef FIXTURE_H
#define FIXTURE_H

#include <vox/vox.h>

/* Each build breaks the contract in one way, chosen by -DMUTANT=NAME; SOUND breaks nothing. */
enum mutant {
  SOUND,
  /* Refused before anything runs. */
  ENTRY_NULL, ENTRY_NULL_MUTE, ABI_OLD, ABI_NEW, ABI_LIES, TABLE_SIZE, SESSION_SIZE, MEMBER_MISSING, MANIFEST_TEXT,
  MANIFEST_ROLE, MANIFEST_ID, ROLE_PREFIX, ENTRY_HANGS, ENTRY_THREAD, ENTRY_FILE,
  /* Caught by their behaviour. */
  RESERVED_IGNORED, SETTINGS_OPEN, ACCOUNT_MUTE, READY_MUTE, CLOSED_MUTE, CLOSED_TWICE, START_CRASHES, START_BLOCKS,
  TERMINAL_TWICE, TERMINAL_NONE, TERMINAL_EARLY, USAGE_SHRINKS, USAGE_LATE, POSITION_GAP, FRAME_LONG, RATE_WRONG,
  WORDS_OUTSIDE, FINALS_OVERLAP, FLUSHED_MISSING, TEXT_INDEX, TOOL_RESULT_BAD, ERROR_CLASS, VIEW_KEPT, CANCEL_IGNORED,
  REFUSED_DROPPED, REFUSED_SPINS, STALE_ACCEPTED, SESSION_LEAKS_FILE, EVENT_SIZE, TEXT_GARBLED, SERVICE_NEEDED,
  OFFER_BARE
};

#ifndef MUTANT
#define MUTANT SOUND
#endif

/* The version the plugin speaks. */
#define FIXTURE_ABI (MUTANT == ABI_OLD ? 0u : MUTANT == ABI_NEW ? VOX_ABI_DRAFT + 1000u : (uint32_t)VOX_ABI_DRAFT)

struct account {
  const vox_host_v0 *host;
  vox_handle handle;
};

/* One piece of work. It advances by one event per timer, so that a host can step in between any two. */
struct op {
  vox_handle handle; /* 0 = free */
  uint16_t kind;
  uint16_t waiting;  /* refused by the host: go on at RESUME */
  uint32_t step;
  uint64_t pushed;   /* samples taken in */
  uint64_t told;     /* samples dealt with by finals */
  uint64_t mark;     /* asked for by finalize; 0 = none */
  uint32_t ending;   /* finalize(0) came */
  uint32_t text_len;
  uint8_t text[1024];
  vox_view kept;     /* for the mutant that keeps what was only lent */
};

enum { OPS = 4 };

struct session {
  const vox_host_v0 *host;
  vox_handle handle;
  const char *role;
  uint32_t in_rate;
  uint32_t out_rate;
  int closed;
  int leaked;
  struct op ops[OPS];
};

const vox_session_v0 *fixture_role(const vox_view *id);

/* Emits the next event of an op. Answers what the host answered; the op frees itself with its terminal event. */
vox_status fixture_step(struct session *s, struct op *op);
/* Whether the op has an event to emit now, without more input. */
int fixture_has_next(const struct session *s, const struct op *op);

/* Ends an op with its terminal event. */
vox_status fixture_complete(struct session *s, struct op *op, const char *result);
vox_status fixture_cancelled(struct session *s, struct op *op);
vox_status fixture_fail(struct session *s, struct op *op, uint16_t cls, const char *code, const char *message);

#endif
