// grantor issuer: whose word about a person is taken, and how far.
import { expect, it } from 'vitest'
import { createShell } from './support.js'

const idp = 'https://idp.test'
const create = `issuer create ${idp} --jwks-uri ${idp}/jwks --accept id-jag --client app --resource https://api.test`

it('keeps what was said, and lets it be changed', async () => {
  const shell = createShell()
  const made = await shell.json(`${create} --person email`)
  expect(made).toEqual({
    issuer: idp,
    jwks_uri: `${idp}/jwks`,
    accepts: ['id-jag'],
    clients: ['app'],
    resources: ['https://api.test'],
    scope: [],
    person: 'email',
    disabled: false,
    created_at: shell.clock.now,
  })
  expect((await shell.run(create)).code).toBe(1)
  const changed = { ...made, scope: ['read', 'write'], clients: ['app', 'other'] }
  const update = ['issuer', 'update', idp, '--scope', 'read write', '--client', 'app', '--client', 'other']
  expect(await shell.json(update)).toEqual(changed)
  expect(await shell.json(`issuer disable ${idp}`)).toEqual({ issuer: idp, disabled: true })
  expect(await shell.json('issuer list')).toEqual([{ ...changed, disabled: true }])
  expect(await shell.json(`issuer enable ${idp}`)).toEqual({ issuer: idp, disabled: false })
  expect(await shell.json(`issuer get ${idp}`)).toEqual(changed)
  expect((await shell.run('issuer list')).out).toContain('active')
  await shell.json(`issuer delete ${idp}`)
  expect((await shell.run(`issuer get ${idp}`)).code).toBe(1)
})

it.each([
  ['no keys', create.replace(` --jwks-uri ${idp}/jwks`, ''), 'jwks'],
  ['keys without TLS', create.replace(`${idp}/jwks`, 'http://idp.test/jwks'), 'https'],
  ['no client', create.replace(' --client app', ''), 'clients'],
  ['no API', create.replace(' --resource https://api.test', ''), 'resources'],
  ['nothing that is accepted', create.replace(' --accept id-jag', ''), 'accepts'],
  ['what cannot be accepted', create.replace('id-jag', 'saml'), 'accepts'],
  ['an issuer that is no URL', create.replace(idp, 'idp'), 'issuer'],
  ['a secret algorithm', `${create} --algorithm HS256`, 'algorithms'],
])('refuses %s with exit code 2', async (_what, command, told) => {
  const { code, err } = await createShell().run(command)
  expect(code).toBe(2)
  expect(err).toContain(told)
})
