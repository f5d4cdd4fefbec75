// Reads plugins.d: one strict YAML file per provider.

import Base
public import Config
import Failover
import Glibc
import Vox

extension ProviderFile {
  /// Reads every `*.yaml` of a folder. A file with mistakes costs its provider alone.
  ///
  /// - Parameter folder: `plugins.d`.
  /// - Returns: the files that could be read, and every problem of the others; a folder that does not exist is one problem.
  public static func readAll(in folder: String) -> (files: [ProviderFile], problems: [ConfigProblem]) {
    var files: [ProviderFile] = []
    var problems: [ConfigProblem] = []
    do throws(ConfigProblem) {
      for name in try names(in: folder) {
        let loaded = read(name, in: folder)
        if let file = loaded.value { files.append(file) }
        problems += loaded.problems
      }
    } catch {
      problems.append(error)
    }
    return (files, problems)
  }

  /// The `*.yaml` of a folder, in order, and the `*.yml`, which are told of.
  static func names(in folder: String) throws(ConfigProblem) -> [String] {
    guard let directory = opendir(folder) else {
      throw ConfigProblem(file: folder, "cannot be opened: \(String(cString: strerror(errno))); it should hold one YAML file per provider")
    }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasSuffix(".yaml") || name.hasSuffix(".yml"), !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }

  /// Reads one of them.
  static func read(_ name: String, in folder: String) -> Loaded<ProviderFile> {
    let path = "\(folder)/\(name)"
    guard name.hasSuffix(".yaml") else {
      return Loaded(value: nil, problems: [ConfigProblem(file: path, "not read; a provider's file is named <name>.yaml")])
    }
    return ConfigFile.read(path) { ProviderFile($0, path: path, name: String(name.dropLast(5)), in: folder) }
  }

  /// A file whose secrets are not there yet waits for them, unless it says `enabled: true`: then they are missed.
  private init(_ fields: Fields, path: String, name: String, in folder: String) {
    self.init(name: fields.text("provider", 1...64, default: name), path: path, library: fields.text("library", 1...1024))
    enabled = fields.flag("enabled", default: true)
    isolation = fields.choice("isolation", default: .inProcess)
    settings = fields.object("settings")
    publicRoutes = fields.texts("public_routes", 0...32, 1...256, default: [])
    package = fields.text("package", 1...128, default: "")
    declared.regions = fields.tags("regions")
    declared.agreements = fields.tags("agreements")
    declared.price = fields.field("price")?.fields { Price($0) } ?? nil
    sha256 = fields.text("sha256", 64...64, default: "")
    signature = fields.text("signature", 128...128, default: "")
    workers = Workers(fields)
    if isolation == .inProcess { workers.report(unusedIn: fields) }
    egress.hosts = fields.texts("hosts", 0...64, 1...256, default: [])
    egress.caFile = fields.text("ca_file", 1...1024, default: "")
    egress.proxy = fields.text("proxy", 1...1024, default: "")
    egress.record = fields.text("record", 1...1024, default: "")
    egress.replay = fields.text("replay", 1...1024, default: "")
    if !egress.record.isEmpty, !egress.replay.isEmpty { fields.report("a replay cannot be recorded; keep one of the two", at: "replay") }
    for (key, field) in fields.field("secrets")?.entries(0...32) ?? [] {
      guard let reference = field.secret() else { continue }
      secrets[key] = reference.description
      if fields.field("enabled") == nil, let absence = reference.absence(relativeTo: folder) { lacks.append("secrets.\(key): \(absence)") }
    }
    if !lacks.isEmpty { enabled = false }
    if !publicRoutes.allSatisfy({ $0.hasPrefix("/") }) { fields.report("every path must begin with '/'", at: "public_routes") }
  }
}
