// Holds that the temporary PostgreSQL server of the tests starts where none answers, and never outlives them.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { freePort } from '../cli/call.js'
import { temporaryFolder } from '../support/stores.js'
import {
  createServerFolder,
  type DatabaseServer,
  findPrograms,
  provideServer,
  startTemporaryServer,
} from './database-server.js'

const programs = findPrograms()

async function setting(url: string, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query('select current_setting($1) as value', [name])
  await client.end()
  return rows[0].value
}

/** Resolves once nothing answers at the address, and the folder of the server is gone. */
async function expectEnd(url: string, data: string): Promise<void> {
  await vi.waitFor(() => expect(existsSync(path.dirname(data))).toBe(false), { timeout: 10_000 })
  await expect(setting(url, 'port')).rejects.toThrow('ECONNREFUSED')
}

describe('AP05: the programs', () => {
  it('AP05: are those of the newest version that has a server, else of PATH, else an error names what to install', () => {
    const { folder, remove } = temporaryFolder()
    const debian = path.join(folder, 'debian')
    const search = ['/nowhere', path.join(folder, 'bin')].join(':')
    const add = (bin: string, program: string) => {
      mkdirSync(bin, { recursive: true })
      writeFileSync(path.join(bin, program), '')
    }
    expect(findPrograms(debian, search)).toBeUndefined()
    add(path.join(folder, 'bin'), 'initdb')
    expect(findPrograms(debian, search)).toBe(path.join(folder, 'bin'))
    add(path.join(debian, '9.6/bin'), 'initdb')
    add(path.join(debian, '15/bin'), 'initdb')
    // Debian's clients alone.
    add(path.join(debian, '17/bin'), 'psql')
    expect(findPrograms(debian, search)).toBe(path.join(debian, '15/bin'))
    remove()
    expect(() => createServerFolder(undefined)).toThrow(
      /apt-get install postgresql.*GRANTOR_TEST_POSTGRES_URL/,
    )
  })
})

describe.skipIf(programs === undefined && !process.env.CI)('AP05: a temporary server', () => {
  const started: DatabaseServer[] = []
  const provide = async (usual: string) => {
    const server = await provideServer({ durable: false }, usual)
    started.push(server)
    return server
  }
  afterEach(async () => {
    vi.unstubAllEnvs()
    for (const { stop } of started.splice(0)) await stop()
  })

  it('AP05: is started where no other is named or answers, runs unprivileged, and is gone when it has stopped', async () => {
    vi.stubEnv('GRANTOR_TEST_POSTGRES_URL', undefined)
    const own = await provide(`postgres://postgres@127.0.0.1:${await freePort()}/postgres`)
    const data = await setting(own.url, 'data_directory')
    expect(statSync(data).uid).not.toBe(0)
    expect(await setting(own.url, 'fsync')).toBe('off')
    // One that answers is used and left running.
    const same = await provide(own.url)
    expect(same.url).toBe(own.url)
    await same.stop()
    expect(await setting(own.url, 'data_directory')).toBe(data)
    vi.stubEnv('GRANTOR_TEST_POSTGRES_URL', 'postgres://db.example.org/test')
    expect((await provide(own.url)).url).toBe('postgres://db.example.org/test')
    await own.stop()
    await expectEnd(own.url, data)
  })

  it.each(['SIGINT', 'SIGKILL'] as const)('AP05: ends with whoever started it, after %s', async (signal) => {
    const file = JSON.stringify(path.join(import.meta.dirname, 'database-server.ts'))
    const code = `
      const { startTemporaryServer } = await import(${file})
      console.log((await startTemporaryServer({ durable: true })).url)
      setInterval(() => {}, 1000)`
    const options = ['--import', 'tsx', '--input-type=module', '--eval', code]
    const child = spawn(process.execPath, options, { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = await once(child.stdout, 'data')
    const url = `${line}`.trim()
    const data = await setting(url, 'data_directory')
    expect(await setting(url, 'fsync')).toBe('on')
    child.kill(signal)
    await expectEnd(url, data)
  })

  it('AP05: leaves nothing when it cannot start', async () => {
    const before = await startTemporaryServer({ durable: false })
    started.push(before)
    const servers = createServerFolder(programs)
    servers.createData('data', [])
    await expect(servers.start('data', Number(new URL(before.url).port))).rejects.toThrow('in use')
    await servers.remove()
    expect(existsSync(servers.folder)).toBe(false)
  })
})
