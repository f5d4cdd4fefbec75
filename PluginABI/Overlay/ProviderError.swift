// The failure of a piece of work as a Swift value.

public import PluginABI

/// The class of an error: the one list of the ABI. See `vox/error.h` for what each means.
public enum ErrorClass: UInt16, Sendable, CaseIterable, Codable {
  case auth = 1
  case quota, rate, invalid, overloaded, unavailable, timeout, refused, `internal`, crashed, caller

  public var name: String { String(describing: self) }
}

/// How far an error reaches; only `provider` takes the provider away from everybody.
public enum ErrorScope: UInt16, Sendable, Codable {
  case op = 0
  case session, account, provider

  public var name: String { String(describing: self) }
}

/// Whether the failed work may have taken effect.
public enum SideEffects: UInt16, Sendable, Codable {
  case none = 0
  case maybe, yes

  public var name: String { String(describing: self) }
}

/// What went wrong with a piece of work: class, scope and side effects decide what the host does next.
public struct ProviderError: Error, Hashable, Sendable, CustomStringConvertible {
  public var cls: ErrorClass
  public var scope: ErrorScope
  public var effects: SideEffects
  /// How long the vendor asked to wait; 0 when it did not.
  public var retryAfterMs: UInt32
  /// The vendor's HTTP status, close code or the like; 0 when there was none.
  public var wireStatus: Int32
  /// Stable and short, for programs.
  public var code: String
  /// The vendor's own id of the request, for its support desk.
  public var requestID: String
  /// One English sentence that may be shown to a tenant.
  public var message: String
  /// For the operator only.
  public var detail: String

  public init(
    _ cls: ErrorClass, _ message: String, scope: ErrorScope = .op, effects: SideEffects = .none, code: String = "",
    retryAfterMs: UInt32 = 0, wireStatus: Int32 = 0, requestID: String = "", detail: String = ""
  ) {
    self.cls = cls
    self.scope = scope
    self.effects = effects
    self.retryAfterMs = retryAfterMs
    self.wireStatus = wireStatus
    self.code = code
    self.requestID = requestID
    self.message = message
    self.detail = detail
  }

  public var description: String { code.isEmpty ? "\(cls.name): \(message)" : "\(cls.name) (\(code)): \(message)" }

  /// Reads an error that crossed the ABI. A class, scope or effect outside the closed lists reads as the plugin's own fault.
  public init(_ e: vox_error) {
    self.init(
      ErrorClass(rawValue: e.cls) ?? .internal, e.message.string, scope: ErrorScope(rawValue: e.scope) ?? .op,
      effects: SideEffects(rawValue: e.effects) ?? .maybe, code: e.code.string, retryAfterMs: e.retry_after_ms,
      wireStatus: e.wire_status, requestID: e.request_id.string, detail: e.detail.string)
  }

  /// An error must fit an event with everything in it, whatever a stranger wrote into it: bytes of code and request, of the sentences.
  private static let longestName = 128
  private static let longestSentence = 1_024

  /// Lends the error in the form of the ABI for the length of `body`. Texts that are longer than an error's are cut.
  public func withVox<R>(_ body: (vox_error) -> R) -> R {
    withView(code.cut(to: Self.longestName)) { code in
      withView(requestID.cut(to: Self.longestName)) { requestID in
        withView(message.cut(to: Self.longestSentence)) { message in
          withView(detail.cut(to: Self.longestSentence)) { detail in
            body(
              vox_error(
                struct_size: UInt32(MemoryLayout<vox_error>.size), cls: cls.rawValue, scope: scope.rawValue,
                effects: effects.rawValue, flags: 0, retry_after_ms: retryAfterMs, wire_status: wireStatus, zero: 0,
                code: code, request_id: requestID, message: message, detail: detail))
          }
        }
      }
    }
  }
}

extension String {
  /// At most so many bytes of UTF-8, cut between scalars: one character of a stranger's may have any length.
  fileprivate func cut(to limit: Int) -> String {
    guard utf8.count > limit else { return self }
    var end = utf8.index(startIndex, offsetBy: limit)
    while end.samePosition(in: unicodeScalars) == nil { end = utf8.index(before: end) }
    return String(unicodeScalars[..<end])
  }
}
