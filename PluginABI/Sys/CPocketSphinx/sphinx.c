// The face of libpocketsphinx, and the one place that includes its headers.
#include "sphinx.h"

#include <pocketsphinx.h>
#include <pthread.h>
#include <sphinxbase/cmn.h>
#include <sphinxbase/err.h>
#include <sphinxbase/fsg_model.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static __thread char why[512];

// Keeps the first error, because the later ones only follow from it.
static void note(void *data, err_lvl_t level, const char *format, ...) {
  (void)data;
  if (level < ERR_ERROR || why[0] != 0) return;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(why, sizeof why, format, arguments);
  va_end(arguments);
}

// Messages go to the callback; the listing of all options, which does not, goes nowhere.
static void silence(void) {
  err_set_logfp(NULL);
  err_set_callback(note, NULL);
}

static void begin(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, silence);
  why[0] = 0;
}

static ps_decoder_t *ps(sphinx_decoder *d) { return (ps_decoder_t *)d; }

sphinx_decoder *sphinx_open(const char *const *options, int32_t count) {
  begin();
  // The first argument is a program's name in this interface.
  char *arguments[64] = {"sphinx"};
  if (count < 0 || count > 63) return NULL;
  for (int32_t i = 0; i < count; i++) arguments[i + 1] = (char *)options[i];
  cmd_ln_t *config = cmd_ln_parse_r(NULL, ps_args(), count + 1, arguments, TRUE);
  if (config == NULL) return NULL;
  ps_decoder_t *made = ps_init(config);
  cmd_ln_free_r(config);
  return (sphinx_decoder *)made;
}

void sphinx_close(sphinx_decoder *d) { ps_free(ps(d)); }

const char *sphinx_why(void) { return why; }

bool sphinx_load_grammar(sphinx_decoder *d, const char *name, const char *file) {
  begin();
  return ps_set_jsgf_file(ps(d), name, file) == 0;
}

bool sphinx_select(sphinx_decoder *d, const char *name) {
  return ps_set_search(ps(d), name == NULL ? "_default" : name) == 0;
}

// Adds to `states` all that an arc without a word leads to from them.
static void close_over_empty(fsg_model_t *grammar, char *states) {
  for (bool grew = true; grew;) {
    grew = false;
    for (int32 i = 0; i < grammar->n_state; i++) {
      if (!states[i]) continue;
      for (fsg_arciter_t *at = fsg_model_arcs(grammar, i); at != NULL; at = fsg_arciter_next(at)) {
        fsg_link_t *arc = fsg_arciter_get(at);
        if (fsg_link_wid(arc) >= 0 || states[fsg_link_to_state(arc)]) continue;
        states[fsg_link_to_state(arc)] = 1;
        grew = true;
      }
    }
  }
}

bool sphinx_accepts(sphinx_decoder *d, const char *name, const char *const *words, int32_t count) {
  fsg_model_t *grammar = ps_get_fsg(ps(d), name);
  if (grammar == NULL || grammar->n_state <= 0) return false;
  char *now = calloc(grammar->n_state, 1), *next = calloc(grammar->n_state, 1);
  bool accepted = now != NULL && next != NULL;
  if (accepted) now[grammar->start_state] = 1;
  for (int32_t w = 0; accepted && w < count; w++) {
    close_over_empty(grammar, now);
    memset(next, 0, grammar->n_state);
    accepted = false;
    for (int32 i = 0; i < grammar->n_state; i++) {
      if (!now[i]) continue;
      for (fsg_arciter_t *at = fsg_model_arcs(grammar, i); at != NULL; at = fsg_arciter_next(at)) {
        fsg_link_t *arc = fsg_arciter_get(at);
        if (fsg_link_wid(arc) < 0 || strcmp(fsg_model_word_str(grammar, fsg_link_wid(arc)), words[w]) != 0) continue;
        next[fsg_link_to_state(arc)] = 1;
        accepted = true;
      }
    }
    char *spent = now;
    now = next;
    next = spent;
  }
  if (accepted) {
    close_over_empty(grammar, now);
    accepted = now[grammar->final_state] != 0;
  }
  free(now);
  free(next);
  return accepted;
}

static cmn_t *normaliser(sphinx_decoder *d) { return ps_get_feat(ps(d))->cmn_struct; }

int32_t sphinx_mean(sphinx_decoder *d, float *out, int32_t room) {
  cmn_t *state = normaliser(d);
  int32_t count = state == NULL ? 0 : state->veclen < room ? state->veclen : room;
  for (int32_t i = 0; i < count; i++) out[i] = MFCC2FLOAT(state->cmn_mean[i]);
  return count;
}

void sphinx_set_mean(sphinx_decoder *d, const float *mean, int32_t count) {
  cmn_t *state = normaliser(d);
  if (state == NULL) return;
  for (int32_t i = 0; i < state->veclen && i < count; i++) {
    state->cmn_mean[i] = FLOAT2MFCC(mean[i]);
    state->sum[i] = 0;
  }
  // With no frames of the past the library's own running mean starts anew, and holds this utterance alone at its end.
  state->nframe = 0;
}

int32_t sphinx_observed(sphinx_decoder *d, float *sum, int32_t room) {
  cmn_t *state = normaliser(d);
  if (state == NULL) return 0;
  for (int32_t i = 0; i < state->veclen && i < room; i++) sum[i] = MFCC2FLOAT(state->sum[i]);
  return state->nframe;
}

bool sphinx_start(sphinx_decoder *d) {
  // Frames are counted from the start of the stream, so each utterance is a stream of its own.
  return ps_start_stream(ps(d)) == 0 && ps_start_utt(ps(d)) == 0;
}

bool sphinx_feed(sphinx_decoder *d, const int16_t *samples, size_t count) {
  return ps_process_raw(ps(d), samples, count, FALSE, FALSE) >= 0;
}

bool sphinx_end(sphinx_decoder *d) { return ps_end_utt(ps(d)) == 0; }

const char *sphinx_text(sphinx_decoder *d) { return ps_get_hyp(ps(d), NULL); }

static double natural(sphinx_decoder *d, int32 log) { return logmath_log_to_ln(ps_get_logmath(ps(d)), log); }

double sphinx_posterior(sphinx_decoder *d) { return natural(d, ps_get_prob(ps(d))); }

int32_t sphinx_segments(sphinx_decoder *d, sphinx_segment *out, int32_t room) {
  int32_t count = 0;
  ps_seg_t *segment = ps_seg_iter(ps(d));
  for (; segment != NULL && count < room; segment = ps_seg_next(segment)) {
    int first = 0, last = 0;
    int32 acoustic = 0, language = 0, order = 0;
    ps_seg_frames(segment, &first, &last);
    int32 posterior = ps_seg_prob(segment, &acoustic, &language, &order);
    out[count++] = (sphinx_segment){ps_seg_word(segment), first, last, natural(d, acoustic), natural(d, posterior)};
  }
  // The iterator frees itself only at its end.
  if (segment != NULL) ps_seg_free(segment);
  return count;
}
