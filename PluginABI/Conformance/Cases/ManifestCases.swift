// Rules 6 and 23: the manifest, the settings it describes, and the roles it promises.

import Vox

/// What the plugin says about itself, held against what it has.
enum ManifestCases {
  static let all = [
    Case(.manifest) { bench in
      do {
        _ = try bench.manifest()
      } catch let breach as Breach where breach.clause == .settings {
        // Another case's: the rest of the manifest was read before it.
      }
    },
    Case(.settings) { bench in
      let manifest = try bench.manifest()
      guard let schema = manifest.settings else { return }
      let stranger = bench.settings.merging(["no_such_setting_is_known": 1])
      guard schema.problems(in: stranger).contains(where: { $0.path.hasSuffix("no_such_setting_is_known") }) else {
        throw Breach(.settings, "the schema accepts a setting it does not name; say \"additionalProperties\": false")
      }
      if let problem = schema.problems(in: bench.settings).first {
        throw NotApplicable("the settings given here do not match the schema: \(problem)")
      }
    },
    Case(.rolesDeclared) { bench in
      let ids = try bench.manifest().roleIDs
      guard !ids.isEmpty else { throw Breach(.rolesDeclared, "the manifest declares no role at all") }
      for id in ids {
        let table = try bench.role(id)
        guard table != nil else { throw Breach(.rolesDeclared, "the manifest declares \(id), role() answers NULL to it") }
        guard try bench.role(id) == table else { throw Breach(.rolesDeclared, "role() answers \(id) with another table each time") }
      }
    },
    Case(.rolesUnknown) { bench in
      let declared = try bench.manifest().roleIDs
      var strangers = ["", "vox.nothing/0", "com.example.thing/1"]
      strangers += Role.allCases.map(\.rawValue)
      for id in declared {
        for ending in ["0", " ", "\0"] { strangers.append(id + ending) }
        strangers.append(String(id.dropLast()))
        strangers.append(String(id.dropLast()) + "1")
      }
      for id in strangers where !declared.contains(id) {
        guard try bench.role(id) == nil else {
          throw Breach(.rolesUnknown, "role() answers a table to \"\(id.replacing("\0", with: "\\0"))\", which is not declared")
        }
      }
    },
  ]
}
