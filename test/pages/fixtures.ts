// Owns who and what stands on the pages that tests render, and how one state of a page is written down.
import type { AccountFrame, AccountSection } from '../../src/pages/account-props.js'
import type {
  AccountView,
  ConnectionsPageProps,
  ConsentPageProps,
  Frame,
  LoginPageProps,
  Page,
  ScopeView,
} from '../../src/pages/props.js'

/** A state of a page, in the language that is asked for. */
export type State = (locales: string[]) => Page
export type States = Record<string, State>

export const state =
  <P extends Frame>(page: (props: P) => Page, props: P): State =>
  (locales) =>
    page({ ...props, locales })

/** Names that people with bad intentions, or with other scripts, give to apps, accounts and APIs. */
export const hostileNames = {
  long: 'Wirtschaftspruefungsgesellschaftsverwaltungsprogrammbetreuungsdienstleistung-26',
  rtl: '\u05d4\u05d0\u05e4\u05dc\u05d9\u05e7\u05e6\u05d9\u05d4 \u05e9\u05dc\u05d9 (\u0646\u0633\u062e\u0629 2)',
  bidi: 'Photo\u202egpj.exe\u202c\u2066\u2067 App',
  zeroWidth: 'Goo\u200b\u200dgle\ufeff\u00ad\u2060 \u{e0041}Drive',
  script: '<script>alert(1)</script>"\'><img src=x onerror=alert(1)>&amp;',
  piled: `Z${'\u0335\u0321\u034e'.repeat(40)}algo`,
  unseen: '\u200b\u202e\u2060',
}

export const frame = { product: 'Grantor', base: '', locales: ['en-GB'] }
/** What every form of ours carries. */
export const form = { ...frame, csrf: 'csrf-token' }
export const app = { name: 'Orchard Planner', host: 'planner.example', verified: true }
export const ada = { username: 'ada', name: 'Ada Lovelace', email: 'ada@example.test' }
export const grace = { username: 'grace.hopper' }

export const login: LoginPageProps = { ...form, action: '/login/i1', app }

export const inAccount = (section: AccountSection, account: AccountView = ada): AccountFrame => ({
  ...form,
  section,
  account,
  signOut: { action: '/account/sign-out' },
  switchHref: '/select-account',
})

export const ownScopes: ScopeView[] = [
  { name: 'openid', isNew: true },
  { name: 'profile', isNew: true },
  { name: 'email', isNew: true },
]
export const apiScopes: ScopeView[] = [
  { name: 'trees:read', description: 'See your trees and when they bloom', isNew: true },
  {
    name: 'trees:write',
    title: 'Plant and cut',
    description: 'Add trees, move them, remove them.',
    isNew: true,
  },
  { name: 'trees:\u202egraft', isNew: true },
]

export const consent: ConsentPageProps = {
  ...form,
  action: '/consent/i1',
  app: {
    ...app,
    clientId: '0QxyzClient1',
    uri: 'https://planner.example/',
    policyUri: 'https://planner.example/privacy',
    tosUri: 'https://planner.example/terms',
  },
  account: ada,
  notYou: { action: '/select-account/i1', fields: { csrf: 'csrf-token' } },
  groups: [{ scopes: ownScopes }, { api: 'Orchard API', scopes: apiScopes.slice(0, 2) }],
  destination: { kind: 'host', text: 'planner.example' },
  offline: true,
  remembered: 'remembered',
}

export const connections: ConnectionsPageProps = {
  ...inAccount('connections'),
  moreHref: '/account/connections?after=c9',
  connections: [
    {
      clientId: 'c1',
      app: { ...app, uri: 'https://planner.example/' },
      scopes: [...ownScopes, ...apiScopes],
      since: 1_773_324_180,
      lastUsed: 1_790_001_000,
      devices: 3,
      disconnect: { action: '/account/connections/c1/disconnect' },
    },
    {
      clientId: 'c2',
      app: { name: 'garden-cli', host: 'an app on this computer', verified: false },
      scopes: [{ name: 'offline_access', isNew: false }],
      since: 1_763_000_000,
      devices: 1,
      disconnect: { action: '/account/connections/c2/disconnect' },
    },
  ],
}
