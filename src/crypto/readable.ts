// Owns random text that people read, type and say: no letters or digits that are mistaken for each other.
import type { Random } from './handle.js'

/** Thirty-two characters, five bits each. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
const groupLength = 4

/** Groups of four characters, 20 random bits each, joined by hyphens. */
export function readableText(groups: number, random: Random): string {
  const letters = [...random(groups * groupLength)].map((byte) => alphabet[byte % alphabet.length])
  return Array.from({ length: groups }, (_, group) =>
    letters.slice(group * groupLength, (group + 1) * groupLength).join(''),
  ).join('-')
}

/** The text as it was made, without hyphens, however it was typed; undefined where it cannot be one of ours. */
export function canonicalReadable(text: string, groups: number): string | undefined {
  if (text.length > 64) return undefined
  const letters = text.toLowerCase().replace(/[\s-]/g, '').replace(/o/g, '0').replace(/[il]/g, '1')
  const fits = letters.length === groups * groupLength && [...letters].every((one) => alphabet.includes(one))
  return fits ? letters : undefined
}
