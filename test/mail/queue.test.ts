// The queue of mails: bounded, a few at once, and one slow mailbox holds up nobody else.
import { expect, it } from 'vitest'
import type { Mail } from '../../src/mail/mailer.js'
import { createQueue } from '../../src/mail/queue.js'
import { aMail, handle, notedPauses, readableLog } from './rig.js'

/** A sender whose mails are on their way until the test lets them arrive. */
function heldSender() {
  const onTheWay: { mail: Mail; arrive: () => void; fail: (why: string) => void }[] = []
  const send = (mail: Mail) =>
    new Promise<void>((resolve, reject) => {
      onTheWay.push({ mail, arrive: resolve, fail: (why) => reject(new Error(why)) })
    })
  return { onTheWay, send }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

it('sends three at once', async () => {
  const { log } = await readableLog()
  const { onTheWay, send } = heldSender()
  const { add } = createQueue(send, log)
  for (let i = 0; i < 5; i += 1) add(aMail({ to: `${i}@example.test` }))
  expect(onTheWay.map(({ mail }) => mail.to)).toEqual(['0@example.test', '1@example.test', '2@example.test'])
  onTheWay[1]?.arrive()
  await turn()
  expect(onTheWay.at(-1)?.mail.to).toBe('3@example.test')
  expect(onTheWay).toHaveLength(4)
})

it('F17: holds a thousand, and drops what is more with an error that holds no link', async () => {
  const { log, entries, lines } = await readableLog()
  const { onTheWay, send } = heldSender()
  const { add } = createQueue(send, log)
  for (let i = 0; i < 1002; i += 1) add(aMail({ to: `${i}@example.test` }))
  expect(entries('error')).toMatchObject([
    { to: '1000@example.test', msg: 'a mail is dropped', why: 'too many mails are waiting' },
    { to: '1001@example.test' },
  ])
  expect(lines.join('')).not.toContain(handle)
  onTheWay[0]?.arrive()
  await turn()
  add(aMail({ to: 'next@example.test' }))
  expect(entries('error')).toHaveLength(2)
})

it('counts those that rest until their next try as waiting, too', async () => {
  const { log, entries } = await readableLog()
  const refuse = () => Promise.reject(new Error('later'))
  const { add } = createQueue(refuse, log, () => new Promise(() => {}))
  for (let i = 0; i < 1000; i += 1) add(aMail())
  await expect.poll(() => entries('warn').length).toBe(1000)
  add(aMail())
  expect(entries('error')).toMatchObject([{ why: 'too many mails are waiting' }])
})

it('lets others pass while some rest', async () => {
  const { log } = await readableLog()
  const sent: string[] = []
  const send = async ({ to }: Mail) => {
    if (to.startsWith('slow')) throw new Error('later')
    sent.push(to)
  }
  const { add } = createQueue(send, log, () => new Promise(() => {}))
  for (let i = 0; i < 6; i += 1) add(aMail({ to: `slow${i}@example.test` }))
  add(aMail())
  await expect.poll(() => sent).toEqual(['ada@example.test'])
})

it('gives up after four tries and goes on with the next', async () => {
  const { log, entries } = await readableLog()
  const { noted, pause } = notedPauses()
  let tries = 0
  const send = async ({ to }: Mail) => {
    if (!to.startsWith('never')) return
    tries += 1
    throw new Error(`no, ${handle}`)
  }
  const { add, drain } = createQueue(send, log, pause)
  add(aMail({ to: 'never@example.test' }))
  add(aMail())
  await drain(10_000)
  expect(tries).toBe(4)
  expect(noted).toEqual([2000, 15_000, 60_000])
  const [, secret] = handle.split('.')
  expect(entries('error').map(({ to, why }) => [to, why])).toEqual([
    ['never@example.test', `no, ${handle.replace(String(secret), '[left out]')}`],
  ])
})

it('EN03: reports a mail that is sent, dropped, given up or left when the server stops, each once', async () => {
  const { log } = await readableLog()
  const lost: string[] = []
  const sent: string[] = []
  const { onTheWay, send } = heldSender()
  const { add, drain } = createQueue(send, log, async () => {})
  const post = (to: string) => add(aMail({ to }), (arrived) => (arrived ? sent : lost).push(to))
  post('sent@example.test')
  onTheWay.pop()?.arrive()
  post('refused@example.test')
  for (let tries = 0; tries < 4; tries += 1) {
    await expect.poll(() => onTheWay.length).toBe(1)
    onTheWay.pop()?.fail('no such mailbox')
  }
  await expect.poll(() => lost).toEqual(['refused@example.test'])
  post('stopped@example.test')
  await drain(0)
  post('dropped@example.test')
  expect(lost).toEqual(['refused@example.test', 'stopped@example.test', 'dropped@example.test'])
  onTheWay.pop()?.arrive()
  await turn()
  expect(sent).toEqual(['sent@example.test'])
  expect(lost).toHaveLength(3)
})

it('does nothing more with what arrives or fails after it was given up', async () => {
  const { log, entries } = await readableLog()
  const { onTheWay, send } = heldSender()
  const { add, drain } = createQueue(send, log)
  for (let i = 0; i < 5; i += 1) add(aMail())
  await drain(1)
  expect(entries('error')).toHaveLength(5)
  onTheWay[0]?.fail('gone')
  onTheWay[1]?.arrive()
  await turn()
  expect(onTheWay).toHaveLength(3)
  expect(entries('error')).toHaveLength(5)
  expect(entries('warn')).toEqual([])
})

it('ends the rest of a thousand without a warning of Node.js, and tries each once more at once', async () => {
  const warnings: string[] = []
  const hear = (warning: Error) => void warnings.push(warning.name)
  process.on('warning', hear)
  const { log, entries } = await readableLog()
  const state = { up: false, sent: 0 }
  const send = async () => {
    if (!state.up) throw new Error('later')
    state.sent += 1
  }
  const { add, drain } = createQueue(send, log)
  for (let i = 0; i < 1000; i += 1) add(aMail())
  await expect.poll(() => entries('warn').length).toBe(1000)
  state.up = true
  await drain(10_000)
  await turn()
  process.off('warning', hear)
  expect(state.sent).toBe(1000)
  expect(entries('error')).toEqual([])
  expect(warnings).not.toContain('MaxListenersExceededWarning')
})

it('drains at once when it is empty', async () => {
  const { log } = await readableLog()
  await expect(createQueue(async () => {}, log).drain(60_000)).resolves.toBeUndefined()
})

it('SE04: writes what is for later when its time has come, and forgets what turns out to be for nobody', async () => {
  const { log, entries } = await readableLog()
  const { onTheWay, send } = heldSender()
  const come: (() => void)[] = []
  const noted: number[] = []
  const pause = (ms: number) => {
    noted.push(ms)
    return new Promise<void>((resolve) => come.push(resolve))
  }
  const { add, addLater, drain } = createQueue(send, log, pause)
  const written: string[] = []
  const later = (to: string | undefined) => () => {
    written.push(String(to))
    return to === undefined ? undefined : aMail({ to })
  }
  addLater(later('ada@example.test'), 700)
  addLater(later(undefined), 800)
  addLater(later('bob@example.test'), 900)
  add(aMail({ to: 'now@example.test' }))
  await turn()
  expect([noted, written]).toEqual([[700, 800, 900], []])
  expect(onTheWay.map(({ mail }) => mail.to)).toEqual(['now@example.test'])
  come[1]?.()
  come[0]?.()
  await turn()
  expect(written).toEqual(['undefined', 'ada@example.test'])
  expect(onTheWay.map(({ mail }) => mail.to)).toEqual(['now@example.test', 'ada@example.test'])
  // A server that stops does not leave behind what was to come.
  const drained = drain(10_000)
  for (const { arrive } of onTheWay) arrive()
  await turn()
  for (const { arrive } of onTheWay) arrive()
  await drained
  come[2]?.()
  await turn()
  expect(onTheWay.map(({ mail }) => mail.to)).toEqual([
    'now@example.test',
    'ada@example.test',
    'bob@example.test',
  ])
  addLater(later('late@example.test'), 1)
  expect(entries('error')).toMatchObject([{ msg: 'a mail is dropped', why: 'the server is stopping' }])
})

it('counts what is for later as waiting, whether anybody is there to read it or not', async () => {
  const { log, entries } = await readableLog()
  const { add, addLater } = createQueue(
    async () => {},
    log,
    () => new Promise(() => {}),
  )
  for (let i = 0; i < 1000; i += 1) addLater(() => undefined, 1)
  add(aMail())
  expect(entries('error')).toMatchObject([{ why: 'too many mails are waiting' }])
})

it('survives a mail that cannot be written', async () => {
  const { log, entries } = await readableLog()
  const { onTheWay, send } = heldSender()
  const { addLater } = createQueue(send, log, async () => {})
  addLater(() => {
    throw new Error('no words')
  }, 1)
  addLater(() => aMail(), 1)
  await turn()
  expect(entries('error')).toMatchObject([
    { msg: 'a mail could not be written', err: { message: 'no words' } },
  ])
  expect(onTheWay).toHaveLength(1)
})
