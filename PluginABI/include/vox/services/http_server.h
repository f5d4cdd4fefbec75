/* Service "vox.http_server/0": routes on the host's own HTTP server, for a provider's webhooks, pages and media
 * sockets. Requests come as ROUTE_REQUEST on the account's queue.
 */
#ifndef VOX_SERVICES_HTTP_SERVER_H
#define VOX_SERVICES_HTTP_SERVER_H

#include "../base.h"
#include "../event.h"

#define VOX_SERVICE_HTTP_SERVER "vox.http_server/0"

enum {
  VOX_EV_ROUTE_REQUEST = 4096 /* vox_ev_route, on the account that made the route */
};

enum {
  VOX_ROUTE_SOCKET = 1, /* a WebSocket upgrade (RFC 6455) is expected: answer with accept or respond */
  VOX_ROUTE_CONTROL = 2 /* only for the host's own commands on this machine, never for the network; not with SOCKET */
};

/* A route of an account. Paths are served below the account's `routes_base`; one that begins with "/public/" is
 * served at the rest of the path from the root, when the operator's file grants it under `public_routes`. */
typedef struct vox_route {
  uint32_t struct_size;
  uint32_t flags;
  vox_view method;      /* "GET", "POST", ...; ignored for sockets */
  vox_view path;        /* absolute, no parameters, e.g. "/public/phone" */
  uint32_t max_body;    /* bytes, at most 1 MiB; 0 = no body is taken */
  uint32_t timeout_ms;  /* unanswered by then = 503; 0 = 5,000 */
  uint64_t token;       /* the plugin's own; comes back with each request */
} vox_route;
VOX_SIZE(vox_route, 56);

typedef struct vox_ev_route {
  vox_event h;
  uint64_t token;
  vox_handle request; /* for respond or accept */
  uint32_t flags;     /* VOX_ROUTE_SOCKET */
  uint32_t nheaders;
  vox_view method;
  vox_view url;       /* the public URL as the peer asked for it, query included */
  vox_view body;
  const vox_pair *VOX_NULLABLE headers;
} vox_ev_route;
VOX_SIZE(vox_ev_route, 112);

typedef struct vox_response {
  uint32_t struct_size;
  uint32_t status; /* 200 to 599 */
  uint32_t nheaders;
  uint32_t zero;
  const vox_pair *VOX_NULLABLE headers;
  vox_view body;   /* at most 8 MiB */
} vox_response;
VOX_SIZE(vox_response, 40);

typedef struct vox_http_server_v0 {
  uint32_t struct_size;
  uint32_t zero;
  void *VOX_NULLABLE ctx;

  /* Serves a route for `account` from now on until the account closes. VOX_OK; VOX_INVALID (bad path, taken by
   * another, or not granted: the log says which).
   * [provider] since 0 */
  vox_status (*VOX_NULLABLE route)(void *VOX_NULLABLE ctx, vox_handle account, const vox_route *VOX_NONNULL r);

  /* Answers a request once. VOX_OK or VOX_STALE.
   * [any] since 0 */
  vox_status (*VOX_NULLABLE respond)(void *VOX_NULLABLE ctx, vox_handle request, const vox_response *VOX_NONNULL r);

  /* Accepts an upgrade; the socket belongs to `owner` (account or session) and its events carry `token`.
   * VOX_OK or VOX_STALE.
   * [any] since 0 */
  vox_status (*VOX_NULLABLE accept)(void *VOX_NULLABLE ctx, vox_handle request, vox_handle owner, uint64_t token);
} vox_http_server_v0;
VOX_SIZE(vox_http_server_v0, 40);

#endif
