/* What the fixture's ops emit, one event per step, in every role. */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

enum { TTS_PIECES = 4, LLM_PIECES = 3 };

static vox_view view(const char *text) { return (vox_view){(const uint8_t *)text, strlen(text)}; }

static vox_event head(const struct session *s, const struct op *op, uint16_t kind, uint32_t size) {
  return (vox_event){size, kind, 0, s->handle, op->handle, 0};
}

static vox_status emit(struct session *s, const vox_event *e) { return s->host->emit(s->host->ctx, e); }

static vox_status text(struct session *s, struct op *op, uint16_t kind, uint32_t index, vox_view t) {
  vox_ev_text e = {.h = head(s, op, kind, sizeof e), .index = index, .text = t};
  if (MUTANT == EVENT_SIZE) e.h.struct_size = 8;
  return emit(s, &e.h);
}

static vox_status mark(struct session *s, struct op *op, uint16_t kind, uint64_t position, uint64_t value) {
  vox_ev_mark e = {.h = head(s, op, kind, sizeof e), .position = position, .value = value};
  return emit(s, &e.h);
}

static vox_status usage(struct session *s, struct op *op, uint32_t seq, uint64_t amount, const char *meter) {
  vox_ev_usage e = {
      .h = head(s, op, VOX_EV_USAGE, sizeof e), .seq = seq, .amount = amount, .meter = view(meter), .label = view("fixture")};
  return emit(s, &e.h);
}

vox_status fixture_complete(struct session *s, struct op *op, const char *result) {
  struct op last = *op;
  op->handle = 0;
  if (MUTANT == TERMINAL_NONE) return VOX_OK;
  vox_status status = text(s, &last, VOX_EV_COMPLETED, 0, view(result));
  if (MUTANT == TERMINAL_TWICE) text(s, &last, VOX_EV_COMPLETED, 0, view(result));
  if (MUTANT == TERMINAL_EARLY) text(s, &last, VOX_EV_PROGRESS, 0, view("one more thing"));
  if (MUTANT == USAGE_LATE) usage(s, &last, 9, 9, VOX_METER_REQUESTS);
  return status;
}

vox_status fixture_cancelled(struct session *s, struct op *op) {
  struct op last = *op;
  op->handle = 0;
  return mark(s, &last, VOX_EV_CANCELLED, 0, 0);
}

vox_status fixture_fail(struct session *s, struct op *op, uint16_t cls, const char *code, const char *message) {
  struct op last = *op;
  op->handle = 0;
  vox_ev_failed e = {.h = head(s, &last, VOX_EV_FAILED, sizeof e),
                     .error = {.struct_size = sizeof e.error, .cls = cls, .code = view(code), .message = view(message)}};
  return emit(s, &e.h);
}

/* Cumulative: the second report is not below the first. */
static vox_status two_usages(struct session *s, struct op *op, const char *meter) {
  usage(s, op, 1, 10, meter);
  return usage(s, op, 2, MUTANT == USAGE_SHRINKS ? 5 : 20, meter);
}

static vox_status say_words(struct session *s, struct op *op, uint64_t samples) {
  vox_word words[64] = {{0}};
  uint32_t n = 0;
  for (uint32_t at = 0; at < op->text_len && n < 64;) {
    uint32_t end = at;
    while (end < op->text_len && op->text[end] != ' ') end++;
    if (end > at) words[n++] = (vox_word){.text_at = at, .text_len = end - at};
    at = end + 1;
  }
  for (uint32_t i = 0; i < n; i++) words[i].start = samples * i / n, words[i].end = samples * (i + 1) / n;
  if (MUTANT == WORDS_OUTSIDE && n) words[n - 1].text_len += 5;
  vox_ev_words e = {.h = head(s, op, VOX_EV_TTS_WORDS, sizeof e), .end = samples, .nwords = n, .words = words};
  return emit(s, &e.h);
}

static vox_status say_audio(struct session *s, struct op *op, uint32_t piece, uint32_t count) {
  static int16_t tone[48000];
  if (MUTANT == FRAME_LONG) count = s->out_rate / 4;
  for (uint32_t i = 0; i < count; i++) tone[i] = i / 16 % 2 ? 2000 : -2000;
  uint64_t gap = MUTANT == POSITION_GAP && piece > 1 ? 7 : 0;
  vox_ev_audio e = {.h = head(s, op, VOX_EV_TTS_AUDIO, sizeof e),
                    .audio = {.struct_size = sizeof e.audio, .rate = MUTANT == RATE_WRONG ? 44100 : s->out_rate,
                              .count = count, .position = (uint64_t)piece * count + gap, .samples = tone}};
  return emit(s, &e.h);
}

static vox_status say(struct session *s, struct op *op, uint32_t step) {
  uint32_t piece = s->out_rate / 20; /* 50 ms */
  char result[64];
  if (step == 0) {
    vox_event e = head(s, op, VOX_EV_ACCEPTED, sizeof e);
    return emit(s, &e);
  }
  if (step == 1) return say_words(s, op, (uint64_t)piece * TTS_PIECES);
  if (step < 2 + TTS_PIECES) return say_audio(s, op, step - 2, piece);
  if (step == 2 + TTS_PIECES) return two_usages(s, op, VOX_METER_CHARACTERS);
  snprintf(result, sizeof result, "{\"samples\":%u}", (MUTANT == FRAME_LONG ? s->out_rate / 4 : piece) * TTS_PIECES);
  return fixture_complete(s, op, result);
}

static vox_status chat(struct session *s, struct op *op, uint32_t step) {
  static const char *const pieces[LLM_PIECES] = {"Good morning, ", "how may I help", " you today?"};
  if (step < LLM_PIECES) {
    vox_view t = MUTANT == TEXT_GARBLED ? view("\xC3\x28") : view(pieces[step]);
    return text(s, op, VOX_EV_TEXT, MUTANT == TEXT_INDEX ? 0 : step, t);
  }
  if (step == LLM_PIECES) return two_usages(s, op, VOX_METER_TOKENS_OUT);
  return fixture_complete(s, op, "{\"stop\":\"end\"}");
}

static vox_status work(struct session *s, struct op *op, uint32_t step) {
  if (op->kind == VOX_TOOL_LIST)
    return fixture_complete(
        s, op, "{\"tools\":[{\"name\":\"note\",\"description\":\"Takes a note.\",\"schema\":{\"type\":\"object\"}}]}");
  if (step == 0) return text(s, op, VOX_EV_PROGRESS, 0, view("One moment."));
  if (step == 1) return two_usages(s, op, VOX_METER_REQUESTS);
  if (MUTANT == ERROR_CLASS) return fixture_fail(s, op, VOX_ERR_CRASHED, "odd", "This class is the host's alone.");
  return fixture_complete(s, op, MUTANT == TOOL_RESULT_BAD ? "{\"answer\":1}" : "{\"result\":{\"noted\":true}}");
}

static vox_status final(struct session *s, struct op *op) {
  uint64_t start = MUTANT == FINALS_OVERLAP && op->told > 10 ? op->told - 10 : op->told;
  vox_ev_words e = {.h = head(s, op, VOX_EV_TRANSCRIPT, sizeof e), .start = start, .end = op->pushed, .confidence = 900,
                    .text = op->pushed > op->told ? view("hello") : view("")};
  e.h.flags = VOX_TRANSCRIPT_FINAL;
  vox_status status = emit(s, &e.h);
  if (MUTANT == REFUSED_DROPPED && status == VOX_WOULD_BLOCK) status = VOX_OK;
  if (status == VOX_OK) op->told = op->pushed;
  return status;
}

/* A listening has no fixed steps: what comes next depends on what was asked. */
static vox_status listen(struct session *s, struct op *op) {
  if (op->mark) {
    vox_status status = op->told < op->pushed ? final(s, op) : VOX_OK;
    if (status != VOX_OK) return status;
    uint64_t asked = op->mark;
    op->mark = 0;
    return MUTANT == FLUSHED_MISSING ? VOX_OK : mark(s, op, VOX_EV_FLUSHED, op->told, asked);
  }
  if (op->ending == 1) {
    vox_status status = final(s, op);
    if (status == VOX_OK) op->ending = 2;
    return status;
  }
  two_usages(s, op, VOX_METER_AUDIO_IN_MS);
  return fixture_complete(s, op, "{}");
}

static vox_status line(struct session *s, struct op *op, uint32_t step) {
  char result[64];
  switch (op->kind) {
  case VOX_TELEPHONY_DIAL: return fixture_fail(s, op, VOX_ERR_UNAVAILABLE, "no_line", "There is no line here.");
  case VOX_TELEPHONY_ANSWER:
    snprintf(result, sizeof result, "{\"rate\":%u}", s->out_rate);
    return fixture_complete(s, op, result);
  case VOX_TELEPHONY_SPEAK:
    if (step == 0) return mark(s, op, VOX_EV_PLAYED, op->pushed, 0);
    snprintf(result, sizeof result, "{\"played\":%llu}", (unsigned long long)op->pushed);
    return fixture_complete(s, op, result);
  default: return fixture_complete(s, op, "{}");
  }
}

int fixture_has_next(const struct session *s, const struct op *op) {
  if (!strcmp(s->role, VOX_ROLE_STT)) return op->mark || op->ending;
  if (op->kind == VOX_TELEPHONY_SPEAK && !strcmp(s->role, VOX_ROLE_TELEPHONY)) return op->ending;
  return 1;
}

vox_status fixture_step(struct session *s, struct op *op) {
  uint32_t step = op->step++;
  if (MUTANT == VIEW_KEPT) op->text[0] = op->kept.len ? op->kept.ptr[0] : 0;
  if (!strcmp(s->role, VOX_ROLE_TTS)) return say(s, op, step);
  if (!strcmp(s->role, VOX_ROLE_LLM)) return chat(s, op, step);
  if (!strcmp(s->role, VOX_ROLE_TOOL)) return work(s, op, step);
  if (!strcmp(s->role, VOX_ROLE_STT)) return listen(s, op);
  return line(s, op, step);
}
