// EX09: another process holds the write lock of the SQLite file, as a long command or a shell does.

import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Client, openDatabase } from '../../src/store/sqlite-driver.js'
import { type Connected, introspect, letIn } from '../support/connected.js'
import { authenticatedPost, tokenRequest } from '../support/flow.js'
import { createTestServer, type Registered, type TestServer } from '../support/server.js'
import { temporaryFolder } from '../support/stores.js'

let server: TestServer
let scene: Connected
let service: Registered
let other: Client
let remove: () => void
beforeEach(async () => {
  const temporary = temporaryFolder()
  remove = temporary.remove
  const file = `${temporary.folder}/grantor.db`
  server = await createTestServer({ cheapPasswords: true, databaseUrl: `file:${file}` })
  scene = await letIn(server, 'web')
  service = await server.addClient('service')
  expect((await jwt()).status).toBe(200)
  other = openDatabase(file)
})
afterEach(async () => {
  other.close()
  await server.close()
  remove()
})

const jwt = () => tokenRequest(server, service, { grant_type: 'client_credentials' })
const status = async (path: string) => (await server.fetch(path)).status

it('EX09: reads and a JWT that writes nothing go on, and writers are served once the lock is free', async () => {
  other.exec('BEGIN IMMEDIATE')
  const state = { over: false }
  const writer = authenticatedPost(server, '/revoke', scene.app, { token: scene.tokens.refresh_token }).then(
    (response) => {
      state.over = true
      return response
    },
  )
  // More turns of the event loop than a write without a lock needs.
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
  expect(await status('/health/live')).toBe(200)
  expect(await status('/jwks')).toBe(200)
  expect((await jwt()).status).toBe(200)
  expect(await introspect(server, scene.app, scene.tokens.access_token)).toMatchObject({ active: true })
  expect(state.over).toBe(false)
  other.exec('ROLLBACK')
  expect((await writer).status).toBe(200)
  expect(await introspect(server, scene.app, scene.tokens.access_token)).toEqual({ active: false })
})
