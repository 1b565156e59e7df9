// The FreeformClass of PRECIS (RFC 8264 4.3): which code points a free text may have.
import { endsInVirama, joinsBackward, joinsForward } from './joining.js'

/**
 * Letters, marks, digits, symbols, punctuation and spaces (RFC 8264 9). Controls, surrogates, private use and what
 * this version of Unicode has not assigned are none of them.
 */
const allowed = /^[\p{L}\p{M}\p{N}\p{S}\p{P}\p{Zs}\u200C\u200D]*$/u

/** RFC 5892 2.6 (exceptions) and 2.9 (old Hangul jamo), and RFC 8264 9.13 (invisible by default, no characters). */
const disallowed =
  /[\u0640\u07FA\u302E\u302F\u3031-\u3035\u303B\u1100-\u11FF\uA960-\uA97C\uD7B0-\uD7C6\uD7CB-\uD7FB]|(?![\u200C\u200D])\p{Default_Ignorable_Code_Point}|\p{Noncharacter_Code_Point}/u

type Rule = (before: string, after: string) => boolean

/** Allowed in a context only: RFC 5892 A.1 to A.9. */
const contexts: readonly { readonly points: RegExp; readonly isAllowed: Rule }[] = [
  {
    points: /\u200C/gu,
    isAllowed: (before, after) =>
      endsInVirama.test(before) || (joinsForward.test(before) && joinsBackward.test(after)),
  },
  { points: /\u200D/gu, isAllowed: (before) => endsInVirama.test(before) },
  { points: /\u00B7/gu, isAllowed: (before, after) => before.endsWith('l') && after.startsWith('l') },
  { points: /\u0375/gu, isAllowed: (_before, after) => /^\p{Script=Greek}/u.test(after) },
  { points: /[\u05F3\u05F4]/gu, isAllowed: (before) => /\p{Script=Hebrew}$/u.test(before) },
  {
    points: /\u30FB/gu,
    isAllowed: (before, after) =>
      /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u.test(before + after),
  },
  { points: /[\u0660-\u0669]/gu, isAllowed: (before, after) => !/[\u06F0-\u06F9]/u.test(before + after) },
  { points: /[\u06F0-\u06F9]/gu, isAllowed: (before, after) => !/[\u0660-\u0669]/u.test(before + after) },
]

export function isFreeform(text: string): boolean {
  if (!allowed.test(text) || disallowed.test(text)) return false
  return contexts.every(({ points, isAllowed }) =>
    [...text.matchAll(points)].every(({ index, 0: point }) =>
      isAllowed(text.slice(0, index), text.slice(index + point.length)),
    ),
  )
}
