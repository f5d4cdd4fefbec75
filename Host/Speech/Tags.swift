// The names that stand for sounds and markup rather than for words.

enum Tags {
  /// Sounds that voices perform, by the names that models of speech share. Where a voice has no such sound nothing is heard.
  static let paralinguistic: [String] = [
    "laugh", "laughs", "laughing", "laughter", "chuckle", "chuckles", "giggle", "giggles", "sigh", "sighs", "sighing", "gasp", "gasps",
    "cough", "coughs", "clear throat", "clears throat", "groan", "groans", "sniff", "sniffs", "shush", "yawn", "yawns", "breath",
    "breathes", "inhales", "exhales", "whisper", "whispers", "whispering", "hum", "hums", "cry", "cries", "sings", "excited", "sarcastic",
    "happy", "sad", "angry", "surprised", "calm", "cheerful", "nervous", "curious",
  ]
  static let known = Set(paralinguistic)

  /// Tags that ask for a moment of silence.
  static let pauses: Set<String> = ["pause", "short pause", "long pause", "break", "silence", "beat"]

  /// Elements of SSML 1.1 (W3C Recommendation, 2010).
  static let ssml: Set<String> = [
    "speak", "break", "prosody", "emphasis", "say-as", "phoneme", "sub", "voice", "audio", "p", "s", "mark", "lang", "w", "token",
    "lexicon", "lookup", "desc", "metadata", "meta",
  ]

  /// Those that say how to speak. The others are the voice's to write, or would fetch sound or change who speaks.
  static let spokenSSML: Set<String> = ["break", "prosody", "emphasis", "say-as", "phoneme", "sub", "lang", "p", "s", "w", "token"]

  /// Elements of HTML that begin a new line.
  static let lines: Set<String> = ["br", "p", "div", "li", "ul", "ol", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "s"]

  /// Other elements that models write.
  static let inline: Set<String> = [
    "b", "i", "u", "em", "strong", "a", "span", "code", "pre", "small", "sup", "td", "th", "thead", "tbody", "img", "blockquote", "mark",
    "del", "ins", "kbd", "font", "html", "body", "section", "details", "summary", "think", "thinking",
  ]

  /// Character references of HTML that are met in text.
  static let entities: [String: Unicode.Scalar] = [
    "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "#39": "'", "nbsp": " ", "ndash": "–", "mdash": "—", "euro": "€",
    "pound": "£",
  ]
}
