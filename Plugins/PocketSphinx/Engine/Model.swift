// The files a decoder is made of.

import Glibc

/// An acoustic model with the words and phrases of one domain. Equal models share decoders.
public struct Model: Hashable, Sendable {
  /// Folder of the acoustic model.
  public let acoustics: String
  /// Pronunciations, one per line.
  public let dictionary: String
  /// N-grams in ARPA or binary form.
  public let language: String
  /// Folder of the grammars, `NAME.gram` in JSGF; empty = none.
  public let grammars: String

  /// Where Debian's `pocketsphinx-en-us` puts its model.
  public static let debianAcoustics = "/usr/share/pocketsphinx/model/en-us/en-us"

  public init(acoustics: String = debianAcoustics, dictionary: String, language: String, grammars: String = "") {
    self.acoustics = acoustics
    self.dictionary = dictionary
    self.language = language
    self.grammars = grammars
  }

  /// The vocabulary in `folder`: `domain.dict`, `domain.lm` and its grammars.
  public init(acoustics: String = debianAcoustics, vocabulary folder: String) {
    self.init(
      acoustics: acoustics, dictionary: "\(folder)/domain.dict", language: "\(folder)/domain.lm", grammars: folder)
  }

  /// Reads no more than the files' heads: the library ends the whole process on some files that are not there.
  func check() throws(RecogniserProblem) {
    for part in ["mdef", "means", "variances", "transition_matrices", "feat.params"] {
      try Self.check("\(acoustics)/\(part)", is: "part of the acoustic model: install pocketsphinx-en-us, or correct the setting 'hmm'")
    }
    try Self.check(dictionary, is: "the dictionary of the vocabulary")
    try Self.check(language, is: "the language model of the vocabulary")
  }

  /// The file of a grammar. A name never leaves the folder.
  func grammar(_ name: String) throws(RecogniserProblem) -> String {
    let isName =
      (1...64).contains(name.utf8.count)
      && name.utf8.allSatisfy {
        (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x5F || $0 == 0x2D
      }
    guard isName else { throw .grammarName(String(name.prefix(64))) }
    let file = "\(grammars)/\(name).gram"
    try Self.check(file, is: "the grammar of the expected answer")
    return file
  }

  private static func check(_ file: String, is what: String) throws(RecogniserProblem) {
    var info = stat()
    guard stat(file, &info) == 0, info.st_mode & S_IFMT == S_IFREG, access(file, R_OK) == 0 else {
      throw .missing(file: file, what: what)
    }
    guard info.st_size > 0 else { throw .empty(file: file) }
  }
}
