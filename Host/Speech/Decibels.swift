// Decibels and what they stand for.

import Glibc

/// The ratio of powers that so many decibels are.
func power(_ decibels: Double) -> Double { pow(10, decibels / 10) }

/// The ratio of amplitudes that so many decibels are.
func amplitude(_ decibels: Double) -> Float { Float(pow(10, decibels / 20)) }

func logarithm(_ value: Double) -> Double { log10(value) }
