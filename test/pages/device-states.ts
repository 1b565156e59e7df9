// Owns the states of the pages about another device.
import { confirmDevicePage, deviceCodePage, deviceOutcomePage } from '../../src/pages/device.js'
import type { ConfirmDevicePageProps } from '../../src/pages/device-props.js'
import { app, consent, form, frame, type States, state } from './fixtures.js'

const entry = { ...form, action: '/device' }
const error = (kind: 'missing' | 'unknown' | 'used') => ({ typed: 'WDJB-MJHT', error: { kind } })

export const confirmDevice: ConfirmDevicePageProps = {
  ...form,
  action: '/device/i1?shown=s1',
  app: consent.app,
  account: consent.account,
  notYou: consent.notYou,
  groups: consent.groups,
  offline: true,
  userCode: 'WDJB-MJHT',
  askedAt: 1_773_324_180,
  askedFrom: '2001:db8:1234:5678:9abc:def0:1234:5678',
}

const television = { name: 'Garden TV', host: '0QxyzClient1', verified: false }

export const deviceStates: States = {
  'device code': state(deviceCodePage, entry),
  'device code, brought by a link': state(deviceCodePage, { ...entry, typed: 'WDJB-MJHT', brought: true }),
  'device code, missing': state(deviceCodePage, { ...entry, ...error('missing'), typed: 'WDJB' }),
  'device code, wrong': state(deviceCodePage, { ...entry, ...error('unknown') }),
  'device code, refused as used': state(deviceCodePage, { ...entry, ...error('used') }),
  'device code, throttled': state(deviceCodePage, {
    ...entry,
    typed: 'WDJB-MJHT',
    error: { kind: 'throttled', retryAfter: 42 },
  }),
  'confirm device': state(confirmDevicePage, confirmDevice),
  'confirm device, nobody vouches for it': state(confirmDevicePage, {
    ...confirmDevice,
    app: { ...television, clientId: '0QxyzClient1' },
    groups: [],
    offline: false,
    askedFrom: undefined,
  }),
  'device allowed': state(deviceOutcomePage, { ...frame, kind: 'allowed', app }),
  'device denied': state(deviceOutcomePage, { ...frame, kind: 'denied', app: television }),
  'device outcome, refused as used': state(deviceOutcomePage, { ...frame, kind: 'used' }),
  'expired device code': state(deviceOutcomePage, { ...frame, kind: 'expired' }),
}

/** Those that show names by others, with `name` in their place. */
export const namedDeviceStates = (name: string): States => {
  const named = { name, host: 'planner.example', verified: false }
  const account = { username: name, name, email: name }
  return {
    'device code': state(deviceCodePage, { ...entry, typed: name }),
    'confirm device': state(confirmDevicePage, {
      ...confirmDevice,
      app: { ...named, clientId: name },
      account,
      groups: [{ api: name, scopes: [{ name, title: name, description: name, isNew: false }] }],
    }),
    'device allowed': state(deviceOutcomePage, { ...frame, kind: 'allowed', app: named }),
  }
}
