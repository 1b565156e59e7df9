// Owns the words about requests that are too large, in English.

export const tooLargeEn = {
  too_large: { title: 'That was too much', explanation: 'The request is larger than this server accepts.' },
  address_too_long: {
    title: 'The address is too long',
    explanation: 'The link is longer than this server accepts. Go back to the app and try again.',
  },
  headers_too_large: {
    title: 'Your browser sent too much',
    explanation:
      'The cookies for this site are larger than this server accepts. Delete the cookies of this site in your browser, then open the page again.',
  },
}
