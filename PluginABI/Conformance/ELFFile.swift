// Reads of an ELF file what must be known before the dynamic linker may see it: for which machine, and what it exports.

import Glibc

/// The head and the exported symbols of a shared library, read from the file alone; nothing of it runs.
/// Source: System V ABI, "Object Files" (ELF-64).
struct ELFFile {
  /// One sentence on why this is no library for this machine.
  struct Problem: Error {
    let sentence: String
  }

  /// Names of the defined global and weak symbols that other images can see.
  let exports: [String]

  /// Beyond this size a table of the file is taken for damage.
  private static let maxTable: UInt64 = 64 << 20

  init(path: String) throws {
    let fd = open(path, O_RDONLY | O_CLOEXEC)
    guard fd >= 0 else { throw Problem(sentence: "\(path) cannot be opened: \(String(cString: strerror(errno)))") }
    defer { close(fd) }
    let file = Piece(fd: fd)
    guard try file.size >= 4, try file.read(0, 4, "its mark") == [0x7F, 0x45, 0x4C, 0x46] else {
      throw Problem(sentence: "it is not an ELF file; build a shared library (.so) for Linux")
    }
    let head = try file.read(0, 64, "its head")
    try Self.check(head)
    guard let sections = try Self.sections(file, head) else {
      throw Problem(sentence: "it has no table of sections; link it without removing that (strip -s is fine)")
    }
    guard let symbols = sections.first(where: { $0.type == 11 }) else {
      throw Problem(sentence: "it has no dynamic symbols at all; link it with -shared")
    }
    guard symbols.link < sections.count else { throw Problem(sentence: "its dynamic symbols name no table of strings") }
    let names = try file.read(sections[symbols.link].offset, sections[symbols.link].size, "the names of its symbols")
    let table = try file.read(symbols.offset, symbols.size, "its dynamic symbols")
    exports = stride(from: 0, to: table.count - table.count % 24, by: 24).compactMap { Self.export(table, $0, names) }
  }

  private static func check(_ head: [UInt8]) throws {
    guard head[4] == 2 else { throw Problem(sentence: "it is a 32-bit library; this host needs a 64-bit one") }
    let mine: UInt8 = UInt16(1).littleEndian == 1 ? 1 : 2
    guard head[5] == mine else { throw Problem(sentence: "its byte order is not that of this machine") }
    let machine = head.number(18, UInt16.self)
    guard machine == thisMachine else {
      throw Problem(sentence: "it is built for \(name(machine)), this machine is \(name(thisMachine)); build it here or for here")
    }
    guard head.number(16, UInt16.self) == 3 else {
      throw Problem(sentence: "it is not a shared library; link it with -shared")
    }
  }

  private struct Section {
    let type: UInt32
    let offset: UInt64
    let size: UInt64
    let link: Int
  }

  private static func sections(_ file: Piece, _ head: [UInt8]) throws -> [Section]? {
    let offset = head.number(40, UInt64.self)
    let size = Int(head.number(58, UInt16.self))
    let count = Int(head.number(60, UInt16.self))
    guard offset > 0, count > 0, size >= 64 else { return nil }
    let table = try file.read(offset, UInt64(size * count), "its table of sections")
    return (0..<count).map { i in
      let at = i * size
      return Section(
        type: table.number(at + 4, UInt32.self), offset: table.number(at + 24, UInt64.self),
        size: table.number(at + 32, UInt64.self), link: Int(table.number(at + 40, UInt32.self)))
    }
  }

  /// The name of the symbol at `at`, when another image can see it: bound global, weak or unique, defined in a section of this
  /// file, of default or protected visibility.
  private static func export(_ table: [UInt8], _ at: Int, _ names: [UInt8]) -> String? {
    let binding = table[at + 4] >> 4
    let visibility = table[at + 5] & 3
    let section = table.number(at + 6, UInt16.self)
    guard [1, 2, 10].contains(binding), [0, 3].contains(visibility), section != 0, section < 0xFF00 else { return nil }
    let start = Int(table.number(at, UInt32.self))
    guard start < names.count else { return nil }
    return String(decoding: names[start...].prefix { $0 != 0 }, as: UTF8.self)
  }

  /// e_machine of this process.
  private static var thisMachine: UInt16 {
    #if arch(x86_64)
      62
    #elseif arch(arm64)
      183
    #else
      243
    #endif
  }

  private static func name(_ machine: UInt16) -> String {
    switch machine {
    case 62: "x86-64"
    case 183: "AArch64"
    case 243: "RISC-V"
    case 3: "32-bit x86"
    case 40: "32-bit ARM"
    default: "machine number \(machine)"
    }
  }

  /// Reads pieces of an open file.
  private struct Piece {
    let fd: Int32

    var size: UInt64 {
      get throws {
        var status = stat()
        guard fstat(fd, &status) == 0, let size = UInt64(exactly: status.st_size) else {
          throw Problem(sentence: "it cannot be read: \(String(cString: strerror(errno)))")
        }
        return size
      }
    }

    func read(_ offset: UInt64, _ count: UInt64, _ what: String) throws -> [UInt8] {
      let size = try size
      let (end, over) = offset.addingReportingOverflow(count)
      guard !over, end <= size, count <= maxTable, let length = Int(exactly: count), let from = off_t(exactly: offset) else {
        throw Problem(sentence: "it is cut off or damaged: \(what) should be at bytes \(offset) to \(end), the file has \(size)")
      }
      var bytes = [UInt8](repeating: 0, count: length)
      let got = bytes.withUnsafeMutableBytes { pread(fd, $0.baseAddress, length, from) }
      guard got == length else { throw Problem(sentence: "\(what) cannot be read") }
      return bytes
    }
  }
}

extension [UInt8] {
  /// The number at `at` in this machine's byte order, which `check` made sure of; the caller made sure of the bounds.
  fileprivate func number<N: FixedWidthInteger>(_ at: Int, _ type: N.Type) -> N {
    withUnsafeBytes { $0.loadUnaligned(fromByteOffset: at, as: type) }
  }
}
