// The command line as a whole: help, --json, exit codes.
import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createShell } from './support.js'

const verbs = [
  'start',
  'migrate',
  'health',
  'config print',
  'config check',
  'client create',
  'client list',
  'client get',
  'client update',
  'client rotate-secret',
  'client disable',
  'client enable',
  'client delete',
  'user create',
  'user list',
  'user get',
  'user set-password',
  'user disable',
  'user enable',
  'user delete',
  'user sign-out',
  'resource create',
  'resource list',
  'resource get',
  'resource metadata',
  'resource update',
  'resource delete',
  'key list',
  'key rotate',
  'session list',
  'session revoke',
  'grant list',
  'grant revoke',
  'token introspect',
  'token revoke',
  'audit tail',
]

describe('every verb', () => {
  it.each(verbs)('%s has help with an example of itself, and --json', async (verb) => {
    const { code, out, err } = await createShell().run(`${verb} --help`)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const example = /\nExample:\n {2}\$ (.+)\n/.exec(out)?.[1]
    expect(example).toContain(`npx grantor ${verb}`)
    expect(out).toContain('--json')
  })

  it('is listed by the help of its noun, and each noun by that of the whole', async () => {
    const shell = createShell()
    const { out } = await shell.run('--help')
    for (const verb of verbs) {
      const [noun, name] = verb.split(' ') as [string, string?]
      expect(out).toMatch(new RegExp(`^  ${noun} `, 'm'))
      if (name !== undefined)
        expect((await shell.run(`${noun} --help`)).out).toMatch(new RegExp(`^  ${name} `, 'm'))
    }
  })
})

describe('exit codes', () => {
  it('2 for what makes no sense, with help and nothing on standard output', async () => {
    for (const command of [
      'frobnicate',
      'client',
      'client frobnicate',
      'client list --frobnicate',
      'user get',
      'client update x',
      'resource update https://api.test',
    ]) {
      const { code, out, err } = await createShell().run(command)
      expect({ command, code, out }).toEqual({ command, code: 2, out: '' })
      expect(err).toMatch(/--help|Usage/)
    }
  })

  it('2 as one JSON value, too', async () => {
    const { code, out } = await createShell().run('client create --kind web --json')
    expect(code).toBe(2)
    expect(JSON.parse(out)).toEqual({ error: "required option '--name <name>' not specified" })
  })

  it('1 for what cannot be done, as one JSON value with --json', async () => {
    const { code, out, err } = await createShell().run('user get nobody --json')
    expect(code).toBe(1)
    expect(err).toBe('There is no user nobody.\n')
    expect(JSON.parse(out)).toEqual({ error: 'There is no user nobody.' })
  })

  it('1 for a faulty configuration, every fault told', async () => {
    const shell = createShell({ GRANTOR_PORT: 'x', GRANTOR_CODE_TTL: 'y', GRANTOR_FOO: '' })
    for (const command of ['config check', 'client list', 'start']) {
      const { code, err } = await shell.run(command)
      expect(code).toBe(1)
      for (const name of ['GRANTOR_PORT=x', 'GRANTOR_CODE_TTL=y', 'GRANTOR_FOO']) expect(err).toContain(name)
    }
    expect(existsSync(`${shell.folder}/grantor.db`)).toBe(false)
  })

  it('0 for help and version', async () => {
    expect((await createShell().run('--version')).out).toBe('0.0.0\n')
    expect((await createShell().run('help')).code).toBe(0)
    expect((await createShell().run('help client')).out).toContain('rotate-secret')
  })
})

describe('the database', () => {
  it('is made for a development issuer, and only by migrate for any other (F06)', async () => {
    const production = createShell({ GRANTOR_ISSUER: 'https://id.example.org' })
    const refused = await production.run('client list')
    expect(refused.code).toBe(1)
    expect(refused.err).toContain('grantor migrate')
    expect(existsSync(`${production.folder}/grantor.db`)).toBe(false)
    await production.json('migrate')
    expect(await production.json('client list')).toEqual([])
    expect(await createShell().json('client list')).toEqual([])
  })
})

describe('config', () => {
  it('prints every setting with its origin, passwords masked', async () => {
    const shell = createShell({
      GRANTOR_DATABASE_URL: 'postgres://grantor:hunter2@db/grantor',
      GRANTOR_PORT: '9100',
    })
    const settings = await shell.json('config print')
    expect(settings).toContainEqual({
      variable: 'GRANTOR_DATABASE_URL',
      value: 'postgres://grantor:***@db/grantor',
      from: 'environment',
    })
    expect(settings).toContainEqual({ variable: 'GRANTOR_ACCESS_TOKEN_TTL', value: '300', from: 'default' })
    expect(settings).toContainEqual({ variable: 'GRANTOR_TLS_CERT_FILE', value: null, from: 'default' })
    expect((await shell.run('config print')).out).toMatch(/^GRANTOR_PORT +9100 +environment$/m)
  })
})

it('HT07: a name that would move the cursor of a terminal is not registered', async () => {
  const shell = createShell()
  const name = '\u001b[31mred\r\n\u202e'
  const { code, out, err } = await shell.run([
    'resource',
    'create',
    '--identifier',
    'https://api.test',
    '--name',
    name,
  ])
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err).toContain('name: has control or invisible characters')
  expect(await shell.json('resource list')).toEqual([])
})
