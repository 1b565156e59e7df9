// grantor/verify reads requests and words refusals (RFC 6750 2, 3).
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { VerifierOptions } from '../../src/verify/index.js'
import { type Issuer, refusal, startIssuer } from '../support/issuer.js'

let issuer: Issuer
let token: string
beforeAll(async () => {
  issuer = await startIssuer()
  token = await issuer.token({ scope: 'api:read' })
})
afterAll(() => issuer.close())

const request = (authorization?: string, url = 'https://api.test/things') =>
  new Request(url, { headers: authorization === undefined ? {} : { authorization } })
const refused = async (
  given: Parameters<ReturnType<Issuer['verifier']>['verify']>[0],
  options: Partial<VerifierOptions> = {},
) => {
  const error = await refusal(issuer.verifier(options).verify(given))
  return [error.status, error.code, error.wwwAuthenticate]
}

it('takes a token from a Request, from what Node has, and as it is', async () => {
  const verifier = issuer.verifier()
  const { verify } = verifier
  const given = [
    token,
    request(`Bearer ${token}`),
    request(`bearer  ${token}`),
    { headers: { authorization: `BEARER ${token}` } },
    { headers: { authorization: [`Bearer ${token}`] } },
    {
      headers: { authorization: `Bearer ${token}` },
      headersDistinct: { authorization: [`Bearer ${token}`] },
    },
  ]
  for (const one of given) expect((await verify(one)).sub).toBe('u_alice')
})

it('answers no token with a bare challenge (RFC 6750 3.1)', async () => {
  for (const one of [request(), request('Basic YTpi'), request('Negotiate'), request('__proto__ x')])
    expect(await refused(one)).toEqual([401, undefined, 'Bearer'])
  const { headers, body } = await refusal(issuer.verifier().verify(request()))
  expect([headers['cache-control'], body]).toEqual(['no-store', undefined])
})

it('takes no token from the query', async () => {
  expect(await refused(request(undefined, `https://api.test/?access_token=${token}`))).toEqual([
    401,
    undefined,
    'Bearer',
  ])
})

it('answers what cannot be understood with invalid_request', async () => {
  const distinct = [`Bearer ${token}`, `Bearer ${token}`]
  const given = [
    request('Bearer'),
    request(`Bearer ${token} ${token}`),
    request(`Bearer ${token}, Bearer ${token}`),
    request('Bearer "x"'),
    request(`Bearer=${token}`.replace('=', ' =')),
    { headers: { authorization: distinct[0] as string }, headersDistinct: { authorization: distinct } },
    { headers: { authorization: distinct } },
  ]
  for (const one of given) {
    const [status, code, challenge] = await refused(one)
    expect([status, code]).toEqual([400, 'invalid_request'])
    expect(challenge).toMatch(/^Bearer error="invalid_request", error_description="[^"]+"$/)
  }
})

it('says nothing on the wire that the log alone may know', async () => {
  const secretive = await issuer.token({ iss: 'https://inner.example' })
  const seen: string[] = []
  const error = await refusal(
    issuer.verifier({ onRefusal: ({ reason }) => seen.push(reason) }).verify(secretive),
  )
  expect(seen).toEqual([error.reason])
  expect(error.reason).toContain('inner.example')
  expect(JSON.stringify([error.message, error.description, error.headers, error.body])).not.toContain(
    'inner.example',
  )
  expect(error.headers['www-authenticate']).toMatch(
    /^Bearer error="invalid_token", error_description="[ !#-[\]-~]+"$/,
  )
})

it('names the metadata of the resource and the scope that is needed (RFC 9728 5.1)', async () => {
  const resourceMetadata = 'https://api.test/.well-known/oauth-protected-resource'
  const verifier = issuer.verifier({ resourceMetadata })
  const missing = await refusal(verifier.verify(request(), { scope: ['api:read', 'api:write'] }))
  expect(missing.wwwAuthenticate).toBe(
    `Bearer scope="api:read api:write", resource_metadata="${resourceMetadata}"`,
  )
  const wrong = await refusal(verifier.verify('x'))
  expect(wrong.wwwAuthenticate).toContain(`resource_metadata="${resourceMetadata}"`)
})

it('leaves out of a challenge what would break out of its quotes', async () => {
  const error = await refusal(issuer.verifier().verify(token, { scope: 'a"b\\c\r\nd' }))
  expect(error.wwwAuthenticate).toContain('scope="abcd"')
})
