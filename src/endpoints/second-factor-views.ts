// Owns what the pages of the second factor are told.
import type { Context } from 'hono'
import type { Deps } from '../deps.js'
import { sendPage } from '../http/respond.js'
import { enrolmentPage } from '../pages/enrolment.js'
import { secondFactorPage } from '../pages/second-factor.js'
import type { SecondFactorPageProps } from '../pages/sign-in-props.js'
import { newEnrolment, sameEnrolment } from './enrolment.js'
import { pathOf } from './interaction.js'
import { appAt, type Journey } from './journey.js'
import { occasionIn, signInOptions } from './passkey.js'
import type { FactorMethod, Prover } from './prover.js'
import { accountOf, frameOf } from './views.js'

type Shown = {
  readonly status?: number
  readonly method?: FactorMethod
  readonly error?: SecondFactorPageProps['error']
}

export function showSecondFactor(
  c: Context,
  deps: Deps,
  journey: Journey,
  { user, factors, methods }: Prover,
  { status = 200, method: tried, error }: Shown = {},
): Response {
  const { interaction, errand, csrf } = journey
  const asked = tried ?? c.req.query('method')
  const method = methods.find((one) => one === asked) ?? methods[0]
  if (method === undefined) throw new Error('a second factor without a method')
  const path = pathOf(deps, 'second-factor', interaction.id)
  const occasion = occasionIn('sign_in', journey)
  const options = method === 'passkey' ? signInOptions(deps, occasion, factors.passkeys) : undefined
  const page = secondFactorPage({
    ...frameOf(c, deps, interaction.request?.uiLocales),
    action: path,
    csrf: csrf('second-factor'),
    app: appAt(journey),
    account: accountOf(user),
    method,
    alternatives: methods
      .filter((one) => one !== method)
      .map((one) => ({ method: one, href: `${path}?method=${one}` })),
    passkey: options === undefined ? undefined : { options },
    error,
    cancel: errand && { action: path },
    lostHref: pathOf(deps, 'lost-factor', interaction.id),
  })
  return sendPage(c, page, status)
}

export function showEnrolment(
  c: Context,
  deps: Deps,
  journey: Journey,
  { user }: Prover,
  { status = 200, setup }: { status?: number; setup?: string | undefined } = {},
): Response {
  const { interaction, errand, csrf } = journey
  const action = pathOf(deps, 'second-factor', interaction.id)
  const page = enrolmentPage({
    ...frameOf(c, deps, interaction.request?.uiLocales),
    action,
    csrf: csrf('second-factor'),
    app: appAt(journey),
    account: accountOf(user),
    ...(status === 200 ? newEnrolment(deps, user) : sameEnrolment(deps, user, setup)),
    error: status === 200 ? undefined : { kind: 'wrong' },
    cancel: errand && { action },
  })
  return sendPage(c, page, status)
}
