// grantor start: the first start, what stops a start, signals, timeouts, and that a running server obeys.
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { selfSigned } from '../support/certificate.js'
import { call, freePort, post } from './call.js'
import { build, endAll, grantor, type Running, start } from './process.js'
import { createShell, type Ended, type Serving, type Shell } from './support.js'

/** What the first start of the built program leaves behind. */
const template = mkdtempSync(path.join(tmpdir(), 'grantor-start-'))
const production = { GRANTOR_ISSUER: 'https://id.example.test', GRANTOR_HOST: '127.0.0.1' }
let first: { env: Record<string, string>; server: Running; token: string }

/** All of it in one process and under one clock would prove less: this one is started as people start it. */
beforeAll(async () => {
  build()
  const env = {
    ...(await address()),
    GRANTOR_DATABASE_URL: `file:${path.join(template, 'grantor.db')}`,
    GRANTOR_MASTER_KEY_FILE: path.join(template, 'master.key'),
  }
  const server = await start(env)
  const rotated = await grantor(env, ['client', 'rotate-secret', 'demo-service', '--json'])
  const { client_secret } = JSON.parse(rotated.out)
  const answer = await getToken(env.GRANTOR_ISSUER, client_secret)
  first = { env, server, token: JSON.parse(answer.text).access_token }
  server.child.kill('SIGTERM')
  await server.ended
}, 60_000)

afterAll(() => {
  endAll()
  rmSync(template, { recursive: true, force: true })
})

async function address() {
  const port = String(await freePort())
  return { GRANTOR_ISSUER: `http://localhost:${port}`, GRANTOR_PORT: port }
}

/** A shell over a copy of what the first start left. */
async function shellAfterFirstStart(env: Record<string, string> = {}): Promise<Shell> {
  const shell = createShell({ ...(await address()), ...env }, template)
  shell.clock.now = Math.floor(Date.now() / 1000)
  return shell
}

function getToken(issuer: string, secret: string) {
  const form = { grant_type: 'client_credentials', scope: 'api:read' }
  return post(`${issuer}/token`, 'demo-service', secret, form)
}

async function newSecret(shell: Shell): Promise<string> {
  const rotated = await shell.json<{ client_secret: string }>('client rotate-secret demo-service --overlap 0')
  return rotated.client_secret
}

function up(started: Serving | Ended): Serving {
  if ('code' in started) throw new Error(started.err)
  return started
}

describe('the first start of the built program', () => {
  it('makes a master key that only its owner can read', () => {
    const file = path.join(template, 'master.key')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(Buffer.from(readFileSync(file, 'utf8'), 'base64')).toHaveLength(32)
  })

  it('logs JSON without a terminal, and no password or secret in it (HT08)', () => {
    const lines = first.server.log()
    const demo = lines.find(({ user }) => user === 'demo')
    expect(Object.keys(demo ?? {}).sort()).toEqual(['clients', 'level', 'msg', 'time', 'user'])
    expect(lines.at(-1)).toMatchObject({ msg: 'stopped' })
    expect(first.server.stderr()).toBe('')
  })

  it('leaves demo entries that work once their credentials are chosen', () => {
    const claims = JSON.parse(Buffer.from(first.token.split('.')[1] as string, 'base64url').toString())
    expect(claims).toMatchObject({
      iss: first.env.GRANTOR_ISSUER,
      aud: 'http://localhost:3001',
      client_id: 'demo-service',
      scope: 'api:read',
    })
  })

  it('ends with 0 on SIGTERM', async () => {
    expect(await first.server.ended).toBe(0)
  })
})

describe('a running server', () => {
  it('obeys the command line at once', async () => {
    const shell = await shellAfterFirstStart()
    const issuer = shell.env.GRANTOR_ISSUER as string
    const before = await newSecret(shell)
    const server = up(await shell.start())
    const { access_token } = JSON.parse((await getToken(issuer, before)).text)

    const after = await newSecret(shell)
    expect((await getToken(issuer, before)).status).toBe(401)
    expect((await getToken(issuer, after)).status).toBe(200)

    const active = async () => {
      const answer = await post(`${issuer}/introspect`, 'demo-service', after, { token: access_token })
      return JSON.parse(answer.text).active
    }
    expect(await active()).toBe(true)
    expect(await shell.json(['token', 'introspect', access_token])).toMatchObject({
      active: true,
      client_id: 'demo-service',
      aud: 'http://localhost:3001',
      scope: 'api:read',
    })
    expect(await shell.json('token revoke', `${access_token}\n`)).toMatchObject({ revoked: true })
    expect(await active()).toBe(false)
    expect(await shell.json(['token', 'introspect', access_token])).toEqual({ active: false })
    expect(await shell.json(['token', 'revoke', access_token])).toEqual({ revoked: false })

    const published = async () => JSON.parse((await call(`${issuer}/jwks`)).text).keys.length
    const keys = await published()
    await shell.json('key rotate --alg ES256')
    shell.clock.now += 1
    expect(await published()).toBe(keys + 1)

    await shell.json('client disable demo-service')
    expect((await getToken(issuer, after)).status).toBe(401)
    await server.stop()
  })

  it('drops a leaked key at once with key rotate --now', async () => {
    const shell = await shellAfterFirstStart()
    const issuer = shell.env.GRANTOR_ISSUER as string
    const secret = await newSecret(shell)
    const server = up(await shell.start())
    const { access_token } = JSON.parse((await getToken(issuer, secret)).text)
    const keys = await shell.json<{ alg: string; state: string; kid: string }[]>(
      'key rotate --alg ES256 --now',
    )
    expect(keys.filter(({ alg }) => alg === 'ES256')).toMatchObject([{ state: 'active' }])
    shell.clock.now += 1
    const answer = await post(`${issuer}/introspect`, 'demo-service', secret, { token: access_token })
    expect(JSON.parse(answer.text)).toEqual({ active: false })
    const fresh = JSON.parse((await getToken(issuer, secret)).text).access_token as string
    const header = JSON.parse(Buffer.from(fresh.split('.')[0] as string, 'base64url').toString())
    expect(keys.map(({ kid }) => kid)).toContain(header.kid)
    await server.stop()
  })

  it('is found ready by grantor health, and gone when it has stopped', async () => {
    const shell = await shellAfterFirstStart()
    expect(await shell.run('health')).toMatchObject({ code: 1, err: expect.stringContaining('ECONNREFUSED') })
    const server = up(await shell.start())
    expect(await shell.json('health')).toMatchObject({ ready: true, issuer: shell.env.GRANTOR_ISSUER })
    expect(await server.stop()).toMatchObject({ code: 0, err: '' })
    expect((await shell.run('health')).code).toBe(1)
  })

  it('is not ready while its clock is behind what it was (F08)', async () => {
    const shell = await shellAfterFirstStart()
    const server = up(await shell.start())
    const ready = async () => (await call(`${shell.env.GRANTOR_ISSUER}/health/ready`)).status
    const answers = []
    for (const seconds of [0, -60, -1, 61]) {
      shell.clock.now += seconds
      answers.push(await ready())
    }
    expect(answers).toEqual([200, 200, 503, 200])
    await server.stop()
  })

  it('answers whole what it has begun when it is told to stop (F15)', async () => {
    const shell = await shellAfterFirstStart()
    const secret = await newSecret(shell)
    const server = up(await shell.start())
    const calls = Array.from({ length: 30 }, () => getToken(shell.env.GRANTOR_ISSUER as string, secret))
    await calls[0]
    const stopped = server.stop()
    // A connection that was not accepted before the end is refused; every other has its answer.
    const settled = await Promise.allSettled(calls)
    const statuses = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value.status] : []))
    expect(new Set(statuses)).toEqual(new Set([200]))
    expect(await stopped).toMatchObject({ code: 0 })
  })

  it('serves https with its own certificate', async () => {
    const shell = await shellAfterFirstStart()
    const { cert, key } = selfSigned('localhost')
    const issuer = `https://localhost:${shell.env.GRANTOR_PORT}`
    const files = {
      GRANTOR_TLS_CERT_FILE: `${shell.folder}/tls.crt`,
      GRANTOR_TLS_KEY_FILE: `${shell.folder}/tls.key`,
    }
    Object.assign(shell.env, files, { GRANTOR_ISSUER: issuer })
    expect(await shell.run('start')).toMatchObject({ code: 1, err: expect.stringContaining('tls.crt') })
    writeFileSync(files.GRANTOR_TLS_CERT_FILE, key)
    writeFileSync(files.GRANTOR_TLS_KEY_FILE, key)
    expect(await shell.run('start')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/tls\.crt .*tls\.key cannot be used/),
    })
    writeFileSync(files.GRANTOR_TLS_CERT_FILE, cert)
    const server = up(await shell.start())
    const answer = await call(`${issuer}/.well-known/openid-configuration`, { ca: cert })
    expect(JSON.parse(answer.text)).toMatchObject({ issuer, token_endpoint: `${issuer}/token` })
    expect((await shell.run('health')).code).toBe(0)
    await server.stop()
  })

  it('greets a person at a terminal, with credentials only the first time', async () => {
    const shell = await shellAfterFirstStart()
    const world = { terminal: true, version: '1.2.3' }
    const { out } = await shell.run('start', '', world)
    expect(out).toContain('Grantor 1.2.3   development mode: not for production')
    expect(out).toContain('grantor user set-password demo')
    expect(out).not.toMatch(/secret [A-Za-z0-9_-]{43}/)
  })
})

describe('a start is refused', () => {
  async function refusal(shell: Shell): Promise<string> {
    const ended = await shell.start()
    if (!('code' in ended)) throw new Error('it started')
    expect(ended).toMatchObject({ code: 1, out: '' })
    return ended.err
  }

  it('when the port is taken, saying how to take another', async () => {
    const shell = await shellAfterFirstStart()
    const other = createServer().listen(Number(shell.env.GRANTOR_PORT), '127.0.0.1')
    const told = await refusal(shell)
    other.close()
    expect(told).toMatch(/Port \d+ of 127\.0\.0\.1 is taken.*GRANTOR_PORT=\d+ GRANTOR_ISSUER=http:/)
  })

  it('F07 when the master key is open to all', async () => {
    const shell = await shellAfterFirstStart()
    chmodSync(`${shell.folder}/master.key`, 0o644)
    expect(await refusal(shell)).toContain('chmod 600')
  })

  it('F07 when the master key is gone but keys are there; none is made', async () => {
    const shell = await shellAfterFirstStart()
    rmSync(`${shell.folder}/master.key`)
    expect(await refusal(shell)).toContain('is missing')
    expect(existsSync(`${shell.folder}/master.key`)).toBe(false)
  })

  it.each([
    ['another', Buffer.alloc(32, 1).toString('base64')],
    ['too short', Buffer.alloc(16).toString('base64')],
    ['empty', ''],
    ['no base64', 'hello world, this is not a key!!'],
  ])('F07 when the master key is %s', async (_what, text) => {
    const shell = await shellAfterFirstStart()
    writeFileSync(`${shell.folder}/master.key`, text)
    expect(await refusal(shell)).toContain('master key')
  })

  it('F06 when the database is damaged', async () => {
    const shell = await shellAfterFirstStart()
    const file = `${shell.folder}/grantor.db`
    const bytes = readFileSync(file)
    const flipped = Buffer.concat([bytes.subarray(0, 4096), Buffer.alloc(8192, 0xaa), bytes.subarray(12_288)])
    for (const content of [flipped, bytes.subarray(0, 5000), '']) {
      writeFileSync(file, content)
      expect(await refusal(shell)).toContain(file)
    }
  })

  it('F06 in production when the database is missing; none is made', async () => {
    const shell = await shellAfterFirstStart(production)
    rmSync(`${shell.folder}/grantor.db`)
    expect(await refusal(shell)).toContain('grantor migrate')
    expect(existsSync(`${shell.folder}/grantor.db`)).toBe(false)
  })

  it('AD06 in production while demo entries are there, naming what removes them', async () => {
    const shell = await shellAfterFirstStart(production)
    const told = await refusal(shell)
    const commands = [...told.matchAll(/grantor (.+)/g)].map(([, command = '']) => command)
    expect(commands).toHaveLength(6)
    for (const command of commands) await shell.json(command)
    const port = String(await freePort())
    Object.assign(shell.env, { GRANTOR_PORT: port })
    const server = up(await shell.start())
    expect((await call(`http://127.0.0.1:${port}/health/ready`)).status).toBe(200)
    for (const list of ['client list', 'user list']) expect(await shell.json(list)).toEqual([])
    await stopsAfterNotice(server, `http://127.0.0.1:${port}`)
  })

  it('in production without a master key, saying how to make one', async () => {
    const shell = createShell({ ...(await address()), ...production })
    await shell.json('migrate')
    expect(await refusal(shell)).toContain('openssl rand -base64 32')
    expect(existsSync(`${shell.folder}/master.key`)).toBe(false)
  })
})

/** In production it says that it is not ready for five seconds before it stops, and serves meanwhile (F15). */
async function stopsAfterNotice(server: Serving, url: string): Promise<void> {
  const stopped = server.stop()
  await expect.poll(async () => (await call(`${url}/health/ready`)).status).toBe(503)
  expect((await call(`${url}/health/live`)).status).toBe(200)
  expect(await stopped).toMatchObject({ code: 0 })
}
