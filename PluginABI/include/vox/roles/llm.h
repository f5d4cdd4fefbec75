/* Role "vox.llm/0": a language model that answers and calls tools.
 *
 * Traits (JSON): prefill bool, tools bool, parallel_tools bool, context_tokens, vocabulary bool, cancel_grace_ms.
 */
#ifndef VOX_ROLES_LLM_H
#define VOX_ROLES_LLM_H

#include "../event.h"

#define VOX_ROLE_LLM "vox.llm/0"

enum {
  /* body: schema "vox.chat/0" {"messages":[{"role":"system|user|assistant|tool","parts":[{"type":"text","text"},
   * {"type":"tool_call","id","name","arguments":{}},{"type":"tool_result","id","content","is_error"},
   * {"type":"opaque","plugin","data"}],"confidence":permille,"interrupted":bool}],"tools":[{"name","description",
   * "schema"}],"max_tokens","now":"RFC 3339 with offset","cache":bool}.
   * COMPLETED: {"stop":"end|tool|length|refused|sequence","expect":{...see stt EXPECT},"end_call":bool,
   * "transfer":"target"}; all but stop optional; the host's policy decides on the last two. */
  VOX_LLM_CHAT = 16,
  /* Asks what callers of this agent may say, for recognisers. body: {"directory": where files may be written}.
   * COMPLETED: {"id": digest, "directory", "keyterms": []}. Needs trait `vocabulary`; CONTROL session. */
  VOX_LLM_VOCABULARY = 17
};

enum {
  VOX_EV_TEXT = 512,       /* vox_ev_text: the next piece of the answer; index counts from 0 */
  VOX_EV_TOOL_BEGIN = 513, /* vox_ev_tool without arguments: a tool call is being written */
  VOX_EV_TOOL_CALL = 514,  /* vox_ev_tool: whole, valid JSON arguments; no partial call ever crosses */
  VOX_EV_OPAQUE = 515      /* vox_ev_text: text = bytes to be echoed to the same plugin in the next context */
};

typedef struct vox_ev_tool {
  vox_event h;
  uint32_t index;
  uint32_t zero;
  vox_view id;
  vox_view name;
  vox_view arguments; /* JSON object */
} vox_ev_tool;
VOX_SIZE(vox_ev_tool, 88);

#endif
