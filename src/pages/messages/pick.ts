// Owns the choice of language, and of the region that dates are written for.
import { de } from './de.js'
import { en, type Messages } from './en.js'

export const languages = new Map<string, Messages>([en, de].map((messages) => [messages.lang, messages]))

/** The words in the first preferred language (BCP 47 tags, best first) that we have; English else. */
export const pickMessages = (locales: readonly string[]): Messages => {
  for (const locale of locales) {
    const messages = languages.get(parseLocale(locale)?.language ?? '')
    if (messages) return messages
  }
  return en
}

/** The locale to write dates and numbers in: the words' language, in the person's region. */
export const pickRegion = (messages: Messages, locales: readonly string[]): string => {
  for (const tag of locales) {
    const locale = parseLocale(tag)
    if (locale?.language === messages.lang && locale.region) return `${locale.language}-${locale.region}`
  }
  return messages.lang
}

const parseLocale = (tag: string): Intl.Locale | undefined => {
  try {
    return new Intl.Locale(tag)
  } catch {
    return undefined
  }
}
