// The script of a simulated world: what the puppets do, and what they have seen.

import Synchronization
import Vox

/// One world's script and record. A world runs on one thread, and so does everything that touches its stage.
final class Stage: @unchecked Sendable {
  let id: String
  let codes = Codebook()
  /// Hz of the line, and of the providers where they differ.
  var rate = 8000
  /// What the line could run at; then each offer names `rate`. Nil: the line has that one alone.
  var lineRates: [Int]?
  var earsRate: Int?
  var voiceRate: Int?

  // MARK: How sessions open

  enum Opening {
    case ready(afterMs: Int), throwing(ProviderError), failing(afterMs: Int, ProviderError), mute
    /// Ready at once; the session is lost later, whatever it does then.
    case lost(afterMs: Int, ProviderError)
  }
  var openings: [Role: Opening] = [:]
  /// Laid over the manifest's traits when a session is ready.
  var traits: [Role: JSONValue] = [:]

  // MARK: The line

  struct LineScript {
    var answerMs = 20
    /// What the line does when it is told to be silent: true drops what it has, false plays it to its end.
    var clears = true
    /// Samples of speech it takes before it says WOULD_BLOCK; nil: any.
    var room: Int?
    var tellsPlayed = true
    /// SPEAK number so many fails with this error.
    var speakFailures: [Int: ProviderError] = [:]
    /// Never says CANCELLED or COMPLETED for SPEAK.
    var isMute = false
    var transfer: (afterMs: Int, outcome: JSONValue) = (500, ["outcome": "answered", "caller_kept": false])
    var keepsSound = true
    /// False: nothing is sent while the caller is silent, as on lines with discontinuous transmission.
    var sendsSilence = true
    /// How many pieces a frame of the caller's sound comes in.
    var piecesPerFrame = 1
  }
  var line = LineScript()
  var openLine: ((String) -> Void)?
  var dropOffer: ((String) -> Void)?
  var callers: [String: Caller] = [:]
  var offers = 0
  /// Accounts that were closed before their sessions were gone.
  var closedTooEarly = 0
  /// OFFERs that were refused, with the cause.
  var rejected: [String] = []

  // MARK: The recogniser

  struct EarsScript {
    var interimMs: Int? = 80
    var finalMs = 150
    /// Says that it hears speech, without words, with every so many milliseconds of sound.
    var noticesEveryMs: Int?
    /// Permille of the next finals, in order; then 950.
    var confidences: [Int] = []
    /// Says WOULD_BLOCK from this many samples on, for so long.
    var block: (atSample: Int, forMs: Int)?
    /// Fails after so many samples.
    var failAtSample: Int?
    /// Ends its op after so many samples, unasked.
    var completeAtSample: Int?
  }
  var ears = EarsScript()
  /// Every word that came in with sound, in order.
  var recognised: [String] = []
  var listened: [Int16] = []
  var keepsListened = false
  /// Samples of each push to a recogniser, kept together with `listened`.
  var pieces: [Int] = []

  // MARK: The model

  enum Step {
    case wait(Int)
    case text(String)
    case tool(id: String, name: String, JSONValue)
    case usage(Int)
    case end(JSONValue)
    case fail(ProviderError)
    /// Says nothing any more.
    case hang
    /// Ends, then goes on sending.
    case endTwice
  }
  /// What the model answers; asked with each request.
  var think: (ChatRequest) -> [Step] = { _ in [.wait(200), .text("Fine."), .end(["stop": "end"])] }
  var requests: [(at: UInt64, chat: ChatRequest)] = []

  /// Answers the requests one after the other, the last of them for ever.
  func answers(_ answers: [[Step]]) {
    var number = 0
    think = { _ in
      number += 1
      return answers[min(number, answers.count) - 1]
    }
  }

  /// One sentence after 200 ms.
  static func says(_ text: String) -> [Step] { [.wait(200), .text(text), .end(["stop": "end"])] }
  /// How each CHAT ended: `completed`, `cancelled`, `failed`.
  var chatEnds: [String] = []

  // MARK: The voice

  struct VoiceScript {
    var firstByteMs = 100
    /// Sound per time, permille of real time; 0: as fast as the host takes it.
    var speedPermille = 0
    var wordTimes = true
    /// What becomes of SAY number so many.
    var faults: [Int: VoiceFault] = [:]
  }
  enum VoiceFault {
    case throwing, failing(afterMs: Int), mute, withoutEnd, lateSound, empty
    /// Says no at once.
    case refusing(ProviderError)
    /// Breaks off after so much sound.
    case cut(afterMs: Int)

    var cutAtMs: Int? { if case .cut(let ms) = self { ms } else { nil } }
  }
  var voice = VoiceScript()
  var sayings: [String] = []
  /// Which of them are SSML.
  var marked: [Bool] = []
  /// The numbers of those that were cancelled, in the order in which they were.
  var silenced: [Int] = []
  /// What emits after the end of an op were answered.
  var lateAnswers: [String] = []
  var blocked = 0
  var resumed = 0

  // MARK: The tool

  struct Result {
    var afterMs = 100
    var json: JSONValue = ["result": "done"]
    var error: ProviderError?
    var progress: String?
    var isMute = false
  }
  var perform: (String, JSONValue) -> Result = { _, _ in Result() }
  var performed: [(name: String, arguments: JSONValue, key: String)] = []
  var toolCancels = 0

  // MARK: Last resort

  var hasRecordings = false
  /// What callers left as messages.
  var messages: [[Int16]] = []

  // MARK: One provider among several

  enum EarsFault {
    /// Ready, and says nothing to anything.
    case deaf
    case cut(atSample: Int)
  }
  /// By the name of the provider; they go before what stands for all.
  var openingsOf: [String: Opening] = [:]
  var traitsOf: [String: JSONValue] = [:]
  var earsFaults: [String: EarsFault] = [:]
  var voiceFaults: [String: VoiceFault] = [:]
  var minds: [String: (ChatRequest) -> [Step]] = [:]
  /// Who was opened, asked to think, asked to speak, in order.
  var opened: [String] = []
  /// How often recognisers were asked for what they had.
  var askedForFinals = 0
  var asked: [String] = []
  var spokenBy: [String] = []

  func opening(_ name: String, _ role: Role) -> Opening { openingsOf[name] ?? openings[role] ?? .ready(afterMs: 0) }

  // MARK: Finding it

  private static let all = Mutex<[String: Stage]>([:])
  private static let counter = Atomic(0)

  init() {
    id = "stage-\(Self.counter.add(1, ordering: .relaxed).newValue)"
    Self.all.withLock { $0[id] = self }
  }

  static func find(_ id: String) -> Stage? { all.withLock { $0[id] } }
  func leave() { Self.all.withLock { $0[id] = nil } }
}
