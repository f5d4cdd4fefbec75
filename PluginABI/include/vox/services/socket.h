/* Service "vox.socket/0": an open WebSocket, however it came to be. (owner, token) names it.
 *
 * Every function only enqueues; what happens comes as events on the owner's queue, in order.
 */
#ifndef VOX_SERVICES_SOCKET_H
#define VOX_SERVICES_SOCKET_H

#include "../base.h"
#include "../event.h"

#define VOX_SERVICE_SOCKET "vox.socket/0"

enum {
  VOX_EV_SOCKET_OPEN = 4112,   /* vox_ev_socket: the handshake is done */
  VOX_EV_SOCKET_TEXT = 4113,   /* vox_ev_socket: data = one whole text message */
  VOX_EV_SOCKET_BINARY = 4114, /* vox_ev_socket: data = one whole binary message */
  VOX_EV_SOCKET_CLOSED = 4115  /* vox_ev_socket: code and reason; the last event */
};

typedef struct vox_ev_socket {
  vox_event h;
  uint64_t token;
  uint32_t code; /* close code of RFC 6455, section 7.4; 1006 when the peer vanished */
  uint32_t zero;
  vox_view data; /* message, or close reason */
} vox_ev_socket;
VOX_SIZE(vox_ev_socket, 64);

/* How a message is sent. Bits that a host does not know it leaves alone. */
enum {
  VOX_SOCKET_BINARY = 1,   /* a binary message, not text */
  VOX_SOCKET_MAY_WAIT = 2  /* nobody waits for it yet: it may leave 10 ms later, together with others */
};

typedef struct vox_socket_v0 {
  uint32_t struct_size;
  uint32_t zero;
  void *VOX_NULLABLE ctx;

  /* Sends one message; `how` is VOX_SOCKET_BINARY or'ed with others. Messages of a socket keep their order. VOX_OK; VOX_WOULD_BLOCK beyond 256 KiB unsent (RESUME with op 0 follows); VOX_STALE.
   * [any] since 0 */
  vox_status (*VOX_NULLABLE send)(void *VOX_NULLABLE ctx, vox_handle owner, uint64_t token, uint32_t how,
                                  const vox_view *VOX_NONNULL data);

  /* Closes with a code of RFC 6455; CLOSED follows.
   * [any] since 0 */
  vox_status (*VOX_NULLABLE close)(void *VOX_NULLABLE ctx, vox_handle owner, uint64_t token, uint32_t code,
                                   const vox_view *VOX_NONNULL reason);

  /* Moves the socket to another owner of the same provider, e.g. from the account to the leg it is the media of;
   * later messages come on the new owner's queue, in order, under the same token. VOX_OK; VOX_WOULD_BLOCK while what was sent before
   * finds no way (RESUME with op 0 follows); VOX_STALE.
   * [any] since 0 */
  vox_status (*VOX_NULLABLE adopt)(void *VOX_NULLABLE ctx, vox_handle owner, uint64_t token, vox_handle new_owner);
} vox_socket_v0;
VOX_SIZE(vox_socket_v0, 40);

#endif
