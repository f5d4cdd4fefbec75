// The kinds of events as Swift names.

import PluginABI

/// The kind of an event: a 16-bit number that both sides may extend, so an unknown one is simply not equal to any of these.
public struct EventKind: RawRepresentable, Hashable, Sendable {
  public let rawValue: UInt16
  @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

  @inlinable public static var accountState: EventKind { EventKind(rawValue: 1) }
  @inlinable public static var ready: EventKind { EventKind(rawValue: 2) }
  @inlinable public static var interrupted: EventKind { EventKind(rawValue: 3) }
  @inlinable public static var resumed: EventKind { EventKind(rawValue: 4) }
  @inlinable public static var closed: EventKind { EventKind(rawValue: 5) }
  @inlinable public static var accepted: EventKind { EventKind(rawValue: 6) }
  @inlinable public static var usage: EventKind { EventKind(rawValue: 7) }
  @inlinable public static var completed: EventKind { EventKind(rawValue: 8) }
  @inlinable public static var cancelled: EventKind { EventKind(rawValue: 9) }
  @inlinable public static var failed: EventKind { EventKind(rawValue: 10) }
  @inlinable public static var resume: EventKind { EventKind(rawValue: 11) }
  @inlinable public static var drain: EventKind { EventKind(rawValue: 12) }
  @inlinable public static var timer: EventKind { EventKind(rawValue: 13) }

  @inlinable public static var speechStarted: EventKind { EventKind(rawValue: 256) }
  @inlinable public static var transcript: EventKind { EventKind(rawValue: 257) }
  @inlinable public static var turnEnd: EventKind { EventKind(rawValue: 258) }
  @inlinable public static var turnResumed: EventKind { EventKind(rawValue: 259) }
  @inlinable public static var flushed: EventKind { EventKind(rawValue: 260) }

  @inlinable public static var text: EventKind { EventKind(rawValue: 512) }
  @inlinable public static var toolBegin: EventKind { EventKind(rawValue: 513) }
  @inlinable public static var toolCall: EventKind { EventKind(rawValue: 514) }
  @inlinable public static var opaque: EventKind { EventKind(rawValue: 515) }

  @inlinable public static var ttsAudio: EventKind { EventKind(rawValue: 768) }
  @inlinable public static var ttsWords: EventKind { EventKind(rawValue: 769) }

  @inlinable public static var progress: EventKind { EventKind(rawValue: 1024) }

  @inlinable public static var offer: EventKind { EventKind(rawValue: 1280) }
  @inlinable public static var offerGone: EventKind { EventKind(rawValue: 1281) }
  @inlinable public static var leg: EventKind { EventKind(rawValue: 1282) }
  @inlinable public static var lineAudio: EventKind { EventKind(rawValue: 1283) }
  @inlinable public static var dtmf: EventKind { EventKind(rawValue: 1284) }
  @inlinable public static var played: EventKind { EventKind(rawValue: 1285) }
  @inlinable public static var quality: EventKind { EventKind(rawValue: 1286) }

  @inlinable public static var routeRequest: EventKind { EventKind(rawValue: 4096) }
  @inlinable public static var socketOpen: EventKind { EventKind(rawValue: 4112) }
  @inlinable public static var socketText: EventKind { EventKind(rawValue: 4113) }
  @inlinable public static var socketBinary: EventKind { EventKind(rawValue: 4114) }
  @inlinable public static var socketClosed: EventKind { EventKind(rawValue: 4115) }
  @inlinable public static var webSocketOpen: EventKind { EventKind(rawValue: 4116) }
  @inlinable public static var webSocketRefused: EventKind { EventKind(rawValue: 4117) }
  @inlinable public static var httpHead: EventKind { EventKind(rawValue: 4128) }
  @inlinable public static var httpBody: EventKind { EventKind(rawValue: 4129) }
  @inlinable public static var httpDone: EventKind { EventKind(rawValue: 4130) }
  @inlinable public static var httpFailed: EventKind { EventKind(rawValue: 4131) }
  @inlinable public static var stateItem: EventKind { EventKind(rawValue: 4144) }
  @inlinable public static var stateStored: EventKind { EventKind(rawValue: 4145) }
  @inlinable public static var stateConflict: EventKind { EventKind(rawValue: 4146) }
  @inlinable public static var stateChanged: EventKind { EventKind(rawValue: 4147) }
  @inlinable public static var stateFailed: EventKind { EventKind(rawValue: 4148) }
  @inlinable public static var leaseHeld: EventKind { EventKind(rawValue: 4149) }
  @inlinable public static var leaseLost: EventKind { EventKind(rawValue: 4150) }

  /// Ends an op; exactly one of these per op.
  @inlinable public var isTerminal: Bool { rawValue >= 8 && rawValue <= 10 }
}

/// Roles by their id in the ABI.
public enum Role: String, Sendable, CaseIterable, Codable {
  case telephony = "vox.telephony/0"
  case stt = "vox.stt/0"
  case llm = "vox.llm/0"
  case tts = "vox.tts/0"
  case tool = "vox.tool/0"
  /// A draft: `vox/roles/draft/room.h`.
  case room = "vox.room/0"

  /// The word people use: `telephony`, `stt`, …
  ///
  /// Spelled out, because every attempt and every choice of a provider asks for it, and a name found by reflection costs more than both.
  public var name: String {
    switch self {
    case .telephony: "telephony"
    case .stt: "stt"
    case .llm: "llm"
    case .tts: "tts"
    case .tool: "tool"
    case .room: "room"
    }
  }

  /// By the case: a raw value would be hashed as text, and every choice of a provider looks its role up.
  public func hash(into hasher: inout Hasher) {
    let number: UInt8 =
      switch self {
      case .telephony: 0
      case .stt: 1
      case .llm: 2
      case .tts: 3
      case .tool: 4
      case .room: 5
      }
    hasher.combine(number)
  }
}

/// Op kinds, see the role headers.
public enum OpKind {
  public static let warm: UInt16 = 1
  public static let probe: UInt16 = 2
  public static let voices: UInt16 = 3
  public static let models: UInt16 = 4
  public static let listen: UInt16 = 16
  public static let publish: UInt16 = 16
  public static let expect: UInt16 = 17
  public static let chat: UInt16 = 16
  public static let vocabulary: UInt16 = 17
  public static let say: UInt16 = 16
  public static let invoke: UInt16 = 16
  public static let listTools: UInt16 = 17
  public static let dial: UInt16 = 16
  public static let ring: UInt16 = 17
  public static let answer: UInt16 = 18
  public static let reject: UInt16 = 19
  public static let speak: UInt16 = 20
  public static let sendDTMF: UInt16 = 21
  public static let transfer: UInt16 = 22
  public static let hold: UInt16 = 23
  public static let unhold: UInt16 = 24
  public static let caption: UInt16 = 25
}

/// Why a cancel or close happens; an unknown reason reads as `policy`.
public enum Reason: UInt16, Sendable {
  case policy = 0
  case bargeIn, hangUp, failover, shutdown, deadline, superseded

  public init(abi raw: UInt16) { self = Reason(rawValue: raw) ?? .policy }
}

/// Why a leg ended; an unknown cause reads as `failed`.
public enum LegCause: UInt16, Sendable {
  case none = 0
  case hangUp, transferred, busy, noAnswer, declined, failed

  public init(abi raw: UInt16) { self = LegCause(rawValue: raw) ?? .failed }
}
