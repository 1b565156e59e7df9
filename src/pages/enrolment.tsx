// Owns setting up an app for one-time codes, and the recovery codes that come of it.
import { raw } from 'hono/html'
import { leavingPolicy, leavingScriptPolicy } from './csp.js'
import { CancelForm, type Fault, FaultNotice, Field } from './fields.js'
import { HiddenFields, page } from './layout.js'
import { pickMessages } from './messages/pick.js'
import { Account, AppWithHost, Avatar } from './parts.js'
import type { Page } from './props.js'
import type { EnrolmentPageProps, RecoveryCodesPageProps } from './sign-in-props.js'

/** Posts `code`, `setup` and `csrf` to `action`. */
export const enrolmentPage = (props: EnrolmentPageProps): Page => {
  const m = pickMessages(props.locales)
  const { title, why, scan, qrLabel, byHand, next, code, submit, wrong, back } = m.enrolment
  const { app } = props
  const fault: Fault | undefined = props.error && { text: wrong, fields: ['code'] }
  const body = (
    <>
      <h1>{title}</h1>
      {app && <p class="lead">{m.login.toApp(<AppWithHost m={m} app={app} />)}</p>}
      <FaultNotice m={m} fault={fault} />
      <p>{why}</p>
      <div class="account">
        <Avatar account={props.account} />
        <Account account={props.account} />
      </div>
      <h2>{scan}</h2>
      <div class="qr" role="img" aria-label={qrLabel}>
        {raw(props.qr)}
      </div>
      <p>{byHand}</p>
      <p>
        <code>{props.secretText}</code>
      </p>
      <form method="post" action={props.action}>
        <HiddenFields csrf={props.csrf} fields={{ setup: props.setup }} />
        <Field
          id="code"
          label={code}
          hint={next}
          autocomplete="one-time-code"
          inputmode="numeric"
          required
          fault={fault}
        />
        <button type="submit" class="primary">
          {submit}
        </button>
      </form>
      <CancelForm m={m} to={props.cancel} csrf={props.csrf} />
      {props.back !== undefined && (
        <p class="after">
          <a href={props.back}>{back}</a>
        </p>
      )}
    </>
  )
  return page({ frame: props, title, csp: leavingPolicy, failed: fault !== undefined, body })
}

/** The only time that the codes are shown. */
export const recoveryCodesPage = (props: RecoveryCodesPageProps): Page => {
  const m = pickMessages(props.locales)
  const { title, lead, list, copy, copied, submit } = m.recoveryCodes
  const body = (
    <>
      <h1>{title}</h1>
      <p class="lead">{lead}</p>
      <ul id="codes" class="codes" aria-label={list}>
        {props.codes.map((code) => (
          <li>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <div class="actions">
        <a class="button primary" href={props.continueTo.href}>
          {submit}
        </a>
        <button type="button" data-copy="#codes" data-copied={copied} hidden>
          {copy}
        </button>
      </div>
    </>
  )
  return page({ frame: props, title, csp: leavingScriptPolicy, script: true, body })
}
