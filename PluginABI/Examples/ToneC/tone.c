/* A whole voice in one C file: speaks every word of a text as a tone. Read it top-down; it needs the vox headers and libm.
 *
 * The host opens this library, asks vox_plugin_entry for a table, and then: create -> open_account -> open -> start ... -> close ->
 * destroy. Everything we have to say goes the other way through one function, host->emit. Nothing here ever blocks or starts a
 * thread: what cannot be said now is said when the host calls again (a timer of ours, or RESUME).
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vox/vox.h"

/* What the host reads before it runs any of our code. */
static const char manifest[] =
    "{\"id\":\"tone-c\",\"name\":\"Tones, in C\",\"version\":\"1.0.0\",\"licence\":\"NOASSERTION\",\"network\":\"none\","
    "\"roles\":{\"vox.tts/0\":{\"rates_out\":[16000,8000,24000,48000],\"word_times\":\"word\",\"ops\":1,\"text_max_bytes\":2000}},"
    "\"settings\":{\"type\":\"object\",\"additionalProperties\":false}}";

/* The largest text we take, the length of one piece of sound, and how many pieces one call may make: a call must be back within
 * a millisecond, however long the text is. */
enum { MAX_TEXT = 2000, MAX_WORDS = MAX_TEXT / 2, PIECE_MS = 50, PIECES_PER_CALL = 20, PIECES_PER_WORD = 5 };

typedef struct provider {
  const vox_host_v0 *host;
} provider;

/* The provider with one credential. We need none. */
typedef struct account {
  provider *provider;
  vox_handle handle;
} account;

typedef struct word {
  uint32_t at, len; /* bytes of the text */
} word;

/* One voice for one call. Its functions are called one at a time, so it needs no lock. */
typedef struct session {
  const vox_host_v0 *host;
  vox_handle handle;
  uint32_t rate;
  vox_handle op; /* the text being spoken; 0 = none */
  char text[MAX_TEXT];
  uint32_t length;
  word words[MAX_WORDS];
  uint32_t nwords;
  uint32_t piece; /* the next piece to send */
  int times_sent;
  int is_closed;
} session;

static vox_view view(const void *bytes, size_t length) {
  vox_view v = {bytes, length};
  return v;
}

/* The head that every event opens with. */
static vox_event head(uint32_t size, uint16_t kind, vox_handle target, vox_handle op) {
  vox_event h = {size, kind, 0, target, op, 0};
  return h;
}

/* --- Making sound --------------------------------------------------------------------------------------------------- */

/* 20 tones from 400 to 1,350 Hz; the same word has the same tone. */
static double tone_of(const session *s, const word *w) {
  uint32_t sum = 0;
  for (uint32_t i = 0; i < w->len; i++) sum += (uint8_t)s->text[w->at + i];
  return 400.0 + 50.0 * (sum % 20);
}

/* One piece: a word is four pieces of its tone and one of silence. */
static void render(const session *s, uint32_t piece, int16_t *samples, uint32_t count) {
  const uint32_t within = piece % PIECES_PER_WORD;
  const uint32_t tone_samples = count * (PIECES_PER_WORD - 1), edge = s->rate / 200;
  const double step = 2 * 3.14159265358979 * tone_of(s, &s->words[piece / PIECES_PER_WORD]) / s->rate;
  for (uint32_t i = 0; i < count; i++) {
    const uint32_t n = within * count + i;
    if (n >= tone_samples) {
      samples[i] = 0;
      continue;
    }
    const uint32_t to_end = tone_samples - 1 - n, near = n < to_end ? n : to_end;
    const double level = near < edge ? (double)near / edge : 1; /* soft edges, or it clicks */
    samples[i] = (int16_t)(8000 * level * sin(step * n));
  }
}

/* --- Saying it to the host ------------------------------------------------------------------------------------------ */

static vox_status send_times(const session *s) {
  static const vox_view none = {0, 0};
  vox_word words[MAX_WORDS];
  const uint64_t per_word = (uint64_t)s->rate * PIECE_MS / 1000 * PIECES_PER_WORD;
  memset(words, 0, sizeof *words * s->nwords);
  for (uint32_t i = 0; i < s->nwords; i++) {
    words[i].start = i * per_word;
    words[i].end = words[i].start + per_word;
    words[i].text_at = s->words[i].at;
    words[i].text_len = s->words[i].len;
  }
  vox_ev_words e = {head(sizeof e, VOX_EV_TTS_WORDS, s->handle, s->op), 0, s->nwords * per_word, s->nwords, 0, 0,
                    view(s->text, s->length), none, words};
  return s->host->emit(s->host->ctx, &e.h);
}

static vox_status send_piece(const session *s) {
  int16_t samples[48000 * PIECE_MS / 1000];
  const uint32_t count = s->rate * PIECE_MS / 1000;
  render(s, s->piece, samples, count);
  vox_ev_audio e = {head(sizeof e, VOX_EV_TTS_AUDIO, s->handle, s->op),
                    {sizeof e.audio, 0, 0, s->rate, count, (uint64_t)s->piece * count, samples}};
  return s->host->emit(s->host->ctx, &e.h);
}

/* Ends the op: first what it used, then the one terminal event. Both always have room. */
static void complete(session *s) {
  static const char meter[] = VOX_METER_CHARACTERS;
  const uint64_t samples = (uint64_t)s->nwords * PIECES_PER_WORD * (s->rate * PIECE_MS / 1000);
  char result[40];
  const int length = snprintf(result, sizeof result, "{\"samples\":%" PRIu64 "}", samples);
  vox_ev_usage used = {head(sizeof used, VOX_EV_USAGE, s->handle, s->op), 1, 0, s->length, view(meter, sizeof meter - 1), {0, 0}};
  s->host->emit(s->host->ctx, &used.h);
  vox_ev_text done = {head(sizeof done, VOX_EV_COMPLETED, s->handle, s->op), 0, 0, view(result, (size_t)length), {0, 0}};
  s->host->emit(s->host->ctx, &done.h);
  s->op = 0;
}

/* Says as much as the host has room for and as one call may take. What was refused is said again after RESUME; the rest after a
 * timer whose moment has passed, which is how a plugin posts work to itself. */
static void go_on(session *s) {
  for (int i = 0; s->op && i < PIECES_PER_CALL; i++) {
    const int is_times = !s->times_sent;
    const vox_status status = is_times ? send_times(s) : s->piece < s->nwords * PIECES_PER_WORD ? send_piece(s) : VOX_OK;
    if (status == VOX_WOULD_BLOCK) return;
    if (status != VOX_OK) s->op = 0; /* the host has let go of it */
    else if (is_times) s->times_sent = 1;
    else if (++s->piece > s->nwords * PIECES_PER_WORD) complete(s);
  }
  if (s->op) s->host->timer(s->host->ctx, s->handle, 0, s->host->now(s->host->ctx));
}

/* --- The session, as the host calls it ------------------------------------------------------------------------------- */

static vox_status session_open(void *acct, vox_handle handle, const vox_open *o, void **ctx) {
  const account *a = acct;
  if (o->struct_size != sizeof *o) return VOX_INVALID;
  if (o->zero != 0) return VOX_UNSUPPORTED; /* what a later host may ask for there, we do not know */
  if (o->out_rate != 0 && (o->out_rate < 8000 || o->out_rate > 48000)) return VOX_UNSUPPORTED;
  session *s = calloc(1, sizeof *s);
  if (!s) return VOX_NO_MEMORY;
  s->host = a->provider->host;
  s->handle = handle;
  s->rate = o->out_rate ? o->out_rate : 16000;
  *ctx = s;
  vox_ev_text ready = {head(sizeof ready, VOX_EV_READY, handle, 0), 0, 0, {0, 0}, {0, 0}};
  s->host->emit(s->host->ctx, &ready.h);
  return VOX_OK;
}

static vox_status session_start(void *ctx, vox_handle op, const vox_request *r) {
  session *s = ctx;
  if (r->struct_size != sizeof *r) return VOX_INVALID;
  if (r->zero != 0 || r->kind != VOX_TTS_SAY) return VOX_UNSUPPORTED;
  if (s->op || r->text.len > MAX_TEXT) return VOX_INVALID; /* our traits say: one op at a time, 2,000 bytes */
  s->op = op;
  s->length = (uint32_t)r->text.len;
  s->piece = s->nwords = 0;
  s->times_sent = 0;
  if (s->length) memcpy(s->text, r->text.ptr, s->length); /* borrowed: it is gone when we return */
  for (uint32_t i = 0; i < s->length; i++) {
    if (s->text[i] == ' ') continue;
    if (i == 0 || s->text[i - 1] == ' ') s->words[s->nwords++] = (word){i, 0};
    s->words[s->nwords - 1].len++;
  }
  go_on(s);
  return VOX_OK;
}

/* The caller interrupted. The host has let go already; it still wants to hear that the op has ended. */
static vox_status session_cancel(void *ctx, vox_handle op, uint16_t reason) {
  session *s = ctx;
  (void)reason;
  if (s->op != op) return VOX_OK;
  s->op = 0;
  vox_ev_mark e = {head(sizeof e, VOX_EV_CANCELLED, s->handle, op), 0, 0, 0, 0};
  s->host->emit(s->host->ctx, &e.h);
  return VOX_OK;
}

static vox_status session_finalize(void *ctx, vox_handle op, uint64_t mark) {
  (void)ctx, (void)op, (void)mark; /* a SAY has its whole text from the start */
  return VOX_OK;
}

static vox_status session_deliver(void *ctx, const vox_event *e) {
  if (e->kind == VOX_EV_RESUME || e->kind == VOX_EV_TIMER) go_on(ctx);
  return VOX_OK;
}

static vox_status session_close(void *ctx, uint16_t reason, vox_time deadline) {
  session *s = ctx;
  (void)deadline;
  if (s->is_closed) return VOX_OK;
  s->is_closed = 1;
  if (s->op) session_cancel(s, s->op, reason);
  vox_event closed = head(sizeof closed, VOX_EV_CLOSED, s->handle, 0);
  s->host->emit(s->host->ctx, &closed);
  return VOX_OK;
}

static const vox_session_v0 voice = {.struct_size = sizeof voice, .open = session_open, .start = session_start,
                                     .finalize = session_finalize, .cancel = session_cancel, .deliver = session_deliver,
                                     .close = session_close, .destroy = free};

/* --- Provider and account ------------------------------------------------------------------------------------------- */

static vox_status create(const vox_host_v0 *host, const vox_view *settings, void **out) {
  provider *p = malloc(sizeof *p);
  (void)settings; /* the host has checked them against the manifest: there are none */
  if (!p) return VOX_NO_MEMORY;
  p->host = host;
  *out = p;
  return VOX_OK;
}

static vox_status open_account(void *prov, vox_handle handle, const vox_account_conf *conf, void **out) {
  if (conf->struct_size != sizeof *conf) return VOX_INVALID;
  account *a = malloc(sizeof *a);
  if (!a) return VOX_NO_MEMORY;
  a->provider = prov;
  a->handle = handle;
  *out = a;
  vox_ev_account e;
  memset(&e, 0, sizeof e);
  e.h = head(sizeof e, VOX_EV_ACCOUNT_STATE, handle, 0);
  e.state = VOX_ACCOUNT_READY;
  a->provider->host->emit(a->provider->host->ctx, &e.h);
  return VOX_OK;
}

static vox_status update_account(void *acct, const vox_account_conf *conf) {
  (void)acct, (void)conf;
  return VOX_OK;
}

static vox_status deliver_to_account(void *acct, const vox_event *e) {
  (void)acct, (void)e;
  return VOX_OK;
}

static const vox_session_v0 *role(const vox_view *id) {
  return id->len == strlen(VOX_ROLE_TTS) && memcmp(id->ptr, VOX_ROLE_TTS, id->len) == 0 ? &voice : NULL;
}

static const vox_plugin_v0 plugin = {.struct_size = sizeof plugin, .abi = VOX_ABI_DRAFT,
                                     .manifest = {(const uint8_t *)manifest, sizeof manifest - 1}, .create = create,
                                     .destroy = free, .open_account = open_account, .update_account = update_account,
                                     .deliver = deliver_to_account, .close_account = free, .role = role};

/* The one symbol of this library. */
const void *vox_plugin_entry(uint32_t abi_min, uint32_t abi_max, vox_view *why) {
  static const char refusal[] = "tone-c speaks another version of vox; build it against this host's headers";
  if (abi_min <= VOX_ABI_DRAFT && VOX_ABI_DRAFT <= abi_max) return &plugin;
  *why = view(refusal, sizeof refusal - 1);
  return NULL;
}
