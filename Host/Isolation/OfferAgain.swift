// What found no room is offered again, and nothing overtakes what it belongs behind.

extension Array {
  /// Offers each element, in order, and removes those that are taken. Behind one that is refused no other of the same owner is offered.
  mutating func offerAgain<Owner: Equatable>(by owner: (Element) -> Owner, _ isTaken: (Element) -> Bool) {
    var refused: [Owner] = []
    removeAll { element in
      let owner = owner(element)
      guard !refused.contains(owner) else { return false }
      guard !isTaken(element) else { return true }
      refused.append(owner)
      return false
    }
  }
}
