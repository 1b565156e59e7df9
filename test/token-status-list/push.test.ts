// The push: changes of a list as server-sent events, who may hear them, and going on after a connection is lost.
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type Connected, letIn } from '../support/connected.js'
import { authenticatedPost, claimsOf } from '../support/flow.js'
import { createTestServer, type Registered, type TestServer } from '../support/server.js'
import { placeOf } from '../support/status.js'

let server: TestServer
let api: Registered
beforeEach(async () => {
  server = await createTestServer({ cheapPasswords: true })
  api = await server.addClient('service', { resources: ['https://api.test'] })
})
afterEach(async () => {
  server.deps.status.streams.end()
  await server.close()
  vi.useRealTimers()
})

const basic = ({ client, secret }: Registered) => ({
  Authorization: `Basic ${Buffer.from(`${client.id}:${secret}`).toString('base64')}`,
})
const open = (headers: Record<string, string> = {}, list: string | number = 1) =>
  server.fetch(`/status-lists/${list}/events`, { headers: { ...basic(api), ...headers } })

type Event = { event?: string; id?: string; data?: string; comment?: string }

/** Reads events one by one, as a client without a library would. */
function reading(answer: Response) {
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  return {
    async next(): Promise<Event | undefined> {
      for (;;) {
        const end = text.indexOf('\n\n')
        if (end >= 0) {
          const lines = text.slice(0, end).split('\n')
          text = text.slice(end + 2)
          const fields = lines.map((line) => /^(\w*): (.*)$/.exec(line)?.slice(1) ?? [])
          const event = Object.fromEntries(fields.map(([name, value]) => [name || 'comment', value]))
          if (!('retry' in event)) return event
          continue
        }
        const chunk = await reader?.read()
        if (!chunk || chunk.done) return undefined
        text += chunk.value
      }
    },
    close: () => reader?.cancel(),
  }
}

const revoke = async ({ app, tokens }: Connected) => {
  await authenticatedPost(server, '/revoke', app, { token: tokens.refresh_token })
  await server.deps.status.refresh()
}
const invalidOf = (event?: Event) => (JSON.parse(event?.data ?? '{}') as { invalid: number[] }).invalid
const idxOf = ({ tokens }: Connected) => placeOf(tokens.access_token).idx

it('begins with the signed list and goes on with each change', async () => {
  const [one, two] = [await letIn(server, 'web'), await letIn(server, 'web')]
  const answer = await open()
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
  const events = reading(answer)
  const first = await events.next()
  expect(first).toMatchObject({ event: 'list', id: '0' })
  expect(claimsOf(first?.data ?? '')).toMatchObject({ sub: `${server.issuer}/status-lists/1` })
  await revoke(one)
  expect(await events.next()).toEqual({
    event: 'change',
    id: '1',
    data: JSON.stringify({ at: server.clock.now, invalid: [idxOf(one)] }),
  })
  await revoke(two)
  expect(invalidOf(await events.next())).toEqual([idxOf(two)])
})

it('resumes after the event that was heard last, with what was missed and nothing else', async () => {
  const [one, two, three] = [
    await letIn(server, 'web'),
    await letIn(server, 'web'),
    await letIn(server, 'web'),
  ]
  await revoke(one)
  const first = reading(await open())
  const { id = '' } = (await first.next()) ?? {}
  await first.close()
  await revoke(two)
  const resumed = reading(await open({ 'Last-Event-ID': id }))
  expect(invalidOf(await resumed.next())).toEqual([idxOf(two)])
  await revoke(three)
  expect(invalidOf(await resumed.next())).toEqual([idxOf(three)])
  const upToDate = reading(await open({ 'Last-Event-ID': '3' }))
  expect(await upToDate.next()).toEqual({ comment: 'resumed' })
})

it.each(['4', '999999', '-1', 'x', '1e0', ''])('begins anew after %j, which it never said', async (id) => {
  await revoke(await letIn(server, 'web'))
  expect(await reading(await open({ 'Last-Event-ID': id })).next()).toMatchObject({ event: 'list', id: '1' })
})

it('tells what was revoked since the list was signed', async () => {
  const [one, two] = [await letIn(server, 'web'), await letIn(server, 'web')]
  await server.deps.status.token(1)
  // Two at once: the list that is signed meanwhile may have the first alone.
  await Promise.all(
    [one, two].map(({ app, tokens }) =>
      authenticatedPost(server, '/revoke', app, { token: tokens.refresh_token }),
    ),
  )
  await server.deps.status.refresh()
  const events = reading(await open())
  const list = await events.next()
  const heard = Number(list?.id)
  const rest = heard < 2 ? invalidOf(await events.next()) : []
  expect(heard + rest.length).toBe(2)
})

it('splits what would be too long for a line', async () => {
  const { deps } = server
  for (let n = 0; n < 2500; n++) {
    const { list, index } = await deps.status.place()
    const id = `g${String(n).padStart(15, '0')}`
    await deps.store.grants.create({
      id,
      kind: 'client',
      clientId: api.client.id,
      sessionBound: false,
      scope: [],
      resources: [],
      explicitResource: false,
      statusList: list,
      statusIndex: index,
      secret: 'x',
      generation: 0,
      createdAt: deps.now(),
      expiresAt: deps.now() + 1000,
    })
  }
  const events = reading(await open())
  await events.next()
  await deps.store.grants.revokeByClient(api.client.id, deps.now(), 'test')
  await deps.status.refresh()
  const told = [
    invalidOf(await events.next()),
    invalidOf(await events.next()),
    invalidOf(await events.next()),
  ]
  expect(told.map(({ length }) => length)).toEqual([1000, 1000, 500])
  expect(new Set(told.flat()).size).toBe(2500)
})

it('is for confidential clients that say who they are', async () => {
  await letIn(server, 'web')
  const spa = await server.addClient('spa')
  const disabled = await server.addClient('service')
  await server.deps.store.clients.setDisabled(disabled.client.id, true, server.clock.now)
  for (const headers of [
    { Authorization: '' },
    { Authorization: 'Bearer x' },
    basic({ ...api, secret: 'wrong' }),
    basic(spa),
    basic(disabled),
  ]) {
    const answer = await open(headers)
    expect([answer.status, await answer.json()]).toMatchObject([401, { error: 'invalid_client' }])
  }
  for (const list of ['2', '0', 'x', '01']) expect((await open({}, list)).status, list).toBe(404)
})

it('says now and then that it lives, and after an hour asks again who listens', async () => {
  await letIn(server, 'web')
  await server.deps.status.token(1)
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
  const events = reading(await open())
  await events.next()
  vi.advanceTimersByTime(15_000)
  expect(await events.next()).toEqual({ comment: 'keep-alive' })
  vi.advanceTimersByTime(3_600_000)
  let last = await events.next()
  while (last?.comment) last = await events.next()
  expect(last).toBeUndefined()
})

it('ends who does not read, and leaves the others alone', async () => {
  const scene = await letIn(server, 'web')
  const asleep = await open()
  const awake = reading(await open())
  await awake.next()
  const { streams } = server.deps.status
  const many = Array.from({ length: 200_000 }, (_, index) => ({
    id: index + 1,
    list: 1,
    index,
    expiresAt: 0,
  }))
  for (let from = 0; from < many.length; from += 1000) {
    streams.tell(1, many.slice(from, from + 1000))
    expect(invalidOf(await awake.next())).toHaveLength(1000)
  }
  await revoke(scene)
  expect(invalidOf(await awake.next())).toEqual([idxOf(scene)])
  let bytes = 0
  for await (const chunk of asleep.body ?? []) bytes += chunk.length
  expect(bytes).toBeLessThan(2_200_000)
})

it('ends every stream with the server, and then takes none', async () => {
  await letIn(server, 'web')
  const events = reading(await open())
  await events.next()
  server.deps.status.streams.end()
  expect(await events.next()).toBeUndefined()
  const refused = await open()
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '30'])
})
