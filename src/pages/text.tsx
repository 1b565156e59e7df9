// Owns how text by other people is shown: isolated, without invisible characters, never too long.
import type { Phrase } from './messages/en.js'

// Controls, bidi marks and overrides, zero-width, filler and tag characters: they hide or reorder what
// is read. Joiners and the two emoji selectors stay.
const unseen = /(?!\u200c|\u200d|\ufe0e|\ufe0f)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}\u2800]/gu
// Joiners mean something in Persian, Indic scripts and emoji; beside these letters they only hide.
const idleJoiner =
  /(?<=^|[\p{sc=Latin}\p{sc=Greek}\p{sc=Cyrillic}\p{Nd}\s])[\u200c\u200d]+|[\u200c\u200d]+(?=$|\s)/gu
const piledMarks = /(\p{M}{3})\p{M}+/gu

/** The text as it may stand on a page: at most `limit` code points; written out where all of it is unseen. */
export const plainText = (text: string, limit = 80): string => {
  const visible = text
    .slice(0, limit * 8)
    .replace(/\s/g, ' ')
    .replace(unseen, '')
    .replace(idleJoiner, '')
    .replace(piledMarks, '$1')
    .replace(/ +/g, ' ')
  const points = Array.from(visible.trim() || visibleText(text).trim())
  return points.length > limit ? `${points.slice(0, limit - 1).join('')}\u2026` : points.join('')
}

/** Text for developers: what cannot be seen is written as `\u{202e}`. */
export const visibleText = (text: string): string =>
  text.replace(unseen, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`)

/** A name by someone else, kept from reordering the words around it. */
export const Name = ({ children, fallback = '' }: { children: string; fallback?: string }) => (
  <bdi>{plainText(children) || fallback}</bdi>
)

/** A phrase as one string, for titles and labels. */
export const phraseText = (phrase: Phrase<string>): string => phrase.join('')

/** The address, if it may stand in a link: http, https or a path on this server. */
export const safeHref = (href: string | undefined): string | undefined => {
  if (href === undefined) return undefined
  if (/^\/(?![/\\])/.test(href)) return href
  return /^https?:\/\//i.test(href) && URL.canParse(href) ? href : undefined
}
