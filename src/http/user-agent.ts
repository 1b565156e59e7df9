// Owns the coarse words for a browser and its system: enough for a person to know it again, nothing to track it by.

type Table = readonly (readonly [mark: string, name: string])[]

/** What a product puts into its User-Agent, the more special first: nearly all of them claim to be others too. */
const browsers: Table = [
  ['Edg/', 'Edge'],
  ['EdgA/', 'Edge'],
  ['EdgiOS/', 'Edge'],
  ['Edge/', 'Edge'],
  ['OPR/', 'Opera'],
  ['OPT/', 'Opera'],
  ['OPX/', 'Opera'],
  ['OPiOS/', 'Opera'],
  ['Opera', 'Opera'],
  ['SamsungBrowser/', 'Samsung Internet'],
  ['Vivaldi/', 'Vivaldi'],
  ['YaBrowser/', 'Yandex Browser'],
  ['UCBrowser/', 'UC Browser'],
  ['DuckDuckGo/', 'DuckDuckGo'],
  ['Ddg/', 'DuckDuckGo'],
  ['FxiOS/', 'Firefox'],
  ['Firefox/', 'Firefox'],
  ['CriOS/', 'Chrome'],
  ['Chrome/', 'Chrome'],
  ['Chromium/', 'Chrome'],
  ['Trident/', 'Internet Explorer'],
  ['MSIE ', 'Internet Explorer'],
  ['Safari/', 'Safari'],
]

/** Phones with Windows name Android and iPhone, Android and ChromeOS name what they are built of. */
const systems: Table = [
  ['Windows', 'Windows'],
  ['iPhone', 'iOS'],
  ['iPad', 'iOS'],
  ['iPod', 'iOS'],
  ['Android', 'Android'],
  ['CrOS', 'ChromeOS'],
  ['Macintosh', 'macOS'],
  ['Linux', 'Linux'],
]

/** Where Safari runs; elsewhere others of the same engine use its name. */
const systemsOfSafari: readonly (string | undefined)[] = ['iOS', 'macOS']

/** Characters; what matters comes early. */
const longest = 512

export type Device = { readonly browser?: string; readonly system?: string }

/** As a User-Agent header tells it (RFC 9110 10.1.5), without versions; what it does not tell is left out. */
export function describeUserAgent(header: string | undefined): Device {
  const text = header?.slice(0, longest) ?? ''
  const find = (table: Table) => table.find(([mark]) => text.includes(mark))?.[1]
  const system = find(systems)
  const named = find(browsers)
  const browser = named === 'Safari' && !systemsOfSafari.includes(system) ? undefined : named
  return { ...(browser !== undefined && { browser }), ...(system !== undefined && { system }) }
}
