/* The fixture's sessions: one table per role around the same verbs. */
#include "fixture.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static vox_status emit(struct session *s, const vox_event *e) { return s->host->emit(s->host->ctx, e); }

/* A moment that has passed posts at once. */
static void post(struct session *s, struct op *op) { s->host->timer(s->host->ctx, s->handle, op->handle, 1); }

static struct op *find(struct session *s, vox_handle op) {
  for (int i = 0; i < OPS; i++)
    if (op && s->ops[i].handle == op) return &s->ops[i];
  return 0;
}

static vox_status open_session(struct account *a, vox_handle handle, const vox_open *o, void **ctx, const char *role) {
  if (MUTANT != RESERVED_IGNORED && (o->zero || o->struct_size != sizeof *o)) return VOX_UNSUPPORTED;
  struct session *s = calloc(1, sizeof *s);
  if (!s) return VOX_NO_MEMORY;
  s->host = a->host;
  s->handle = handle;
  s->role = role;
  s->in_rate = o->in_rate;
  s->out_rate = o->out_rate;
  s->leaked = MUTANT == SESSION_LEAKS_FILE ? open("/dev/null", O_RDONLY) : -1;
  *ctx = s;
  const char ready[] = "{\"traits\":{}}";
  vox_ev_text e = {.h = {sizeof e, VOX_EV_READY, 0, handle, 0, 0}, .text = {(const uint8_t *)ready, sizeof ready - 1}};
  if (MUTANT != READY_MUTE) emit(s, &e.h);
  return VOX_OK;
}

static int known(const struct session *s, uint16_t kind) {
  if (!strcmp(s->role, VOX_ROLE_TELEPHONY)) return kind >= VOX_TELEPHONY_DIAL && kind <= VOX_TELEPHONY_CAPTION;
  if (!strcmp(s->role, VOX_ROLE_TOOL)) return kind == VOX_TOOL_INVOKE || kind == VOX_TOOL_LIST;
  return kind == 16;
}

static vox_status start(void *ctx, vox_handle handle, const vox_request *r) {
  struct session *s = ctx;
  if (MUTANT == START_CRASHES) *(volatile int *)8 = 1;
  if (MUTANT == START_BLOCKS) nanosleep(&(struct timespec){0, 30000000}, 0);
  if (MUTANT != RESERVED_IGNORED && (r->zero || r->struct_size != sizeof *r)) return VOX_UNSUPPORTED;
  if (!known(s, r->kind)) return VOX_UNSUPPORTED;
  for (int i = 0; i < OPS; i++) {
    struct op *op = &s->ops[i];
    if (op->handle) continue;
    *op = (struct op){.handle = handle, .kind = r->kind, .kept = r->text};
    op->text_len = r->text.len < sizeof op->text ? (uint32_t)r->text.len : sizeof op->text;
    if (op->text_len) memcpy(op->text, r->text.ptr, op->text_len);
    post(s, op);
    return VOX_OK;
  }
  return VOX_NO_MEMORY;
}

static vox_status push_audio(void *ctx, vox_handle handle, const vox_audio *a) {
  struct session *s = ctx;
  struct op *op = find(s, handle);
  if (!op) return MUTANT == STALE_ACCEPTED ? VOX_OK : VOX_STALE;
  op->pushed += a->count;
  return VOX_OK;
}

static vox_status finalize(void *ctx, vox_handle handle, uint64_t mark) {
  struct session *s = ctx;
  struct op *op = find(s, handle);
  if (!op) return VOX_STALE;
  if (mark) op->mark = mark;
  else op->ending = 1;
  post(s, op);
  return VOX_OK;
}

static vox_status cancel(void *ctx, vox_handle handle, uint16_t reason) {
  (void)reason; /* open: every reason ends the op alike */
  struct op *op = find(ctx, handle);
  if (!op || MUTANT == CANCEL_IGNORED) return VOX_OK;
  fixture_cancelled(ctx, op);
  return VOX_OK;
}

static void go_on(struct session *s, struct op *op) {
  if (op->waiting || !fixture_has_next(s, op)) return;
  switch (fixture_step(s, op)) {
  case VOX_OK: break;
  case VOX_WOULD_BLOCK:
    op->waiting = MUTANT != REFUSED_SPINS;
    op->step -= MUTANT == REFUSED_DROPPED ? 0 : 1;
    if (MUTANT == REFUSED_DROPPED) op->waiting = 0;
    break;
  default: break;
  }
  if (op->handle && !op->waiting) post(s, op);
}

static vox_status deliver(void *ctx, const vox_event *e) {
  struct session *s = ctx;
  if (e->kind == VOX_EV_TIMER) {
    struct op *op = find(s, ((const vox_ev_mark *)e)->value);
    if (op) go_on(s, op);
    return VOX_OK;
  }
  if (e->kind == VOX_EV_RESUME) {
    struct op *op = find(s, e->op);
    if (op) op->waiting = 0, go_on(s, op);
    return VOX_OK;
  }
  return VOX_UNSUPPORTED;
}

static vox_status close_session(void *ctx, uint16_t reason, vox_time deadline) {
  (void)reason, (void)deadline;
  struct session *s = ctx;
  for (int i = 0; i < OPS; i++)
    if (s->ops[i].handle && MUTANT != CANCEL_IGNORED) fixture_cancelled(s, &s->ops[i]);
  vox_event e = {sizeof e, VOX_EV_CLOSED, 0, s->handle, 0, 0};
  if (!s->closed && MUTANT != CLOSED_MUTE) emit(s, &e);
  if (MUTANT == CLOSED_TWICE) emit(s, &e);
  s->closed = 1;
  return VOX_OK;
}

static void destroy(void *ctx) { free(ctx); }

#define ROLE(name, id)                                                                                          \
  static vox_status open_##name(void *acct, vox_handle h, const vox_open *o, void **ctx) {                      \
    return open_session(acct, h, o, ctx, id);                                                                   \
  }                                                                                                             \
  static const vox_session_v0 name##_table = {sizeof(vox_session_v0) + (MUTANT == SESSION_SIZE ? 8 : 0), 0,     \
    open_##name, start, push_audio, 0, finalize, cancel, deliver, close_session, destroy};

ROLE(tts, VOX_ROLE_TTS)
ROLE(stt, VOX_ROLE_STT)
ROLE(llm, VOX_ROLE_LLM)
ROLE(tool, VOX_ROLE_TOOL)
ROLE(telephony, VOX_ROLE_TELEPHONY)

const vox_session_v0 *fixture_role(const vox_view *id) {
  static const struct { const char *id; const vox_session_v0 *table; } roles[] = {
      {VOX_ROLE_TTS, &tts_table},   {VOX_ROLE_STT, &stt_table},             {VOX_ROLE_LLM, &llm_table},
      {VOX_ROLE_TOOL, &tool_table}, {VOX_ROLE_TELEPHONY, &telephony_table},
  };
  for (unsigned i = 0; i < sizeof roles / sizeof *roles; i++) {
    size_t len = strlen(roles[i].id);
    if ((MUTANT == ROLE_PREFIX ? id->len >= len : id->len == len) && !memcmp(id->ptr, roles[i].id, len))
      return roles[i].table;
  }
  return 0;
}
