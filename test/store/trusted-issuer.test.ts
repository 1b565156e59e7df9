// The issuers whose word is taken, on every database.
import { describe, expect, test } from 'vitest'
import type { TrustedIssuer } from '../../src/protocol/trusted-issuer.js'
import type { Store } from '../../src/store/store.js'
import { at } from '../support/rows.js'
import { kinds, useStore } from '../support/stores.js'

const row: TrustedIssuer = {
  issuer: 'https://idp.test',
  rules: {
    jwks_uri: 'https://idp.test/jwks',
    accepts: ['jwt'],
    clients: ['c'],
    resources: ['https://api.test'],
    scope: [],
  },
  disabled: false,
  createdAt: at,
}

describe.each(kinds)('the store on $name', ({ open }) => {
  let store: Store
  useStore(open, (opened) => {
    store = opened
  })

  test('keeps an issuer under its exact name, changes and removes it', async () => {
    const { trustedIssuers } = store
    expect(await trustedIssuers.create(row)).toBe(true)
    expect(await trustedIssuers.create({ ...row, disabled: true })).toBe(false)
    expect(await trustedIssuers.find(row.issuer)).toEqual(row)
    expect(await trustedIssuers.find('https://IDP.test')).toBeUndefined()
    const changed: TrustedIssuer = { ...row, rules: { ...row.rules, person: 'email' }, disabled: true }
    expect(await trustedIssuers.update(changed)).toBe(true)
    expect(await trustedIssuers.update({ ...changed, issuer: 'https://other.test' })).toBe(false)
    expect(await trustedIssuers.all()).toEqual([changed])
    expect(await trustedIssuers.remove(row.issuer)).toBe(true)
    expect(await trustedIssuers.remove(row.issuer)).toBe(false)
    expect(await trustedIssuers.all()).toEqual([])
  })
})
