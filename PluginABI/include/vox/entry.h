/* The one symbol a plugin exports, and the table it answers with. */
#ifndef VOX_ENTRY_H
#define VOX_ENTRY_H

#include "base.h"
#include "event.h"
#include "host.h"
#include "session.h"

#define VOX_ENTRY_SYMBOL "vox_plugin_entry"

/* An account: the provider with one credential. Borrowed until the call returns; copy the secrets you need
 * and wipe them in close_account. */
typedef struct vox_account_conf {
  uint32_t struct_size;
  uint32_t npairs;
  vox_view id;          /* stable name of the account */
  vox_view settings;    /* JSON object; never holds a secret */
  vox_view routes_base; /* path under which routes of this account are served */
  uint32_t nsecrets;
  uint32_t nstate;
  const vox_pair *VOX_NULLABLE secrets;
  const vox_pair *VOX_NULLABLE state;
} vox_account_conf;
VOX_SIZE(vox_account_conf, 80);

typedef struct vox_plugin_v0 {
  uint32_t struct_size;
  uint32_t abi;

  /* Constant JSON, UTF-8, at most 256 KiB: {"id","name","version","roles":{"vox.tts/0":{traits}},
   * "settings":{schema},"secrets":[names],"network":"none|own","hosts":[...],"routes":bool,
   * "inbound":bool,"services":[ids],"licence":"SPDX","isolation":"any|worker"}. */
  vox_view manifest;

  /* Makes a provider from the operator's settings (JSON object). A status other than VOX_OK refuses; say why
   * with `log`. No destroy follows then.
   * [provider] since 0 */
  vox_status (*VOX_NULLABLE create)(const vox_host_v0 *VOX_NONNULL host, const vox_view *VOX_NONNULL settings,
                                    void *VOX_NULLABLE *VOX_NONNULL provider);

  /* Frees a provider; its accounts are closed. Last.
   * [provider] since 0 */
  void (*VOX_NULLABLE destroy)(void *VOX_NULLABLE provider);

  /* Opens an account; ACCOUNT_STATE follows as an event.
   * [provider] since 0 */
  vox_status (*VOX_NULLABLE open_account)(void *VOX_NULLABLE provider, vox_handle a,
                                          const vox_account_conf *VOX_NONNULL conf,
                                          void *VOX_NULLABLE *VOX_NONNULL acct);

  /* New settings or secrets; they hold for sessions opened from now on.
   * [provider & account open] since 0 */
  vox_status (*VOX_NULLABLE update_account)(void *VOX_NULLABLE acct, const vox_account_conf *VOX_NONNULL conf);

  /* An event for the account: DRAIN, timer, or of a service.
   * [provider & account open] since 0 */
  vox_status (*VOX_NULLABLE deliver)(void *VOX_NULLABLE acct, const vox_event *VOX_NONNULL e);

  /* Frees an account; no session of it is left. Last.
   * [provider & account open] since 0 */
  void (*VOX_NULLABLE close_account)(void *VOX_NULLABLE acct);

  /* The session table of a role, e.g. "vox.stt/0", or NULL. Always the same answer.
   * [any] since 0 */
  const vox_session_v0 *VOX_NULLABLE (*VOX_NULLABLE role)(const vox_view *VOX_NONNULL id);
} vox_plugin_v0;
VOX_SIZE(vox_plugin_v0, 80);

#if defined(__cplusplus)
extern "C" {
#endif

/* The only symbol a plugin exports; its signature never changes. Both sides state a range of versions, the
 * highest common one wins. Answers a table that opens with {struct_size, abi}, here vox_plugin_v0, or NULL
 * with constant text in `why`. Does nothing else: no thread, file or socket stays behind. At most 10 ms.
 * [entry] since 0 */
__attribute__((visibility("default"))) const void *VOX_NULLABLE
vox_plugin_entry(uint32_t abi_min, uint32_t abi_max, vox_view *VOX_NONNULL why);

#if defined(__cplusplus)
}
#endif

#endif
