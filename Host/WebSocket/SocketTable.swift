// The sockets that one thread owns, by slot.

import Synchronization

/// A socket that has a slot, and had it first in this generation.
public protocol SlottedSocket: AnyObject, Sendable {
  var slot: SocketSlot { get }
  var generation: UInt32 { get }
}

/// Any thread adds a socket before it lets anybody send to it; everything else happens on the thread that owns the sockets. A message may
/// come out of the ring before the work that begins its socket: it finds the socket here nevertheless.
public final class SocketTable<Socket: SlottedSocket>: @unchecked Sendable {
  private let newcomers = Mutex<[Socket]>([])
  private var sockets: [Int: Socket] = [:]

  public init() {}

  /// Takes a socket in. [any thread]
  public func add(_ socket: Socket) { newcomers.withLock { $0.append(socket) } }

  /// The socket that had the slot in this generation; nil when it has ended.
  public func find(_ slot: Int, _ generation: UInt32) -> Socket? {
    if let socket = sockets[slot], socket.generation == generation { return socket }
    welcome()
    if let socket = sockets[slot], socket.generation == generation { return socket }
    return nil
  }

  /// Takes a socket out that has ended; false when it had been taken out before.
  @discardableResult
  public func remove(_ socket: Socket) -> Bool {
    welcome()
    guard sockets[socket.slot.index] === socket else { return false }
    sockets[socket.slot.index] = nil
    return true
  }

  /// All open sockets, in no order.
  public var all: [Socket] {
    welcome()
    return Array(sockets.values)
  }

  private func welcome() {
    let arrived = newcomers.withLock { newcomers in
      let taken = newcomers
      newcomers = []
      return taken
    }
    for socket in arrived { sockets[socket.slot.index] = socket }
  }
}
