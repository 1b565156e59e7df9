// Holds the look to its promises: contrast in both schemes, size, and a path that names its content.
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { palette, styleSheet } from '../../src/pages/style.js'

type Role = keyof (typeof palette)['light']

/** Relative luminance and contrast ratio as WCAG 2.2 defines them. */
const luminance = (colour: string) => {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
const contrast = (one: string, other: string) => {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (light + 0.05) / (dark + 0.05)
}

const text: [Role, Role[]][] = [
  ['ink', ['paper', 'glow', 'surface', 'soft']],
  ['muted', ['paper', 'glow', 'surface', 'soft']],
  ['accent', ['paper', 'glow', 'surface', 'soft']],
  ['on', ['accent']],
  ['bad', ['bad-soft', 'surface', 'soft']],
  ['warn', ['warn-soft']],
]
// Borders of controls, the focus ring, the mark of a wrong field (WCAG 1.4.11).
const shapes: [Role, Role[]][] = [
  ['field', ['surface', 'paper', 'glow']],
  ['accent', ['surface', 'paper', 'glow']],
  ['bad', ['surface', 'bad-soft']],
]
const pairs = (list: [Role, Role[]][]) =>
  list.flatMap(([front, backs]) => backs.map((back) => [front, back] as const))

describe.each(['light', 'dark'] as const)('%s', (scheme) => {
  const colours = palette[scheme]

  it.each(pairs(text))('%s on %s can be read: 4.5:1', (front, back) => {
    expect(contrast(colours[front], colours[back])).toBeGreaterThanOrEqual(4.5)
  })

  it.each(pairs(shapes))('%s on %s can be made out: 3:1', (front, back) => {
    expect(contrast(colours[front], colours[back])).toBeGreaterThanOrEqual(3)
  })

  it('is in the style sheet, and every colour used there has a role', () => {
    for (const [role, colour] of Object.entries(colours))
      expect(styleSheet.body).toContain(`--${role}:${colour}`)
    for (const [, role = ''] of styleSheet.body.matchAll(/var\(--([\w-]+)\)/g))
      expect(Object.keys(colours)).toContain(role)
  })
})

describe('the style sheet', () => {
  it('is small and loads nothing', () => {
    expect(Buffer.byteLength(styleSheet.body)).toBeLessThan(8000)
    expect(styleSheet.body).not.toMatch(/url\(|@import|\n/)
  })

  it('has a path that changes with it', () => {
    const hash = createHash('sha256').update(styleSheet.body).digest('hex')
    expect(styleSheet.path).toBe(`/assets/style.${hash.slice(0, 12)}.css`)
  })
})
