/* Everything of the vox ABI, version 0. Include this one, or only the parts you need. */
#ifndef VOX_VOX_H
#define VOX_VOX_H

#include "base.h"
#include "error.h"
#include "event.h"
#include "audio.h"
#include "words.h"
#include "usage.h"
#include "host.h"
#include "session.h"
#include "entry.h"
#include "roles/telephony.h"
#include "roles/stt.h"
#include "roles/llm.h"
#include "roles/tts.h"
#include "roles/tool.h"
#include "services/http_server.h"
#include "services/socket.h"
#include "services/http.h"
#include "services/websocket.h"
#include "services/state.h"

#endif
