// The page of everything that gives access to an account, with one form that removes what is ticked.
import { accountPage } from './account.js'
import type { CheckPageProps } from './account-props.js'
import { Checkbox } from './fields.js'
import { appName, HiddenFields } from './layout.js'
import { pickMessages, pickRegion } from './messages/pick.js'
import { Time } from './parts.js'
import type { Page } from './props.js'
import { Name } from './text.js'

/** Posts `passkey` and `app` for each that is ticked, `two_step` and `csrf` to `action`. */
export const checkPage = (props: CheckPageProps): Page => {
  const m = pickMessages(props.locales)
  const { access, check } = m
  const locale = pickRegion(m, props.locales)
  const { passkeys, twoStep, apps } = props
  const fault = props.error && { text: m.account.passkeys.errors.last, fields: [] }
  const isRemovable = passkeys.length > 0 || apps.length > 0 || twoStep?.required === false
  const body = (
    <>
      <p class="lead">{check.lead}</p>
      <form method="post" action={props.action} class="card">
        <HiddenFields csrf={props.csrf} />
        <h2>{access.passkeys}</h2>
        {passkeys.length === 0 && <p class="muted">{access.none}</p>}
        {passkeys.map(({ id, name, created, lastUsed }) => (
          <Checkbox name="passkey" value={id}>
            <Name>{name}</Name>
            <br />
            <small>
              {access.created} <Time at={created} locale={locale} />
              {lastUsed !== undefined && (
                <>
                  {m.separator}
                  {access.lastUsed} <Time at={lastUsed} locale={locale} />
                </>
              )}
            </small>
          </Checkbox>
        ))}
        <h2>{access.twoStep}</h2>
        {!twoStep && <p class="muted">{access.off}</p>}
        {twoStep?.required && <p class="muted">{access.required}</p>}
        {twoStep && !twoStep.required && (
          <Checkbox name="two_step">
            {access.since} <Time at={twoStep.since} locale={locale} />
          </Checkbox>
        )}
        <h2>{access.apps}</h2>
        {apps.length === 0 && <p class="muted">{access.none}</p>}
        {apps.map(({ clientId, name, host }) => (
          <Checkbox name="app" value={clientId}>
            <bdi>{appName(m, name)}</bdi>
            <br />
            <small>
              <Name>{host}</Name>
            </small>
          </Checkbox>
        ))}
        {isRemovable && (
          <button type="submit" class="danger">
            {check.submit}
          </button>
        )}
      </form>
      <ul class="ways">
        <li>
          <a href={props.sessionsHref}>{check.sessions}</a>
        </li>
        <li>
          <a href={props.connectionsHref}>{check.connections}</a>
        </li>
      </ul>
    </>
  )
  return accountPage({ m, frame: props, title: check.title, fault, body })
}
