// Owns what makes a text predictable by itself: repetitions, and walks along the alphabet, the digits or a keyboard.

const rows = [
  'abcdefghijklmnopqrstuvwxyz',
  '1234567890',
  '1234567890-=',
  'qwertyuiop[]\\',
  "asdfghjkl;'",
  'zxcvbnm,./',
  'qwertzuiopü',
  'yxcvbnm',
  'azertyuiop',
  'qsdfghjklm',
  'wxcvbn',
  'йцукенгшщзхъ',
  'фывапролджэ',
  'ячсмитьбю',
  'абвгдежзийклмнопрстуфхцчшщъыьэюя',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/',
  'zaq1xsw2cde3vfr4bgt5nhy6mju7',
  'qazwsxedcrfvtgbyhnujmikolp',
  '1q2w3e4r5t6y7u8i9o0p',
  'q1w2e3r4t5y6u7i8o9p0',
  'a1b2c3d4e5f6g7h8i9j0',
  '1a2b3c4d5e6f7g8h9i0j',
]
/** What a keyboard of the United States writes on the same keys. */
const [shifted, plain] = ['!@#$%^&*()_+{}|:"<>?', "1234567890-=[]\\;',./"]
/** Each goes round once, in both directions. */
const walks = rows.flatMap((row) => [row + row, [...row, ...row].reverse().join('')])
const shortestStretch = 3
const mostStretches = 4

/**
 * The shortest beginning that the whole repeats, also when the last repetition breaks off: `abc` of `abcabcab`.
 * The whole itself where nothing comes twice.
 * @param letters code points
 */
export function unitOf(letters: readonly string[]): readonly string[] {
  // The failure function of Knuth, Morris and Pratt: a long text takes no more than its length.
  const border = [0]
  for (let i = 1, matched = 0; i < letters.length; i++) {
    while (matched > 0 && letters[i] !== letters[matched]) matched = border[matched - 1] ?? 0
    if (letters[i] === letters[matched]) matched += 1
    border.push(matched)
  }
  const period = letters.length - (border.at(-1) ?? 0)
  return 2 * period <= letters.length ? letters.slice(0, period) : letters
}

/**
 * Whether it is a stretch of a row, up to four of them one after the other, or no more than two letters;
 * without repeats (`112233445566`).
 * @param letters code points, in lower case
 */
export function isWalk(letters: readonly string[]): boolean {
  const keys = letters.map((letter) => plain[shifted.indexOf(letter)] ?? letter)
  const steps = withoutRepeats(keys)
  if (steps.length < shortestStretch) return true
  let at = 0
  for (let stretches = 0; at < steps.length; stretches++) {
    const length = longestStretch(steps, at)
    if (length < shortestStretch || stretches === mostStretches) return false
    at += length
  }
  return true
}

/** A letter that comes several times in a row is one. */
export function withoutRepeats(letters: readonly string[]): readonly string[] {
  return letters.filter((letter, i) => letter !== letters[i - 1])
}

function longestStretch(steps: readonly string[], at: number): number {
  let length = 0
  const isOn = (end: number) => {
    const text = steps.slice(at, end).join('')
    return walks.some((walk) => walk.includes(text))
  }
  while (at + length < steps.length && isOn(at + length + 1)) length += 1
  return length
}
