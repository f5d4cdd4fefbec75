/* Service "vox.http/0": a streaming HTTP client, HTTP/1.1 and HTTP/2. (owner, token) names a request, the token is the
 * plugin's own; owner is a session or the account, and what happens comes as events on its queue, in order:
 *
 *   HTTP_HEAD -> HTTP_BODY* -> HTTP_DONE, or HTTP_FAILED in place of any of them
 *
 * An answer of whatever status is an answer and no failure: the plugin says what it means. Only hosts that the
 * manifest names or the operator grants can be reached; with TLS, unless the operator wrote "http://". Redirects are not
 * followed but fail. A body that was compressed (gzip, deflate) arrives plain. Connections are kept and shared.
 */
#ifndef VOX_SERVICES_HTTP_H
#define VOX_SERVICES_HTTP_H

#include "../base.h"
#include "../event.h"

#define VOX_SERVICE_HTTP "vox.http/0"

enum {
  VOX_EV_HTTP_HEAD = 4128,  /* vox_ev_http_head: status and headers are here */
  VOX_EV_HTTP_BODY = 4129,  /* vox_ev_http_body: the next piece, at most 16 KiB */
  VOX_EV_HTTP_DONE = 4130,  /* vox_ev_http_body without bytes: the answer was whole; the last event */
  VOX_EV_HTTP_FAILED = 4131 /* vox_ev_refused: it was not; the last event */
};

enum {
  VOX_HTTP_REUSED = 1, /* flag of HTTP_HEAD: an open connection carried it, so dns, tcp and tls are 0 */
  VOX_HTTP_2 = 2       /* flag of HTTP_HEAD: over HTTP/2 */
};

/* A request, borrowed until the call returns. Deadlines count from the call; 0 means what stands beside it. */
typedef struct vox_http_request {
  uint32_t struct_size;
  uint32_t nheaders;      /* at most 64 */
  vox_view method;        /* "GET", "POST", ... */
  vox_view url;           /* absolute: "https://api.example.com/v1/things?x=1" */
  const vox_pair *VOX_NULLABLE headers;
  vox_view body;          /* at most 8 MiB */
  uint32_t connect_ms;    /* name, TCP and TLS are done by then; 3,000 */
  uint32_t first_byte_ms; /* HTTP_HEAD is due; 30,000 */
  uint32_t stall_ms;      /* the longest gap inside the body, while the owner takes it; 15,000 */
  uint32_t total_ms;      /* HTTP_DONE is due; 300,000 */
  uint32_t credit;        /* bytes of body that may come before `read` asks for more; 0 = as many as there are */
  uint32_t zero;
} vox_http_request;
VOX_SIZE(vox_http_request, 88);

/* Also of WEBSOCKET_OPEN. Times are microseconds; what an open connection saved is 0. */
typedef struct vox_ev_http_head {
  vox_event h;
  uint64_t token;
  uint32_t status;
  uint32_t nheaders;
  const vox_pair *VOX_NULLABLE headers; /* in the order in which they came; names as the peer wrote them */
  uint32_t dns_us;
  uint32_t tcp_us;
  uint32_t tls_us;
  uint32_t first_byte_us;               /* from the call of `request` to the first byte of the answer */
} vox_ev_http_head;
VOX_SIZE(vox_ev_http_head, 72);

typedef struct vox_ev_http_body {
  vox_event h;
  uint64_t token;
  vox_view data;
} vox_ev_http_body;
VOX_SIZE(vox_ev_http_body, 56);

/* A service could not do what (owner, token) asked for. `error` is classified; wire_status is an HTTP status or 0. */
typedef struct vox_ev_refused {
  vox_event h;
  uint64_t token;
  vox_error error;
} vox_ev_refused;
VOX_SIZE(vox_ev_refused, 128);

typedef struct vox_http_v0 {
  uint32_t struct_size;
  uint32_t zero;
  void *VOX_NULLABLE ctx;

  /* Sends a request. VOX_OK: events follow, also when the host is not allowed; VOX_INVALID (malformed, or the token is
   * in use); VOX_STALE (no such owner); VOX_WOULD_BLOCK beyond 64 requests of one owner.
   * [any] since 0 */
  vox_status (*VOX_NULLABLE request)(void *VOX_NULLABLE ctx, vox_handle owner, uint64_t token,
                                     const vox_http_request *VOX_NONNULL r);

  /* Lets `bytes` more of the body come, when the request was made with credit. VOX_OK or VOX_STALE.
   * [any] since 0 */
  vox_status (*VOX_NULLABLE read)(void *VOX_NULLABLE ctx, vox_handle owner, uint64_t token, uint32_t bytes);

  /* Ends a request at once: the stream is closed and the token is free. No event follows but what is on the owner's
   * queue already. VOX_OK or VOX_STALE.
   * [any] since 0 */
  vox_status (*VOX_NULLABLE cancel)(void *VOX_NULLABLE ctx, vox_handle owner, uint64_t token);

  /* Has `connections` open connections (at most 8) to the host of `url` ready for each session that is open, and one to
   * spare, by HEAD requests without credentials to `url`; what comes of it is only logged. Call it when a request is
   * likely soon: at the start of a session. A connection that a cancel closes is replaced.
   * VOX_OK; VOX_INVALID.
   * [any] since 0 */
  vox_status (*VOX_NULLABLE warm)(void *VOX_NULLABLE ctx, const vox_view *VOX_NONNULL url, uint32_t connections);
} vox_http_v0;
VOX_SIZE(vox_http_v0, 48);

#endif
