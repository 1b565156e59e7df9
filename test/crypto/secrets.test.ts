// Master key, derived keys, sealing and form tokens.
import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { csrfMatches, csrfToken } from '../../src/crypto/csrf.js'
import { MasterKeyError, newMasterKey, parseMasterKey } from '../../src/crypto/master-key.js'
import { decodeBase64url, seal, unseal } from '../../src/crypto/seal.js'
import { deriveSecrets } from '../../src/crypto/secrets.js'

const secrets = deriveSecrets(Buffer.alloc(32, 7))

describe('the master key', () => {
  it('is read as it was written, with or without the end of line', () => {
    const text = newMasterKey((bytes) => Buffer.alloc(bytes, 255))
    expect(parseMasterKey(text)).toEqual(Buffer.alloc(32, 255))
    expect(parseMasterKey(text.trim())).toEqual(Buffer.alloc(32, 255))
    expect(parseMasterKey(text.replace('=', ''))).toEqual(Buffer.alloc(32, 255))
  })

  it.each([
    ['', 'is empty'],
    ['   \n', 'is empty'],
    ['not base64!', 'is not one line of base64'],
    [`${newMasterKey(randomBytes)}${newMasterKey(randomBytes)}`, 'is not one line of base64'],
    [Buffer.alloc(31, 1).toString('base64'), 'has 31 bytes, not 32'],
    [Buffer.alloc(33, 1).toString('base64'), 'has 33 bytes, not 32'],
  ])('says what is wrong with %j', (text, fault) => {
    expect(() => parseMasterKey(text)).toThrow(MasterKeyError)
    expect(() => parseMasterKey(text)).toThrow(fault)
  })

  it('is never in the message', () => {
    const text = Buffer.alloc(40, 'secret').toString('base64')
    expect(() => parseMasterKey(text)).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining(text) }),
    )
  })
})

describe('derived keys', () => {
  it('are all different, the same each time, and others for another master key', () => {
    const bytes = (from: typeof secrets) => Object.values(from).map((key) => key.export().toString('hex'))
    const all = bytes(secrets)
    expect(new Set(all).size).toBe(all.length)
    expect(bytes(deriveSecrets(Buffer.alloc(32, 7)))).toEqual(all)
    const others = bytes(deriveSecrets(Buffer.alloc(32, 8)))
    expect(others.filter((other) => all.includes(other))).toEqual([])
  })

  it('show no bytes when an object that holds them is logged', () => {
    const printed = inspect(secrets, { depth: 9, showHidden: true }) + JSON.stringify(secrets)
    for (const key of Object.values(secrets)) {
      expect(printed).not.toContain(key.export().toString('hex'))
      expect(printed).not.toContain(key.export().toString('base64url'))
    }
  })
})

describe('sealing', () => {
  const plain = Buffer.from('plain')

  it('opens with the same key and context', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.string(), (bytes, context) => {
        const sealed = seal(secrets.sealing, context, Buffer.from(bytes), randomBytes)
        expect(unseal(secrets.sealing, context, sealed)).toEqual(Buffer.from(bytes))
      }),
    )
  })

  it('does not open with another key, another context, or any one bit changed', () => {
    const sealed = seal(secrets.sealing, 'context', plain, randomBytes)
    expect(unseal(secrets.opaque, 'context', sealed)).toBeUndefined()
    expect(unseal(secrets.sealing, 'contexT', sealed)).toBeUndefined()
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed)
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
      expect(unseal(secrets.sealing, 'context', changed)).toBeUndefined()
    }
    for (let length = 0; length < sealed.length; length++) {
      expect(unseal(secrets.sealing, 'context', sealed.subarray(0, length))).toBeUndefined()
    }
  })

  it('never gives the same bytes twice', () => {
    const twice = [1, 2].map(() => seal(secrets.sealing, 'context', plain, randomBytes).toString('hex'))
    expect(twice[0]).not.toBe(twice[1])
  })

  it('reads base64url in its one canonical spelling only', () => {
    expect(decodeBase64url('AA')).toEqual(Buffer.alloc(1))
    for (const other of ['AB', 'AA==', 'A', 'A A', 'AA\n', '+/', 'Á']) {
      expect(decodeBase64url(other), other).toBeUndefined()
    }
  })
})

describe('form tokens', () => {
  const token = csrfToken(secrets.csrf, 'interaction', 'browser', 'id')

  it('match the context they were made for', () => {
    expect(csrfMatches(secrets.csrf, token, 'interaction', 'browser', 'id')).toBe(true)
  })

  it.each([
    [['interaction', 'browser', 'other']],
    [['interaction', 'other', 'id']],
    [['session', 'browser', 'id']],
    [['interaction', 'browserid', '']],
    [['interaction', 'browser']],
    [['interactionbrowserid']],
  ])('do not match %j', (context) => {
    expect(csrfMatches(secrets.csrf, token, ...context)).toBe(false)
  })

  it('do not match when absent, cut or made with another key', () => {
    const context = ['interaction', 'browser', 'id']
    expect(csrfMatches(secrets.csrf, undefined, ...context)).toBe(false)
    expect(csrfMatches(secrets.csrf, '', ...context)).toBe(false)
    expect(csrfMatches(secrets.csrf, token.slice(1), ...context)).toBe(false)
    expect(csrfMatches(deriveSecrets(Buffer.alloc(32, 8)).csrf, token, ...context)).toBe(false)
  })
})
