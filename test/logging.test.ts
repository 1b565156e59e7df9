// The log: one line per entry whatever is in it, and nothing in it that opens a door.
import { expect, it } from 'vitest'
import { createLogger } from '../src/logging.js'

async function lineOf(entry: object, message = 'seen'): Promise<string> {
  const lines: string[] = []
  const log = await createLogger({
    level: 'info',
    pretty: false,
    to: { write: (line) => void lines.push(line) },
  })
  log.info(entry, message)
  expect(lines).toHaveLength(1)
  return lines[0] as string
}

it('HT08 leaves secrets out, as fields of an entry and of an object in it', async () => {
  const secrets = {
    password: 'hunter2',
    client_secret: 'hunter2',
    code_verifier: 'hunter2',
    token: 'hunter2',
    access_token: 'hunter2',
    refresh_token: 'hunter2',
    id_token_hint: 'hunter2',
    authorization: 'Basic hunter2',
    cookie: 'a=hunter2',
    'set-cookie': 'a=hunter2',
  }
  const line = await lineOf({ ...secrets, headers: secrets, clientId: 'app' })
  expect(line).not.toContain('hunter2')
  expect(JSON.parse(line)).toMatchObject({ clientId: 'app', password: '[redacted]' })
})

it('keeps error codes, and stacks for those who read the log', async () => {
  const line = JSON.parse(await lineOf({ code: 'invalid_grant', err: new Error('boom') }))
  expect(line).toMatchObject({ code: 'invalid_grant', err: { message: 'boom' } })
  expect(line.err.stack).toContain('logging.test.ts')
})
