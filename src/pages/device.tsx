// Owns the pages that let an app on another device in: its code, the question, and what came of it (RFC 8628 3.3).
import { About, Choice, ForAccount, Scopes, Trust } from './consent.js'
import { closedPolicy } from './csp.js'
import type { ConfirmDevicePageProps, DeviceCodePageProps, DeviceOutcomePageProps } from './device-props.js'
import { type Fault, FaultNotice, Field, throttledText } from './fields.js'
import { appName, HiddenFields, page } from './layout.js'
import { pickMessages, pickRegion } from './messages/pick.js'
import { Time } from './parts.js'
import type { Page } from './props.js'
import { Name, phraseText } from './text.js'

/** Posts `user_code` and `csrf` to `action`. */
export const deviceCodePage = (props: DeviceCodePageProps): Page => {
  const m = pickMessages(props.locales)
  const words = m.device.code
  const fault = faultOf(props)
  const body = (
    <>
      <h1>{words.title}</h1>
      <p class="lead">{props.brought ? words.brought : words.lead}</p>
      <FaultNotice m={m} fault={fault} />
      <form method="post" action={props.action}>
        <HiddenFields csrf={props.csrf} />
        <Field
          id="user_code"
          label={words.field}
          hint={words.hint}
          value={props.typed}
          autocomplete="off"
          plain
          required
          maxlength={64}
          fault={fault}
        />
        <button type="submit" class="primary">
          {words.submit}
        </button>
      </form>
    </>
  )
  return page({ frame: props, title: words.title, csp: closedPolicy, failed: fault !== undefined, body })
}

const faultOf = ({ error, locales }: DeviceCodePageProps): Fault | undefined => {
  if (!error) return undefined
  const m = pickMessages(locales)
  if (error.kind === 'throttled') return { text: throttledText(m, error, pickRegion(m, locales)), fields: [] }
  return { text: m.device.code.errors[error.kind], fields: ['user_code'] }
}

/** Posts `decision` (`allow` or `deny`) and `csrf` to `action`. */
export const confirmDevicePage = (props: ConfirmDevicePageProps): Page => {
  const m = pickMessages(props.locales)
  const words = m.device.confirm
  const { app } = props
  const time = <Time at={props.askedAt} locale={pickRegion(m, props.locales)} />
  const body = (
    <>
      <h1>{words.title(<bdi class="code">{props.userCode}</bdi>)}</h1>
      <div class="notice warn">
        <p>
          <strong>{words.onlyIf}</strong> {words.never}
        </p>
      </div>
      <p class="lead">{words.asks(<strong>{appName(m, app.name)}</strong>)}</p>
      <Trust m={m} app={app} product={props.product} />
      <ForAccount m={m} account={props.account} notYou={props.notYou} />
      <Scopes m={m} groups={props.groups} />
      <ul class="facts">
        <li>
          {props.askedFrom === undefined
            ? words.asked(time)
            : words.askedFrom(time, <Name>{props.askedFrom}</Name>)}
        </li>
        <li>{props.offline ? m.consent.offline : words.untilSignOut}</li>
      </ul>
      <Choice m={m} action={props.action} csrf={props.csrf} />
      <About m={m} app={app} />
    </>
  )
  return page({ frame: props, title: phraseText(words.title(props.userCode)), csp: closedPolicy, body })
}

export const deviceOutcomePage = (props: DeviceOutcomePageProps): Page => {
  const m = pickMessages(props.locales)
  const { kind, app, base } = props
  const words = m.device.outcomes[kind]
  const allowed = kind === 'allowed'
  const body = (
    <>
      <h1>{words.title}</h1>
      <p>{words.explanation(app ? <strong>{appName(m, app.name)}</strong> : m.unnamed)}</p>
      <p class="muted">{words.next}</p>
      <div class="actions">
        {allowed ? (
          <a class="button primary" href={`${base}/account/connections`}>
            {m.device.seeConnections}
          </a>
        ) : (
          <a class="button primary" href={`${base}/device`}>
            {m.device.anotherCode}
          </a>
        )}
      </div>
    </>
  )
  const failed = kind === 'used' || kind === 'expired'
  return page({ frame: props, title: words.title, csp: closedPolicy, failed, body })
}
