// The store's contract for addresses that were stored before their domains were in A-labels, on every database.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fresh } from './support/at-once.js'
import { aNewUser, at } from './support/rows.js'
import { kinds, type Opened } from './support/stores.js'

const filed = kinds.filter(({ name }) => name !== 'SQLite in memory')

describe.each(filed)('the store on $name', ({ open }) => {
  let opened: Opened
  beforeAll(async () => {
    opened = await open()
  })
  afterAll(() => opened.dispose())

  /** A user whose row is from before: the keys are the lower-cased text. */
  async function newOlder(local: string, username = local): Promise<string> {
    const sub = fresh('u')
    const email = `${local}@M\u00fcller.example`
    expect(await opened.store.users.create(aNewUser(sub, { username, email }))).toBe(true)
    await opened.store.committed(0)
    const key = username === email ? ', username_key = ' : ''
    const former = `'${local}@m\u00fcller.example'`
    if (!opened.run) throw new Error('this store cannot be changed beside itself')
    await opened.run(`update account set email_key = ${former}${key && key + former} where sub = '${sub}'`)
    return sub
  }

  test('EN07: find a user by an address in any spelling of its domain', async () => {
    const { users } = opened.store
    const sub = fresh('u')
    await users.create(aNewUser(sub, { username: 'max', email: 'Max@M\u00fcller.example' }))
    const user = await users.findByIdentifier('max@xn--mller-kva.example')
    expect(user).toMatchObject({ sub, email: 'Max@M\u00fcller.example' })
    for (const email of [
      'max@xn--mller-kva.example',
      'MAX@m\u00fcller.example',
      'max@mu\u0308ller.example',
    ]) {
      expect(await users.create(aNewUser(fresh('u'), { email })), email).toBe(false)
    }
  })

  test('EN07: go on finding those from before, and keep others from their address', async () => {
    const { users } = opened.store
    const older = await newOlder('ada')
    const named = await newOlder('eve', 'eve@M\u00fcller.example')
    expect((await users.findByIdentifier('ada@xn--mller-kva.example'))?.sub).toBe(older)
    expect((await users.findByIdentifier('eve@xn--mller-kva.example'))?.sub).toBe(named)
    const twin = { email: 'ada@xn--mller-kva.example' }
    expect(await users.create(aNewUser(fresh('u'), twin))).toBe(false)
    const other = fresh('u')
    await users.create(aNewUser(other))
    expect(await users.update({ ...aNewUser(other), ...twin, updatedAt: at })).toBe(false)
  })

  test('EN07: give a row from before its new key with the next edit', async () => {
    const { users } = opened.store
    const sub = await newOlder('grace')
    const user = await users.find(sub)
    if (!user) throw new Error('the user is gone')
    expect(await users.update({ ...user, claims: { name: 'Grace' }, updatedAt: at })).toBe(true)
    expect((await users.findByIdentifier('grace@xn--mller-kva.example'))?.sub).toBe(sub)
    expect(await users.findByIdentifier('grace@m\u00fcller.example')).toBeUndefined()
  })
})
