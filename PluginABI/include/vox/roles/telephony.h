/* Role "vox.telephony/0": lines on which calls come and go. Open to change until real lines have met it.
 *
 * An inbound call is an OFFER on the account; `open` with its id claims it, ANSWER picks up, close hangs up.
 * An outbound call is a session without offer and a DIAL.
 *
 * Traits (JSON): rates [Hz in order of preference], lead_ms (how far ahead of real time the host may push speech, 0 to
 * 200; a frame may come up to 10 ms before that), clear bool (cancel of SPEAK empties the far buffer), clocked bool (audio comes at an even 20 ms), dtmf_out bool,
 * transfer ["blind","attended"], played "none|estimate|exact", captions bool (CAPTION is shown), max_sessions, cancel_grace_ms.
 */
#ifndef VOX_ROLES_TELEPHONY_H
#define VOX_ROLES_TELEPHONY_H

#include "../audio.h"
#include "../event.h"

#define VOX_ROLE_TELEPHONY "vox.telephony/0"

enum {
  VOX_TELEPHONY_DIAL = 16,   /* body {"to","from","timeout_ms"}; COMPLETED {"outcome":"answered|busy|no_answer|declined|unreachable"} */
  VOX_TELEPHONY_RING = 17,   /* lets the caller hear ringing; COMPLETED {} */
  /* COMPLETED {"rate": Hz} is the answer: LINE_AUDIO flows from now on. An inbound call needs no LEG that says ANSWERED. */
  VOX_TELEPHONY_ANSWER = 18,
  VOX_TELEPHONY_REJECT = 19, /* body {"cause":"busy|declined"}; COMPLETED {} */
  /* The agent's speech: push_audio paced by the host, 20 ms frames; finalize(0) = end of speech, then COMPLETED
   * {"played": samples} when all was heard; cancel = stop at once, CANCELLED with the position played, and so too when the far
   * party hangs up. */
  VOX_TELEPHONY_SPEAK = 20,
  VOX_TELEPHONY_DTMF = 21,     /* body {"digits","tone_ms","gap_ms"}; COMPLETED {} */
  VOX_TELEPHONY_TRANSFER = 22, /* body {"to","mode":"blind","timeout_ms"}; COMPLETED {"outcome","caller_kept":bool} */
  VOX_TELEPHONY_HOLD = 23,
  VOX_TELEPHONY_UNHOLD = 24,
  /* What was recognised or said, for lines that show it: text; body {"speaker":"user|agent","final":bool}. */
  VOX_TELEPHONY_CAPTION = 25
};

enum {
  /* vox_ev_text on the account: JSON {"id","from","to","display","rate","vendor_id","headers":{}}; rate = Hz of this very call,
   * one of the trait's, 0 = any */
  VOX_EV_OFFER = 1280,
  VOX_EV_OFFER_GONE = 1281, /* vox_ev_text on the account: text = the offer's id */
  VOX_EV_LEG = 1282,        /* vox_ev_leg */
  VOX_EV_LINE_AUDIO = 1283, /* vox_ev_audio: what the far party says, 20 ms frames; one the host refuses is lost, the next is flagged */
  VOX_EV_DTMF = 1284,       /* vox_ev_dtmf: one key pressed by the far party */
  VOX_EV_PLAYED = 1285,     /* vox_ev_mark, op = SPEAK: samples heard so far; flag EXACT */
  VOX_EV_QUALITY = 1286     /* vox_ev_quality */
};

enum { VOX_PLAYED_EXACT = 1 }; /* flag in h.flags */

/* State of a leg. Closed. */
enum { VOX_LEG_RINGING = 1, VOX_LEG_ANSWERED = 2, VOX_LEG_HELD = 3, VOX_LEG_ENDED = 4 };

/* Why a leg ended. Open: an unknown cause is read as FAILED. */
enum {
  VOX_CAUSE_NONE = 0,
  VOX_CAUSE_HANG_UP = 1,
  VOX_CAUSE_TRANSFERRED = 2,
  VOX_CAUSE_BUSY = 3,
  VOX_CAUSE_NO_ANSWER = 4,
  VOX_CAUSE_DECLINED = 5,
  VOX_CAUSE_FAILED = 6
};

typedef struct vox_ev_leg {
  vox_event h;
  uint16_t state;
  uint16_t cause;
  uint32_t code; /* the vendor's, e.g. a SIP status; 0 = none */
  vox_view detail;
} vox_ev_leg;
VOX_SIZE(vox_ev_leg, 56);

/* Where a digit was seen. Open. */
enum { VOX_DTMF_EVENT = 1, VOX_DTMF_SIGNALLING = 2, VOX_DTMF_IN_BAND = 3 };

typedef struct vox_ev_dtmf {
  vox_event h;
  uint16_t digit; /* ASCII: 0-9 * # A-D */
  uint16_t source;
  uint32_t duration_ms;
} vox_ev_dtmf;
VOX_SIZE(vox_ev_dtmf, 40);

typedef struct vox_ev_quality {
  vox_event h;
  uint32_t loss_ppm; /* packets lost, per million */
  uint32_t jitter_us;
  uint32_t round_trip_us;
  uint32_t zero;
} vox_ev_quality;
VOX_SIZE(vox_ev_quality, 48);

#endif
