// Owns the words about requests that are too large, in German.
import type { tooLargeEn } from './too-large.en.js'

export const tooLargeDe: typeof tooLargeEn = {
  too_large: {
    title: 'Das war zu viel',
    explanation: 'Die Anfrage ist größer, als dieser Server annimmt.',
  },
  address_too_long: {
    title: 'Die Adresse ist zu lang',
    explanation: 'Der Link ist länger, als dieser Server annimmt. Zurück zur App und noch einmal versuchen.',
  },
  headers_too_large: {
    title: 'Der Browser hat zu viel gesendet',
    explanation:
      'Die Cookies für diese Website sind größer, als dieser Server annimmt. Die Cookies dieser Website im Browser löschen und die Seite neu öffnen.',
  },
}
