// Owns which passwords may be chosen (NIST SP 800-63B 3.1.1.2): long enough, not predictable, anything else goes.
import { commonPasswords } from './common-passwords.js'
import { isWalk, unitOf, withoutRepeats } from './predictable.js'

/** Bytes of UTF-8. */
export const passwordBytes = { min: 12, max: 1024 }

export type PasswordRefusal = 'too_short' | 'too_long' | 'common' | 'personal'

/** What somebody who knows the account would try first. */
export type AboutPerson = {
  readonly username?: string | undefined
  readonly email?: string | undefined
  readonly name?: string | undefined
  readonly product: string
  readonly host: string
}

/**
 * Why the password is refused, or undefined. There are no rules about kinds of characters.
 *
 * `common`: a password that many have or a word of that list, a repetition, a walk along the keyboard. `personal`:
 * one or two words that belong to the account or this server. Both also with digits and signs around them.
 */
export function checkPassword(password: string, about: AboutPerson): PasswordRefusal | undefined {
  const bytes = byteLength(password)
  if (bytes < passwordBytes.min) return 'too_short'
  if (bytes > passwordBytes.max) return 'too_long'
  const letters = Array.from(fold(password))
  const unit = unitOf(letters)
  const forms = coresOf(unit, mostAddedToWord).flatMap((core) => [skeleton(core), skeleton(unitOf(core))])
  const own = personalWords(about)
  if (forms.some((form) => isPersonal(form, own))) return 'personal'
  if (forms.some((form) => common.has(form))) return 'common'
  return [letters, ...coresOf(unit, mostAddedToRow)].some(isPredictable) ? 'common' : undefined
}

/** Digits and signs around it; more than these are worth something themselves, unless predictable. */
const mostAddedToWord = 8
const mostAddedToRow = 4
/** Digits and signs next to a word that may stand for letters: the `@` of `@dmin`, the `3` of `chang3m3`. */
const mostDisguised = 4

/** Without case, and in one spelling. */
function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase().normalize('NFKC')
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length
}

/** The text, and what is left of it when digits and signs that add little are taken off its ends. */
function coresOf(letters: readonly string[], mostAdded: number): (readonly string[])[] {
  const kind = [/[\p{L}\p{M}]/u, /\p{N}/u].find((one) => letters.some((letter) => one.test(letter)))
  if (!kind) return [letters]
  const first = letters.findIndex((letter) => kind.test(letter))
  const end = letters.findLastIndex((letter) => kind.test(letter)) + 1
  const added = [letters.slice(0, first), letters.slice(end)]
  const steps = added.flatMap(withoutRepeats)
  if (steps.length > mostAdded && !added.every(isPredictable)) return [letters]
  const starts = [0, ...around(first, -1)].filter((at) => at >= 0)
  const ends = [...around(end, 1), letters.length].filter((at) => at <= letters.length)
  return [...new Set(starts)].flatMap((from) => [...new Set(ends)].map((to) => letters.slice(from, to)))
}

function around(at: number, step: 1 | -1): number[] {
  return Array.from({ length: mostDisguised + 1 }, (_, i) => at + i * step)
}

/** Repeating adds nothing: what is repeated must be long enough itself. */
function isPredictable(letters: readonly string[]): boolean {
  const unit = unitOf(letters)
  const isRepeated = unit.length < letters.length && byteLength(unit.join('')) < passwordBytes.min
  return isRepeated || isWalk(letters)
}

const stands: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  l: 'i',
  '!': 'i',
  '|': 'i',
  '3': 'e',
  '4': 'a',
  '@': 'a',
  '5': 's',
  $: 's',
  '7': 't',
  '+': 't',
  '8': 'b',
}

/** What is the same for a guesser: letters for what usually stands for them, and nothing between words. */
function skeleton(letters: Iterable<string>): string {
  return Array.from(letters, (letter) => stands[letter] ?? letter)
    .join('')
    .replace(/[^\p{L}\p{M}\p{N}]/gu, '')
}

const common: ReadonlySet<string> = new Set(commonPasswords.map((word) => skeleton(fold(word))))

function personalWords({ username = '', email = '', name = '', product, host }: AboutPerson): Set<string> {
  const [local = ''] = email.split('@')
  const texts = [username, email, local, name, product, host].map(fold)
  // The last label of a host is the same for half the world.
  const named = [username, local, name, host.replace(/\.[^.]*$/, '')].map(fold)
  const parts = named.flatMap((text) => text.split(/[^\p{L}\p{M}]+/u))
  // Two Latin letters are too little to tell anything, two Chinese characters are a whole name.
  return new Set([...texts, ...parts].map(skeleton).filter((word) => byteLength(word) >= 3))
}

function isPersonal(form: string, own: ReadonlySet<string>): boolean {
  if (own.has(form)) return true
  return [...own].some((word) => {
    const rest = form.startsWith(word)
      ? form.slice(word.length)
      : form.endsWith(word)
        ? form.slice(0, -word.length)
        : ''
    return own.has(rest) || common.has(rest)
  })
}
