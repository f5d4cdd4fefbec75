/* Role "vox.tool/0": something the agent can do.
 *
 * Traits (JSON): list bool (LIST is known), cancel_grace_ms.
 */
#ifndef VOX_ROLES_TOOL_H
#define VOX_ROLES_TOOL_H

#include "../event.h"

#define VOX_ROLE_TOOL "vox.tool/0"

enum {
  /* body: {"name","arguments":{}}; the idempotency key is the same when the host tries the same call again.
   * COMPLETED: {"result": any JSON, "say", "end_call", "transfer"}; all but result optional. */
  VOX_TOOL_INVOKE = 16,
  /* COMPLETED: {"tools":[{"name","description","schema"}]}. Needs trait `list`. */
  VOX_TOOL_LIST = 17
};

enum {
  VOX_EV_PROGRESS = 1024 /* vox_ev_text: text the agent may say meanwhile */
};

#endif
