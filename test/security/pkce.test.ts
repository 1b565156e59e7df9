// The security catalogue, group PK: no code without a challenge, no token without its verifier.
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Browser, createBrowser } from '../support/browser.js'
import { atOnce, outcome, tally, userinfoStatus } from '../support/connected.js'
import { type Changes, getCode, refresh, tokenRequest, tokensOf } from '../support/flow.js'
import { createTestServer, type Person, type Registered, type TestServer } from '../support/server.js'
import { temporaryFolder } from '../support/stores.js'
import { ask } from '../support/verdict.js'

let server: TestServer
let alice: Person
let browser: Browser
/** Each kind proves itself by PKCE: with a secret, and without one in a browser or on a device. */
let apps: Registered[]

beforeAll(async () => {
  server = await createTestServer({ cheapPasswords: true })
  alice = await server.addUser()
  browser = createBrowser(server)
  apps = [await server.addClient('web'), await server.addClient('spa'), await server.addClient('native')]
  for (const app of apps) await getCode(server, browser, app, { person: alice })
})
afterAll(() => server.close())

/** What each of these requests comes to for each kind of client, signed in or not, by GET and by POST. */
async function verdicts(table: Changes[]): Promise<Set<string>> {
  const seen = new Set<string>()
  for (const app of apps) {
    for (const changes of table) {
      for (const asked of [{ browser }, {}, { method: 'POST' } as const]) {
        seen.add(await ask(server, app, changes, asked))
      }
    }
  }
  return seen
}

/** A fresh code and its exchange, changed at will. */
async function fresh(app = apps[1] as Registered, at = server, by = browser) {
  const got = await getCode(at, by, app, { person: alice })
  const usual = {
    grant_type: 'authorization_code',
    code: got.code,
    redirect_uri: got.redirectUri,
    code_verifier: got.verifier,
  }
  const exchange = (changes: Changes = {}) => tokenRequest(at, app, { ...usual, ...changes })
  const challenge = new URL(got.url).searchParams.get('code_challenge') ?? ''
  return { ...got, challenge, exchange }
}

describe('at /authorize', () => {
  it('PK01 no code_challenge is invalid_request, for every kind of client', async () => {
    const bare = { code_challenge: undefined, code_challenge_method: undefined }
    const table = [bare, { code_challenge: undefined }, { code_challenge: '' }]
    expect(await verdicts(table)).toEqual(new Set(['RD:invalid_request']))
  })

  it('PK02 a method other than S256 is invalid_request, a missing one too', async () => {
    const methods = [undefined, '', 'plain', 'S512', 's256', 'S256 ', 'none', 'PLAIN', 'S256,plain']
    const table = methods.map((code_challenge_method) => ({ code_challenge_method }))
    expect(await verdicts(table)).toEqual(new Set(['RD:invalid_request']))
  })

  it('PK03 a challenge that is not 43 characters of base64url is invalid_request', async () => {
    const x = (length: number) => 'x'.repeat(length)
    const wrong = [
      x(42),
      x(44),
      x(128),
      x(4000),
      `${x(43)}=`,
      `${x(42)}=`,
      `${x(42)}+`,
      `${x(42)}/`,
      `${x(42)}.`,
    ]
    const odd = [`${x(42)}~`, `${x(42)} `, `${x(43)}\n`, `${x(42)}é`, `${x(42)}１`]
    const table = [...wrong, ...odd].map((code_challenge) => ({ code_challenge }))
    expect(await verdicts(table)).toEqual(new Set(['RD:invalid_request']))
  })
})

describe('at /token', () => {
  it('PK04 no verifier, or an empty one, is invalid_grant', async () => {
    for (const app of apps) {
      const { exchange } = await fresh(app)
      for (const code_verifier of [undefined, '']) {
        expect(await outcome(await exchange({ code_verifier }))).toBe('400 invalid_grant')
      }
      expect(await outcome(await exchange())).toBe('200')
    }
  })

  it('PK05 a verifier for no challenge finds no code: there is none without a challenge (see PK01)', async () => {
    const [web] = apps as [Registered]
    const before = await server.deps.store.grants.list({ limit: 1000, now: server.clock.now })
    const bare = { code_challenge: undefined, code_challenge_method: undefined }
    expect(await ask(server, web, bare, { browser })).toBe('RD:invalid_request')
    const after = await server.deps.store.grants.list({ limit: 1000, now: server.clock.now })
    expect(after).toHaveLength(before.length)
    // Nor can an exchange bring a challenge of its own, or a method that would make the challenge its verifier.
    const { challenge, exchange } = await fresh()
    const verifier = 'v'.repeat(43)
    const own = createHash('sha256').update(verifier).digest('base64url')
    for (const changes of [
      { code_verifier: verifier, code_challenge: own, code_challenge_method: 'S256' },
      { code_verifier: challenge, code_challenge_method: 'plain' },
      { code_verifier: undefined, code_challenge: challenge },
    ]) {
      expect(await outcome(await exchange(changes))).toBe('400 invalid_grant')
    }
    expect(await outcome(await exchange({ code_verifier: [verifier, verifier] }))).toBe('400 invalid_request')
  })

  it('PC13: a malformed verifier is called malformed, a wrong one is not', async () => {
    const described = async (code_verifier: string) => {
      const { exchange } = await fresh()
      return ((await (await exchange({ code_verifier })).json()) as { error_description: string })
        .error_description
    }
    for (const verifier of [
      'short',
      'a'.repeat(42),
      'a'.repeat(129),
      `${'a'.repeat(42)}!`,
      '\u00fc'.repeat(43),
    ])
      expect(await described(verifier), verifier).toMatch(/^code_verifier is malformed/)
    expect(await described('a'.repeat(43))).toBe('code_verifier does not match the code_challenge')
  })

  it('PK06 a verifier that is wrong, the challenge itself, or of another shape is invalid_grant', async () => {
    const shapes = ['a'.repeat(43), 'a'.repeat(42), 'a'.repeat(129), `${'a'.repeat(42)}!`, 'a'.repeat(20_000)]
    for (const code_verifier of [...shapes, '\u00fc'.repeat(43), `${'a'.repeat(42)} `]) {
      const { exchange } = await fresh()
      expect(await outcome(await exchange({ code_verifier }))).toBe('400 invalid_grant')
      expect(await outcome(await exchange())).toBe('200')
    }
    const { challenge, verifier, exchange } = await fresh()
    const near = [challenge, verifier.slice(0, -1), `${verifier}A`, ` ${verifier}`, `${verifier}=`]
    for (const code_verifier of near.slice(0, 4)) {
      expect(await outcome(await exchange({ code_verifier }))).toBe('400 invalid_grant')
    }
    const other = await fresh()
    expect(await outcome(await exchange({ code_verifier: other.verifier }))).toBe('400 invalid_grant')
  })

  it('PK07 a wrong verifier ends nothing, and the fifth ends the code alone', async () => {
    const app = apps[1] as Registered
    const connected = await tokensOf(await (await fresh()).exchange())
    const wrong = { code_verifier: 'a'.repeat(43) }
    const [once, patient, guessed] = [await fresh(), await fresh(), await fresh()]
    expect(await outcome(await once.exchange(wrong))).toBe('400 invalid_grant')
    const tokens = await tokensOf(await once.exchange())
    // Once it is used, a wrong verifier is no replay either.
    expect(await outcome(await once.exchange(wrong))).toBe('400 invalid_grant')
    expect(await userinfoStatus(server, tokens.access_token)).toBe(200)
    for (let i = 0; i < 4; i++) await patient.exchange(wrong)
    expect(await outcome(await patient.exchange())).toBe('200')
    for (let i = 0; i < 5; i++) await guessed.exchange(wrong)
    expect(await outcome(await guessed.exchange())).toBe('400 invalid_grant')
    for (const { access_token, refresh_token = '' } of [connected, tokens]) {
      expect(await userinfoStatus(server, access_token)).toBe(200)
      expect(await outcome(await refresh(server, app, refresh_token))).toBe('200')
    }
  })

  it.each(['in memory', 'in a file'])('PK07 fifty guesses at once are fifty guesses (%s)', async (where) => {
    const { folder, remove } = temporaryFolder()
    const databaseUrl = where === 'in a file' ? `file:${folder}/grantor.db` : ':memory:'
    const other = await createTestServer({ cheapPasswords: true, databaseUrl })
    const app = await other.addClient('spa')
    const person = await other.addUser()
    const visitor = createBrowser(other)
    await getCode(other, visitor, app, { person })
    const { exchange } = await fresh(app, other, visitor)
    const answers = await atOnce(async (i) =>
      outcome(await exchange(i === 49 ? {} : { code_verifier: `${i}`.padStart(43, 'a') })),
    )
    expect(tally(answers)).toEqual({ '400 invalid_grant': 50 })
    expect(await outcome(await exchange())).toBe('400 invalid_grant')
    await other.close()
    remove()
  })
})
