/* Draft role "vox.room/0": a room with many tracks. Not part of vox.h while it is a draft; it keeps its id when it
 * becomes stable. Op kinds and events only; bodies follow the first provider that serves it. */
#ifndef VOX_ROLES_DRAFT_ROOM_H
#define VOX_ROLES_DRAFT_ROOM_H

#include "../../audio.h"

#define VOX_ROLE_ROOM "vox.room/0"

enum {
  VOX_ROOM_PUBLISH = 16,   /* body {"name","audience":[...]}; COMPLETED {"stream"} */
  VOX_ROOM_SUBSCRIBE = 17, /* body {"track"}; at most 16 subscribed; COMPLETED {"stream"} */
  VOX_ROOM_SPEAK = 18,     /* as in telephony, on the request's stream */
  VOX_ROOM_SEND = 19,      /* text or body {"topic","to":[...]} */
  VOX_ROOM_MUTE = 20,
  VOX_ROOM_REMOVE = 21
};

enum {
  VOX_EV_PARTICIPANT = 1536, /* vox_ev_text: JSON {"id","event":"joined|left|changed"} */
  VOX_EV_TRACK = 1537,       /* vox_ev_text: index = stream, JSON {"event":"added|removed|muted"} */
  VOX_EV_ROOM_AUDIO = 1538,  /* vox_ev_audio: audio.stream names the track */
  VOX_EV_ROOM_DATA = 1539    /* vox_ev_text: text = data, extra = topic */
};

#endif
