// The small pronouncing dictionary of a flow, cut out of a large one.

/// Chooses the entries of a pronouncing dictionary in the CMU format (`word P HH OW N Z`, variants `word(2)`).
enum Pronunciation {
    /// The phones of the English acoustic model.
    static let phones: Set<String> = Set(
        "AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z ZH".split(separator: " ").map(String.init))

    /// The lines of `dictionary` for the given words with all their variants, by word.
    ///
    /// One pass over the bytes: the dictionary has 130,000 lines, of which a flow needs a few hundred.
    static func entries(for words: Set<String>, in dictionary: some Sequence<UInt8>) -> [String: [String]] {
        var found: [String: [String]] = [:]
        var line: [UInt8] = []
        func finish() {
            defer { line.removeAll(keepingCapacity: true) }
            guard let blank = line.firstIndex(where: { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }) else { return }
            var end = blank
            // "word(2)": the variant's number is no part of the word.
            if line[end - (end > 0 ? 1 : 0)] == UInt8(ascii: ")"), let open = line[..<end].lastIndex(of: UInt8(ascii: "(")), open > 0 { end = open }
            let word = String(decoding: line[..<end], as: UTF8.self)
            if words.contains(word) { found[word, default: []].append(String(decoding: line, as: UTF8.self)) }
        }
        for byte in dictionary {
            if byte == UInt8(ascii: "\n") { finish() } else if byte != UInt8(ascii: "\r") { line.append(byte) }
        }
        finish()
        return found
    }
}
