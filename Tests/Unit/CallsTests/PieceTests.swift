// In what pieces a recogniser is given the caller's sound.

import Testing

@Suite struct PieceTests {
  /// While nobody speaks and no word is awaited, sound comes in pieces of 80 ms; speech comes frame by frame, and no sample is left out.
  @Test func silenceInPieces() throws {
    let world = try World()
    world.stage.keepsListened = true
    let caller = world.answeredCall()
    let frame = world.stage.rate / 50
    world.run(ms: 1000)
    caller.silent(100)
    world.run(until: { world.stage.pieces.count >= 5 })
    let quiet = world.stage.pieces
    // The first ends with the beat that all calls of the loop share.
    #expect(quiet.dropFirst().allSatisfy { $0 == 4 * frame } && quiet[0] >= 2 * frame, "\(quiet)")
    caller.says("one two three four", afterMs: 0)
    world.run(until: { !world.understood.isEmpty })
    #expect(world.understood == ["one two three four"])
    let frames = world.stage.pieces[quiet.count...].count { $0 == frame }
    // Four words of sound; the first of them is in the pieces that were made before it was known to be one.
    #expect(frames * 20 >= 3 * WordSound.wordMs, "\(world.stage.pieces)")
  }
}
