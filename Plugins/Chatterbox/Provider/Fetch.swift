// What brings the sound of one passage, whatever it takes.

import PluginKit
import Vox

/// Asks a server for the sound of one text. Used on the session's queue; tells `FetchOwner` what comes.
protocol Fetch: AnyObject {
  /// - Throws: when the request cannot even be made.
  func begin() throws(ProviderError)
  /// Something happened to a request that it sent.
  func http(_ event: HTTPEvent)
  /// The wait that it asked for is over.
  func timer()
  /// `backlog` bytes of its sound are not decoded yet: time to ask for more, or not.
  func taken(backlog: Int)
  /// Nobody wants it any more; nothing is told from here on.
  func cancel()
}

/// What a fetch needs of its session.
protocol FetchOwner: AnyObject {
  /// Sends a request, whose events come to `fetch`.
  func send(_ request: Order, for fetch: any Fetch) throws(ProviderError) -> HTTPExchange
  func wake(_ fetch: any Fetch, inMs: Int)
  var nowMs: Int { get }
  /// A job is to be ended, even after the session.
  func cancelJob(_ path: String)
}

/// A request before it is sent.
struct Order {
  var method = "POST"
  /// Absolute.
  var url: String
  var body: [UInt8] = []
  /// False for places that are not the server, such as a link to a sound.
  var isSigned = true
  var credit = 0
  /// For calls that wait by design.
  var firstByteMs: Int?
}

/// What a fetch tells.
enum FetchNews {
  /// The server took the text.
  case accepted
  /// More sound, as it came: WAV or raw.
  case sound([UInt8])
  /// It was whole; milliseconds on a worker where the server tells them.
  case whole(computeMs: Int?)
  case failed(ProviderError)
}
