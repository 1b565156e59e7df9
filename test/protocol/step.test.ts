// OIDC Core 3.1.2.3, 3.1.2.4, 3.1.2.6: what comes next, held against rules that are stated here on their own.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { passwordAcr, secondFactorAcr } from '../../src/protocol/acr.js'
import { promptValues } from '../../src/protocol/authorization.js'
import { next, nextForAccount, nextForDevice, type Step, type StepInput } from '../../src/protocol/step.js'
import { aClient, aRequest, issuer } from '../support/values.js'

const now = 10_000
const web = aClient('web')
const session = (sub = 'u_alice', authTime = now - 100, acr = passwordAcr) => ({
  sub,
  authTime,
  acr,
  amr: ['pwd'],
})
const confirmed = { ...session(), confirmedAt: now - 599 }
const allowed = { scope: ['openid'], resources: [issuer] }
const input = (facts: Partial<StepInput> = {}): StepInput => ({
  request: aRequest(),
  client: web,
  session: session(),
  others: false,
  progress: { accountChosen: false },
  consent: allowed,
  now,
  ...facts,
})
const at = (facts: Partial<StepInput>) => {
  const step = next(input(facts))
  return step.at === 'fail' ? step.error.code : step.at
}
const acr = (...values: string[]) => ({ idToken: { acr: { essential: true, values } }, userinfo: {} })
const wantsSub = (sub: string) => ({ idToken: { sub: { essential: false, values: [sub] } }, userinfo: {} })

describe('the ordinary ways', () => {
  it('signed in and allowed before: issues', () => expect(at({})).toBe('issue'))

  it('AZ05: without a session asks to sign in', () => {
    expect(next(input({ session: undefined }))).toMatchObject({ at: 'login', reason: 'no_session' })
    expect(at({ session: undefined, request: aRequest({ prompt: ['none'] }) })).toBe('login_required')
  })

  it('AZ05: without consent asks for it', () => {
    expect(next(input({ consent: undefined }))).toMatchObject({ at: 'consent', ask: { isNew: ['openid'] } })
    expect(at({ consent: undefined, request: aRequest({ prompt: ['none'] }) })).toBe('consent_required')
  })

  it('RFC 6749 4.1.2.1: no means access_denied, whoever said it', () => {
    expect(at({ progress: { accountChosen: false, consented: false } })).toBe('access_denied')
  })

  it('AZ13, AZ14: a yes counts for the person who said it', () => {
    const progress = { accountChosen: false, consented: true }
    expect(at({ consent: undefined, progress: { ...progress, sub: 'u_alice' } })).toBe('issue')
    expect(at({ consent: undefined, progress: { ...progress, sub: 'u_bob' } })).toBe('consent')
    expect(at({ consent: undefined, progress })).toBe('consent')
  })
})

describe('DV06: letting a device in', () => {
  const device = (facts: Partial<StepInput> = {}) => nextForDevice(input(facts)).at

  it('is asked about, whatever was allowed before and whichever app it is', () => {
    expect(device()).toBe('confirm')
    expect(device({ client: aClient('web', { skip_consent: true }) })).toBe('confirm')
    expect(device({ progress: { accountChosen: true, consented: true, sub: 'u_alice' } })).toBe('confirm')
  })

  it('is for who is signed in, as lately and as strongly as for any app', () => {
    expect(device({ session: undefined })).toBe('login')
    expect(device({ session: undefined, others: true })).toBe('select_account')
    expect(device({ request: aRequest({ maxAge: 50 }) })).toBe('login')
    const strict = aClient('web', { require_second_factor: true })
    expect(device({ client: strict, session: confirmed })).toBe('second_factor')
  })
})

describe('AZ07: being asked to sign in again', () => {
  const fresh = { accountChosen: false, sub: 'u_alice', authenticatedAt: now - 5 }
  const again = aRequest({ prompt: ['login'] })

  it('prompt=login: only a sign-in of this interaction will do', () => {
    expect(next(input({ request: again, session: session('u_alice', now) }))).toEqual({
      at: 'login',
      reason: 'prompt',
      sub: 'u_alice',
    })
    expect(at({ request: again, progress: fresh, session: session('u_alice', now - 5) })).toBe('issue')
  })

  it('prompt=login: not one of another person, nor one that the session does not carry', () => {
    expect(
      at({ request: again, progress: { ...fresh, sub: 'u_bob' }, session: session('u_alice', now) }),
    ).toBe('login')
    expect(at({ request: again, progress: fresh, session: session('u_alice', now - 100) })).toBe('login')
    expect(at({ request: again, progress: fresh, session: undefined })).toBe('login')
  })

  it.each([
    [0, 'login'],
    [99, 'login'],
    [100, 'login'],
    [101, 'issue'],
    [10_000, 'issue'],
  ])('max_age=%i after 100 seconds: %s', (maxAge, expected) => {
    expect(at({ request: aRequest({ maxAge }) })).toBe(expected)
  })

  it('max_age=0 is met by a sign-in of this interaction', () => {
    const request = aRequest({ maxAge: 0 })
    expect(next(input({ request }))).toMatchObject({ reason: 'max_age', sub: 'u_alice' })
    expect(at({ request, progress: fresh, session: session('u_alice', now - 5) })).toBe('issue')
    expect(at({ request: aRequest({ maxAge: 0, prompt: ['none'] }) })).toBe('login_required')
  })
})

describe('AZ15: being asked for one person', () => {
  it('a hint of somebody else leads to sign-in as that person', () => {
    const step = next(input({ hintSub: 'u_bob' }))
    expect(step).toEqual({ at: 'login', reason: 'hint_mismatch', sub: 'u_bob' })
    expect(at({ hintSub: 'u_bob', request: aRequest({ prompt: ['none'] }) })).toBe('login_required')
    expect(at({ hintSub: 'u_alice' })).toBe('issue')
    expect(next(input({ hintSub: 'u_bob', session: undefined }))).toMatchObject({ sub: 'u_bob' })
  })

  it('OIDC Core 5.5.1: so does a sub in claims', () => {
    expect(at({ request: aRequest({ claims: wantsSub('u_bob') }) })).toBe('login')
    expect(at({ request: aRequest({ claims: wantsSub('u_alice') }) })).toBe('issue')
  })

  it('who then signs in as somebody else ends it', () => {
    const progress = { accountChosen: true, sub: 'u_alice', authenticatedAt: now }
    expect(at({ hintSub: 'u_bob', progress, session: session('u_alice', now) })).toBe('login_required')
  })
})

describe('choosing an account', () => {
  const request = aRequest({ prompt: ['select_account'] })
  it('OIDC Core 3.1.2.1: asks once, and a sign-in is a choice', () => {
    expect(at({ request })).toBe('select_account')
    expect(at({ request, progress: { accountChosen: true, sub: 'u_alice' } })).toBe('issue')
    expect(at({ request, progress: { accountChosen: true, sub: 'u_bob' } })).toBe('select_account')
    expect(at({ request, session: undefined })).toBe('login')
    const progress = { accountChosen: false, sub: 'u_alice', authenticatedAt: now - 100 }
    expect(at({ request, progress })).toBe('issue')
  })
})

describe('OIDC Core 5.5.1.1: an essential acr', () => {
  it('that nobody here can reach fails', () => {
    expect(at({ request: aRequest({ claims: acr('urn:better') }) })).toBe('unmet_authentication_requirements')
    const silent = aRequest({ claims: acr('urn:better'), prompt: ['none'] })
    expect(at({ request: silent })).toBe('unmet_authentication_requirements')
  })

  it('that a sign-in can reach leads to one, and only one', () => {
    const request = aRequest({ claims: acr('urn:better', passwordAcr) })
    expect(at({ request })).toBe('issue')
    expect(at({ request, session: session('u_alice', now, 'urn:less') })).toBe('login')
    const progress = { accountChosen: false, sub: 'u_alice', authenticatedAt: now }
    expect(at({ request, progress, session: session('u_alice', now, 'urn:less') })).toBe(
      'unmet_authentication_requirements',
    )
  })
})

describe('RFC 9470 4: acr_values', () => {
  const able = { secondFactor: true, passkey: false, secondFactorRequired: false }
  const wants = (...acrValues: string[]) => aRequest({ acrValues })

  it('are asked of those who can, and of nobody else', () => {
    expect(at({ request: wants(secondFactorAcr), person: able })).toBe('second_factor')
    expect(at({ request: wants(secondFactorAcr) })).toBe('issue')
    expect(at({ request: wants('phr'), person: able })).toBe('issue')
    expect(at({ request: wants('phr'), person: { ...able, passkey: true } })).toBe('second_factor')
    expect(at({ request: wants('urn:unknown'), person: able })).toBe('issue')
  })

  it('are met by anything at least as strong as the least of them', () => {
    const strong = session('u_alice', now - 100, 'phr')
    expect(at({ request: wants(secondFactorAcr), person: able, session: strong })).toBe('issue')
    expect(at({ request: wants('phr', passwordAcr), person: able })).toBe('issue')
  })

  it('that are essential are set up on the way where that can be, and fail where not', () => {
    const request = aRequest({ claims: acr(secondFactorAcr) })
    expect(at({ request, session: confirmed })).toBe('second_factor')
    expect(at({ request: aRequest({ claims: acr('phr') }) })).toBe('unmet_authentication_requirements')
    const silent = aRequest({ claims: acr(secondFactorAcr), prompt: ['none'] })
    expect(at({ request: silent })).toBe('login_required')
  })
})

describe('a second factor by policy', () => {
  it('is asked of a person whom an administrator asks it of, and by an app that wants it of all', () => {
    const person = { secondFactor: false, passkey: false, secondFactorRequired: true }
    expect(at({ person, session: confirmed })).toBe('second_factor')
    const client = aClient('web', { require_second_factor: true })
    expect(at({ client, session: confirmed })).toBe('second_factor')
    expect(at({ person, session: session('u_alice', now, secondFactorAcr) })).toBe('issue')
  })

  it('EN02: is set up after a confirmation, and not because of a sign-in for something else', () => {
    const person = { secondFactor: false, passkey: false, secondFactorRequired: true }
    const step = (facts: Partial<StepInput>) => next(input({ person, ...facts }))
    const asks = { at: 'login', reason: 'fresh', sub: 'u_alice' }
    expect(step({ session: session('u_alice', now) })).toEqual(asks)
    expect(step({ session: { ...session(), confirmedAt: now - 600 } })).toEqual(asks)
    const progress = { accountChosen: false, sub: 'u_alice', authenticatedAt: now - 100 }
    expect(step({ progress })).toMatchObject({ at: 'second_factor' })
    // A factor that is there already is the confirmation.
    expect(step({ person: { ...person, secondFactor: true } })).toMatchObject({ at: 'second_factor' })
  })
})

describe('several accounts in one browser', () => {
  it('are a choice where nobody is chosen, and never one made in silence', () => {
    expect(at({ session: undefined, others: true })).toBe('select_account')
    const silent = aRequest({ prompt: ['none'] })
    expect(at({ session: undefined, others: true, request: silent })).toBe('login_required')
  })
})

describe('the way to the account', () => {
  const account = (facts: Partial<Parameters<typeof nextForAccount>[0]> = {}) => {
    const given = { session: session(), others: false, progress: { accountChosen: false }, demand: {}, now }
    return nextForAccount({ ...given, ...facts })
  }

  it('is open to who is signed in', () => {
    expect(account()).toEqual({ at: 'issue' })
    expect(account({ session: undefined })).toMatchObject({ at: 'login', reason: 'no_session' })
    expect(account({ session: undefined, others: true })).toEqual({ at: 'select_account' })
  })

  it('EN02: asks for a confirmation where something is sensitive, once', () => {
    const demand = { confirmedWithin: 100 }
    expect(account({ demand })).toMatchObject({ at: 'login', reason: 'fresh', sub: 'u_alice' })
    // A sign-in for anything else is none for this, however recent.
    expect(account({ demand, session: session('u_alice', now) })).toMatchObject({ at: 'login' })
    const confirmed = (confirmedAt: number) => ({ ...session(), confirmedAt })
    expect(account({ demand, session: confirmed(now - 99) })).toEqual({ at: 'issue' })
    expect(account({ demand, session: confirmed(now - 100) })).toMatchObject({ at: 'login' })
    const progress = { accountChosen: false, sub: 'u_alice', authenticatedAt: now - 100 }
    expect(account({ demand, progress })).toEqual({ at: 'issue' })
  })

  it('asks those who have a second factor for it where something is sensitive', () => {
    const person = { secondFactor: true, passkey: false, secondFactorRequired: false }
    expect(account({ person })).toEqual({ at: 'issue' })
    expect(account({ person, demand: { strong: true } })).toMatchObject({ at: 'second_factor' })
    const none = { ...person, secondFactor: false }
    expect(account({ person: none, demand: { strong: true } })).toEqual({ at: 'issue' })
    const required = { ...person, secondFactorRequired: true }
    expect(account({ person: required })).toMatchObject({ at: 'second_factor' })
    const to = { ...required, secondFactor: false }
    expect(account({ person: to })).toMatchObject({ at: 'login', reason: 'fresh' })
    expect(account({ person: to, session: confirmed })).toMatchObject({ at: 'second_factor' })
  })

  it('leads to the choice of an account who asks for it', () => {
    const demand = { choose: true }
    expect(account({ demand })).toEqual({ at: 'select_account' })
    expect(account({ demand, progress: { accountChosen: true, sub: 'u_alice' } })).toEqual({ at: 'issue' })
    expect(account({ demand, session: undefined })).toMatchObject({ at: 'login' })
  })
})

const subs = ['u_alice', 'u_bob']

const maybe = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: undefined, freq: 2 })
const time = fc.constantFrom(now - 2000, now - 100, now - 5, now, now + 5)
const redirects = ['https://app.test/cb', 'http://127.0.0.1:9/cb', 'myapp:/cb']
const clients = [
  web,
  aClient('web', {}, { verified: false }),
  aClient('web', { skip_consent: true }, { verified: false }),
  aClient('native', { redirect_uris: redirects }),
  aClient('web', { require_second_factor: true }),
  aClient('native', { redirect_uris: redirects, token_endpoint_auth_method: 'client_secret_basic' }),
]
const memory = {
  scope: fc.subarray(['openid', 'email', 'api']),
  resources: fc.subarray([issuer, 'https://mail.test']),
}
const anyInput: fc.Arbitrary<StepInput> = fc.record({
  client: fc.constantFrom(...clients),
  request: fc
    .record({
      prompt: fc.subarray([...promptValues]),
      maxAge: maybe(fc.constantFrom(0, 1, 50, 100, 5000)),
      ...memory,
      redirectUri: fc.constantFrom(...redirects),
      claims: maybe(
        fc.constantFrom(
          acr(passwordAcr),
          acr('urn:better'),
          acr('urn:better', passwordAcr),
          acr('phr', secondFactorAcr),
          wantsSub('u_alice'),
        ),
      ),
    })
    .map((facts) => aRequest(facts)),
  session: maybe(
    fc
      .constantFrom(...subs)
      .chain((sub) =>
        fc.tuple(fc.constant(sub), time, fc.constantFrom(passwordAcr, secondFactorAcr, 'phr', 'urn:less')),
      ),
  ).map((found) => found && session(...found)),
  others: fc.boolean(),
  person: maybe(
    fc.record({
      secondFactor: fc.boolean(),
      passkey: fc.boolean(),
      secondFactorRequired: fc.boolean(),
    }),
  ),
  progress: fc.record({
    authenticatedAt: maybe(time),
    sub: maybe(fc.constantFrom(...subs)),
    accountChosen: fc.boolean(),
    consented: maybe(fc.boolean()),
  }),
  consent: maybe(fc.record(memory)),
  hintSub: maybe(fc.constantFrom(...subs)),
  now: fc.constant(now),
})

/** The rules of issuing, each on its own: a code may leave exactly when all of them hold. */
const rules: Record<string, (given: StepInput) => boolean> = {
  'a session exists': ({ session }) => session !== undefined,
  'nobody said no': ({ progress }) => progress.consented !== false,
  'the person is the one hinted at': ({ session, hintSub }) =>
    hintSub === undefined || session?.sub === hintSub,
  'the person is the one claimed': ({ session, request, hintSub }) =>
    hintSub !== undefined ||
    (request.claims?.idToken.sub?.values ?? [session?.sub]).includes(session?.sub ?? ''),
  'prompt=login was obeyed': (given) => !given.request.prompt.includes('login') || signedInHere(given),
  'max_age was obeyed': (given) =>
    given.request.maxAge === undefined ||
    now - (given.session?.authTime ?? 0) < given.request.maxAge ||
    signedInHere(given),
  'select_account was obeyed': (given) =>
    !given.request.prompt.includes('select_account') ||
    signedInHere(given) ||
    (given.progress.accountChosen && given.progress.sub === given.session?.sub),
  'an essential acr was reached': ({ request, session }) =>
    !request.claims?.idToken.acr?.essential ||
    (request.claims.idToken.acr.values ?? []).some((value) => reaches(session?.acr, value)),
  'a second factor was proven where policy asks for one': ({ person, client, session }) =>
    !(person?.secondFactorRequired || client.metadata.require_second_factor) ||
    reaches(session?.acr, secondFactorAcr),
  'the person has agreed, now or before': (given) =>
    (given.progress.consented === true && given.progress.sub === given.session?.sub) ||
    (!given.request.prompt.includes('consent') &&
      ((given.client.verified && given.client.metadata.skip_consent) || agreedBefore(given))),
}

function reaches(acr: string | undefined, wanted: unknown): boolean {
  const ladder: unknown[] = ['urn:grantor:acr:pwd', 'urn:grantor:acr:mfa', 'phr']
  return ladder.includes(wanted) && ladder.indexOf(acr) >= ladder.indexOf(wanted)
}

function signedInHere({ progress, session }: StepInput): boolean {
  if (!session || progress.sub !== session.sub || progress.authenticatedAt === undefined) return false
  return session.authTime >= progress.authenticatedAt
}

function agreedBefore({ client, request, consent }: StepInput): boolean {
  // An unverified app is asked for each time, but for prompt=none, which has no page (CF07).
  if (!consent || !(client.verified || request.prompt.includes('none'))) return false
  const onDevice = client.kind === 'native' || !client.verified
  const catchable = onDevice && client.metadata.token_endpoint_auth_method === 'none'
  if (catchable && !request.redirectUri.startsWith('https:')) return false
  return (
    request.scope.every((name) => consent.scope.includes(name)) &&
    request.resources.every((name) => consent.resources.includes(name))
  )
}

describe('any input', () => {
  it('issues exactly when every rule holds', () => {
    fc.assert(
      fc.property(anyInput, (given) => {
        const broken = Object.entries(rules).filter(([, rule]) => !rule(given))
        const step = next(given)
        if (step.at === 'issue') expect(broken.map(([name]) => name)).toEqual([])
        else expect(broken.length).toBeGreaterThan(0)
      }),
      { numRuns: 20_000 },
    )
  })

  it('the rules are each broken by some input and together met by some', () => {
    const sample = fc.sample(anyInput, 5000)
    for (const [name, rule] of Object.entries(rules)) {
      expect(
        sample.some((given) => !rule(given)),
        name,
      ).toBe(true)
    }
    expect(sample.some((given) => next(given).at === 'issue')).toBe(true)
  })

  it('OIDC Core 3.1.2.6: prompt=none never shows a page', () => {
    const codes = [
      'access_denied',
      'login_required',
      'account_selection_required',
      'consent_required',
      'unmet_authentication_requirements',
    ]
    fc.assert(
      fc.property(anyInput, (given) => {
        const step = next({
          ...given,
          request: { ...given.request, prompt: ['none', ...given.request.prompt] },
        })
        expect(['issue', 'fail']).toContain(step.at)
        if (step.at === 'fail') expect(codes).toContain(step.error.code)
      }),
      { numRuns: 5000 },
    )
  })

  it('a person who does what each step asks arrives, in five steps at most', () => {
    fc.assert(
      fc.property(anyInput, fc.constantFrom(...subs), (given, somebody) => {
        let step = next(given)
        let state = given
        for (let steps = 0; steps < 5 && step.at !== 'issue' && step.at !== 'fail'; steps++) {
          state = obey(state, step, somebody)
          step = next(state)
        }
        expect(['issue', 'fail']).toContain(step.at)
      }),
      { numRuns: 5000 },
    )
  })
})

/** What the endpoints do when a person follows a step. */
function obey(state: StepInput, step: Step, somebody: string): StepInput {
  if (step.at === 'login') {
    const sub = step.sub ?? somebody
    const same = state.progress.sub === sub
    return {
      ...state,
      session: session(sub, now),
      progress: {
        sub,
        authenticatedAt: now,
        accountChosen: true,
        consented: same ? state.progress.consented : undefined,
      },
    }
  }
  const sub = state.session?.sub
  if (step.at === 'second_factor' && state.session) {
    return { ...state, session: { ...state.session, acr: step.acr } }
  }
  const about = state.progress.sub === sub ? state.progress : { accountChosen: false }
  if (step.at === 'select_account' && !state.session) {
    const progress = { accountChosen: true, sub: somebody }
    return { ...state, session: session(somebody, now - 100), progress }
  }
  if (step.at === 'select_account') return { ...state, progress: { ...about, sub, accountChosen: true } }
  return { ...state, progress: { ...about, sub, consented: true } }
}
