/* What a piece of work consumed, in the meter's own unit. The host makes money of it. */
#ifndef VOX_USAGE_H
#define VOX_USAGE_H

#include "base.h"
#include "event.h"

/* Registered meters: the amount is an integer count of the unit in the name. */
#define VOX_METER_AUDIO_IN_MS "audio_in_ms"
#define VOX_METER_AUDIO_OUT_MS "audio_out_ms"
#define VOX_METER_CHARACTERS "characters"
#define VOX_METER_TOKENS_IN "tokens_in"
#define VOX_METER_TOKENS_OUT "tokens_out"
#define VOX_METER_TOKENS_CACHED "tokens_cached" /* read from the vendor's cache of prompts */
#define VOX_METER_TOKENS_CACHE_WRITE_5M "tokens_cache_write_5m" /* written to it, to be kept for five minutes */
#define VOX_METER_TOKENS_CACHE_WRITE_1H "tokens_cache_write_1h" /* for an hour */
#define VOX_METER_REQUESTS "requests"
#define VOX_METER_LEG_MS "leg_ms"
#define VOX_METER_COMPUTE_MS "compute_ms"

enum { VOX_USAGE_ESTIMATED = 1 }; /* flag in h.flags */

/* Cumulative per op (or session), meter and label, with rising `seq`; the last one precedes the
 * terminal event, also of a cancelled op. */
typedef struct vox_ev_usage {
  vox_event h;
  uint32_t seq;
  uint32_t zero;
  uint64_t amount;
  vox_view meter;
  vox_view label; /* model and tier that really served */
} vox_ev_usage;
VOX_SIZE(vox_ev_usage, 80);

#endif
