// Owns the house rules that a compiler does not hold: who may import whom, and what only main.ts may touch.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'

const root = path.resolve(import.meta.dirname, '..')
const src = path.join(root, 'src')

/** Height of each entry of src/. Imports go down; two entries of the same height do not know each other. */
const ranks: Record<string, number> = {
  protocol: 0,
  'config-error.ts': 0,
  'config-schema.ts': 0.5,
  'config.ts': 1,
  crypto: 1,
  store: 1,
  'client-auth': 2,
  clients: 2,
  grants: 2.5,
  tokens: 2,
  pages: 2,
  http: 2,
  mail: 2,
  status: 2,
  outbound: 2,
  endpoints: 3,
  cli: 3,
  'deps.ts': 3.5,
  'app.ts': 4,
  'logging.ts': 4,
  'listen.ts': 4,
  'logout-calls.ts': 4,
  'write-check.ts': 4,
  'serve.ts': 5,
  'main.ts': 6,
  // A library of its own: nothing of the server may import it, and it little of the server.
  verify: Number.POSITIVE_INFINITY,
}

/** The only files that may touch environment, clock and chance: the program, and the library's defaults. */
const worldlyFiles = ['src/main.ts', 'src/verify/world.ts']

/** What protocol/ may import: functions of their arguments. `node:url` has the tables of UTS 46, which are long. */
const pureImports = ['zod', 'node:crypto', 'node:url']

/** Files that may be longer than 250 lines, each with the reason why splitting it would read worse. */
const long: Record<string, string> = {
  'store/schema.ts': 'every table in one place, for both databases; its foreign keys tie the parts together',
}

const onlyIn: Record<string, (entry: string) => boolean> = {
  'drizzle-orm': (entry) => entry === 'store',
  'better-sqlite3': (entry) => entry === 'store',
  pg: (entry) => entry === 'store',
  hono: (entry) => rank(entry) >= 2,
  '@hono/node-server': (entry) => rank(entry) >= 4,
  undici: (entry) => entry === 'outbound',
  'ipaddr.js': (entry) => entry === 'outbound',
  commander: (entry) => entry === 'cli' || entry === 'main.ts',
}

const worldly = [
  /\bprocess\.env\b/,
  /\bDate\.now\b/,
  /\bnew Date\(\s*\)/,
  /\bMath\.random\b/,
  /\brandom(Bytes|UUID|Int|Fill|FillSync)\b/,
  /\bgetRandomValues\b/,
]

type Import = { file: string; target: string; typeOnly: boolean }

function filesUnder(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|tsx|mjs)$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort()
}

const read = (file: string) => readFileSync(file, 'utf8')
const short = (file: string) => path.relative(root, file)
const entryOf = (file: string) => path.relative(src, file).split(path.sep)[0] as string

function rank(entry: string): number {
  const found = ranks[entry]
  if (found === undefined)
    throw new Error(`src/${entry} has no rank: give it one in ${short(import.meta.filename)}`)
  return found
}

/** The code without its comments; a `//` inside a string (an address) is left alone. */
function withoutComments(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:'"`\w])\/\/.*$/gm, '$1')
}

function importsOf(file: string): Import[] {
  const code = withoutComments(read(file))
  const statements = code.matchAll(
    /\b(?:import|export)\s+(type\s+)?(?:[\w*{}\s,$]+?\s+from\s+)?'([^']+)'|\bimport\(\s*'([^']+)'/g,
  )
  return [...statements].map((found) => ({
    file,
    target: (found[2] ?? found[3]) as string,
    typeOnly: found[1] !== undefined,
  }))
}

const sources = filesUnder(src)
const imports = sources.flatMap(importsOf)
const inside = imports.filter(({ target }) => target.startsWith('.'))
const packages = imports.filter(({ target }) => !target.startsWith('.') && !target.startsWith('node:'))
const tell = ({ file, target }: Import) => `${short(file)} imports ${target}`

describe('imports', () => {
  it('reads the imports it judges', () => {
    expect(inside.length).toBeGreaterThan(sources.length / 2)
  })

  it('go down the ranks or stay in their own folder', () => {
    const wrong = inside.filter(({ file, target, typeOnly }) => {
      const from = entryOf(file)
      const to = entryOf(path.resolve(path.dirname(file), target).replace(/\.js$/, '.ts'))
      if (from === to) return false
      if (typeOnly && to === 'config.ts') return false
      if (to === 'deps.ts') return !typeOnly || rank(from) < 2
      // deps.ts is a bundle of types: it may name what every rank offers.
      if (from === 'deps.ts') return !typeOnly
      return rank(to) >= rank(from)
    })
    expect(wrong.map(tell)).toEqual([])
  })

  it('keep a library in the folder that owns it', () => {
    const wrong = packages.filter(({ file, target, typeOnly }) => {
      const name = target.startsWith('@')
        ? target.split('/', 2).join('/')
        : (target.split('/', 1)[0] as string)
      if (typeOnly && entryOf(file) === 'deps.ts') return false
      return onlyIn[name] !== undefined && !onlyIn[name](entryOf(file))
    })
    expect(wrong.map(tell)).toEqual([])
  })

  it('leave grantor/verify a library that needs jose alone, and of the server what needs nothing', () => {
    const own = imports.filter(({ file }) => entryOf(file) === 'verify')
    const fromProtocol = (target: string) => /^\.\.\/protocol\/([a-z-]+\.)js$/.exec(target)?.[1]
    const shared = new Set(own.flatMap(({ target }) => fromProtocol(target) ?? []).map((name) => `${name}ts`))
    const wrong = own.filter(({ target, typeOnly }) => {
      if (target.startsWith('.')) return !/^\.\/[a-z-]+\.js$/.test(target) && !fromProtocol(target)
      return !(target === 'jose' || target.startsWith('node:') || (target === 'hono' && typeOnly))
    })
    const ofShared = imports.filter(
      ({ file }) => entryOf(file) === 'protocol' && shared.has(path.basename(file)),
    )
    const needy = ofShared.filter(
      ({ target }) => target !== 'node:crypto' && !shared.has(path.basename(target, '.js').concat('.ts')),
    )
    expect(own.length).toBeGreaterThan(10)
    expect([...shared].sort()).toEqual(['dpop.ts', 'json.ts', 'jwk.ts'])
    expect([...wrong, ...needy].map(tell)).toEqual([])
  })

  it('leave the protocol pure: no package but zod, of Node.js its cryptography and its tables of domain names', () => {
    const wrong = imports.filter(
      ({ file, target }) =>
        entryOf(file) === 'protocol' && !target.startsWith('.') && !pureImports.includes(target),
    )
    expect(wrong.map(tell)).toEqual([])
  })

  it('use JSX only where hono may be used', () => {
    const wrong = sources.filter((file) => file.endsWith('.tsx') && rank(entryOf(file)) < 2)
    expect(wrong.map(short)).toEqual([])
  })

  it('name only packages that an installed server has', () => {
    const { dependencies, optionalDependencies } = JSON.parse(read(path.join(root, 'package.json')))
    const wrong = packages.filter(({ target }) => {
      const name = target.startsWith('@')
        ? target.split('/', 2).join('/')
        : (target.split('/', 1)[0] as string)
      return !(name in dependencies || name in optionalDependencies)
    })
    expect(wrong.map(tell)).toEqual([])
  })
})

describe('the world', () => {
  it('is touched in main.ts, and by a library in one place: environment, clock, chance (F18)', () => {
    const wrong = sources
      .filter((file) => !worldlyFiles.includes(short(file)))
      .flatMap((file) =>
        worldly
          .map((word) => word.exec(withoutComments(read(file)))?.[0])
          .filter((word) => word !== undefined)
          .map((word) => `${short(file)}: ${word}`),
      )
    expect(wrong).toEqual([])
  })
})

describe('addresses of ours', () => {
  it('PC17: are made by issuerUrl alone, for the issuer may end with a slash', () => {
    const joined = /\$\{[\w.]*\bissuer\}(?:\/|\$\{)[^`]*|\bissuer \+ .*|\bissuer\.concat\(.*/g
    const wrong = sources
      .filter((file) => short(file) !== 'src/protocol/issuer.ts')
      .flatMap((file) =>
        [...withoutComments(read(file)).matchAll(joined)].map(([text]) => `${short(file)}: ${text}`),
      )
    expect(wrong).toEqual([])
  })
})

describe('secrets', () => {
  /** How often each file compares a secret, or what is derived from one, in constant time. */
  const comparisons: Record<string, number> = {
    'client-auth/client-secret.ts': 1,
    'clients/secret.ts': 1,
    'crypto/challenge.ts': 1,
    'crypto/client-registration.ts': 1,
    'crypto/client-secret.ts': 1,
    'crypto/csrf.ts': 1,
    'crypto/dpop-nonce.ts': 1,
    'crypto/handle.ts': 2,
    'crypto/refresh-token.ts': 1,
    'crypto/totp.ts': 1,
    'endpoints/factor-removal.ts': 1,
    'endpoints/held-sessions.ts': 1,
    'endpoints/interaction.ts': 1,
    'endpoints/pushed-request.ts': 1,
    'endpoints/registered-client.ts': 1,
    'grants/authorization-code.ts': 1,
    'grants/device-code.ts': 1,
    'mail/link.ts': 1,
    'protocol/pkce.ts': 1,
    'verify/binding.ts': 1,
  }
  /** Comparisons that look like one of a secret, and why each is none. */
  const harmless: Record<string, string> = {
    'endpoints/password.ts: latest?.hash === stored?.hash': 'both are read from the store',
    "protocol/dpop.ts: ath !== hash('sha256', token, 'base64url')": 'the sender shows the token itself',
    'pages/profile.tsx: claims.locale === tag': 'a language tag',
  }
  const codeOf = (file: string) => withoutComments(read(file))

  it('are compared in constant time, at each place that compares one', () => {
    const calls = (file: string) =>
      codeOf(file).match(/(?<!function )\b(?:timingSafeEqual|sameText|matchesHash)\(/g)?.length ?? 0
    const found = sources.map((file) => [path.relative(src, file), calls(file)] as const)
    expect(Object.fromEntries(found.filter(([, count]) => count > 0))).toEqual(comparisons)
  })

  it('are compared by nothing else: neither by === nor by equals', () => {
    const secret = /(?:\b|[a-z])(?:[sS]ecret|[hH]ash|[mM]ac|[dD]igest|[cC]srf|(?<!e)[tT]ag)(?:Of|Token)?\b/
    const plain = /^(?:undefined|null|true|false|-?\d.*|'.*|"")$/
    const operand = String.raw`[\w.$?]*(?:\((?:[^()]|\([^()]*\))*\))?[\w.$?]*`
    const comparison = new RegExp(`(${operand})\\s*[!=]==\\s*('[^']*'|${operand})`, 'g')
    const wrong = sources.flatMap((file) => {
      const code = codeOf(file)
      const compared = [...code.matchAll(comparison)].filter(([, left = '', right = '']) => {
        const hidden = (side: string) => secret.test(side.replace(/\(.*\)$/, '')) || secret.test(side)
        return !plain.test(left) && !plain.test(right) && (hidden(left) || hidden(right))
      })
      const equal = [...code.matchAll(/[\w.]+\.equals\(|Buffer\.compare\(/g)]
      return [...compared, ...equal].map(([text]) => `${path.relative(src, file)}: ${text}`)
    })
    expect(wrong.sort()).toEqual(Object.keys(harmless).sort())
  })
})

describe('files', () => {
  it('of src/ all have a rank, and every rank has a file', () => {
    expect(readdirSync(src).sort()).toEqual(Object.keys(ranks).sort())
  })

  it('open with one line that says what they own', () => {
    const wrong = sources.filter((file) => {
      const lines = read(file).split('\n')
      return !/^\/\/ \S/.test((lines[0]?.startsWith('#!') ? lines[1] : lines[0]) ?? '')
    })
    expect(wrong.map(short)).toEqual([])
  })

  it('are kebab-case and short, or say why not', () => {
    const length = (file: string) => read(file).trimEnd().split('\n').length
    const misnamed = sources.filter((file) => !/^[a-z0-9]+([-.][a-z0-9]+)*\.tsx?$/.test(path.basename(file)))
    const tooLong = sources.filter((file) => length(file) > 250 && !(path.relative(src, file) in long))
    const excused = Object.keys(long).filter((file) => length(path.join(src, file)) <= 250)
    expect({ misnamed: misnamed.map(short), tooLong: tooLong.map(short), excused }).toEqual({
      misnamed: [],
      tooLong: [],
      excused: [],
    })
  })

  it('hold no note of unfinished work, and no test is left out', () => {
    const own = [
      ...sources,
      ...['test', 'examples', 'drizzle'].flatMap((folder) => filesUnder(path.join(root, folder))),
    ]
    const wrong = own
      .filter((file) => file !== import.meta.filename)
      .flatMap((file) =>
        [...read(file).matchAll(/\b(TODO|FIXME|XXX|HACK)\b|\b(it|test|describe)\.(only|skip|todo)\(/g)].map(
          (found) => `${short(file)}: ${found[0]}`,
        ),
      )
    expect(wrong).toEqual([])
  })
})

describe('the README', () => {
  it('has a code map that lists exactly the entries of src/', () => {
    const section = /^#+ .*code map.*\n([\s\S]*?)(?=^#+ |$(?![\s\S]))/im.exec(
      read(path.join(root, 'README.md')),
    )?.[1]
    const listed = [...(section ?? '').matchAll(/\bsrc\/([\w-]+(?:\.tsx?)?)/g)].map(
      (found) => found[1] as string,
    )
    expect([...new Set(listed)].sort()).toEqual(readdirSync(src).sort())
  })
})
