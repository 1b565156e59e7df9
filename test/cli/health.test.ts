// EX09: `grantor health` names why the server is not ready.
import { expect, it, onTestFinished } from 'vitest'
import { listen } from '../support/listening.js'
import { createShell } from './support.js'

/** A server that answers every request with 503 and this body. */
async function unready(body: string) {
  const { port, close } = await listen(() => new Response(body, { status: 503 }))
  onTestFinished(close)
  return createShell({ GRANTOR_ISSUER: `http://localhost:${port}`, GRANTOR_PORT: String(port) }).run('health')
}

it('EX09: grantor health prints the reason that /health/ready gives', async () => {
  const reason = 'the disk of the database is full'
  const ended = await unready(JSON.stringify({ status: 'unavailable', failing: ['store'], reason }))
  expect(ended).toMatchObject({ code: 1, err: expect.stringContaining(`answers 503: ${reason}.`) })
})

it.each([
  'no JSON',
  '{}',
  'null',
  JSON.stringify({ reason: 'with \u001b[2J control characters' }),
  JSON.stringify({ reason: 'x'.repeat(10_000) }),
])('prints nothing of an answer that is not ours: %j', async (body) => {
  expect(await unready(body)).toMatchObject({
    code: 1,
    err: expect.stringContaining('answers 503: not ready.'),
  })
})
