// Owns the coarse words for a browser and its system: enough for a person to know it again, nothing to track it by.

/** What a product puts into its User-Agent, the more special first: nearly all of them claim to be others too. */
const browsers: readonly (readonly [mark: string, name: string])[] = [
  ['Edg/', 'Edge'],
  ['EdgA/', 'Edge'],
  ['EdgiOS/', 'Edge'],
  ['OPR/', 'Opera'],
  ['SamsungBrowser/', 'Samsung Internet'],
  ['Vivaldi/', 'Vivaldi'],
  ['FxiOS/', 'Firefox'],
  ['Firefox/', 'Firefox'],
  ['CriOS/', 'Chrome'],
  ['Chrome/', 'Chrome'],
  ['Chromium/', 'Chrome'],
  ['Safari/', 'Safari'],
]

const systems: readonly (readonly [mark: string, name: string])[] = [
  ['iPhone', 'iOS'],
  ['iPad', 'iPadOS'],
  ['Android', 'Android'],
  ['CrOS', 'ChromeOS'],
  ['Windows', 'Windows'],
  ['Macintosh', 'macOS'],
  ['Linux', 'Linux'],
]

/** Characters; what matters comes early. */
const longest = 512

export type Device = { readonly browser?: string; readonly system?: string }

/** As a User-Agent header tells it (RFC 9110 10.1.5); what it does not tell is left out. */
export function describeUserAgent(header = ''): Device {
  const text = header.slice(0, longest)
  const find = (marks: typeof browsers) => marks.find(([mark]) => text.includes(mark))?.[1]
  const browser = find(browsers)
  const system = find(systems)
  return { ...(browser !== undefined && { browser }), ...(system !== undefined && { system }) }
}
