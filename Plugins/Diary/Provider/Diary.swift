// A real tool without a vendor: keeps a business's appointments and messages in one file on this machine.

public import PluginABI
import PluginKit
import Vox

private let hours = #"{"type": "string", "maxLength": 100, "description": "such as 08:00-12:00, 13:00-17:00"}"#

let plugin = PluginDefinition(
  manifest: """
    {
      "id": "diary", "name": "Diary", "version": "1.0.0", "licence": "NOASSERTION", "network": "none",
      "roles": {"vox.tool/0": {"list": true}},
      "settings": {
        "type": "object", "additionalProperties": false,
        "properties": {
          "file": {"type": "string", "maxLength": 1000,
            "description": "where appointments and messages are kept, one JSON object a line; without it they are lost with the process"},
          "hours": {"type": "object", "additionalProperties": false,
            "description": "opening hours by weekday; a day that is left out is closed; default Monday to Friday, 08:00-17:00",
            "properties": {"mon": \(hours), "tue": \(hours), "wed": \(hours), "thu": \(hours), "fri": \(hours), "sat": \(hours), "sun": \(hours)}},
          "closed": {"type": "array", "maxItems": 1000, "items": {"type": "string", "minLength": 10, "maxLength": 10},
            "description": "days without appointments, such as 2027-12-25"},
          "slot_minutes": {"type": "integer", "minimum": 5, "maximum": 720, "description": "how long an appointment lasts; default 30"},
          "capacity": {"type": "integer", "minimum": 1, "maximum": 1000, "description": "appointments that may begin at the same time; default 1"},
          "days_ahead": {"type": "integer", "minimum": 0, "maximum": 3650, "description": "how far ahead can be booked; default 365"}
        }
      }
    }
    """
) { _, settings in try DiaryProvider(settings) }

@c(vox_plugin_entry)
public func entry(_ min: UInt32, _ max: UInt32, _ why: UnsafeMutablePointer<vox_view>) -> UnsafeRawPointer? {
  plugin.entry(min, max, why)
}
