// Units of measurement and of money behind or before a number.

enum Units {
  /// One, several.
  private static let names: [String: (String, String)] = [
    "km": ("kilometer", "kilometers"), "m": ("meter", "meters"), "cm": ("centimeter", "centimeters"), "mm": ("millimeter", "millimeters"),
    "mi": ("mile", "miles"), "ft": ("foot", "feet"), "yd": ("yard", "yards"), "kg": ("kilogram", "kilograms"), "g": ("gram", "grams"),
    "mg": ("milligram", "milligrams"), "lb": ("pound", "pounds"), "lbs": ("pound", "pounds"), "oz": ("ounce", "ounces"),
    "ml": ("milliliter", "milliliters"), "mL": ("milliliter", "milliliters"), "l": ("liter", "liters"), "L": ("liter", "liters"),
    "mph": ("mile per hour", "miles per hour"), "km/h": ("kilometer per hour", "kilometers per hour"),
    "kWh": ("kilowatt hour", "kilowatt hours"), "kW": ("kilowatt", "kilowatts"), "W": ("watt", "watts"), "V": ("volt", "volts"),
    "KB": ("kilobyte", "kilobytes"), "MB": ("megabyte", "megabytes"), "GB": ("gigabyte", "gigabytes"), "TB": ("terabyte", "terabytes"),
    "Mbps": ("megabit per second", "megabits per second"), "Gbps": ("gigabit per second", "gigabits per second"),
    "Hz": ("hertz", "hertz"), "kHz": ("kilohertz", "kilohertz"), "MHz": ("megahertz", "megahertz"), "GHz": ("gigahertz", "gigahertz"),
    "ms": ("millisecond", "milliseconds"), "sec": ("second", "seconds"), "secs": ("second", "seconds"), "min": ("minute", "minutes"),
    "mins": ("minute", "minutes"), "hr": ("hour", "hours"), "hrs": ("hour", "hours"), "h": ("hour", "hours"), "wk": ("week", "weeks"),
    "wks": ("week", "weeks"), "mo": ("month", "months"), "mos": ("month", "months"), "yr": ("year", "years"), "yrs": ("year", "years"),
    "sqft": ("square foot", "square feet"), "m²": ("square meter", "square meters"), "km²": ("square kilometer", "square kilometers"),
    "°": ("degree", "degrees"), "°C": ("degree Celsius", "degrees Celsius"), "°F": ("degree Fahrenheit", "degrees Fahrenheit"),
    "ºC": ("degree Celsius", "degrees Celsius"), "ºF": ("degree Fahrenheit", "degrees Fahrenheit"), "%": ("percent", "percent"),
    "pt": ("point", "points"), "pts": ("point", "points"), "x": ("time", "times"), "qty": ("piece", "pieces"),
  ]
  /// As words of their own these mean something else too often.
  private static let gluedOnly: Set<String> = ["g", "h", "V", "W", "L", "l", "x", "qty", "mo", "°"]
  static let scales: [String: String] = [
    "K": "thousand", "k": "thousand", "M": "million", "m": "million", "MM": "million", "B": "billion", "b": "billion", "bn": "billion",
    "Bn": "billion", "mn": "million", "T": "trillion",
  ]
  static let scaleWords: Set<String> = ["hundred", "thousand", "million", "billion", "trillion"]
  private static let per: [String: String] = [
    "mo": "month", "month": "month", "yr": "year", "year": "year", "hr": "hour", "h": "hour", "hour": "hour", "day": "day", "wk": "week",
    "week": "week", "min": "minute", "minute": "minute", "night": "night", "person": "person", "user": "user", "call": "call",
    "lb": "pound",
    "kg": "kilogram", "gal": "gallon", "mi": "mile", "sqft": "square foot", "unit": "unit", "seat": "seat", "s": "second", "sec": "second",
    "km": "kilometer", "ea": "each", "each": "each", "item": "item", "visit": "visit", "session": "session", "agent": "agent",
  ]

  static func name(_ unit: String, isOne: Bool, glued: Bool) -> String? {
    guard let name = names[unit], glued || !gluedOnly.contains(unit) else { return nil }
    return isOne ? name.0 : name.1
  }

  /// `/mo` is "per month".
  static func per(_ name: String) -> String? { per[name.lowercased()].map { "per " + $0 } }

  struct Money {
    let one, many, cent, cents: String
  }

  private static let dollar = Money(one: "dollar", many: "dollars", cent: "cent", cents: "cents")
  private static let euro = Money(one: "euro", many: "euros", cent: "cent", cents: "cents")
  private static let pound = Money(one: "pound", many: "pounds", cent: "penny", cents: "pence")
  private static let yen = Money(one: "yen", many: "yen", cent: "sen", cents: "sen")
  private static let franc = Money(one: "franc", many: "francs", cent: "centime", cents: "centimes")
  private static let rupee = Money(one: "rupee", many: "rupees", cent: "paisa", cents: "paise")

  static func money(sign: Unicode.Scalar) -> Money? {
    switch sign {
    case "$": dollar
    case "€": euro
    case "£": pound
    case "¥": yen
    case "₹": rupee
    default: nil
    }
  }

  /// A currency as a word beside the number. A pound as a word may be a weight: it stays as it is.
  static func money(code: String) -> Money? {
    switch code {
    case "USD", "dollars", "dollar", "CAD", "AUD": dollar
    case "EUR", "euros", "euro": euro
    case "GBP": pound
    case "JPY": yen
    case "CHF": franc
    default: nil
    }
  }
}
