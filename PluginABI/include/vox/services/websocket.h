/* Service "vox.websocket/0": opens a WebSocket to a vendor (RFC 6455, client side). Once open it is a socket like any other:
 * it is sent to, closed and handed over through "vox.socket/0", and its messages come as SOCKET_TEXT, SOCKET_BINARY and at
 * last SOCKET_CLOSED, under the same (owner, token).
 *
 *   WEBSOCKET_OPEN -> messages -> SOCKET_CLOSED, or WEBSOCKET_REFUSED alone
 *
 * Hosts are granted as for "vox.http/0". Pings are answered and sent by the host; no extension is offered.
 */
#ifndef VOX_SERVICES_WEBSOCKET_H
#define VOX_SERVICES_WEBSOCKET_H

#include "http.h"
#include "socket.h"

#define VOX_SERVICE_WEBSOCKET "vox.websocket/0"

enum {
  VOX_EV_WEBSOCKET_OPEN = 4116,   /* vox_ev_http_head: status 101 and the headers of the answer */
  VOX_EV_WEBSOCKET_REFUSED = 4117 /* vox_ev_websocket_refused: it did not open; the only event */
};

/* A handshake, borrowed until the call returns. */
typedef struct vox_websocket_request {
  uint32_t struct_size;
  uint32_t nheaders;    /* at most 64 */
  vox_view url;         /* "wss://api.example.com/v1/listen?model=x" */
  const vox_pair *VOX_NULLABLE headers; /* such as Authorization and Sec-WebSocket-Protocol */
  uint32_t connect_ms;  /* the handshake is done by then; 0 = 5,000 */
  uint32_t ping_ms;     /* a peer that is silent for twice as long is given up; 0 = 20,000 */
  uint32_t max_message; /* bytes; 0 = 256 KiB, the most there is */
  uint32_t zero;
} vox_websocket_request;
VOX_SIZE(vox_websocket_request, 48);

typedef struct vox_ev_websocket_refused {
  vox_event h;
  uint64_t token;
  uint32_t status;  /* of the answer; 0 when there was none */
  uint32_t nheaders;
  const vox_pair *VOX_NULLABLE headers;
  vox_view body;    /* the first 16 KiB of it */
  vox_error error;
} vox_ev_websocket_refused;
VOX_SIZE(vox_ev_websocket_refused, 160);

typedef struct vox_websocket_v0 {
  uint32_t struct_size;
  uint32_t zero;
  void *VOX_NULLABLE ctx;

  /* Opens a socket. VOX_OK: events follow, also when the host is not allowed; VOX_INVALID (malformed, or the token is in
   * use); VOX_STALE (no such owner); VOX_WOULD_BLOCK when no more sockets may be open. `vox.socket/0`'s close ends it at
   * any time, also while it opens: then WEBSOCKET_REFUSED follows.
   * [any] since 0 */
  vox_status (*VOX_NULLABLE connect)(void *VOX_NULLABLE ctx, vox_handle owner, uint64_t token,
                                     const vox_websocket_request *VOX_NONNULL r);
} vox_websocket_v0;
VOX_SIZE(vox_websocket_v0, 24);

#endif
