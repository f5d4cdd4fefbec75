// A plugin folder under watch: what changed is seen, and what did not is not read again.

import Foundation
import Loader
import Testing

@Suite final class ProviderFolderTests {
  private let place = FileManager.default.temporaryDirectory.appending(path: "watched-\(UUID().uuidString)").path
  private var folder: ProviderFolder

  init() throws {
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    folder = ProviderFolder(place, libraries: place)
  }

  deinit { try? FileManager.default.removeItem(atPath: place) }

  private func write(_ text: String, to name: String) throws { try Data(text.utf8).write(to: URL(filePath: "\(place)/\(name)")) }

  private func look() throws -> [String: ProviderFolder.State] {
    let found = folder.look()
    return try #require(found)
  }

  /// A folder that cannot be opened says nothing of the providers in it.
  @Test func folderAway() throws {
    try write("library: libVoice.so", to: "voice.yaml")
    #expect(try look().count == 1)
    try FileManager.default.moveItem(atPath: place, toPath: place + ".away")
    let found = folder.look()
    #expect(found == nil)
    try FileManager.default.moveItem(atPath: place + ".away", toPath: place)
    #expect(try look().count == 1)
  }

  /// A provider's state changes with its file and with its library, and ends with the file; the others' stay as they are.
  @Test func changes() throws {
    try write("library: libVoice.so", to: "voice.yaml")
    try write("library: libEars.so", to: "ears.yaml")
    let first = try look()
    #expect(first.keys.sorted() == ["ears", "voice"])
    #expect(try look() == first)

    try write("library", to: "libVoice.so")
    let withLibrary = try look()
    #expect(withLibrary["voice"] != first["voice"])
    #expect(withLibrary["ears"] == first["ears"])

    try write("library: libOther.so", to: "voice.yaml")
    #expect(try look()["voice"] != withLibrary["voice"])

    try FileManager.default.removeItem(atPath: "\(place)/voice.yaml")
    #expect(try look() == ["ears": try #require(first["ears"])])
  }

  /// A file that cannot be read any more is seen as gone, and is seen again once it is mended.
  @Test func broken() throws {
    try write("library: libVoice.so", to: "voice.yaml")
    #expect(try look()["voice"] != nil)
    try write("library: [", to: "voice.yaml")
    #expect(try look().isEmpty)
    try write("library: libVoice.so", to: "voice.yaml")
    #expect(try look()["voice"] != nil)
  }

  /// A file with the stamp it had is not read again: other text with the same stamp goes unseen.
  @Test func unchangedIsNotRead() throws {
    let path = "\(place)/voice.yaml"
    try write("provider: aaaa\nlibrary: libVoice.so", to: "voice.yaml")
    var before = stat()
    try #require(stat(path, &before) == 0)
    #expect(try look().keys.sorted() == ["aaaa"])

    let file = try FileHandle(forUpdating: URL(filePath: path))
    try file.write(contentsOf: Data("provider: bbbb".utf8))
    try file.close()
    #expect(utimensat(AT_FDCWD, path, [before.st_atim, before.st_mtim], 0) == 0)
    #expect(try look().keys.sorted() == ["aaaa"])
    #expect(utimensat(AT_FDCWD, path, nil, 0) == 0)
    #expect(try look().keys.sorted() == ["bbbb"])
  }
}
