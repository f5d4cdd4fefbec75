// Compares what the agent meant to say with what was played.

/// How much of a reply reached the caller.
struct Heard: Equatable {
    /// Something was played, and none of it is from the reply: another provider spoke.
    let foreign: Bool
    /// How many of the reply's sentences were played whole.
    let whole: Int

    init(_ sentences: [String], in played: String) {
        let words = Words.tokens(played, most: Words.mostWords)
        let wanted = sentences.map { Words.tokens($0, most: Words.mostWords) }
        whole = wanted.prefix { YesNoReader.contains(words, $0) }.count
        let touched = whole > 0 || wanted.contains { YesNoReader.contains(words, $0) || Heard.breaksOff(words, in: $0) }
        foreign = !words.isEmpty && !sentences.isEmpty && !touched
    }

    /// Whether the played words end with the beginning of the sentence. One word is enough only when nothing else was played.
    private static func breaksOff(_ words: [String], in sentence: [String]) -> Bool {
        for length in stride(from: min(words.count, sentence.count), to: 0, by: -1) {
            let tail = words.suffix(length)
            guard tail.dropLast().elementsEqual(sentence.prefix(length - 1)), let last = tail.last,
                sentence[length - 1].hasPrefix(last)
            else { continue }
            return length >= 2 || words.count == 1
        }
        return false
    }
}
