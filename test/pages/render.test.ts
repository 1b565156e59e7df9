// What turning pages into text must not cost.
import { AsyncLocalStorage } from 'node:async_hooks'
import { afterEach, expect, it, vi } from 'vitest'
import { letIn } from '../support/connected.js'
import { createTestServer } from '../support/server.js'

afterEach(() => vi.restoreAllMocks())

it('never turns on the bookkeeping of promises, for pages and mails alike', async () => {
  const run = vi.spyOn(AsyncLocalStorage.prototype, 'run')
  const server = await createTestServer({ cheapPasswords: true })
  await letIn(server, 'web')
  expect(server.mails.length).toBeGreaterThan(0)
  await server.close()
  expect(run).not.toHaveBeenCalled()
})
