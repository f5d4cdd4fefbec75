// The built program, run as a person runs it.

import CommonHarness
import Foundation

/// `patchbay` as a process of its own.
enum Program {
  struct Result {
    let code: Int32
    let output: String
    let complaint: String
    var lines: [String] { output.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init) }
  }

  /// Beside the program that runs the tests.
  static let folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path

  /// Far above what any of these commands needs, so that only one that hangs meets it.
  private static let deadlineSeconds = 120.0

  /// Runs a command to its end.
  /// - Parameter words: when it has printed these words, it is interrupted as if by Ctrl-C.
  static func run(_ arguments: [String], interruptAfter words: String? = nil) throws -> Result {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: folder + "/patchbay")
    process.arguments = arguments
    let output = Pipe()
    let complaint = Pipe()
    process.standardOutput = output
    process.standardError = complaint
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let watchdog = DispatchWorkItem { process.terminate() }
    DispatchQueue.global().asyncAfter(deadline: .now() + deadlineSeconds, execute: watchdog)
    // Nothing these commands print fills a pipe, so the two may be read one after the other.
    var out = Data()
    if let words {
      while !String(decoding: out, as: UTF8.self).contains(words) {
        let more = output.fileHandleForReading.availableData
        if more.isEmpty { break }
        out += more
      }
      process.interrupt()
    }
    out += output.fileHandleForReading.readDataToEndOfFile()
    let err = complaint.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    watchdog.cancel()
    return Result(
      code: process.terminationStatus, output: String(decoding: out, as: UTF8.self), complaint: String(decoding: err, as: UTF8.self))
  }

  /// Runs a command on a state folder and folders of providers and tenants below `scratch`.
  static func run(_ arguments: [String], in scratch: Scratch, state: String? = nil) throws -> Result {
    try run(
      arguments + [
        "--state", state ?? scratch.path + "/state", "--plugins", scratch.path + "/plugins.d", "--config", scratch.path + "/tenants",
        "--libraries", folder, "--weights", scratch.path,
      ])
  }
}
