// EX09: every 503 says when to come again, whichever part of the server answers it.
import { Hono } from 'hono'
import { expect, it } from 'vitest'
import { jsonSender } from '../../src/http/json.js'
import { sendPage } from '../../src/http/respond.js'

const send = jsonSender({ issuer: 'https://as.test' }, { open: true })
const page = { html: '<p>', csp: "default-src 'none'" }
const retryAfter = async (response: Response | Promise<Response>) =>
  (await response).headers.get('retry-after')
const asPage = (status: number, own?: string, headers?: Record<string, string>) =>
  new Hono()
    .get('/', (c) => {
      if (own !== undefined) c.header('Retry-After', own)
      return sendPage(c, page, status, headers)
    })
    .request('/')

it('EX09: a 503 for programs and one for people have Retry-After, their own if they say one', async () => {
  expect(await retryAfter(send({}, 503))).toBe('5')
  expect(await retryAfter(send({}, 503, { 'Retry-After': '30' }))).toBe('30')
  expect(await retryAfter(send({}, 500))).toBeNull()
  expect(await retryAfter(asPage(503))).toBe('5')
  expect(await retryAfter(asPage(503, '2'))).toBe('2')
  expect(await retryAfter(asPage(503, undefined, { 'Retry-After': '30' }))).toBe('30')
  expect(await retryAfter(asPage(500))).toBeNull()
})
