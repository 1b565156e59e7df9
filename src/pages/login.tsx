// Owns the sign-in page: one form with username and password, or the password alone for someone known.

import { leavingPolicy } from './csp.js'
import { HiddenFields, PostForm, page } from './layout.js'
import type { Messages } from './messages/en.js'
import { pickMessages, pickRegion } from './messages/pick.js'
import { Account, AppWithHost, Avatar } from './parts.js'
import type { LoginPageProps, Page } from './props.js'
import { Name } from './text.js'

type Field = 'username' | 'password'

/** What is wrong, and which fields to correct. */
const problem = (m: Messages, props: LoginPageProps): { text: string; fields: Field[] } | undefined => {
  const { errors } = m.login
  const { error, fixedAccount } = props
  if (!error) return undefined
  switch (error.kind) {
    case 'wrong':
      return fixedAccount
        ? { text: errors.wrongPassword, fields: ['password'] }
        : { text: errors.wrong, fields: ['username', 'password'] }
    case 'missing':
      return fixedAccount || props.username
        ? { text: errors.missingPassword, fields: ['password'] }
        : { text: errors.missing, fields: ['username', 'password'] }
    case 'throttled':
      return { text: errors.throttled(wait(error.retryAfter, pickRegion(m, props.locales))), fields: [] }
    default:
      return { text: errors[error.kind], fields: [] }
  }
}

const wait = (seconds: number, locale: string) => {
  const [value, unit] = seconds < 60 ? [Math.max(1, seconds), 'second'] : [Math.ceil(seconds / 60), 'minute']
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(value)
}

/** Sign in. Posts `username`, `password`, `csrf` to `action`; the cancel form posts `decision=deny`. */
export const loginPage = (props: LoginPageProps): Page => {
  const m = pickMessages(props.locales)
  const { app, fixedAccount, reason, cancel } = props
  const fault = problem(m, props)
  const title = fixedAccount ? m.login.confirmTitle : m.login.title
  const about = (field: Field) =>
    fault?.fields.includes(field) ? { 'aria-invalid': 'true', 'aria-describedby': 'problem' } : {}

  const body = (
    <>
      <h1>{title}</h1>
      <p class="lead">
        {app
          ? m.login.toApp(<AppWithHost m={m} app={app} />)
          : m.login.toProduct(<Name>{props.product}</Name>)}
      </p>
      {fault && (
        <div class="notice bad" role="alert" tabindex={-1} autofocus>
          <strong>{m.problemHeading}</strong>
          <p id="problem">
            {fault.fields[0] ? <a href={`#${fault.fields[0]}`}>{fault.text}</a> : fault.text}
          </p>
        </div>
      )}
      {reason && !fault && <p class="notice">{m.login.reasons[reason]}</p>}
      <form method="post" action={props.action}>
        <HiddenFields csrf={props.csrf} />
        {fixedAccount ? (
          <>
            <div class="account">
              <Avatar account={fixedAccount} />
              <Account account={fixedAccount} />
            </div>
            <input
              type="text"
              name="username"
              value={fixedAccount.username}
              autocomplete="username"
              hidden
              readonly
            />
          </>
        ) : (
          <>
            <label for="username">{m.login.username}</label>
            <input
              type="text"
              id="username"
              name="username"
              value={props.username}
              autocomplete="username"
              autocapitalize="none"
              spellcheck={false}
              required
              {...about('username')}
            />
          </>
        )}
        <label for="password">{m.login.password}</label>
        <input
          type="password"
          id="password"
          name="password"
          autocomplete="current-password"
          required
          {...about('password')}
        />
        <button type="submit" class="primary">
          {fixedAccount ? m.login.confirm : m.login.submit}
        </button>
      </form>
      {cancel && (
        <PostForm to={cancel} csrf={props.csrf} class="after">
          <button type="submit" name="decision" value="deny" class="quiet">
            {m.login.cancel}
          </button>
        </PostForm>
      )}
    </>
  )
  return page({ frame: props, title, csp: leavingPolicy, failed: fault !== undefined, body })
}
