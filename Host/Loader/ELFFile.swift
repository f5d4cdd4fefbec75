// Looks at a library before the dynamic linker does: a linker that maps a file cut short takes the whole process down.

import Glibc
public import Vox

/// The checks that need only the file's own headers: ELF-64, System V ABI, generic part, chapters 4 and 5.
public enum ELFFile {
  private static let headerBytes = 64
  private static let segmentBytes = 56
  /// More segments than any linker makes; it bounds what is read.
  private static let maxSegments = 128
  private static let load: UInt32 = 1

  /// Throws one sentence about the first thing that is wrong with the file at `path`.
  public static func check(_ path: String) throws(ProviderError) {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else {
      let why = errno == ENOENT ? "was not found; build it, or correct `library:`" : "cannot be read: \(String(cString: strerror(errno)))"
      throw ProviderError(.invalid, "the library \(path) \(why)", code: "file_missing")
    }
    defer { close(file) }
    guard let head = read(file, at: 0, count: headerBytes), head.starts(with: [0x7F, 0x45, 0x4C, 0x46]) else {
      throw ProviderError(.invalid, "\(path) is not a shared library (no ELF header); build it with -shared", code: "not_elf")
    }
    // e_ident[EI_CLASS] 2: 64 bits; e_machine at 18.
    let machine = UInt16(number(head, at: 18, bytes: 2))
    guard head[4] == 2, mine == 0 || machine == mine else {
      throw ProviderError(
        .invalid,
        "\(path) was built for another machine (ELF machine \(machine), this one is \(mine)); install the build for this architecture",
        code: "other_architecture")
    }
    var status = stat()
    let size = fstat(file, &status) == 0 ? UInt64(max(status.st_size, 0)) : 0
    let needed = neededBytes(file, head)
    guard size >= needed else {
      throw ProviderError(
        .invalid, "\(path) is cut short: it has \(size) bytes and says that it has \(needed) or more; copy or build it again",
        code: "truncated")
    }
  }

  /// Where the last segment that is loaded ends in the file; out of range when the headers themselves are missing.
  private static func neededBytes(_ file: Int32, _ head: [UInt8]) -> UInt64 {
    let count = Int(number(head, at: 56, bytes: 2))
    guard count <= maxSegments, number(head, at: 54, bytes: 2) == segmentBytes else { return .max }
    let offset = number(head, at: 32, bytes: 8)
    guard offset <= 1 << 40, let table = read(file, at: Int(offset), count: count * segmentBytes) else { return .max }
    var needed: UInt64 = 0
    for at in stride(from: 0, to: table.count, by: segmentBytes) where UInt32(number(table, at: at, bytes: 4)) == load {
      // p_offset at 8, p_filesz at 32.
      let (end, overflow) = number(table, at: at + 8, bytes: 8).addingReportingOverflow(number(table, at: at + 32, bytes: 8))
      needed = overflow ? .max : max(needed, end)
    }
    return needed
  }

  /// This machine's number; 0 where it is not known, and nothing is held against it.
  private static var mine: UInt16 {
    #if arch(x86_64)
      62
    #elseif arch(arm64)
      183
    #else
      0
    #endif
  }

  /// Exactly so many bytes; nil when the file has fewer there.
  private static func read(_ file: Int32, at offset: Int, count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    return pread(file, &bytes, count, offset) == count ? bytes : nil
  }

  /// A little-endian number; the caller has made sure that the bytes are there.
  private static func number(_ bytes: [UInt8], at offset: Int, bytes count: Int) -> UInt64 {
    bytes[offset..<offset + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
