// Configuration: every fault at once, told so that it can be mended.
import { describe, expect, it } from 'vitest'
import { type Config, readConfig, variables } from '../src/config.js'
import { ConfigError } from '../src/config-error.js'

const noFile = (path: string): string => {
  throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' })
}

function faultsOf(env: Record<string, string>, readFile = noFile) {
  try {
    readConfig(env, readFile)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return error as ConfigError
  }
  throw new Error('the configuration was accepted')
}

describe('an empty environment', () => {
  it('gives a development server that needs nothing', () => {
    expect(readConfig({ PATH: '/bin', HOME: '/' }, noFile)).toEqual({
      issuer: 'http://localhost:9000',
      issuerOrigin: 'http://localhost:9000',
      issuerPath: '',
      development: true,
      host: '127.0.0.1',
      port: 9000,
      databaseUrl: 'file:data/grantor.db',
      masterKeyFile: 'keys/master.key',
      accessTokenTtl: 300,
      idTokenTtl: 300,
      codeTtl: 60,
      pushedRequestTtl: 60,
      refreshIdleTtl: 2_592_000,
      refreshAbsoluteTtl: 7_776_000,
      refreshGrace: 30,
      sessionIdleTtl: 3600,
      sessionAbsoluteTtl: 86_400,
      sessionKeptIdleTtl: 2_592_000,
      sessionKeptAbsoluteTtl: 7_776_000,
      clientDocuments: 'open',
      clientRegistration: 'off',
      nativeSchemes: ['cursor', 'vscode', 'vscode-insiders', 'windsurf', 'zed'],
      registration: 'off',
      passwordMin: 12,
      mailFrom: 'no-reply@localhost',
      keyRotation: 7_776_000,
      jwksMaxAge: 300,
      statusTtl: 30,
      dpopNonce: 'required',
      trustProxy: [],
      fetchAllow: [],
      logLevel: 'info',
    })
  })

  it('counts an empty variable as absent, as compose files write them', () => {
    expect(readConfig({ GRANTOR_PORT: '', GRANTOR_HOST: '' }, noFile).port).toBe(9000)
  })

  it('is frozen', () => {
    const config = readConfig({}, noFile)
    expect(Object.isFrozen(config) && Object.isFrozen(config.trustProxy)).toBe(true)
  })
})

describe('the issuer', () => {
  it.each([
    ['https://id.example.org', { issuerPath: '', development: false, host: '0.0.0.0' }],
    ['https://id.example.org/', { issuerPath: '', issuerOrigin: 'https://id.example.org' }],
    ['https://id.example.org/a/', { issuerPath: '/a', issuerOrigin: 'https://id.example.org' }],
    [
      'https://id.example.org/tenants/a',
      { issuerPath: '/tenants/a', issuerOrigin: 'https://id.example.org' },
    ],
    ['https://id.example.org:8443', { issuerOrigin: 'https://id.example.org:8443' }],
    ['http://127.0.0.1:9100', { development: true, host: '127.0.0.1' }],
    ['http://[::1]:9100', { development: true }],
    ['https://localhost:9000', { development: true }],
    ['http://sso.localhost:9000', { development: true }],
  ] as [string, Partial<Config>][])('%s is accepted', (issuer, expected) => {
    expect(readConfig({ GRANTOR_ISSUER: issuer }, noFile)).toMatchObject({ issuer, ...expected })
  })

  it.each([
    ['http://id.example.org', 'not loopback'],
    ['https://id.example.org//', 'unusual characters'],
    ['https://id.example.org/a//', 'unusual characters'],
    ['https://id.example.org?x=1', 'query'],
    ['https://id.example.org/a?', 'query'],
    ['https://id.example.org#top', 'fragment'],
    ['https://ID.example.org', 'https://id.example.org'],
    ['https://id.example.org:443', 'https://id.example.org'],
    ['https://id.example.org/a/../b', 'https://id.example.org/b'],
    ['https://id.example.org/a//b', 'unusual characters'],
    ['https://id.example.org/:id', 'unusual characters'],
    ['https://me:pw@id.example.org', 'user name or password'],
    ['ftp://id.example.org', 'neither https nor http'],
    ['id.example.org', 'not a URL'],
    ['http://127.0.0.1.example.org', 'not loopback'],
    ['http://localhost.example.org', 'not loopback'],
  ])('%s is refused, saying why', (issuer, why) => {
    const { faults } = faultsOf({ GRANTOR_ISSUER: issuer })
    expect(faults).toHaveLength(1)
    expect(faults[0]).toMatchObject({ variable: 'GRANTOR_ISSUER', example: 'https://id.example.org' })
    expect(faults[0]?.expected).toContain(why)
  })
})

describe('what the guard on outgoing requests lets pass', () => {
  it('is names, addresses and ranges', () => {
    const entries = ['app.internal', 'LOCALHOST', '10.1.2.3', '10.0.0.0/8', '::1', 'fd00::/8']
    entries.push('logout=app.internal', 'keys=10.1.0.0/16', 'documents = ::1')
    expect(readConfig({ GRANTOR_FETCH_ALLOW: entries.join(' , ') }, noFile).fetchAllow).toEqual(entries)
  })

  it.each([
    '10.0.0.0/33',
    '10.0.0.256',
    '*.internal',
    'https://app.internal',
    'app.internal:8080',
    'a,,b',
    '/8',
    'logout=',
    '=app.internal',
    'logout=keys=app.internal',
  ])('is never %s', (entry) => {
    expect(faultsOf({ GRANTOR_FETCH_ALLOW: entry }).faults).toMatchObject([
      { variable: 'GRANTOR_FETCH_ALLOW', value: entry },
    ])
  })
})

describe('PO04: schemes of native apps', () => {
  const read = (value: string) => readConfig({ GRANTOR_NATIVE_SCHEMES: value }, noFile).nativeSchemes

  it('PO04: is a list, or nothing beside reverse domain names', () => {
    expect(read('cursor, myapp')).toEqual(['cursor', 'myapp'])
    expect(read('off')).toEqual([])
  })

  it.each(['javascript', 'https', 'http', 'file', 'Cursor', 'cursor:', 'a,,b', 'x', '1a'])(
    'PO04: is never %s',
    (value) => {
      const { faults } = faultsOf({ GRANTOR_NATIVE_SCHEMES: value })
      expect(faults).toMatchObject([{ variable: 'GRANTOR_NATIVE_SCHEMES', value }])
    },
  )
})

describe('PO02: an unknown purpose', () => {
  it.each([
    ['logouts=app.internal', "there is no purpose 'logouts'"],
    ['app.internal,federation=10.0.0.0/8', "there is no purpose 'federation'"],
    ['keys=https://app.internal', "'https://app.internal' is no target"],
  ])('PO02: %s stops the start, and says what is known', (entry, reason) => {
    const [fault] = faultsOf({ GRANTOR_FETCH_ALLOW: entry }).faults
    expect(fault).toMatchObject({ variable: 'GRANTOR_FETCH_ALLOW', value: entry })
    expect(fault?.expected).toContain('the purpose is logout, keys or documents')
    expect(fault?.expected).toContain(reason)
  })
})

describe('faults', () => {
  it('are all told at once, each with variable, value, expectation and example', () => {
    const error = faultsOf({
      GRANTOR_PORT: '99999',
      GRANTOR_CODE_TTL: '10m',
      GRANTOR_LOG_LEVEL: 'loud',
      GRANTOR_TRUST_PROXY: '10.0.0.0/33',
      GRANTOR_FETCH_ALLOW: 'app.internal,10.0.0.0/33',
      GRANTOR_ISUER: 'https://id.example.org',
    })
    expect(error.faults.map(({ variable }) => variable)).toEqual([
      'GRANTOR_ISUER',
      'GRANTOR_PORT',
      'GRANTOR_CODE_TTL',
      'GRANTOR_TRUST_PROXY',
      'GRANTOR_FETCH_ALLOW',
      'GRANTOR_LOG_LEVEL',
    ])
    expect(error.message).toContain('did you mean GRANTOR_ISSUER?')
    expect(error.message).toContain(
      '  GRANTOR_PORT=99999\n    expected: a number, 1 to 65535\n    example:  GRANTOR_PORT=9000',
    )
  })

  it.each([
    'GRANTOR_STATUS_TTL',
    'GRANTOR_METRICS_PORT',
    'GRANTOR_SMTP_URL',
    'GRANTOR_',
    'GRANTOR___PROTO__',
  ])('name %s, which nothing here acts on', (variable) => {
    expect(faultsOf({ [variable]: 'x' }).faults[0]).toMatchObject({ variable })
  })

  it('mask passwords and secrets', () => {
    const { message } = faultsOf({
      GRANTOR_DATABASE_URL: 'mysql://grantor:hunter2:@x@db.example.org/grantor',
      GRANTOR_SMTP_PASSWORD: 'hunter2',
    })
    expect(message).not.toContain('hunter2')
    expect(message).toContain('GRANTOR_DATABASE_URL=mysql://grantor:***@db.example.org/grantor')
  })

  it('leave a URL without a password as it is', () => {
    const { message } = faultsOf({ GRANTOR_DATABASE_URL: 'mysql://grantor@db.example.org:3306/grantor' })
    expect(message).toContain('GRANTOR_DATABASE_URL=mysql://grantor@db.example.org:3306/grantor')
  })

  it('cannot paint the terminal or fill it', () => {
    const { message } = faultsOf({ GRANTOR_HOST: `\u001b[2J\r\n${'x'.repeat(5000)}` })
    expect(message).not.toContain('\u001b')
    expect(message.length).toBeLessThan(600)
  })

  it('name settings that contradict each other', () => {
    const { faults } = faultsOf({
      GRANTOR_REFRESH_IDLE_TTL: '100',
      GRANTOR_REFRESH_ABSOLUTE_TTL: '99',
      GRANTOR_SESSION_IDLE_TTL: '86401',
      GRANTOR_KEY_ROTATION: '500',
      GRANTOR_TLS_CERT_FILE: '/tls.crt',
    })
    expect(faults.map(({ variable }) => variable)).toEqual([
      'GRANTOR_REFRESH_IDLE_TTL',
      'GRANTOR_SESSION_IDLE_TTL',
      'GRANTOR_JWKS_MAX_AGE',
      'GRANTOR_TLS_KEY_FILE',
    ])
  })

  it('name an http issuer that is to be served with a certificate', () => {
    const { faults } = faultsOf({ GRANTOR_TLS_CERT_FILE: '/tls.crt', GRANTOR_TLS_KEY_FILE: '/tls.key' })
    expect(faults).toMatchObject([{ variable: 'GRANTOR_ISSUER', value: 'http://localhost:9000' }])
  })
})

describe('NAME_FILE', () => {
  const file = (path: string) =>
    path === '/run/secrets/db' ? 'postgres://grantor:pw@db/grantor\n' : noFile(path)

  it('reads the value from the file, without the line end', () => {
    const config = readConfig({ GRANTOR_DATABASE_URL_FILE: '/run/secrets/db' }, file)
    expect(config.databaseUrl).toBe('postgres://grantor:pw@db/grantor')
  })

  it('may not stand beside NAME', () => {
    const env = { GRANTOR_DATABASE_URL: 'file:a', GRANTOR_DATABASE_URL_FILE: '/run/secrets/db' }
    expect(faultsOf(env, file).faults).toMatchObject([{ variable: 'GRANTOR_DATABASE_URL_FILE' }])
  })

  it('must name a file that can be read', () => {
    const { faults } = faultsOf({ GRANTOR_PORT_FILE: '/nowhere' })
    expect(faults).toMatchObject([{ variable: 'GRANTOR_PORT_FILE', value: '/nowhere' }])
    expect(faults[0]?.expected).toContain('ENOENT')
  })

  it.each([...variables])('exists for $name, and the example that faults give is accepted', (variable) => {
    const { name, field, example } = variable
    const beside = field.startsWith('tls')
      ? { GRANTOR_ISSUER: 'https://id.example.org', GRANTOR_TLS_CERT_FILE: '/c', GRANTOR_TLS_KEY_FILE: '/k' }
      : {}
    const config = readConfig({ ...beside, [name]: '', [`${name}_FILE`]: '/value' }, () => example)
    expect(String(config[field])).toBe(example)
  })
})
