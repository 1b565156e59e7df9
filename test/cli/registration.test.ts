// grantor registration: tokens with which apps register themselves, and what deleting such an app leaves.
import { describe, expect, it } from 'vitest'
import { withdraw } from '../../src/clients/clients.js'
import { hashSecret } from '../../src/crypto/handle.js'
import { aClient } from '../support/values.js'
import { createShell, type Shell, useQuickKeys } from './support.js'

async function shellWithKeys(env: Record<string, string> = {}): Promise<Shell> {
  const shell = createShell(env)
  await useQuickKeys(shell)
  return shell
}

const withdrawalOf = (id: string) => `registration ${hashSecret(id)}`

type Invited = { initial_access_token: string; uses: number; expires_at: number }

describe('registration', () => {
  it('invite makes a token, for one app and a day unless said', async () => {
    const shell = await shellWithKeys({ GRANTOR_CLIENT_REGISTRATION: 'token' })
    const { code, out, err } = await shell.run('registration invite')
    expect(code).toBe(0)
    expect(err).not.toContain('GRANTOR_CLIENT_REGISTRATION')
    const { initial_access_token, ...rest } = JSON.parse(out) as Invited
    expect(initial_access_token).toMatch(/^gi_[\w-]+$/)
    expect(rest).toEqual({ uses: 1, expires_at: shell.clock.now + 86_400 })
    const other = await shell.json<Invited>('registration invite --uses 5 --ttl 60')
    expect(other).toMatchObject({ uses: 5, expires_at: shell.clock.now + 60 })
    const { out: trail } = await shell.run('audit tail --json')
    expect(trail).toContain('registration.invited')
    expect(trail).not.toContain(initial_access_token)
  })

  it('AP01: invite --allow-no-pkce says what it allows, and warns', async () => {
    const shell = await shellWithKeys({ GRANTOR_CLIENT_REGISTRATION: 'token' })
    const { out, err } = await shell.run('registration invite --allow-no-pkce')
    expect(JSON.parse(out)).toMatchObject({ uses: 1, allow_no_pkce: true })
    expect(err).toContain('only an app that checks the nonce')
    const trail = (await shell.run('audit tail --json')).out
    expect(trail).toContain('"allowNoPkce":true')
    const usual = await shell.run('registration invite')
    expect(usual.err).not.toContain('nonce')
    expect(JSON.parse(usual.out)).not.toHaveProperty('allow_no_pkce')
  })

  it('invite says so where registration is off', async () => {
    expect((await (await shellWithKeys()).run('registration invite')).err).toContain(
      'GRANTOR_CLIENT_REGISTRATION is token or open',
    )
  })

  it.each(['invite --uses 0', 'invite --uses x', 'invite --ttl 1'])('%s is wrong usage', async (args) => {
    expect((await (await shellWithKeys()).run(`registration ${args}`)).code).toBe(2)
  })

  it('withdraw takes a token, as an argument or from standard input, and nothing else', async () => {
    const shell = await shellWithKeys()
    const made = await shell.json<Invited>('registration invite')
    const another = await shell.json<Invited>('registration invite')
    expect(await shell.json(`registration withdraw ${made.initial_access_token}`)).toEqual({
      withdrawn: true,
    })
    expect(await shell.json('registration withdraw', `${another.initial_access_token}\n`)).toEqual({
      withdrawn: true,
    })
    for (const text of ['gi_x', made.initial_access_token.slice(0, -2), 'x'])
      expect((await shell.run(['registration', 'withdraw', text])).code).toBe(1)
  })
})

it('client create takes no id that looks like a registration', async () => {
  const args = ['client', 'create', '--kind', 'service', '--name', 'X', '--id', 'dcr_mine']
  expect((await createShell().run(args)).code).toBe(2)
})

it.each(['update dcr_x --name Y', 'rotate-secret dcr_x', 'delete dcr_x'])(
  'client %s leaves nothing to what is sealed in the id',
  async (command) => {
    const shell = await shellWithKeys()
    const client = aClient('web', {}, { id: 'dcr_x', verified: false })
    await shell.store((store) => store.clients.create(client, { at: shell.clock.now, origin: 'trusted' }))
    expect((await shell.run(`client ${command}`)).code).toBe(0)
    expect(await shell.store((store) => store.replay.has(withdrawalOf('dcr_x')))).toBe(true)
  },
)

it('a marker is left for registrations alone', async () => {
  const shell = await shellWithKeys()
  const marked = await shell.store(async (store) => {
    await withdraw(store, 'my-app', shell.clock.now)
    await withdraw(store, 'dcr_x', shell.clock.now)
    return store.sweep(shell.clock.now + 366 * 86_400, 100)
  })
  expect(marked).toBe(1)
})
