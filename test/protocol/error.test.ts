// RFC 6749 5.2: what an error says on the wire.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OAuthError } from '../../src/protocol/error.js'
import { anyText } from '../support/arbitrary.js'

describe('OAuthError', () => {
  it('RFC 6749 5.2: a description keeps to its characters and holds no markup, whatever is quoted in it', () => {
    expect(new OAuthError('invalid_request', 'the value "ä\\\r\n<b>" is none').description).toBe(
      "the value '?????b?' is none",
    )
    fc.assert(
      fc.property(anyText(), (text) => {
        expect(new OAuthError('invalid_request', text).description).toMatch(/^[ !#-;=?-[\]-~]*$/)
      }),
    )
  })

  it('has the status of its code, unless the place knows better', () => {
    expect(new OAuthError('invalid_client', 'x').status).toBe(401)
    expect(new OAuthError('invalid_request', 'x', { status: 413 }).status).toBe(413)
  })

  it('tells the log why, and the wire not', () => {
    const cause = new Error('below')
    const error = new OAuthError('invalid_grant', 'refused', { reason: 'code used twice', cause })
    expect(error.message).toBe('invalid_grant: code used twice')
    expect(error.description).toBe('refused')
    expect(error.cause).toBe(cause)
  })
})
