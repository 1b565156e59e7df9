// grantor user, session, grant: people, who is signed in, what is connected.
import { describe, expect, it } from 'vitest'
import { createPasswordHasher } from '../../src/crypto/password.js'
import { createShell, type Shell } from './support.js'

const password = 'correct horse battery'

function createUser(shell: Shell, name: string, extra: string[] = []) {
  return shell.json<{ sub: string; username: string }>(
    ['user', 'create', '--username', name, '--password-stdin', ...extra],
    `${password}\n`,
  )
}

/** What a sign-in and a consent in a browser leave in the store. */
async function signIn(shell: Shell, sub: string) {
  const at = shell.clock.now
  const later = at + 86_400
  await shell.json('client create --kind web --name App --id app --redirect-uri https://app.test/cb')
  await shell.store(async (store) => {
    const session = {
      id: 'session000000001',
      secretHash: 'x',
      sid: 'sid1',
      sub,
      authTime: at,
      acr: 'a',
      amr: ['pwd'],
      kept: false,
    }
    const times = { createdAt: at, lastSeenAt: at, idleExpiresAt: at + 3600, expiresAt: later }
    await store.sessions.create({ ...session, ...times })
    const grant = {
      kind: 'user',
      sub,
      clientId: 'app',
      scope: ['openid'],
      resources: [],
      explicitResource: false,
      secret: 's',
      generation: 0,
      createdAt: at,
      expiresAt: later,
    } as const
    const arrays = { scope: ['openid'], resources: [] }
    await store.grants.create({
      ...grant,
      ...arrays,
      id: 'grant00000000001',
      sid: 'sid1',
      sessionBound: true,
    })
    await store.grants.create({
      ...grant,
      ...arrays,
      id: 'grant00000000002',
      sid: 'sid1',
      sessionBound: false,
    })
    await store.committed(0)
  })
}

const grantsOf = async (shell: Shell) =>
  (await shell.json<{ id: string }[]>('grant list --user ada')).map(({ id }) => id)

describe('user create', () => {
  it('EN07: makes one account for a mailbox in every spelling of its domain', async () => {
    const shell = createShell()
    const made = await createUser(shell, 'max', ['--email', 'Max@M\u00fcller.example'])
    expect(await shell.json('user get max@xn--mller-kva.example')).toMatchObject({
      sub: made.sub,
      email: 'Max@M\u00fcller.example',
    })
    const again = 'user create --username other --email max@xn--mller-kva.example --password-stdin'
    expect((await shell.run(again, password)).err).toContain('is taken')
    const invited = await shell.run('user invite --email MAX@xn--mller-kva.example')
    expect(invited.err).toContain('max has this address')
  })

  it.each(['user create --username bad --password-stdin', 'user invite'])(
    'EN07: refuses a domain that UTS 46 refuses, in words: %s',
    async (command) => {
      const ended = await createShell().run(`${command} --email max@-m\u00fcller-.example`, password)
      expect(ended.code).toBe(2)
      expect(ended.err).toContain('not a valid domain: -m\u00fcller-.example')
    },
  )

  it('prints sub and username and stores an argon2id hash', async () => {
    const shell = createShell()
    const made = await createUser(shell, 'ada', ['--email', 'ada@example.test', '--name', 'Ada Lovelace'])
    expect(made).toEqual({ sub: expect.stringMatching(/^u_[0-9A-Za-z]{16}$/), username: 'ada' })
    const hash = await shell.store(async (store) => (await store.users.password(made.sub))?.hash)
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    const hasher = createPasswordHasher()
    expect(await hasher.verify(hash, password)).toBe(true)
    await hasher.close()
    expect(await shell.json('user get ADA@example.test')).toMatchObject({
      sub: made.sub,
      email: 'ada@example.test',
      email_verified: false,
      name: 'Ada Lovelace',
      has_password: true,
    })
  })

  it.each([
    [11, 2],
    [12, 0],
    [1024, 0],
    [1025, 2],
  ])('with a password of %i ASCII characters ends with %i', async (bytes, code) => {
    const ended = await createShell().run(
      'user create --username ada --password-stdin',
      'quartz jukebox vow, '.repeat(60).slice(0, bytes),
    )
    expect(ended.code).toBe(code)
  })

  it.each([
    ['\u00fc'.repeat(9), {}, 'A password has at least 12 characters (GRANTOR_PASSWORD_MIN); this one has 9.'],
    ['u\u0308\u00fc'.repeat(4), {}, 'at least 12 characters (GRANTOR_PASSWORD_MIN); this one has 8.'],
    [
      'twelve chars',
      { GRANTOR_PASSWORD_MIN: '13' },
      'at least 13 characters (GRANTOR_PASSWORD_MIN); this one has 12.',
    ],
    ['', {}, 'this one has 0.'],
    ['quartz jukebox \u0007 vow', {}, 'no control characters and no invisible characters'],
    ['\u00fc'.repeat(513), {}, 'at most 1024 bytes; this one has 1026.'],
  ])('EN06: refuses a password that cannot be one, and says why: %j', async (text, env, message) => {
    const shell = createShell()
    await createUser(shell, 'ada')
    Object.assign(shell.env, env)
    for (const command of ['user create --username bob --password-stdin', 'user set-password ada']) {
      const ended = await shell.run(command, text)
      expect(ended.code).toBe(2)
      expect(ended.err).toContain(message)
    }
  })

  it.each([
    ['Passw0rd!!!!', 'the first that others would try'],
    ['ada1815ada1815', 'a name of the person'],
    ['Lovelace-1815', 'a name of the person'],
  ])('refuses %s', async (predictable, reason) => {
    const shell = createShell()
    const args = ['user', 'create', '--username', 'ada1815', '--name', 'Ada Lovelace', '--password-stdin']
    const ended = await shell.run(args, predictable)
    expect(ended).toMatchObject({ code: 2, out: '' })
    expect(ended.err).toContain(reason)
  })

  it('needs to be told where the password comes from', async () => {
    expect(await createShell().run('user create --username ada')).toMatchObject({ code: 2, out: '' })
  })

  it('takes standard claims, and only those', async () => {
    const shell = createShell()
    const { sub } = await createUser(shell, 'ada', [
      '--claim',
      'locale="en"',
      '--claim',
      'zoneinfo=Europe/London',
      '--claim',
      'address={"country":"GB"}',
    ])
    expect(await shell.json(`user get ${sub}`)).toMatchObject({
      locale: 'en',
      zoneinfo: 'Europe/London',
      address: { country: 'GB' },
    })
    for (const claim of [
      'role="admin"',
      'sub="u_x"',
      'locale=',
      'address={',
      'profile="javascript:alert(1)"',
    ]) {
      const ended = await shell.run(
        ['user', 'create', '--username', 'bob', '--password-stdin', '--claim', claim],
        password,
      )
      expect(ended.code, claim).toBe(2)
    }
  })
})

describe('user sign-out', () => {
  it('ends sessions and what is bound to them, and leaves other connections', async () => {
    const shell = createShell()
    const { sub } = await createUser(shell, 'ada')
    await signIn(shell, sub)
    expect(await shell.json('session list --user ada')).toMatchObject([
      { id: 'session000000001', sub, sid: 'sid1' },
    ])
    expect(await shell.json('user sign-out ada')).toEqual({ sub, username: 'ada', sessions_ended: 1 })
    expect(await shell.json('session list')).toEqual([])
    expect(await grantsOf(shell)).toEqual(['grant00000000002'])
  })
})

describe('user set-password, disable, delete', () => {
  it.each(['set-password ada', 'disable ada', 'delete ada'])(
    'SE12 %s ends every session and connection',
    async (verb) => {
      const shell = createShell()
      const { sub } = await createUser(shell, 'ada')
      await signIn(shell, sub)
      await shell.json(`user ${verb}`, 'another password')
      expect(await shell.json('session list')).toEqual([])
      expect(await shell.json('grant list')).toEqual([])
    },
  )

  it('set the password', async () => {
    const shell = createShell()
    const { sub } = await createUser(shell, 'ada')
    await shell.json('user set-password ada', 'another password')
    const hasher = createPasswordHasher()
    const hash = await shell.store(async (store) => (await store.users.password(sub))?.hash)
    expect(await hasher.verify(hash, 'another password')).toBe(true)
    await hasher.close()
  })

  it('refuses one that is easily guessed, also by who knows the person, and then changes nothing', async () => {
    const shell = createShell()
    const { sub } = await createUser(shell, 'ada', ['--email', 'countess@example.test'])
    for (const predictable of ['password1234', 'countess1815!']) {
      expect(await shell.run(`user set-password ${sub}`, predictable)).toMatchObject({ code: 2, out: '' })
    }
    const hasher = createPasswordHasher()
    const hash = await shell.store(async (store) => (await store.users.password(sub))?.hash)
    expect(await hasher.verify(hash, password)).toBe(true)
    await hasher.close()
  })

  it('a disabled person can be enabled again; what had ended stays ended', async () => {
    const shell = createShell()
    const { sub } = await createUser(shell, 'ada')
    await signIn(shell, sub)
    await shell.json('user disable ada')
    expect(await shell.json('user get ada')).toMatchObject({ disabled: true })
    await shell.json('user enable ada')
    expect(await shell.json('user get ada')).toMatchObject({ disabled: false })
    expect(await shell.json('grant list')).toEqual([])
  })
})

describe('session revoke and grant revoke', () => {
  it('end one session with what is bound to it, or one connection', async () => {
    const shell = createShell()
    const { sub } = await createUser(shell, 'ada')
    await signIn(shell, sub)
    expect(await grantsOf(shell)).toEqual(['grant00000000001', 'grant00000000002'])
    await shell.json('session revoke session000000001')
    expect(await grantsOf(shell)).toEqual(['grant00000000002'])
    expect(await shell.json('grant revoke grant00000000002')).toEqual({
      id: 'grant00000000002',
      revoked: true,
    })
    expect(await grantsOf(shell)).toEqual([])
    expect(await shell.run('session revoke nothing')).toMatchObject({ code: 1 })
    expect(await shell.run('grant revoke nothing')).toMatchObject({ code: 1 })
  })

  it('leave a trace', async () => {
    const shell = createShell()
    const { sub } = await createUser(shell, 'ada')
    await signIn(shell, sub)
    await shell.json('grant revoke grant00000000001')
    const trail = await shell.json<Record<string, unknown>[]>('audit tail --user ada --type grant.revoked')
    expect(trail).toMatchObject([
      { type: 'grant.revoked', sub, client_id: 'app', grant_id: 'grant00000000001' },
    ])
    expect((await shell.run('audit tail')).out).toMatch(/grant\.revoked +u_\w+ app grant=grant00000000001/)
  })
})
