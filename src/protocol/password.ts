// Which passwords can be chosen (NIST SP 800-63B 3.1.1.2): long enough and not predictable, in one prepared form.
import { commonPasswords } from './common-passwords.js'
import { type OpaqueString, opaqueString } from './opaque-string.js'
import { isWalk, unitOf, withoutRepeats } from './predictable.js'

/** Bytes of UTF-8. */
export const maxPasswordBytes = 1024

/** A password as it is hashed: a row whose hash is of another form says so. */
export type PreparedPassword = OpaqueString

/** `characters`: one that the profile of passwords does not allow, such as a control or an invisible one. */
export type PasswordRefusal = 'too_short' | 'too_long' | 'characters' | 'common' | 'personal'

/** What somebody who knows the account would try first. */
export type AboutPerson = {
  readonly username?: string | undefined
  readonly email?: string | undefined
  readonly name?: string | undefined
  readonly product: string
  readonly host: string
}

/** Undefined for a text that no password can be: empty, longer than all, or with code points that none has. */
export function preparePassword(text: string): PreparedPassword | undefined {
  const prepared = byteLength(text) > maxPasswordBytes ? undefined : opaqueString(text)
  return prepared !== undefined && byteLength(prepared) <= maxPasswordBytes ? prepared : undefined
}

/** In Unicode code points of the prepared form, or of the text where it has none. */
export function passwordLength(text: string): number {
  return [...(preparePassword(text) ?? text)].length
}

/**
 * The password in its prepared form, or why it is refused. There are no rules about kinds of letters.
 *
 * @param min code points of the prepared form
 */
export function checkPassword(
  text: string,
  about: AboutPerson,
  min: number,
): { readonly password: PreparedPassword } | { readonly refusal: PasswordRefusal } {
  if (byteLength(text) > maxPasswordBytes) return { refusal: 'too_long' }
  if (text === '') return { refusal: 'too_short' }
  const password = opaqueString(text)
  if (password === undefined) return { refusal: 'characters' }
  if (byteLength(password) > maxPasswordBytes) return { refusal: 'too_long' }
  if ([...password].length < min) return { refusal: 'too_short' }
  const refusal = checkPredictable(password, about, min)
  return refusal ? { refusal } : { password }
}

/**
 * `common`: a password that many have or a word of that list, a repetition, a walk along the keyboard. `personal`:
 * one or two words that belong to the account or this server. Both also with digits and signs around them.
 */
function checkPredictable(
  password: string,
  about: AboutPerson,
  min: number,
): 'common' | 'personal' | undefined {
  const letters = Array.from(fold(password))
  const unit = unitOf(letters)
  const forms = coresOf(unit, mostAddedToWord).flatMap((core) => [skeleton(core), skeleton(unitOf(core))])
  const own = personalWords(about)
  if (forms.some((form) => isPersonal(form, own))) return 'personal'
  if (forms.some((form) => common.has(form))) return 'common'
  const cores = [letters, ...coresOf(unit, mostAddedToRow)]
  return cores.some((core) => isRepeated(core, min) || isWalk(core)) ? 'common' : undefined
}

/** Digits and signs around it; more than these are worth something themselves, unless predictable. */
const mostAddedToWord = 8
const mostAddedToRow = 4
/** Digits and signs that are repeated before or after a word add nothing, unless so many come before they repeat. */
const shortestUnit = 12
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
  if (steps.length > mostAdded && !added.every((end) => isRepeated(end, shortestUnit) || isWalk(end))) {
    return [letters]
  }
  const starts = [0, ...around(first, -1)].filter((at) => at >= 0)
  const ends = [...around(end, 1), letters.length].filter((at) => at <= letters.length)
  return [...new Set(starts)].flatMap((from) => [...new Set(ends)].map((to) => letters.slice(from, to)))
}

function around(at: number, step: 1 | -1): number[] {
  return Array.from({ length: mostDisguised + 1 }, (_, i) => at + i * step)
}

/** Repeating adds nothing: what is repeated must be long enough itself. */
function isRepeated(letters: readonly string[], min: number): boolean {
  const unit = unitOf(letters)
  return unit.length < letters.length && unit.length < min
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
