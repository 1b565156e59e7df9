// What the store remembers is never older than what the database says.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Connection, Query } from '../../src/store/connection.js'
import { createMemory } from '../../src/store/memory.js'
import { openStore } from '../../src/store/open.js'
import type { Store } from '../../src/store/store.js'
import { aClient, aResource } from '../support/values.js'

describe('two processes on one file', () => {
  let folder: string
  let server: Store
  let command: Store
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'grantor-memory-'))
    const url = `file:${path.join(folder, 'grantor.db')}`
    server = await openStore(url)
    command = await openStore(url)
  })
  afterEach(async () => {
    await server.close()
    await command.close()
    rmSync(folder, { recursive: true })
  })

  const committed = async <T>(store: Store, work: Promise<T>): Promise<T> => {
    const result = await work
    await store.committed(0)
    return result
  }

  it('see each other’s changes of clients, secrets and resources at once', async () => {
    const client = aClient('web')
    expect(await server.clients.find(client.id)).toBeUndefined()
    expect(await server.resources.all()).toEqual([])
    await committed(command, command.clients.create(client))
    await committed(command, command.resources.create(aResource('https://api.test', ['read'])))
    expect(await server.clients.find(client.id)).toMatchObject({ disabled: false })
    expect(await server.resources.all()).toHaveLength(1)

    expect(await server.clients.secrets(client.id, 0)).toEqual([])
    const secret = { id: 's1', clientId: client.id, hash: 'h', createdAt: 0 }
    await committed(command, command.clients.addSecret(secret))
    expect(await server.clients.secrets(client.id, 0)).toEqual([{ id: 's1', hash: 'h' }])

    await committed(command, command.clients.setDisabled(client.id, true, 1))
    expect(await server.clients.find(client.id)).toMatchObject({ disabled: true })
    await committed(command, command.clients.remove(client.id, 1))
    expect(await server.clients.find(client.id)).toBeUndefined()
    expect(await server.clients.secrets(client.id, 0)).toEqual([])
  })

  it('let a secret expire without anybody writing', async () => {
    const client = aClient('web')
    await server.clients.create(client)
    await server.clients.addSecret({ id: 's1', clientId: client.id, hash: 'h', createdAt: 0, expiresAt: 10 })
    expect(await server.clients.secrets(client.id, 9)).toHaveLength(1)
    expect(await server.clients.secrets(client.id, 10)).toHaveLength(0)
  })

  it('see their own changes before these are committed', async () => {
    const client = aClient('web')
    await server.clients.create(client)
    expect(await server.clients.find(client.id)).toMatchObject({ disabled: false })
    await server.clients.setDisabled(client.id, true, 1)
    expect(await server.clients.find(client.id)).toMatchObject({ disabled: true })
  })
})

describe('the memory', () => {
  const query = {} as Query<unknown>
  let version: ReturnType<Connection['version']>
  let loads: number
  const fake = () => {
    version = '1'
    loads = 0
    return createMemory({ version: () => version, change: () => async () => 1 } as unknown as Connection)
  }
  const counting = async () => ++loads

  it('asks once, and once for what is not there', async () => {
    const memory = fake()
    const find = memory.remember(counting)
    expect([await find('a'), await find('a'), await find('b')]).toEqual([1, 1, 2])
    const missing = memory.remember(async () => void loads++)
    await missing('a')
    await missing('a')
    expect(loads).toBe(3)
  })

  it('asks again after a write, after a change from outside, after a lost commit', async () => {
    const memory = fake()
    const find = memory.remember(counting)
    const write = memory.change('w', query)
    await find('a')
    await write()
    expect(await find('a')).toBe(2)
    version = '2'
    expect(await find('a')).toBe(3)
    expect(await find('a')).toBe(3)
  })

  it('keeps nothing that a write has overtaken', async () => {
    const memory = fake()
    let answer: (value: string) => void = () => {}
    const find = memory.remember(() => new Promise<string>((resolve) => (answer = resolve)))
    const early = find('a')
    await memory.change('w', query)()
    answer('old')
    expect(await early).toBe('old')
    const late = find('a')
    answer('new')
    expect(await late).toBe('new')
  })

  it('forgets also when a write fails, which may have changed something', async () => {
    const memory = createMemory({
      version: () => '1',
      change: () => () => Promise.reject(new Error('test')),
    } as unknown as Connection)
    loads = 0
    const find = memory.remember(counting)
    await find('a')
    await expect(memory.change('w', query)()).rejects.toThrow('test')
    expect(await find('a')).toBe(2)
  })

  it('loads nothing before it has heard the version, and knows nothing without it', async () => {
    const memory = fake()
    const find = memory.remember(counting)
    let tell: (told: string) => void = () => {}
    version = new Promise((resolve) => (tell = resolve))
    const first = find('a')
    await new Promise(setImmediate)
    expect(loads).toBe(0)
    tell('1')
    expect(await first).toBe(1)
    version = Promise.resolve('1')
    expect(await find('a')).toBe(1)
    version = Promise.reject(new Error('test'))
    await expect(find('a')).rejects.toThrow('test')
    version = Promise.resolve('2')
    expect(await find('a')).toBe(2)
    version = Promise.resolve(undefined)
    expect([await find('a'), await find('a')]).toEqual([3, 4])
  })

  it('keeps nothing that another version has overtaken', async () => {
    const memory = fake()
    let answer: (value: string) => void = () => {}
    const find = memory.remember(() => new Promise<string>((resolve) => (answer = resolve)))
    const other = memory.remember(counting)
    const early = find('a')
    version = Promise.resolve('2')
    await other('b')
    answer('old')
    expect(await early).toBe('old')
    const late = find('a')
    await new Promise(setImmediate)
    answer('new')
    expect(await late).toBe('new')
  })

  it('does without where the database cannot tell', async () => {
    const memory = fake()
    version = undefined
    const find = memory.remember(counting)
    expect([await find('a'), await find('a')]).toEqual([1, 2])
  })

  it('does not grow with what strangers ask for', async () => {
    const memory = fake()
    const find = memory.remember(counting)
    for (let i = 0; i < 1001; i++) await find(`id${i}`)
    expect(await find('id0')).toBe(1002)
    const long = 'x'.repeat(3000)
    expect([await find(long), await find(long)]).toEqual([1003, 1004])
  })
})
