// Which SQLite driver Node.js takes, what the lock file installs for it, and what an operator reads without one.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { bindingError, driverName, loadDriver } from '../../src/store/sqlite-driver.js'

const root = new URL('../../', import.meta.url)
const json = (name: string) => JSON.parse(readFileSync(new URL(name, root), 'utf8'))
const notInstalled = () => {
  throw Object.assign(new Error("Cannot find module 'x'"), { code: 'MODULE_NOT_FOUND' })
}

describe('AP04: one lock file for every supported Node.js', () => {
  it('AP04: the version of Node.js chooses the driver', () => {
    const asked: string[] = []
    for (const version of ['20.20.2', '22.23.3', '24.21.0', '26.10.0']) {
      loadDriver((name) => asked.push(name), version)
    }
    expect(asked).toEqual(['better-sqlite3-12', 'better-sqlite3', 'better-sqlite3', 'better-sqlite3'])
  })

  it('AP04: the lock file keeps each driver from the Node.js that cannot use it (mend it with npm run lock)', () => {
    const { packages } = json('package-lock.json')
    const pick = (name: string) => {
      const { optional, version, engines, gypfile } = packages[`node_modules/${name}`]
      return { optional, major: Number.parseInt(version, 10), node: engines.node, gypfile }
    }
    expect(pick('better-sqlite3')).toEqual({ optional: true, major: 13, node: '>=22', gypfile: false })
    expect(pick('better-sqlite3-12')).toEqual({ optional: true, major: 12, node: '20.x', gypfile: undefined })
  })

  it('AP04: npm 10 and npm 11 agree on the lock file', () => {
    // npm 10 gives vite an esbuild of its own where the one at the top does not fit, and npm 11 does not.
    const { packages } = json('package-lock.json')
    const wanted =
      packages['node_modules/vitest/node_modules/vite'].peerDependencies.esbuild.match(/\d+\.\d+/g)
    expect(wanted).toContain(packages['node_modules/esbuild'].version.match(/^\d+\.\d+/)?.[0])
  })
})

describe('without a driver', () => {
  it.each([
    [
      '20.20.2',
      /better-sqlite3-12, .* not installed: run npm ci .*without --omit=optional, and with a C\+\+ compiler/,
    ],
    [
      '24.21.0',
      /better-sqlite3, .* not installed: run npm ci with this Node.js, without --omit=optional; or set/,
    ],
  ])('AP04: on Node.js %s the error names the package and the fix', (version, message) => {
    expect(() => loadDriver(notInstalled, version)).toThrow(message)
    expect(() => loadDriver(notInstalled, version)).toThrow('GRANTOR_DATABASE_URL')
  })

  it.each([
    [
      '20.20.2',
      'Could not locate the bindings file. Tried:\n → /a',
      undefined,
      'npm rebuild better-sqlite3-12',
    ],
    [
      '20.20.2',
      'compiled against a different Node.js version',
      'ERR_DLOPEN_FAILED',
      'npm rebuild better-sqlite3-12',
    ],
    [
      '24.21.0',
      "Cannot find module '/a.node'",
      'MODULE_NOT_FOUND',
      'npm explore better-sqlite3 -- npm run build-release',
    ],
  ])(
    'AP04: on Node.js %s a binary that does not load (%s) is named with its fix',
    (version, text, code, fix) => {
      const { message } = bindingError(Object.assign(new Error(text), { code }), version) as Error
      expect(message).toContain(driverName(version))
      expect(message.endsWith(fix)).toBe(true)
      expect(message).not.toContain('\n')
    },
  )

  it('AP04: other errors of the driver stay as they are', () => {
    expect(bindingError(new Error('unable to open database file'), '20.20.2')).toBeUndefined()
  })
})
