// Runs simulated worlds: `patchbay-simulate --seed 1 --hours 100`.

import Glibc
import Simulation

/// The value behind `--name`, as a number.
func value(_ name: String) -> Double? {
  let arguments = CommandLine.arguments
  guard let index = arguments.firstIndex(of: "--\(name)"), index + 1 < arguments.count else { return nil }
  return Double(arguments[index + 1])
}

func seconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

let first = UInt64(value("seed") ?? 1)
let hours = value("hours") ?? 100
let flaw = CommandLine.arguments.firstIndex(of: "--flaw").flatMap { index in
  CommandLine.arguments.indices.contains(index + 1) ? Flaw(rawValue: CommandLine.arguments[index + 1]) : nil
}
var seed = first
var (callHours, calls, facts, violations) = (0.0, 0, 0, 0)
var trace: UInt64 = 0
let began = seconds()
while callHours < hours, violations < 1 || CommandLine.arguments.contains("--go-on") {
  do {
    let outcome = try Simulation.run(
      seed: seed, minutes: value("minutes").map { Int($0) }, lines: value("lines").map { Int($0) }, flaw: flaw)
    callHours += outcome.callHours
    calls += outcome.calls
    facts += outcome.facts
    trace = (trace ^ outcome.trace) &* 0x100_0000_01b3
    if let violation = outcome.violation {
      violations += 1
      print(violation)
      fflush(nil)
    }
  } catch {
    print("the world of seed \(seed) could not be made: \(error)")
    exit(2)
  }
  seed += 1
}
let took = seconds() - began
print("seeds \(first) to \(seed - 1): \(callHours) call-hours, \(calls) calls, \(facts) facts, \(violations) violations")
print("trace \(String(trace, radix: 16))")
print("\(took) s of processor time: \(callHours / took * 60) call-hours in a minute")
exit(violations == 0 ? 0 : 1)
