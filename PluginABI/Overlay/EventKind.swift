// The kinds of events as Swift names.

import PluginABI

/// The kind of an event: a 16-bit number that both sides may extend, so an unknown one is simply not equal to any of these.
public struct EventKind: RawRepresentable, Hashable, Sendable {
  public let rawValue: UInt16
  @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

  public static let accountState = EventKind(rawValue: 1)
  public static let ready = EventKind(rawValue: 2)
  public static let interrupted = EventKind(rawValue: 3)
  public static let resumed = EventKind(rawValue: 4)
  public static let closed = EventKind(rawValue: 5)
  public static let accepted = EventKind(rawValue: 6)
  public static let usage = EventKind(rawValue: 7)
  public static let completed = EventKind(rawValue: 8)
  public static let cancelled = EventKind(rawValue: 9)
  public static let failed = EventKind(rawValue: 10)
  public static let resume = EventKind(rawValue: 11)
  public static let drain = EventKind(rawValue: 12)
  public static let timer = EventKind(rawValue: 13)

  public static let speechStarted = EventKind(rawValue: 256)
  public static let transcript = EventKind(rawValue: 257)
  public static let turnEnd = EventKind(rawValue: 258)
  public static let turnResumed = EventKind(rawValue: 259)
  public static let flushed = EventKind(rawValue: 260)

  public static let text = EventKind(rawValue: 512)
  public static let toolBegin = EventKind(rawValue: 513)
  public static let toolCall = EventKind(rawValue: 514)
  public static let opaque = EventKind(rawValue: 515)

  public static let ttsAudio = EventKind(rawValue: 768)
  public static let ttsWords = EventKind(rawValue: 769)

  public static let progress = EventKind(rawValue: 1024)

  public static let offer = EventKind(rawValue: 1280)
  public static let offerGone = EventKind(rawValue: 1281)
  public static let leg = EventKind(rawValue: 1282)
  public static let lineAudio = EventKind(rawValue: 1283)
  public static let dtmf = EventKind(rawValue: 1284)
  public static let played = EventKind(rawValue: 1285)
  public static let quality = EventKind(rawValue: 1286)

  public static let routeRequest = EventKind(rawValue: 4096)
  public static let socketOpen = EventKind(rawValue: 4112)
  public static let socketText = EventKind(rawValue: 4113)
  public static let socketBinary = EventKind(rawValue: 4114)
  public static let socketClosed = EventKind(rawValue: 4115)
  public static let webSocketOpen = EventKind(rawValue: 4116)
  public static let webSocketRefused = EventKind(rawValue: 4117)
  public static let httpHead = EventKind(rawValue: 4128)
  public static let httpBody = EventKind(rawValue: 4129)
  public static let httpDone = EventKind(rawValue: 4130)
  public static let httpFailed = EventKind(rawValue: 4131)
  public static let stateItem = EventKind(rawValue: 4144)
  public static let stateStored = EventKind(rawValue: 4145)
  public static let stateConflict = EventKind(rawValue: 4146)
  public static let stateChanged = EventKind(rawValue: 4147)
  public static let stateFailed = EventKind(rawValue: 4148)
  public static let leaseHeld = EventKind(rawValue: 4149)
  public static let leaseLost = EventKind(rawValue: 4150)

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
