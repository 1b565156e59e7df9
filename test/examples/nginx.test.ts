// Proves the example with nginx, and that the API behind it is told nothing that a client made up.

import { expect, it } from 'vitest'
import { nginx, seen } from './nginx.js'
import { describeApi } from './scenes.js'

describeApi(nginx, ({ api, mint }) => {
  it('tells the API who calls, whatever the client says, and gives it no token', async () => {
    const forged = { 'X-Subject': 'eve', X_Subject: 'eve', 'x-SUBJECT': 'eve' }
    seen.length = 0
    expect((await api().call(await mint(), forged)).status).toBe(200)
    expect(seen).toHaveLength(1)
    expect(seen[0]).toMatchObject({ 'x-subject': 'ada' })
    expect(seen[0]).not.toHaveProperty('x_subject')
    expect(seen[0]).not.toHaveProperty('authorization')
  })

  it('lets nothing through to the API without a good token', async () => {
    seen.length = 0
    const bad = await mint({ claims: { aud: 'https://other.test' } })
    for (const path of ['', 'x', '_verify', '%5Fverify', './/_verify', '_verify/../x']) {
      for (const method of ['GET', 'POST', 'OPTIONS']) {
        const headers = { 'X-Subject': 'eve', Authorization: `Bearer ${bad}` }
        const body = method === 'POST' ? 'GET / HTTP/1.1\r\n\r\n' : null
        const { status } = await fetch(`${api().url}${path}`, { method, headers, body })
        expect([401, 404]).toContain(status)
      }
    }
    expect((await api().call(await mint({ list: 'missing' }))).status).toBe(503)
    expect((await api().call(await mint({ claims: { scope: 'openid' } }))).status).toBe(403)
    expect(seen).toEqual([])
  })
})
