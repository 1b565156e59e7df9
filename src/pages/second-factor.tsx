// Owns the page of the second step: a code of an app, a passkey, or a code from paper.
import { leavingScriptPolicy } from './csp.js'
import { CancelForm, type Fault, FaultNotice, Field, PasskeyParts, throttledText } from './fields.js'
import { HiddenFields, page } from './layout.js'
import type { Messages } from './messages/en.js'
import { pickMessages, pickRegion } from './messages/pick.js'
import { Account, AppWithHost, Avatar } from './parts.js'
import type { Page } from './props.js'
import type { SecondFactorPageProps } from './sign-in-props.js'
import { Name } from './text.js'

const problem = (m: Messages, { error, method, locales }: SecondFactorPageProps): Fault | undefined => {
  if (!error) return undefined
  const { errors } = m.secondFactor
  if (error.kind === 'throttled') {
    return { text: throttledText(m, error, pickRegion(m, locales)), fields: [] }
  }
  if (error.kind === 'passkey') return { text: errors.passkey, fields: [] }
  if (error.kind === 'missing') return { text: errors.missing, fields: ['code'] }
  return { text: method === 'recovery' ? errors.wrongRecovery : errors.wrong, fields: ['code'] }
}

/** Posts `code` and `method`, or `passkey`, with `csrf`, to `action`. */
export const secondFactorPage = (props: SecondFactorPageProps): Page => {
  const m = pickMessages(props.locales)
  const { method, passkey } = props
  const fault = problem(m, props)
  const title = m.secondFactor.titles[method]
  const ceremony = passkey && { 'data-passkey': 'get', 'data-options': passkey.options }
  const body = (
    <>
      <h1>{title}</h1>
      <p class="lead">
        {props.app
          ? m.login.toApp(<AppWithHost m={m} app={props.app} />)
          : m.login.toProduct(<Name>{props.product}</Name>)}
      </p>
      <FaultNotice m={m} fault={fault} />
      <p>{m.secondFactor.leads[method]}</p>
      <div class="account">
        <Avatar account={props.account} />
        <Account account={props.account} />
      </div>
      <form method="post" action={props.action} {...ceremony}>
        <HiddenFields csrf={props.csrf} fields={{ method }} />
        {passkey ? (
          <>
            <PasskeyParts m={m} label={m.secondFactor.usePasskey} primary />
            <p class="notice warn" data-no-passkey>
              {m.passkey.unsupported}
            </p>
          </>
        ) : (
          <>
            <CodeField m={m} method={method} fault={fault} />
            <button type="submit" class="primary">
              {m.secondFactor.submit}
            </button>
          </>
        )}
      </form>
      <ul class="ways">
        {props.alternatives.map((other) => (
          <li>
            <a href={other.href}>{m.secondFactor.instead[other.method]}</a>
          </li>
        ))}
        <li>
          <a href={props.lostHref}>{m.lostFactor.link}</a>
        </li>
      </ul>
      <CancelForm m={m} to={props.cancel} csrf={props.csrf} />
    </>
  )
  return page({
    frame: props,
    title,
    csp: leavingScriptPolicy,
    failed: fault !== undefined,
    script: true,
    body,
  })
}

type CodeFieldProps = {
  m: Messages
  method: SecondFactorPageProps['method']
  fault?: Fault | undefined
}

/** One field, so it has the focus; after a fault the notice above has it. */
const CodeField = ({ m, method, fault }: CodeFieldProps) =>
  method === 'totp' ? (
    <Field
      id="code"
      label={m.secondFactor.code}
      autocomplete="one-time-code"
      inputmode="numeric"
      required
      autofocus={fault === undefined}
      fault={fault}
    />
  ) : (
    <Field
      id="code"
      label={m.secondFactor.recoveryCode}
      autocomplete="off"
      plain
      required
      autofocus={fault === undefined}
      fault={fault}
    />
  )
