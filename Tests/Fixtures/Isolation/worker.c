/* The plugin that the tests of isolation run: it echoes, and on request it dies or tries what a sandbox must forbid.
 *
 * Settings say where it fails: {"fault": "segv", "at": "start"}. An op's text is a command: "say", "echo", "try <act>". */
#define _GNU_SOURCE
#include "attempt.h"

#include <vox/vox.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char manifest[] =
    "{\"id\":\"worker-fixture\",\"name\":\"Worker fixture\",\"version\":\"1.0.0\",\"licence\":\"NOASSERTION\",\"network\":\"none\","
    "\"roles\":{\"vox.telephony/0\":{\"rates\":[16000]},\"vox.tts/0\":{\"rates_out\":[16000]},\"vox.stt/0\":{\"rates_in\":[16000]},"
    "\"vox.llm/0\":{}},\"settings\":{\"type\":\"object\",\"additionalProperties\":true}}";

struct provider {
  const vox_host_v0 *host;
  char fault[32];
  char at[32];
};

struct account {
  struct provider *provider;
  vox_handle handle;
  const vox_http_server_v0 *server;
  const vox_socket_v0 *sockets;
};

struct session {
  struct provider *provider;
  struct account *account;
  const vox_host_v0 *host;
  vox_handle handle;
  vox_handle op;    /* the one that speaks or listens */
  uint64_t pushed;
  uint64_t said;    /* samples of a long speech */
  uint64_t length;
  int refuse;       /* pushes refused until a timer */
  int tired;        /* pushes take 5 ms each */
  const vox_socket_v0 *sockets;
  vox_handle talk;  /* the op that sends on a socket */
  uint64_t sent;    /* messages of it */
  uint64_t messages;
  char ending[16];  /* what it does when all are sent */
};

/* --- Dying ------------------------------------------------------------------------------------------------------- */

/* Kept from the optimiser, which knows that the program ends there. */
static volatile int zero;

static void fail(const char *how) {
  if (!strcmp(how, "segv")) *(volatile int *)(long)zero = 1;
  if (!strcmp(how, "abort")) abort();
  if (!strcmp(how, "trap")) __builtin_trap();
  if (!strcmp(how, "exit")) exit(3);
  if (!strcmp(how, "fpe")) zero = getpid() / zero; /* 1 / x needs no division */
  if (!strcmp(how, "bus")) raise(SIGBUS);
  if (!strcmp(how, "kill")) kill(getpid(), SIGKILL);
  if (!strcmp(how, "memory"))
    for (;;) {
      char *page = malloc(1 << 20);
      if (!page) abort();
      memset(page, 1, 1 << 20);
    }
  if (!strcmp(how, "hang"))
    for (;;) pause();
  if (!strcmp(how, "stop"))
    for (;;) raise(SIGSTOP);
  if (!strcmp(how, "deaf")) {
    close(3);
    for (;;) pause();
  }
}

static void at(const struct provider *p, const char *function) {
  if (!strcmp(p->at, function)) fail(p->fault);
}

/* --- Speaking ---------------------------------------------------------------------------------------------------- */

static vox_event head(uint32_t size, uint16_t kind, vox_handle target, vox_handle op) {
  return (vox_event){size, kind, 0, target, op, 0};
}

static vox_view text(const char *s) { return (vox_view){(const uint8_t *)s, strlen(s)}; }

static vox_status say(struct session *s, uint16_t kind, vox_handle op, const char *what) {
  vox_ev_text e = {head(sizeof e, kind, s->handle, op), 0, 0, text(what), {0, 0}};
  return s->host->emit(s->host->ctx, &e.h);
}

static vox_status sound(struct session *s, uint16_t kind, vox_handle op, uint64_t position, const int16_t *samples, uint32_t count) {
  vox_ev_audio e = {head(sizeof e, kind, s->handle, op), {sizeof e.audio, 0, 0, 16000, count, position, samples}};
  return s->host->emit(s->host->ctx, &e.h);
}

static void complete(struct session *s, vox_handle op, const char *result) {
  vox_ev_usage used = {head(sizeof used, VOX_EV_USAGE, s->handle, op), 1, 0, 7, text(VOX_METER_CHARACTERS), {0, 0}};
  s->host->emit(s->host->ctx, &used.h);
  say(s, VOX_EV_COMPLETED, op, result);
}

/* A long speech: every sample is its own position, so that a lost or doubled one is seen. */
static void go_on(struct session *s) {
  int16_t samples[320];
  while (s->op && s->said < s->length) {
    for (int i = 0; i < 320; i++) samples[i] = (int16_t)((s->said + (uint64_t)i) & 0x7FFF);
    const vox_status status = sound(s, VOX_EV_TTS_AUDIO, s->op, s->said, samples, 320);
    if (status == VOX_WOULD_BLOCK) return;
    if (status != VOX_OK) {
      s->op = 0;
      return;
    }
    s->said += 320;
  }
  if (s->op) complete(s, s->op, "{}");
  s->op = 0;
}

/* --- Sending on a socket ------------------------------------------------------------------------------------------ */

enum { SOCKET = 5, LONG = 100000 };

static vox_status send_text(struct session *s, vox_handle owner, const char *what, size_t length) {
  const vox_view data = {(const uint8_t *)what, length};
  return s->sockets->send(s->sockets->ctx, owner, SOCKET, 0, &data);
}

/* Numbers as messages, in order, as long as there is room; with "long", the third has 100,000 bytes. */
static void talk_on(struct session *s) {
  static char message[LONG];
  while (s->talk && s->sent < s->messages) {
    const int length = snprintf(message, sizeof message, "%llu", (unsigned long long)s->sent + 1);
    const int is_long = s->sent == 2 && !strcmp(s->ending, "long");
    if (is_long) memset(message, '3', LONG);
    if (send_text(s, s->handle, message, is_long ? LONG : (size_t)length) == VOX_WOULD_BLOCK) return;
    s->sent++;
  }
  if (!s->talk) return;
  const vox_view why = text("done");
  vox_status status;
  if (!strcmp(s->ending, "adopt")) {
    status = s->sockets->adopt(s->sockets->ctx, s->handle, SOCKET, s->account->handle);
    if (status == VOX_WOULD_BLOCK) return;
    if (status == VOX_OK) send_text(s, s->account->handle, "over", 4);
  } else {
    status = s->sockets->close(s->sockets->ctx, s->handle, SOCKET, 1000, &why);
  }
  char result[64];
  snprintf(result, sizeof result, "{\"ended\":%d,\"sent\":%d}", status, send_text(s, s->handle, "late", 4));
  complete(s, s->talk, result);
  s->talk = 0;
}

/* "talk <messages> <ending>" */
static vox_status talk(struct session *s, vox_handle op, const char *command) {
  const vox_host_v0 *host = s->host;
  const vox_view client = text(VOX_SERVICE_WEBSOCKET), sockets = text(VOX_SERVICE_SOCKET);
  const vox_websocket_v0 *vendor = host->service(host->ctx, &client);
  s->sockets = host->service(host->ctx, &sockets);
  if (!vendor || !s->sockets) return VOX_UNSUPPORTED;
  const vox_websocket_request request = {sizeof request, 0, text("wss://vendor.example"), 0, 0, 0, 0, 0};
  const vox_status status = vendor->connect(vendor->ctx, s->handle, SOCKET, &request);
  if (status != VOX_OK) return status;
  unsigned long long messages = 0;
  sscanf(command, "talk %llu %15s", &messages, s->ending);
  s->talk = op;
  s->messages = messages;
  const vox_event accepted = head(sizeof accepted, VOX_EV_ACCEPTED, s->handle, op);
  s->host->emit(s->host->ctx, &accepted);
  if (strcmp(s->ending, "wait")) talk_on(s);
  return VOX_OK;
}

/* --- The session ------------------------------------------------------------------------------------------------- */

static vox_status session_open(void *ctx, vox_handle handle, const vox_open *o, void **place) {
  struct account *a = ctx;
  (void)o;
  at(a->provider, "open");
  struct session *s = calloc(1, sizeof *s);
  if (!s) return VOX_NO_MEMORY;
  s->provider = a->provider;
  s->host = a->provider->host;
  s->account = a;
  s->handle = handle;
  *place = s;
  say(s, VOX_EV_READY, 0, "{\"traits\":{}}");
  return VOX_OK;
}

static vox_status start(void *ctx, vox_handle op, const vox_request *r) {
  struct session *s = ctx;
  char command[64];
  snprintf(command, sizeof command, "%.*s", (int)(r->text.len < 63 ? r->text.len : 63), (const char *)r->text.ptr);
  at(s->provider, "start");
  if (!strcmp(command, "refuse")) return VOX_UNSUPPORTED;
  if (!strncmp(command, "fail ", 5)) fail(command + 5);
  if (!strcmp(command, "fill")) fill_doorbells();
  if (!strncmp(command, "try ", 4)) {
    char result[64];
    snprintf(result, sizeof result, "{\"errno\":%d}", attempt(command + 4));
    complete(s, op, result);
    return VOX_OK;
  }
  if (!strncmp(command, "talk ", 5)) return talk(s, op, command);
  if (!strncmp(command, "speak ", 6)) {
    s->op = op;
    s->said = 0;
    s->length = strtoull(command + 6, 0, 10);
    go_on(s);
    return VOX_OK;
  }
  if (!strcmp(command, "measure")) {
    char result[64];
    uint64_t sum = 0;
    for (uint64_t i = 0; i < r->body.len; i++) sum += r->body.ptr[i];
    snprintf(result, sizeof result, "{\"bytes\":%llu,\"sum\":%llu}", (unsigned long long)r->body.len, (unsigned long long)sum);
    complete(s, op, result);
    return VOX_OK;
  }
  if (!strcmp(command, "twice")) {
    complete(s, op, "{}");
    say(s, VOX_EV_COMPLETED, op, "{}");
    return VOX_OK;
  }
  if (!strcmp(command, "babble")) {
    say(s, VOX_EV_PROGRESS, op, "\xff");
    complete(s, op, "{}");
    return VOX_OK;
  }
  if (!strcmp(command, "liar")) {
    vox_ev_failed e = {head(sizeof e, VOX_EV_FAILED, s->handle, op), {sizeof e.error, VOX_ERR_CRASHED, 0, 0, 0, 0, 0, 0, {0, 0}, {0, 0}, text("not true"), {0, 0}}};
    s->host->emit(s->host->ctx, &e.h);
    return VOX_OK;
  }
  s->op = op;
  s->pushed = 0;
  s->refuse = !strcmp(command, "slow") ? 1 : 0;
  s->tired = !strcmp(command, "tired");
  const vox_event accepted = head(sizeof accepted, VOX_EV_ACCEPTED, s->handle, op);
  s->host->emit(s->host->ctx, &accepted);
  return VOX_OK;
}

static vox_status push_audio(void *ctx, vox_handle op, const vox_audio *a) {
  struct session *s = ctx;
  at(s->provider, "push_audio");
  if (op != s->op) return VOX_STALE;
  if (s->refuse) {
    if (s->refuse == 1) s->host->timer(s->host->ctx, s->handle, 9, s->host->now(s->host->ctx) + 20000000);
    s->refuse = 2;
    return VOX_WOULD_BLOCK;
  }
  if (s->tired) usleep(5000);
  s->pushed += a->count;
  sound(s, VOX_EV_LINE_AUDIO, 0, a->position, a->samples, a->count);
  return VOX_OK;
}

static vox_status push_bytes(void *ctx, vox_handle op, const vox_view *b) {
  struct session *s = ctx;
  (void)op;
  at(s->provider, "push_bytes");
  s->pushed += b->len;
  return VOX_OK;
}

static vox_status finalize(void *ctx, vox_handle op, uint64_t mark) {
  struct session *s = ctx;
  at(s->provider, "finalize");
  if (mark) {
    vox_ev_mark e = {head(sizeof e, VOX_EV_FLUSHED, s->handle, op), s->pushed, mark, 0, 0};
    s->host->emit(s->host->ctx, &e.h);
    return VOX_OK;
  }
  char result[64];
  snprintf(result, sizeof result, "{\"pushed\":%llu}", (unsigned long long)s->pushed);
  complete(s, op, result);
  s->op = 0;
  return VOX_OK;
}

static vox_status cancel(void *ctx, vox_handle op, uint16_t reason) {
  struct session *s = ctx;
  (void)reason;
  at(s->provider, "cancel");
  if (s->op == op) s->op = 0;
  vox_ev_mark e = {head(sizeof e, VOX_EV_CANCELLED, s->handle, op), s->pushed, 0, 0, 0};
  s->host->emit(s->host->ctx, &e.h);
  return VOX_OK;
}

static vox_status deliver(void *ctx, const vox_event *e) {
  struct session *s = ctx;
  at(s->provider, "deliver");
  if (e->kind == VOX_EV_RESUME && e->op) go_on(s);
  if (e->kind == VOX_EV_RESUME && !e->op) talk_on(s);
  if (e->kind == VOX_EV_SOCKET_CLOSED) talk_on(s);
  if (e->kind == VOX_EV_TIMER && s->refuse) {
    s->refuse = 0;
    vox_event resume = head(sizeof resume, VOX_EV_RESUME, s->handle, s->op);
    s->host->emit(s->host->ctx, &resume);
  }
  return VOX_OK;
}

static vox_status session_close(void *ctx, uint16_t reason, vox_time deadline) {
  struct session *s = ctx;
  (void)reason, (void)deadline;
  at(s->provider, "close");
  vox_event e = head(sizeof e, VOX_EV_CLOSED, s->handle, 0);
  s->host->emit(s->host->ctx, &e);
  return VOX_OK;
}

static void session_destroy(void *ctx) {
  struct session *s = ctx;
  at(s->provider, "destroy_session");
  free(s);
}

static const vox_session_v0 sessions = {sizeof sessions, 0, session_open, start, push_audio, push_bytes, finalize, cancel, deliver, session_close, session_destroy};

/* --- The provider ------------------------------------------------------------------------------------------------ */

static void setting(const vox_view *settings, const char *name, char *out, size_t size) {
  char all[1024], key[64];
  snprintf(all, sizeof all, "%.*s", (int)settings->len, (const char *)settings->ptr);
  snprintf(key, sizeof key, "\"%s\":\"", name);
  const char *found = strstr(all, key);
  out[0] = 0;
  if (!found) return;
  found += strlen(key);
  size_t n = strcspn(found, "\"");
  snprintf(out, size, "%.*s", (int)n, found);
}

/* Each process needs one of its own. */
static int has_licence(const vox_host_v0 *host) {
  const vox_view id = text(VOX_SERVICE_STATE), name = text("licence");
  const vox_state_v0 *state = host->service(host->ctx, &id);
  return state && state->lease(state->ctx, 0, &name, 1000) == VOX_OK;
}

static vox_status create(const vox_host_v0 *host, const vox_view *settings, void **place) {
  struct provider *p = calloc(1, sizeof *p);
  if (!p) return VOX_NO_MEMORY;
  p->host = host;
  setting(settings, "fault", p->fault, sizeof p->fault);
  setting(settings, "at", p->at, sizeof p->at);
  at(p, "create");
  if (!strcmp(p->at, "never") || (!strcmp(p->at, "licence") && !has_licence(host))) {
    vox_view why = text("these settings are not for me");
    host->log(host->ctx, 0, VOX_LOG_ERROR, &why);
    free(p);
    return VOX_INVALID;
  }
  *place = p;
  return VOX_OK;
}

static void destroy(void *ctx) {
  at(ctx, "destroy");
  free(ctx);
}

/* Each process has tokens of its own, as a plugin has that uses addresses. */
static uint64_t token(void) { return (uint64_t)getpid(); }

static vox_status serve(struct account *a) {
  const vox_host_v0 *host = a->provider->host;
  const vox_view server = text(VOX_SERVICE_HTTP_SERVER), sockets = text(VOX_SERVICE_SOCKET);
  a->server = host->service(host->ctx, &server);
  a->sockets = host->service(host->ctx, &sockets);
  if (!a->server || !a->sockets) return VOX_UNSUPPORTED;
  vox_route page = {sizeof page, 0, text("POST"), text("/page"), 1000, 2000, token()};
  const vox_status status = a->server->route(a->server->ctx, a->handle, &page);
  page.flags = VOX_ROUTE_SOCKET;
  page.path = text("/socket");
  page.token = token() + 1;
  return status ? status : a->server->route(a->server->ctx, a->handle, &page);
}

/* Answers a request with its own body and headers, and greets whoever opens a socket. */
static void serve_request(struct account *a, const vox_ev_route *r) {
  if (r->token == token()) {
    const vox_response response = {sizeof response, 201, r->nheaders, 0, r->headers, r->body};
    a->server->respond(a->server->ctx, r->request, &response);
  } else if (r->token == token() + 1) {
    a->server->accept(a->server->ctx, r->request, a->handle, 5);
    const vox_view hello = text("hello");
    const vox_status status = a->sockets->send(a->sockets->ctx, a->handle, 5, 0, &hello);
    char line[64];
    snprintf(line, sizeof line, "sent with status %d", status);
    const vox_view view = text(line);
    a->provider->host->log(a->provider->host->ctx, a->handle, VOX_LOG_INFO, &view);
  }
}

/* Tells, in the log, which status a call had, or which timer came. */
static void note(struct account *a, const char *what, long long number) {
  char line[64];
  snprintf(line, sizeof line, "%s %lld", what, number);
  const vox_view view = text(line);
  a->provider->host->log(a->provider->host->ctx, a->handle, VOX_LOG_INFO, &view);
}

/* One timer that comes due, one that is taken back, one that is put off, one of nobody's, and more than there may be. */
static void set_timers(struct account *a) {
  const vox_host_v0 *host = a->provider->host;
  const vox_time soon = host->now(host->ctx) + 1000000, never = soon + 3600000000000ull;
  note(a, "taken back with", host->timer(host->ctx, a->handle, 8, soon) + host->timer(host->ctx, a->handle, 8, 0));
  host->timer(host->ctx, a->handle, 9, soon);
  host->timer(host->ctx, a->handle, 9, 0);
  note(a, "put off with", host->timer(host->ctx, a->handle, 9, never));
  note(a, "nobody's with", host->timer(host->ctx, 12345, 1, soon));
  note(a, "set with", host->timer(host->ctx, a->handle, 7, soon));
  vox_status status = VOX_OK;
  for (uint64_t i = 100; i < 200 && status == VOX_OK; i++) status = host->timer(host->ctx, a->handle, i, never);
  note(a, "full with", status);
}

static vox_status open_account(void *ctx, vox_handle handle, const vox_account_conf *conf, void **place) {
  struct provider *p = ctx;
  at(p, "open_account");
  struct account *a = calloc(1, sizeof *a);
  if (!a) return VOX_NO_MEMORY;
  a->provider = p;
  a->handle = handle;
  *place = a;
  if (!strcmp(p->at, "routes") && serve(a) != VOX_OK) return VOX_INVALID;
  if (!strcmp(p->at, "timers")) set_timers(a);
  char detail[128];
  snprintf(detail, sizeof detail, "{\"secrets\":%u}", conf->nsecrets);
  vox_ev_account e = {head(sizeof e, VOX_EV_ACCOUNT_STATE, handle, 0), VOX_ACCOUNT_READY, 0, text(detail), {0}};
  p->host->emit(p->host->ctx, &e.h);
  return VOX_OK;
}

static vox_status update_account(void *ctx, const vox_account_conf *conf) {
  struct account *a = ctx;
  at(a->provider, "update_account");
  note(a, "updated with secrets", conf->nsecrets);
  return VOX_OK;
}

static vox_status account_deliver(void *ctx, const vox_event *e) {
  struct account *a = ctx;
  at(a->provider, "account_deliver");
  if (e->kind == VOX_EV_TIMER) note(a, "timer", (long long)((const vox_ev_mark *)e)->value);
  if (e->kind == VOX_EV_ROUTE_REQUEST) serve_request(a, (const vox_ev_route *)e);
  return VOX_OK;
}

static void close_account(void *ctx) {
  struct account *a = ctx;
  at(a->provider, "close_account");
  free(a);
}

static const vox_session_v0 *role(const vox_view *id) {
  (void)id;
  return &sessions;
}

static const vox_plugin_v0 plugin = {sizeof plugin, VOX_ABI_DRAFT, {(const uint8_t *)manifest, sizeof manifest - 1}, create, destroy, open_account, update_account, account_deliver, close_account, role};

const void *vox_plugin_entry(uint32_t abi_min, uint32_t abi_max, vox_view *why) {
#ifdef ENTRY_FAULT
  fail(ENTRY_FAULT);
#endif
  if (abi_min <= VOX_ABI_DRAFT && VOX_ABI_DRAFT <= abi_max) return &plugin;
  *why = text("this plugin speaks another draft");
  return 0;
}

#ifdef LOAD_FAULT
__attribute__((constructor)) static void loaded(void) { fail(LOAD_FAULT); }
#endif
