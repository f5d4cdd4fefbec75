// Every bound of the HTTP server, each with its reason.

enum Limits {
  /// A header section beyond this is no browser's and no vendor's; with it a request still fits an event of 64 KiB.
  static let headerBytes = 32 << 10
  static let headers = 100
  /// How long a connection may take to send its first request, and how long it may then idle between two.
  static let firstRequestMs: Int64 = 10_000
  static let idleMs: Int64 = 60_000
  /// How long a connection stays open after its last answer, so that the peer reads it.
  static let lingerMs = 2_000
  /// Connections that are no WebSocket, or not yet; those beyond wait in the kernel's queue. Every call's page needs one, with much room.
  static let connections = 4096

  /// Routes of one provider; the largest vendor known needs five.
  static let routesPerProvider = 64
  static let pathBytes = 256
  /// What `vox/services/http_server.h` promises.
  static let bodyBytes = 1 << 20
  static let responseBytes = 8 << 20
  static let timeoutMs = 5_000
  /// A plugin may not hold a connection longer than this without an answer.
  static let longestTimeoutMs = 60_000
  /// Requests that wait for plugins, in all and of one provider, so that one that has gone silent cannot starve the others.
  static let requests = 1024
  static let requestsPerProvider = 256

  /// Open WebSockets: four times the calls one host serves by default.
  static let sockets = 2048
  static let messageBytes = 1 << 20
  /// What `vox/services/socket.h` promises: beyond this much unsent a send is refused, and below half of it RESUME follows.
  static let unsentBytes = 256 << 10
  static let resumeBytes = unsentBytes / 2
  /// What many callers send is read so often; half a frame of speech.
  static let restMs = 10
  /// Room for what is sent to the sockets of one loop between two of its turns: one frame of 20 ms for a thousand sockets.
  static let outboxBytes = 1 << 20
  /// Longer messages are carried beside the outbox, so that one does not fill it.
  static let inlineBytes = 4 << 10
  /// Messages sent before other work of the loop has its turn.
  static let messagesPerTurn = 1024
  /// A peer is asked for a sign of life this often, and given up after a second interval without one.
  static let pingMs = 20_000
  /// How long the closing handshake may take.
  static let closeMs = 5_000
  /// A message for a session whose loop has no room is tried again after `retryMs`; a socket that is blocked for `blockedMs` is
  /// closed, because its call has been without sound for too long to be saved.
  static let retryMs = 5
  static let blockedMs = 5_000
  /// How much is read from a socket at a time, and how often before other sockets have their turn.
  static let pieceBytes = 16 << 10
  static let piecesPerTurn = 4

  /// Calls in one listing.
  static let callsPerPage = 1000
  static let callsByDefault = 50
}
