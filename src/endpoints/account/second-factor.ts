// Owns /account/second-factor: turning two-step sign-in on and off, and its recovery codes.
import type { Context, Hono } from 'hono'
import type { Deps } from '../../deps.js'
import { seeOther, sendPage } from '../../http/respond.js'
import type { TwoStepPageProps } from '../../pages/account-props.js'
import { enrolmentPage, recoveryCodesPage } from '../../pages/enrolment.js'
import { twoStepPage } from '../../pages/two-step.js'
import { byCode } from '../../protocol/acr.js'
import { createAudit } from '../audit.js'
import { enrol, newEnrolment, renewRecoveryCodes, sameEnrolment } from '../enrolment.js'
import { factorsOf } from '../factors.js'
import { tellChange } from '../notify.js'
import { pageApp } from '../problem.js'
import { renewSession, type Visitor } from '../session.js'
import { accountFrame } from './frame.js'
import { turnOffTwoStep } from './turn-off-two-step.js'
import { requireForm, requireVisitor } from './visitor.js'

export function secondFactor(deps: Deps): Hono {
  const app = pageApp(deps)
  const audit = createAudit(deps)
  const path = `${deps.config.issuerPath}/account/second-factor` as const
  const form = (c: Context) => requireForm(c, deps, '/account/second-factor')

  app.get(path, async (c) => {
    const visitor = await requireVisitor(c, deps, '/account/second-factor')
    return visitor instanceof Response ? visitor : show(c, deps, visitor)
  })

  app.get(`${path}/set-up`, async (c) => {
    const visitor = await requireVisitor(c, deps, '/account/second-factor/set-up')
    if (visitor instanceof Response) return visitor
    if ((await factorsOf(deps, visitor.user.sub)).totp) return seeOther(c, path as `/${string}`)
    return showEnrolment(c, deps, visitor, newEnrolment(deps, visitor.user))
  })

  app.post(`${path}/set-up`, async (c) => {
    const visitor = await form(c)
    if (visitor instanceof Response) return visitor
    const { user, params } = visitor
    // Another app in the place of the one that is there: first that one is turned off.
    if ((await factorsOf(deps, user.sub)).totp) return seeOther(c, path as `/${string}`)
    const setup = params.get('setup')
    const codes = await enrol(deps, user, { setup, code: params.get('code') })
    if (!codes) return showEnrolment(c, deps, visitor, sameEnrolment(deps, user, setup), 422)
    await renewSession(c, deps, visitor, byCode)
    await audit(c, { type: 'user.second_factor_on', sub: user.sub })
    tellChange(c, deps, user, 'second_factor_on')
    return showCodes(c, deps, visitor, codes)
  })

  app.post(`${path}/recovery-codes`, async (c) => {
    const visitor = await form(c)
    if (visitor instanceof Response) return visitor
    const { user } = visitor
    const { totp } = await factorsOf(deps, user.sub)
    if (!totp) return seeOther(c, path as `/${string}`)
    const codes = await renewRecoveryCodes(deps, totp)
    if (!codes) return show(c, deps, visitor, { status: 409, error: { kind: 'renewed_meanwhile' } })
    await audit(c, { type: 'user.recovery_codes_renewed', sub: user.sub })
    tellChange(c, deps, user, 'recovery_codes_renewed')
    return showCodes(c, deps, visitor, codes)
  })

  app.post(`${path}/turn-off`, async (c) => {
    const visitor = await form(c)
    if (visitor instanceof Response) return visitor
    const { user } = visitor
    if (user.secondFactorRequired) return show(c, deps, visitor, { status: 403 })
    if (await turnOffTwoStep(c, deps, audit, user)) await renewSession(c, deps, visitor)
    return seeOther(c, path as `/${string}`)
  })

  return app
}

async function show(
  c: Context,
  deps: Deps,
  visitor: Visitor,
  { status = 200, error }: { status?: number } & Pick<TwoStepPageProps, 'error'> = {},
): Promise<Response> {
  const { totp, recoveryCodes } = await factorsOf(deps, visitor.user.sub)
  const path = `${deps.config.issuerPath}/account/second-factor`
  const page = twoStepPage({
    ...accountFrame(c, deps, visitor, 'second-factor'),
    since: totp?.createdAt,
    error,
    recoveryCodes,
    required: visitor.user.secondFactorRequired,
    setUpHref: `${path}/set-up`,
    renewCodes: { action: `${path}/recovery-codes` },
    turnOff: { action: `${path}/turn-off` },
  })
  return sendPage(c, page, status)
}

function showEnrolment(
  c: Context,
  deps: Deps,
  visitor: Visitor,
  enrolment: ReturnType<typeof newEnrolment>,
  status = 200,
): Response {
  const frame = accountFrame(c, deps, visitor, 'second-factor')
  const path = `${deps.config.issuerPath}/account/second-factor`
  const page = enrolmentPage({
    ...frame,
    ...enrolment,
    action: `${path}/set-up`,
    error: status === 200 ? undefined : { kind: 'wrong' },
    back: path,
  })
  return sendPage(c, page, status)
}

function showCodes(c: Context, deps: Deps, visitor: Visitor, codes: string[]): Response {
  const href = `${deps.config.issuerPath}/account/second-factor`
  const { product, base, locales } = accountFrame(c, deps, visitor, 'second-factor')
  return sendPage(c, recoveryCodesPage({ product, base, locales, codes, continueTo: { href } }))
}
