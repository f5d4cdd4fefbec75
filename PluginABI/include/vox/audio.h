/* Sound: signed 16-bit little-endian mono PCM with a sample position. */
#ifndef VOX_AUDIO_H
#define VOX_AUDIO_H

#include "base.h"
#include "event.h"

enum {
  VOX_AUDIO_LOST_BEFORE = 1, /* samples are missing before these */
  VOX_AUDIO_CONCEALED = 2,   /* made up by a loss concealer */
  VOX_AUDIO_REPLAY = 4       /* older than now: kept audio handed to a new provider */
};

/* At most 200 ms. `position` is the index of the first sample, counted from 0 per op and stream. */
typedef struct vox_audio {
  uint32_t struct_size;
  uint16_t flags;
  uint16_t stream;
  uint32_t rate;  /* Hz */
  uint32_t count; /* samples */
  uint64_t position;
  const int16_t *VOX_NULLABLE samples;
} vox_audio;
VOX_SIZE(vox_audio, 32);

typedef struct vox_ev_audio {
  vox_event h;
  vox_audio audio;
} vox_ev_audio;
VOX_SIZE(vox_ev_audio, 64);

#endif
