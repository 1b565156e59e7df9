// Owns the sign-in page: one form with username and password, or the password alone for someone known.
import type { Child } from 'hono/jsx'
import { leavingScriptPolicy } from './csp.js'
import {
  CancelForm,
  Checkbox,
  type Fault,
  FaultNotice,
  Field,
  PasskeyParts,
  PasswordField,
  throttledText,
} from './fields.js'
import { HiddenFields, page } from './layout.js'
import type { Messages } from './messages/en.js'
import { pickMessages, pickRegion } from './messages/pick.js'
import { Account, AppWithHost, Avatar } from './parts.js'
import type { LoginPageProps, Page } from './props.js'
import { Name } from './text.js'

/** What is wrong, and which fields to correct. */
const problem = (m: Messages, props: LoginPageProps): Fault | undefined => {
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
      return { text: throttledText(m, error, pickRegion(m, props.locales)), fields: [] }
    default:
      return { text: errors[error.kind], fields: [] }
  }
}

/**
 * Sign in. Posts `username`, `password`, `keep`, `csrf` to `action`, or `passkey` in the place of the first two;
 * the cancel form posts `decision=deny`.
 */
export const loginPage = (props: LoginPageProps): Page => {
  const m = pickMessages(props.locales)
  const { app, fixedAccount, reason, passkey } = props
  const fault = problem(m, props)
  const title = fixedAccount ? m.login.confirmTitle : m.login.title
  const ceremony = passkey && { 'data-passkey': 'get', 'data-options': passkey.options }
  const conditional = passkey && !fixedAccount && { 'data-conditional': '' }

  const body = (
    <>
      <h1>{title}</h1>
      <p class="lead">
        {app
          ? m.login.toApp(<AppWithHost m={m} app={app} />)
          : m.login.toProduct(<Name>{props.product}</Name>)}
      </p>
      <FaultNotice m={m} fault={fault} />
      {reason && !fault && <p class="notice">{m.login.reasons[reason]}</p>}
      <form method="post" action={props.action} {...ceremony} {...conditional}>
        <HiddenFields csrf={props.csrf} />
        {fixedAccount ? (
          <FixedName username={fixedAccount.username}>
            <Avatar account={fixedAccount} />
            <Account account={fixedAccount} />
          </FixedName>
        ) : (
          <Field
            id="username"
            label={m.login.username}
            value={props.username}
            autocomplete={passkey ? 'username webauthn' : 'username'}
            plain
            required
            fault={fault}
          />
        )}
        <PasswordField
          m={m}
          id="password"
          label={m.login.password}
          autocomplete="current-password"
          required
          fault={fault}
        />
        {!props.staysKept && (
          <Checkbox name="keep" checked={props.keep}>
            {m.login.keep} <small>{m.login.keepHint}</small>
          </Checkbox>
        )}
        <button type="submit" class="primary">
          {fixedAccount ? m.login.confirm : m.login.submit}
        </button>
        {passkey && (
          <>
            <input type="hidden" name="passkey_capable" />
            <PasskeyParts m={m} label={m.login.withPasskey} />
          </>
        )}
      </form>
      <WaysOn m={m} props={props} />
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

/** Who it must be: as text for people, as a field for password managers. */
const FixedName = ({ username, children }: { username: string; children: Child }) => (
  <>
    <div class="account">{children}</div>
    <input type="text" name="username" value={username} autocomplete="username" hidden readonly />
  </>
)

const WaysOn = ({ m, props: { forgotHref, signUpHref } }: { m: Messages; props: LoginPageProps }) =>
  forgotHref !== undefined || signUpHref !== undefined ? (
    <ul class="ways">
      {forgotHref !== undefined && (
        <li>
          <a href={forgotHref}>{m.login.forgot}</a>
        </li>
      )}
      {signUpHref !== undefined && (
        <li>
          <a href={signUpHref}>{m.login.signUp}</a>
        </li>
      )}
    </ul>
  ) : null
