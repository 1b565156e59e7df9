// Owns arbitrary texts for property tests.
import fc from 'fast-check'

/**
 * Any text at all: controls, quotes, half of a surrogate pair. The `binary` unit of fast-check means the same,
 * but takes seconds to prepare in each test file.
 */
export function anyText(limits: { minLength?: number; maxLength?: number } = {}): fc.Arbitrary<string> {
  const code = fc.oneof(fc.integer({ min: 0, max: 0x7f }), fc.integer({ min: 0, max: 0x10ffff }))
  return fc.string({ ...limits, unit: code.map((point) => String.fromCodePoint(point)) })
}
