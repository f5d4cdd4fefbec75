// Every bound of the configuration files, each with its reason.

enum Limits {
  /// Far above what an agent with long instructions needs; a larger file is not one of ours.
  static let fileBytes = 256 << 10
  /// Deeper than any shape that is read, shallower than any stack.
  static let depth = 32
  /// Secrets are keys and tokens; service account files are the longest known.
  static let secretBytes = 64 << 10
  /// A shorter secret cannot be kept out of logs without masking ordinary words.
  static let shortestSecretBytes = 4
  /// Problems reported per file; a file with more is of another kind altogether.
  static let problems = 50
}
