// A broken machine: a voice that breaks off is continued after the word that was begun, not after the one that was heard.

/// A word counts as said as soon as its sound begins.
final class SpliceAtGenerated: Border {
  override func wordEnd(_ end: Int, wordSamples: Int) -> Int { max(end - wordSamples + 80, 1) }
}
