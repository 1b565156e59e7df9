// Text by strangers, made safe for a terminal: what it would obey becomes visible.

/** Controls (ESC, C1, DEL), marks that change direction or hide, and separators of lines. */
const control = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** One line: every control is written as `\u{1b}`. */
export const printable = (text: string): string => text.replace(control, written)

/** Several lines: breaks and tabs stay. */
export const printableLines = (text: string): string =>
  text.replace(control, (character) => (/[\n\t]/.test(character) ? character : written(character)))

/** JSON that parses to the same: what JSON.stringify leaves as it is, is written as `\u009b`. */
export const printableJson = (json: string): string =>
  json.replace(control, (character) =>
    character === '\n'
      ? character
      : character
          .split('')
          .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
          .join(''),
  )

function written(character: string): string {
  return `\\u{${(character.codePointAt(0) as number).toString(16)}}`
}
