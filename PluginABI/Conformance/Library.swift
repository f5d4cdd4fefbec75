// The library under test: opened as the host opens it, and its entry asked.

import Glibc
import PluginABI
import Vox

/// An opened library. It stays mapped for the life of the process, because a Swift image cannot be unloaded.
struct Library {
  typealias Entry = @convention(c) (UInt32, UInt32, UnsafeMutablePointer<vox_view>) -> UnsafeRawPointer?
  typealias Table = UnsafePointer<vox_plugin_v0>

  private let entry: Entry

  /// What stands for a library that runs elsewhere.
  init(entry: Entry) { self.entry = entry }

  /// Needs a path with a slash, so that the linker does not search for it.
  init(path: String) throws(Breach) {
    // Glibc hides RTLD_NODELETE (0x1000) from programs that do not define _GNU_SOURCE.
    guard let image = dlopen(path, RTLD_NOW | RTLD_LOCAL | 0x1000) else {
      throw Breach(.loads, dlerror().map { String(cString: $0) } ?? "the dynamic linker refused it without a reason")
    }
    guard let symbol = dlsym(image, VOX_ENTRY_SYMBOL) else {
      throw Breach(.symbol, "it has no symbol \(VOX_ENTRY_SYMBOL)")
    }
    entry = unsafeBitCast(symbol, to: Entry.self)
  }

  /// What the entry answers to a range: a table, or why not.
  func ask(_ range: ClosedRange<UInt32>) -> (table: Table?, why: String) { ask(range.lowerBound, range.upperBound) }

  /// As above, for ranges that are none as well.
  func ask(_ min: UInt32, _ max: UInt32) -> (table: Table?, why: String) {
    var why = vox_view(ptr: nil, len: 0)
    let table = entry(min, max, &why)
    return (table?.assumingMemoryBound(to: vox_plugin_v0.self), why.string)
  }

  /// The table for the version this host speaks; its head is checked before anything else of it is touched.
  func table() throws(Breach) -> Table {
    let draft = Conformance.draft
    let answer = ask(draft...draft)
    guard let table = answer.table else {
      throw Breach(.versionCommon, "the entry answered NULL to vox draft \(draft): \(answer.why.isEmpty ? "no reason given" : answer.why)")
    }
    let size = MemoryLayout<vox_plugin_v0>.size
    guard Int(table.pointee.struct_size) == size else {
      throw Breach(.tableSizes, "the plugin's table says it has \(table.pointee.struct_size) bytes, draft \(draft) has \(size)")
    }
    guard table.pointee.abi == draft else {
      throw Breach(.tableSizes, "the plugin's table is of draft \(table.pointee.abi), the host asked for \(draft)")
    }
    return table
  }
}
