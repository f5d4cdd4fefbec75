// How rough a simulated world is; drawn from its seed.

/// Rates of everything that goes wrong, and the size of the world.
struct Climate {
  /// Virtual minutes in which callers come.
  var minutes = 10
  /// Calls at the same time.
  var lines = 8
  /// Of a thousand pieces of work so many go wrong, apart from outages.
  var mishapPermille = 20
  /// Between two outages of one vendor in one role, on average.
  var secondsBetweenSpells = 400
  /// Between two moments at which everything that a tenant has for one role goes away.
  var secondsBetweenBlackouts = 500

  init(_ chance: inout Chance) {
    mishapPermille = chance.one([0, 5, 20, 60, 150])
    secondsBetweenSpells = chance.one([120, 400, 1200])
    secondsBetweenBlackouts = chance.one([150, 500, 3000])
    lines = chance.some(3...12)
  }
}
