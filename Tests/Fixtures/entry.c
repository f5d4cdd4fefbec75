/* The fixture's entry, provider and account; sessions are in session.c, what they emit in ops.c. */
#include "fixture.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char manifest[] =
    "{\"id\":\"fixture\",\"name\":\"Fixture\",\"version\":\"1.0.0\",\"licence\":\"Apache-2.0\",\"network\":\"none\","
    "\"roles\":{\"vox.tts/0\":{\"rates_out\":[16000,8000],\"word_times\":\"word\",\"ops\":2},"
    "\"vox.stt/0\":{\"rates_in\":[16000,8000],\"interim\":true,\"flush\":true,\"input_rate_permille\":100000},"
    "\"vox.llm/0\":{\"tools\":true},\"vox.tool/0\":{\"list\":true},"
    "\"vox.telephony/0\":{\"rates\":[16000],\"lead_ms\":200,\"played\":\"exact\",\"transfer\":[]}},"
    "\"settings\":{\"type\":\"object\",\"additionalProperties\":false,"
    "\"properties\":{\"greeting\":{\"type\":\"string\",\"maxLength\":200}}}}";

static const char manifest_open[] =
    "{\"id\":\"fixture\",\"name\":\"Fixture\",\"version\":\"1.0.0\",\"roles\":{\"vox.tts/0\":{\"rates_out\":[16000]}},"
    "\"settings\":{\"type\":\"object\"}}";
static const char manifest_role[] =
    "{\"id\":\"fixture\",\"name\":\"Fixture\",\"version\":\"1.0.0\",\"roles\":{\"vox.tts/0\":{\"rates_out\":[16000]},"
    "\"vox.knowledge/0\":{}}}";
static const char manifest_id[] = "{\"id\":\"Not an id!\",\"name\":\"Fixture\",\"version\":\"1.0.0\",\"roles\":{\"vox.tts/0\":{}}}";
static const char manifest_text[] = "id: fixture\nname: this is YAML, not JSON\n";

static const char *chosen_manifest(void) {
  switch ((enum mutant)MUTANT) {
  case SETTINGS_OPEN: return manifest_open;
  case MANIFEST_ROLE: return manifest_role;
  case MANIFEST_ID: return manifest_id;
  case MANIFEST_TEXT: return manifest_text;
  default: return manifest;
  }
}

static vox_status create(const vox_host_v0 *host, const vox_view *settings, void **provider) {
  (void)settings;
  if (MUTANT == SERVICE_NEEDED) {
    const char id[] = VOX_SERVICE_HTTP_SERVER;
    if (!host->service(host->ctx, &(vox_view){(const uint8_t *)id, sizeof id - 1})) return VOX_UNSUPPORTED;
  }
  struct account *made = calloc(1, sizeof *made);
  if (!made) return VOX_NO_MEMORY;
  made->host = host;
  *provider = made;
  return VOX_OK;
}

static void destroy(void *provider) { free(provider); }

static vox_status open_account(void *provider, vox_handle a, const vox_account_conf *conf, void **acct) {
  if (conf->struct_size != sizeof *conf) return VOX_INVALID;
  struct account *made = calloc(1, sizeof *made);
  if (!made) return VOX_NO_MEMORY;
  made->host = ((struct account *)provider)->host;
  made->handle = a;
  *acct = made;
  const char traits[] = "{\"traits\":{}}";
  vox_ev_account e = {.h = {sizeof e, VOX_EV_ACCOUNT_STATE, 0, a, 0, 0},
                      .state = VOX_ACCOUNT_READY,
                      .detail = {(const uint8_t *)traits, sizeof traits - 1}};
  if (MUTANT != ACCOUNT_MUTE) made->host->emit(made->host->ctx, &e.h);
  const char offer[] = "{\"id\":\"o1\",\"from\":\"+15550100\",\"to\":\"+15550199\"}";
  const char bare[] = "{\"id\":\"o1\"}";
  vox_ev_text o = {.h = {sizeof o, VOX_EV_OFFER, 0, a, 0, 0}, .text = {(const uint8_t *)offer, sizeof offer - 1}};
  if (MUTANT == OFFER_BARE) o.text = (vox_view){(const uint8_t *)bare, sizeof bare - 1};
  made->host->emit(made->host->ctx, &o.h);
  return VOX_OK;
}

static vox_status update_account(void *acct, const vox_account_conf *conf) {
  (void)acct;
  return conf->struct_size == sizeof *conf ? VOX_OK : VOX_INVALID;
}

static vox_status deliver(void *acct, const vox_event *e) {
  (void)acct;
  return e->kind == VOX_EV_DRAIN || e->kind == VOX_EV_TIMER ? VOX_OK : VOX_UNSUPPORTED;
}

static void close_account(void *acct) { free(acct); }

static vox_plugin_v0 table = {
    .struct_size = sizeof table,
    .create = create,
    .destroy = destroy,
    .open_account = open_account,
    .update_account = update_account,
    .deliver = deliver,
    .close_account = close_account,
    .role = fixture_role,
};

static void *wait_for_ever(void *unused) {
  for (;;) pause();
  return unused;
}

const void *vox_plugin_entry(uint32_t abi_min, uint32_t abi_max, vox_view *why) {
  static const char versions[] = "the fixture speaks another draft (0 is too old, 1001 too new); rebuild it for draft 1";
  static const char reason[] = "the fixture never answers a table";
  pthread_t thread;
  if (MUTANT == ENTRY_HANGS) wait_for_ever(0);
  if (MUTANT == ENTRY_THREAD) pthread_create(&thread, 0, wait_for_ever, 0);
  if (MUTANT == ENTRY_FILE && open("/dev/null", O_RDONLY) < 0) return 0;
  if (MUTANT == ENTRY_NULL) {
    *why = (vox_view){(const uint8_t *)reason, sizeof reason - 1};
    return 0;
  }
  if (MUTANT == ENTRY_NULL_MUTE) return 0;
  const uint32_t mine = FIXTURE_ABI;
  if (mine < abi_min || mine > abi_max) {
    *why = (vox_view){(const uint8_t *)versions, sizeof versions - 1};
    return 0;
  }
  table.abi = MUTANT == ABI_LIES ? 77 : mine;
  table.manifest = (vox_view){(const uint8_t *)chosen_manifest(), strlen(chosen_manifest())};
  if (MUTANT == TABLE_SIZE) table.struct_size = sizeof table + 8;
  if (MUTANT == MEMBER_MISSING) table.open_account = 0;
  return &table;
}
