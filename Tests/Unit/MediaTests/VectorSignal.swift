// The signal of the Silero vectors, from integers alone; keep in step with `signal` in Tests/Tools/silero-vectors.py.

/// Syllables over growing noise: twelve seconds at 8,000 or 16,000 Hz.
func vectorSignal(rate: Int) -> [Int16] {
  let wide = rate == 16_000
  let vowels =
    wide
    ? [[30941, 29232, 18331], [32076, 19991, 12084], [31561, 24102, 17919], [32034, 30274, 20321]]
    : [[26677, 20649, -10506], [31043, -7114, -22103], [29043, 3949, -11417], [30877, 24433, -5812]]
  let damping = wide ? [15877, 15753, 15508] : [15386, 15146, 14678]
  let (pulse, hiss, quieter) = wide ? (600, 9, 1) : (8000, 8, 3)
  var y1 = [0, 0, 0]
  var y2 = [0, 0, 0]
  var noise: UInt32 = 12345
  var phase = 0
  return (0..<rate * 12).map { n in
    noise = noise &* 1_664_525 &+ 1_013_904_223
    let white = Int(noise >> 16) - 32_768
    let ms = n * 1_000 / rate
    let (syllable, within, spoken) = (ms / 200, ms % 200, ms % 4_000 < 2_600)
    phase += 120 - (ms % 4_000) / 80 + within / 10
    var x = 0
    if phase >= rate {
      phase -= rate
      x = spoken && within < 150 ? pulse : 0
    }
    if spoken && within >= 170 { x += white >> hiss }
    let vowel = vowels[(syllable * 7 + syllable / 4) % 4]
    for i in 0..<3 {
      let y = x + ((vowel[i] * y1[i] - damping[i] * y2[i]) >> 14)
      (y1[i], y2[i]) = (y, y1[i])
      x = y >> 1
    }
    return Int16(clamping: (y1[2] >> quieter) + ((white * (ms / 12)) >> 17))
  }
}
