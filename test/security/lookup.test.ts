// Names that the server looks up (EX03): as the system does, bounded in number and time, and nobody waits for another.
import { describe, expect, it } from 'vitest'
import { createGuardedFetch } from '../../src/outbound/guarded-fetch.js'
import { type Lookup, systemLookup } from '../../src/outbound/lookup.js'
import { readHosts, readSearch } from '../../src/outbound/system-names.js'
import { byAdministrator, type Requester } from '../../src/protocol/requester.js'
import { startTarget, status } from '../support/logout-target.js'
import { startNameServer } from '../support/name-server.js'
import { closedAfterEach } from '../support/opened.js'

const keep = closedAfterEach()

type Files = Record<string, string>
const reading = (files: Files) => async (path: string) => {
  const text = files[path]
  if (text === undefined) throw new Error('there is no such file')
  return text
}
const patient = new AbortController().signal

/** A lookup on a system of its own: its files, and its name server. */
async function system(zone: Record<string, string[]> = {}, files: Files = {}) {
  const names = keep(await startNameServer(zone))
  const find = systemLookup({ readFile: reading(files), servers: [names.address] })
  return { names, find, look: (host: string) => find(host, patient) }
}

const hosts =
  '# local\n127.0.0.1 localhost\n10.0.0.7\tApp.Internal app # the app\n::1 app.internal\nbad line\n'

describe('EX03: the lookup knows what the system knows', () => {
  it('EX03: the hosts file, of which nothing is asked', async () => {
    const { look, names } = await system({}, { '/etc/hosts': hosts })
    expect(await look('app.internal')).toEqual(['10.0.0.7', '::1'])
    expect(await look('APP')).toEqual(['10.0.0.7'])
    expect(await look('app.internal.')).toEqual(['10.0.0.7', '::1'])
    expect(names.asked).toEqual([])
  })

  it('EX03: a hosts file that changes while the server runs', async () => {
    const files: Files = { '/etc/hosts': '10.0.0.1 app' }
    const { look } = await system({}, files)
    expect(await look('app')).toEqual(['10.0.0.1'])
    files['/etc/hosts'] = '10.0.0.2 app'
    expect(await look('app')).toEqual(['10.0.0.2'])
  })

  it.each(['localhost', 'app.localhost', 'localhost.'])(
    'EX03: %s, without any file or question',
    async (name) => {
      const { look, names } = await system()
      expect(await look(name)).toEqual(['127.0.0.1', '::1'])
      expect(names.asked).toEqual([])
    },
  )

  it('EX03: search domains, first for names with few dots and last for others', async () => {
    const resolv = 'nameserver 127.0.0.1\nsearch other.test corp.test.\noptions timeout:1 ndots:2\n'
    const zone = { 'app.eu.corp.test': ['10.0.0.1'], 'x.y.z': ['10.0.0.2'], 'app.eu': ['10.0.0.3'] }
    const { look, names } = await system(zone, { '/etc/resolv.conf': resolv })
    expect(await look('app.eu')).toEqual(['10.0.0.1'])
    expect([...new Set(names.asked)]).toEqual(['app.eu.other.test', 'app.eu.corp.test'])
    names.asked.length = 0
    expect(await look('x.y.z')).toEqual(['10.0.0.2'])
    expect(await look('app.eu.')).toEqual(['10.0.0.3'])
    expect([...new Set(names.asked)]).toEqual(['x.y.z', 'app.eu'])
    await expect(look('nobody')).rejects.toMatchObject({ code: 'ENOTFOUND' })
  })

  it('EX03: no more domains and dots than make sense', () => {
    expect(readSearch(`search ${'a.test '.repeat(50)}\noptions ndots:999`)).toEqual({
      domains: Array(6).fill('a.test'),
      ndots: 15,
    })
    expect(readSearch('domain a.test b.test ; local')).toEqual({ domains: ['a.test'], ndots: 1 })
    expect(readSearch('')).toEqual({ domains: [], ndots: 1 })
    expect(readHosts('fe80::1%lo0 a b\n1.2.3 c\nfe80::1%eth0.100 d').size).toBe(2)
  })

  it('EX03: names of all three kinds in GRANTOR_FETCH_ALLOW', async () => {
    const files = { '/etc/hosts': '127.0.0.1 listed.internal', '/etc/resolv.conf': 'search corp.test' }
    const { find } = await system({ 'app.corp.test': ['127.0.0.1'] }, files)
    const allow = ['listed.internal', 'app', 'localhost']
    const fetch = createGuardedFetch({ allow, loopback: false, lookup: find, now: () => 0 })
    const target = keep(await startTarget(status(204)))
    const to = (host: string) => fetch(`http://${host}:${target.port}/`, options(byAdministrator))
    for (const host of allow) expect(await to(host), host).toMatchObject({ status: 204 })
    expect(await to('other.localhost')).toMatchObject({ refused: 'forbidden_address' })
  })
})

const options = (requester: Requester, timeout = 2000) =>
  ({ purpose: 'keys', requester, timeout, maxBytes: 1000 }) as const
const stranger = (countedBy: string): Requester => ({ chosenBy: 'self-registered', countedBy })

describe('EX03: a name server that never answers', () => {
  it('EX03: is given up when the request is, and nothing is asked after that', async () => {
    const { find, names } = await system()
    names.state.silent = () => true
    const giveUp = new AbortController()
    const looking = find('app.test', giveUp.signal)
    await expect.poll(() => names.asked.length).toBe(2)
    giveUp.abort()
    await expect(looking).rejects.toMatchObject({ code: 'ECANCELLED' })
  })

  it('EX03: about IPv6 alone costs half a second, not the request', async () => {
    const { look, names } = await system({ 'app.test': ['192.0.2.7'] })
    names.state.silent = (_name, type) => type === 'AAAA'
    const began = performance.now()
    expect(await look('app.test')).toEqual(['192.0.2.7'])
    expect(performance.now() - began).toBeLessThan(1500)
  })

  it('EX03: costs nobody but the request that asked', async () => {
    const { find, names } = await system({ 'good.test': ['127.0.0.1'] })
    names.state.silent = (name) => name.endsWith('hanging.test')
    const allow = ['keys=good.test']
    const fetch = createGuardedFetch({ allow, loopback: false, lookup: find, now: () => 0 })
    const target = keep(await startTarget(status(204)))
    const hanging = Array.from({ length: 60 }, (_, n) =>
      fetch(`https://h${n}.hanging.test/`, options(stranger(`192.0.2.${n % 4}`), 1000)),
    )
    await expect.poll(() => names.asked.length).toBe(120)
    const began = performance.now()
    const good = `http://good.test:${target.port}/`
    for (const requester of [byAdministrator, stranger('192.0.2.0'), stranger('198.51.100.1')])
      expect(await fetch(good, options(requester))).toMatchObject({ status: 204 })
    expect(performance.now() - began).toBeLessThan(800)
    for (const answer of await Promise.all(hanging)) expect(answer).toMatchObject({ refused: 'timeout' })
  })
})

describe('EX03: lookups are bounded', () => {
  /** A lookup of which the test sees how many go on. */
  function counting() {
    const active = new Set<string>()
    const lookup: Lookup = (host, signal) =>
      new Promise((_resolve, reject) => {
        active.add(host)
        signal.addEventListener('abort', () => {
          active.delete(host)
          reject(signal.reason)
        })
      })
    const fetch = createGuardedFetch({ allow: [], loopback: false, lookup, now: () => 0 })
    return { active, fetch }
  }

  it('EX03: in number, and what strangers cause leaves those of registered clients alone', async () => {
    const { active, fetch } = counting()
    const ask = (name: string, requester: Requester) =>
      fetch(`https://${name}.test/`, options(requester, 300))
    // Another host for each: of one, and by one address, fewer are let through.
    const strangers = Array.from({ length: 200 }, (_, n) => ask(`s${n}`, stranger(`192.0.2.${n}`)))
    await expect.poll(() => active.size).toBe(100)
    const registered = Array.from({ length: 200 }, (_, n) => ask(`r${n}`, byAdministrator))
    await expect.poll(() => active.size).toBe(228)
    const answers = await Promise.all([...strangers, ...registered])
    expect(answers.filter((answer) => 'refused' in answer && answer.refused === 'busy')).toHaveLength(172)
    expect(answers.filter((answer) => 'refused' in answer && answer.refused === 'timeout')).toHaveLength(228)
    expect(active.size, 'one that is given up goes at once').toBe(0)
    void ask('again', stranger('192.0.2.1'))
    await expect.poll(() => active.size).toBe(1)
  })

  it('EX04: by client address and by host before the total', async () => {
    const { active, fetch } = counting()
    const ask = (host: string, address: string) => fetch(`https://${host}/`, options(stranger(address), 200))
    const asked = [
      ...Array.from({ length: 40 }, (_, n) => ask(`h${n}.test`, '192.0.2.1')),
      ...Array.from({ length: 40 }, (_, n) => ask('one.test', `198.51.100.${n}`)),
      ...Array.from({ length: 40 }, () => ask('other.test', '203.0.113.1')),
    ]
    await expect.poll(() => active.size).toBe(26)
    const answers = await Promise.all(asked)
    const late = (from: number, to: number) =>
      answers.slice(from, to).filter((answer) => 'refused' in answer && answer.refused === 'timeout').length
    expect([late(0, 40), late(40, 80), late(80, 120)]).toEqual([24, 8, 2])
  })

  it('EX04: thirty a minute for one client address, a hundred and twenty for one host', async () => {
    let now = 0
    const lookup: Lookup = async () => []
    const fetch = createGuardedFetch({ allow: [], loopback: false, lookup, now: () => now })
    const ask = async (host: string, address: string) => {
      const answer = await fetch(`https://${host}/`, options(stranger(address)))
      return 'refused' in answer && answer.refused
    }
    const all = async (count: number, host: (n: number) => string, address: (n: number) => string) => {
      const refused: unknown[] = []
      for (let n = 0; n < count; n++) refused.push(await ask(host(n), address(n)))
      return refused.filter((one) => one === 'unreachable').length
    }
    expect(
      await all(
        40,
        (n) => `h${n}.test`,
        () => '192.0.2.1',
      ),
    ).toBe(30)
    expect(
      await all(
        200,
        () => 'one.test',
        (n) => `198.51.100.${n}`,
      ),
    ).toBe(120)
    now = 60
    expect(await ask('one.test', '192.0.2.1')).toBe('unreachable')
    // What is remembered of addresses and hosts is bounded: the oldest are forgotten.
    expect(
      await all(
        30,
        (n) => `h${n}.test`,
        () => '192.0.2.2',
      ),
    ).toBe(30)
    expect(await ask('h.test', '192.0.2.2')).toBe('busy')
    expect(
      await all(
        10_000,
        (n) => `f${n}.test`,
        (n) => `flood ${n}`,
      ),
    ).toBe(10_000)
    expect(await ask('h.test', '192.0.2.2')).toBe('unreachable')
  })
})
