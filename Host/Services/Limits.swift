// Every bound of the host's services, each with its reason.

enum Limits {
  /// Requests of one owner, and of the host: a session has an answer or two and a few tool calls under way.
  static let requestsPerOwner = 64
  static let requests = 2048
  /// What `vox/services/http.h` promises.
  static let bodyBytes = 8 << 20
  static let pieceBytes = 16 << 10
  /// A header section beyond this is no vendor's; with it a head still fits an event of 64 KiB.
  static let headerBytes = 32 << 10
  static let headers = 100
  static let requestHeaders = 64
  static let urlBytes = 16 << 10
  static let warmConnections = 8
  static let warmMs = 5_000
  /// Idle connections kept, and for how long: as long as the most patient vendors known keep theirs.
  static let idleConnections = 512
  static let idleSeconds = 300
  /// What the library keeps open: it counts those in use as well, and closes an idle one for each beyond.
  static let connections = idleConnections + requests + sockets
  /// Hosts whose connections are counted; beyond it those without any are forgotten, for links may lead to a new name each time.
  static let origins = 256

  static let connectMs = 3_000
  static let firstByteMs = 30_000
  static let stallMs = 15_000
  static let totalMs = 300_000
  static let longestMs = 3_600_000

  /// An event that found no room is tried again after this; an owner that takes nothing for `blockedMs` loses its connection.
  static let retryMs = 5
  static let blockedMs = 5_000

  /// Open client sockets: four for each of the calls one host serves by default.
  static let sockets = 2048
  /// A message must fit the ring of a loop.
  static let messageBytes = 256 << 10
  /// What `vox/services/socket.h` promises: beyond this much unsent a send is refused, and below half of it RESUME follows.
  static let unsentBytes = 256 << 10
  static let resumeBytes = unsentBytes / 2
  /// Room for what is sent between two turns of the network's thread: one frame of 20 ms for a thousand sockets.
  static let outboxBytes = 1 << 20
  /// Longer messages are carried beside the outbox, so that one does not fill it.
  static let inlineBytes = 4 << 10
  static let handshakeMs = 5_000
  static let pingMs = 20_000
  /// How long the closing handshake may take, and the body of a refused opening one.
  static let closeMs = 2_000
  static let refusalMs = 1_000
  /// What is kept of the bytes behind a handshake's answer: a refusal's body, or the first frames.
  static let readBytes = 64 << 10
  /// How long a replay waits for a message that was sent when it was recorded.
  static let replayMs = 5_000

  /// What `vox/services/state.h` promises.
  static let stateBytes = 64 << 10
  static let keyBytes = 128
  static let leasesPerProvider = 64
  static let shortestLeaseMs = 1_000
  static let longestLeaseMs = 600_000
}
