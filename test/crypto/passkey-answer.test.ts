// What browsers answer about passkeys, and what anybody else might send in its place.
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { verifyAttestation } from '../../src/crypto/passkey.js'
import { readAssertion, readAttestation } from '../../src/crypto/passkey-answer.js'
import { createAuthenticator } from '../support/authenticator.js'
import { cbor } from '../support/cose.js'

const rp = { id: 'login.example.test', origin: 'https://login.example.test' }
const challenge = 'c2lnbi1pbg'
const creation = { rp, challenge, user: { id: 'YW5u' } }
const request = { rpId: rp.id, challenge }

describe('an answer', () => {
  const authenticator = createAuthenticator(rp.origin)
  const attestation = authenticator.register(JSON.stringify(creation))
  const assertion = authenticator.assert(JSON.stringify(request))

  it('tells its credential and the challenge that was signed, whichever that is', () => {
    const { id: credentialId } = authenticator
    expect(readAssertion(assertion)).toMatchObject({ credentialId, challenge })
    expect(readAttestation(attestation)).toMatchObject({ credentialId, challenge })
    const other = authenticator.assert(JSON.stringify(request), { challenge: 'b3RoZXI' })
    expect(readAssertion(other)).toMatchObject({ credentialId, challenge: 'b3RoZXI' })
  })

  it('of one kind is not one of the other', () => {
    expect(readAssertion(attestation)).toBeUndefined()
    expect(readAttestation(assertion)).toBeUndefined()
  })

  const other = (change: object) => JSON.stringify({ ...JSON.parse(assertion), ...change })
  const otherResponse = (change: object) =>
    other({ response: { ...JSON.parse(assertion).response, ...change } })
  const otherData = (text: string) =>
    otherResponse({ clientDataJSON: Buffer.from(text).toString('base64url') })
  it.each([
    ['nothing', undefined],
    ['an empty text', ''],
    ['no JSON', '{'],
    ['null', 'null'],
    ['a list', '[]'],
    ['brackets', '['.repeat(16_000)],
    ['more than 16 KiB', assertion + ' '.repeat(16_384)],
    ['another type', other({ type: 'password' })],
    ['an id that is not its raw id', other({ id: 'AAAA' })],
    ['an id of more than 1023 bytes', other({ id: 'A'.repeat(1365), rawId: 'A'.repeat(1365) })],
    ['a number as its id', other({ id: 1, rawId: 1 })],
    ['no response', other({ response: undefined })],
    ['a signature that is not base64url', otherResponse({ signature: 'a+b/' })],
    ['a signature that is a list', otherResponse({ signature: ['AAAA'] })],
    ['an empty signature', otherResponse({ signature: '' })],
    ['client data that is no JSON', otherData('{')],
    ['client data that is null', otherData('null')],
    ['client data without a challenge', otherData('{}')],
    ['a challenge that is a list', otherData('{"challenge":["AAAA"]}')],
    ['a challenge that is not base64url', otherData('{"challenge":"a b"}')],
  ])('with %s is none', (_, text) => {
    expect(readAssertion(text)).toBeUndefined()
  })

  it('that is random never fails', () => {
    const any = fc.jsonValue()
    const near = fc.record(
      {
        id: any,
        rawId: any,
        type: fc.constantFrom('public-key', null),
        response: fc.record({
          clientDataJSON: any,
          authenticatorData: any,
          attestationObject: any,
          signature: any,
        }),
        clientExtensionResults: any,
      },
      { requiredKeys: [] },
    )
    const garbage = fc.oneof(
      fc.string(),
      fc.json(),
      near.map(JSON.stringify),
      any.map((data) => otherData(JSON.stringify(data))),
    )
    fc.assert(
      fc.property(garbage, (text) => {
        expect(readAssertion(text)).toBeUndefined()
        expect(readAttestation(text)).toBeUndefined()
      }),
    )
  })

  const deep = Buffer.concat([Buffer.alloc(6000, 0x81), Buffer.from([0])])
  const huge = Buffer.from('9bffffffffffffffff', 'hex')
  it.each([
    ['random bytes', createHash('sha512').update('seed').digest()],
    ['deep nesting', deep],
    ['a list that claims to be endless', huge],
    ['a text in the place of the object', cbor('text')],
    ['no authenticator data', cbor(new Map())],
    ['a text as authenticator data', cbor(new Map([['authData', 'text']]))],
    ['too little authenticator data', cbor(new Map([['authData', Buffer.alloc(36)]]))],
    ['a credential longer than the data', cbor(new Map([['authData', Buffer.alloc(60, 0xff)]]))],
  ])('whose attestation is %s is refused', async (_, object) => {
    const { response, ...rest } = JSON.parse(attestation)
    const changed = { ...response, attestationObject: object.toString('base64url') }
    const answer = readAttestation(JSON.stringify({ ...rest, response: changed }))
    expect(answer && (await verifyAttestation(answer, rp))).toBeUndefined()
    expect(answer).toBeDefined()
  })
})
