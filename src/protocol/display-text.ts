// Names and descriptions that pages show: no character in them hides or reorders what is read.
import { endsInVirama, joinsBackward, joinsForward } from './joining.js'

/** Controls, marks and overrides of direction, zero-width characters, lone surrogates, separators of lines (RG06). */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** Skin tones and the selector of emoji style stand between an emoji and its joiner (UTS 51 ED-16). */
const endsInEmoji = /\p{Extended_Pictographic}[\uFE0F\u{1F3FB}-\u{1F3FF}]{0,2}$/u
const beginsWithEmoji = /^\p{Extended_Pictographic}/u

/** Code units around a joiner that decide about it: a long text of joiners must not take long. */
const contextLength = 16

const nonJoiner = '\u200C'
const joiner = '\u200D'

/**
 * Whether writing needs this joiner here: emoji sequences, conjuncts of Indic scripts, and word forms of Persian and
 * other joining scripts (RFC 5892 A.1 and A.2, UAX 31 2.3).
 */
function isNeeded(point: string, before: string, after: string): boolean {
  if (point !== joiner && point !== nonJoiner) return false
  if (endsInVirama.test(before)) return true
  return point === joiner
    ? endsInEmoji.test(before) && beginsWithEmoji.test(after)
    : joinsForward.test(before) && joinsBackward.test(after)
}

function isNeededAt(text: string, index: number, point: string): boolean {
  const end = index + point.length
  const before = text.slice(Math.max(index - contextLength, 0), index)
  return isNeeded(point, before, text.slice(end, end + contextLength))
}

/** Whether a text may be shown as it is. */
export function isDisplayText(text: string): boolean {
  return [...text.matchAll(unseen)].every(({ index, 0: point }) => isNeededAt(text, index, point))
}

/** The text in one line, with spaces for what may not be shown. */
export function toDisplayText(text: string): string {
  const shown = text.replace(unseen, (point, index: number) => (isNeededAt(text, index, point) ? point : ' '))
  return shown.replace(/\s+/g, ' ').trim()
}
